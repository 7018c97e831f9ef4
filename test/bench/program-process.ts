// One run of a checkout's program in this process, under Pulumi's mocks: prints where its time has gone, in
// milliseconds. Arguments: the checkout's folder, and the stack's config as JSON.
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { computedOutputs } from "../components/computed-outputs.ts";
import { observeEsbuild } from "../observed-esbuild.ts";

/** Of one run. Pulumi's SDK is there before it, as under the CLI. What overlaps is counted for each. */
export interface ProgramTimes {
  /** Until the program can be called: those that it loads then are in the total alone. */
  readonly modules: number;
  readonly bundling: number;
  readonly bundles: number;
  /** For the tenant. */
  readonly waiting: number;
  /** All of it, by the clock. */
  readonly total: number;
  /** Of the process, while the program ran. */
  readonly processor: number;
}

const [folder = "", config = "{}"] = process.argv.slice(2);
process.chdir(folder);

// A folder's name may hold what means something else in a URL, such as `#` and `%20`.
const urlOf = (file: string) => pathToFileURL(join(folder, file)).href;
type Sdk = typeof import("@pulumi/pulumi");
const pulumi = ((await import(urlOf("node_modules/@pulumi/pulumi/index.js"))) as { default: Sdk }).default;
await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => ({
      id: `${name}-id`,
      state: { ...(inputs as object), ...computedOutputs(type, name) },
    }),
    call: ({ token }) => Promise.reject(new Error(`unexpected call of ${token}`)),
  },
  "auth0-user-pictures",
  "dev",
  false,
);
pulumi.runtime.setAllConfig(JSON.parse(config) as Record<string, string>);

const bundling = { time: 0, count: 0 };
observeEsbuild((run) => {
  const start = performance.now();
  const ended = () => (bundling.time += performance.now() - start);
  bundling.count += 1;
  const result = run();
  if (result instanceof Promise) void result.then(ended, ended);
  else ended();
  return result;
});

let waiting = 0;
const { fetch } = globalThis;
globalThis.fetch = async (...args) => {
  const start = performance.now();
  return fetch(...args).finally(() => (waiting += performance.now() - start));
};

const before = process.cpuUsage();
const start = performance.now();
const { default: program } = (await import(urlOf("index.ts"))) as { default: () => Promise<unknown> };
const modules = performance.now() - start;
await program();
await pulumi.runtime.disconnect();
const total = performance.now() - start;
const { user, system } = process.cpuUsage(before);
const times: ProgramTimes = {
  modules,
  bundling: bundling.time,
  bundles: bundling.count,
  waiting,
  total,
  processor: (user + system) / 1000,
};
console.log(JSON.stringify(times));
