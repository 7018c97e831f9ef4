// Loaded before all else in each Node process of an operation. Whenever Pulumi's SDK is loaded, so are npm's Arborist
// and TypeScript: two thirds of the time that it takes, in two processes for each operation. It uses them to serialise
// functions, which few programs have. So here they are loaded when something of them is first used. Auth0's SDK is
// loaded from one file, where there is that file.
import { existsSync } from "node:fs";
import { createRequire, Module, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { bundledSdk, sdk } from "./bundled-sdk.ts";

const require = createRequire(import.meta.resolve("@pulumi/pulumi"));

/** Puts a stand-in for the package in the cache of CommonJS modules. It loads the package by itself. */
function loadLate(name: string, isEsModule: boolean): void {
  const path = require.resolve(name);
  let loaded: object | undefined;
  const load = () => {
    if (loaded === undefined) {
      Reflect.deleteProperty(require.cache, path);
      loaded = require(name) as object;
    }
    return loaded;
  };
  const standIn = new Module(path);
  standIn.loaded = true;
  standIn.exports = new Proxy(
    {},
    {
      get: (_, key) => (key === "__esModule" ? isEsModule : (Reflect.get(load(), key) as unknown)),
      has: (_, key) => Reflect.has(load(), key),
      ownKeys: () => Reflect.ownKeys(load()),
      // A proxy may not say of its empty target that it has something which cannot be removed. ES modules ask this of
      // each export.
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(load(), key);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
  require.cache[path] = standIn;
}

// Of what says that it is an ES module TypeScript's `import *` copies nothing, and so loads nothing.
loadLate("@npmcli/arborist", true);
loadLate("typescript", false);

const bundled = bundledSdk();
if (existsSync(bundled)) {
  const { href } = pathToFileURL(bundled);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url === sdk ? { ...resolved, url: href } : resolved;
    },
  });
}
