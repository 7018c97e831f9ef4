// esbuild as the modules find it that are loaded after this one: each run of it can be observed.
import { registerHooks } from "node:module";

type Observer = <Result>(run: () => Result) => Result;

/** @param observer is given each run, and returns what it returns */
export function observeEsbuild(observer: Observer): void {
  Reflect.set(globalThis, "observeEsbuildRun", observer);
  const esbuild = import.meta.resolve("esbuild");
  const observed = "observed:esbuild";
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "esbuild" ? { url: observed, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      if (url !== observed) return next(url, context);
      // One module imports it. What is loaded after it is not slowed down.
      queueMicrotask(() => hooks.deregister());
      const functions = ["build", "buildSync", "context"].map(
        (name) => `export const ${name} = (...args) => observeEsbuildRun(() => esbuild.${name}(...args));`,
      );
      const from = JSON.stringify(esbuild);
      const source = [`import esbuild from ${from};`, `export * from ${from};`, ...functions].join("\n");
      return { format: "module", source, shortCircuit: true };
    },
  });
}
