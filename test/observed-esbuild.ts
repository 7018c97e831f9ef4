// esbuild as the library finds it when it first needs it: each run of it can be observed.
import { createRequire, Module } from "node:module";
import type * as Esbuild from "esbuild";

type Observer = <Result>(run: () => Result) => Result;
type Run = (...args: readonly unknown[]) => unknown;

const require = createRequire(import.meta.url);

/** @param observer is given each run, and returns what it returns */
export function observeEsbuild(observer: Observer): void {
  const path = require.resolve("esbuild");
  const observed = new Module(path);
  let esbuild: typeof Esbuild | undefined;
  // What is loaded before it is needed is not slowed down.
  const load = () => {
    if (esbuild !== undefined) return esbuild;
    Reflect.deleteProperty(require.cache, path);
    esbuild = require(path) as typeof Esbuild;
    require.cache[path] = observed;
    return esbuild;
  };
  const names = ["build", "buildSync"] as const;
  observed.loaded = true;
  observed.exports = Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => observer(() => (load()[name] as Run)(...args))]),
  );
  require.cache[path] = observed;
}
