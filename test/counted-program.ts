// One run of the program in this process, under Pulumi's mocks: prints how often esbuild bundles, and how often each
// picture file is read. The argument is the stack's config, as JSON.
import fs from "node:fs";
import { registerHooks, syncBuiltinESMExports } from "node:module";
import { relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";

export interface Counts {
  readonly bundles: number;
  /** By the file's path. */
  readonly reads: Readonly<Record<string, number>>;
}

const counts = { bundles: 0, reads: {} as Record<string, number> };

function countPicture(path: unknown): void {
  const name = typeof path === "string" ? relative(process.cwd(), resolve(path)) : "";
  if (/\.(png|jpe?g|webp|gif|svg)$/.test(name)) counts.reads[name] = (counts.reads[name] ?? 0) + 1;
}

/** Every way to the bytes of a file by its path. One may use another. */
const readers: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [fs, ["readFileSync", "readFile", "openSync", "open"]],
  [fs.promises, ["readFile", "open"]],
];
let isReading = false;
for (const [owner, names] of readers)
  for (const name of names) {
    const read = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
    const counted = (...args: unknown[]) => {
      if (isReading) return read.apply(owner, args);
      countPicture(args[0]);
      isReading = true;
      try {
        return read.apply(owner, args);
      } finally {
        isReading = false;
      }
    };
    Reflect.set(owner, name, counted);
  }
syncBuiltinESMExports();

const esbuild = import.meta.resolve("esbuild");
const countingEsbuild = "counting:esbuild";
Reflect.set(globalThis, "countBundle", () => counts.bundles++);
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "esbuild" ? { url: countingEsbuild, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => {
    if (url !== countingEsbuild) return next(url, context);
    const counted = ["build", "buildSync", "context"].map(
      (name) => `export const ${name} = (...args) => { countBundle(); return esbuild.${name}(...args); };`,
    );
    const from = JSON.stringify(esbuild);
    const source = [`import esbuild from ${from};`, `export * from ${from};`, ...counted].join("\n");
    return { format: "module", source, shortCircuit: true };
  },
});

await pulumi.runtime.setMocks(
  {
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: { ...known(name), ...(inputs as object) } }),
    call: ({ token }) => Promise.reject(new Error(`unexpected call of ${token}`)),
  },
  "auth0-user-pictures",
  "dev",
  false,
);
pulumi.runtime.setAllConfig(JSON.parse(process.argv[2] ?? "{}") as Record<string, string>);

const { default: program } = await import("../index.ts");
const { actionId } = await program();
await pulumi.runtime.disconnect();
// Without its resources a program would have no reason to bundle and to read.
const isComplete = await new Promise((taken) => actionId.apply(taken));
if (isComplete !== "user-pictures-action-action-id") throw new Error("the program has not created its Action");
console.log(JSON.stringify(counts satisfies Counts));

function known(name: string) {
  return {
    arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
    bucket: name,
    bucketRegionalDomainName: `${name}.s3.us-east-1.amazonaws.com`,
    domainName: "d111111abcdef8.cloudfront.net",
    versionId: "version-1",
  };
}
