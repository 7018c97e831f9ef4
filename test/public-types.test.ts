// What the compiler of a consumer's program reads for our types. The AWS SDK's are 12 MB, and Auth0's own SDK has 600
// files of them: a preview that compiles its program would take three times as long.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const { resolve } = createRequire(import.meta.url);

/** What the declarations import of other packages, from this one on. */
function packagesOf(entry: string): string[] {
  const files = new Set([entry]);
  const packages = new Set<string>();
  // It goes on to those that it adds.
  for (const file of files)
    for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles)
      if (fileName.startsWith(".")) files.add(join(dirname(file), fileName.replace(/\.(js|ts)$/, ".d.ts")));
      else packages.add(fileName);
  return [...packages].sort();
}

it("are few, and none of a cloud's SDK but one resource", () => {
  expect(packagesOf("dist/components/index.d.ts")).toEqual([
    "@pulumi/auth0/triggerAction.js",
    "@pulumi/pulumi",
    "valibot",
  ]);
  expect(packagesOf(resolve("@pulumi/auth0/triggerAction.js").replace(/\.js$/, ".d.ts"))).toEqual(["@pulumi/pulumi"]);
});
