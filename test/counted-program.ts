// One run of the program in this process, under Pulumi's mocks: prints how often esbuild bundles, and how often each
// picture file is read. The argument is the stack's config, as JSON.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { computedOutputs } from "./components/computed-outputs.ts";
import { observeEsbuild } from "./observed-esbuild.ts";

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

observeEsbuild((run) => {
  counts.bundles++;
  return run();
});

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
pulumi.runtime.setAllConfig(JSON.parse(process.argv[2] ?? "{}") as Record<string, string>);

const { default: program } = await import("../index.ts");
const { actionId } = await program();
await pulumi.runtime.disconnect();
// Without its resources a program would have no reason to bundle and to read.
const isComplete = await new Promise((taken) => actionId.apply(taken));
if (isComplete !== "user-pictures-action-action-id") throw new Error("the program has not created its Action");
console.log(JSON.stringify(counts satisfies Counts));
