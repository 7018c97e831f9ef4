// One run of a checkout's program in this process, under Pulumi's mocks: prints where its time has gone, in
// milliseconds. Arguments: the checkout's folder, and the stack's config as JSON.
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/**
 * Of one run. Modules are the program's own and those that it loads; Pulumi's SDK is there before it, as under the CLI.
 */
export interface ProgramTimes {
  readonly modules: number;
  readonly bundling: number;
  readonly bundles: number;
  /** For the tenant. */
  readonly waiting: number;
  readonly others: number;
  /** All of it, by the clock. */
  readonly total: number;
  /** Of the process, while the program ran. */
  readonly processor: number;
}

const [folder = "", config = "{}"] = process.argv.slice(2);
process.chdir(folder);

type Sdk = typeof import("@pulumi/pulumi");
const pulumi = ((await import(join(folder, "node_modules/@pulumi/pulumi/index.js"))) as { default: Sdk }).default;
const known = {
  arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
  domainName: "d111111abcdef8.cloudfront.net",
  bucketRegionalDomainName: "bucket.s3.us-east-1.amazonaws.com",
  versionId: "version",
};
await pulumi.runtime.setMocks(
  {
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: { ...known, bucket: name, ...(inputs as object) } }),
    call: ({ token }) => Promise.reject(new Error(`unexpected call of ${token}`)),
  },
  "auth0-user-pictures",
  "dev",
  false,
);
pulumi.runtime.setAllConfig(JSON.parse(config) as Record<string, string>);

// esbuild's buildSync hands its work to a thread, and waits for it in this way; nothing else here does.
const bundling = { time: 0, count: 0 };
const wait = Atomics.wait.bind(Atomics) as (...args: unknown[]) => ReturnType<typeof Atomics.wait>;
Atomics.wait = (...args: unknown[]) => {
  const start = performance.now();
  const result = wait(...args);
  bundling.time += performance.now() - start;
  bundling.count += 1;
  return result;
};

let waiting = 0;
const { fetch } = globalThis;
globalThis.fetch = async (...args) => {
  const start = performance.now();
  return fetch(...args).finally(() => (waiting += performance.now() - start));
};

const before = process.cpuUsage();
const start = performance.now();
const { default: program } = (await import(join(folder, "index.ts"))) as { default: () => Promise<unknown> };
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
  others: total - modules - bundling.time - waiting,
  total,
  processor: (user + system) / 1000,
};
console.log(JSON.stringify(times));
