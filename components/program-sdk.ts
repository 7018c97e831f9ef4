// A program may have a copy of Pulumi's SDK of its own beside this package's. The program's asks the engine what it can
// do, and keeps the answers for all copies. Of what an older copy does not ask, such as transforms, ours finds that the
// engine cannot do it, and would say, half-way, that the CLI is too old.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isOlder } from "./version-order.ts";

/** A copy of the SDK. */
export interface Sdk {
  readonly version: string;
  readonly folder: string;
}

/** Of the program, where it has a copy of its own. The rare tests run a program with it. */
export const oldestSdk = "3.113.0";

const { cache, resolve } = createRequire(import.meta.url);

/** @throws RunError where the program's copy is too old */
export function assertProgramSdk(program = programSdk()): void {
  if (program === undefined || !isOlder(program.version, oldestSdk)) return;
  const own = sdkIn(dirname(resolve("@pulumi/pulumi/package.json")));
  throw new pulumi.RunError(
    `auth0-user-pictures needs @pulumi/pulumi ${oldestSdk} or newer, and this program is run by ` +
      `${program.version} in ${program.folder}, beside ${own.version} in ${own.folder}. ` +
      `Run "npm install @pulumi/pulumi@^${own.version}" in the program's folder, and then "npm dedupe".`,
  );
}

/** Undefined where it is ours, where nothing runs, and where it is bundled. */
function programSdk(): Sdk | undefined {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined || stack instanceof pulumi.ComponentResource) return undefined;
  for (const [file, module] of Object.entries(cache)) {
    const [, folder] = /^(.*[\\/]@pulumi[\\/]pulumi)[\\/]runtime[\\/]stack\.js$/.exec(file) ?? [];
    if (folder === undefined) continue;
    // oxlint-disable-next-line no-unsafe-optional-chaining -- each that is there has its exports
    const { Stack } = module?.exports as { readonly Stack?: unknown };
    if (Stack === stack.constructor) return sdkIn(folder);
  }
  return undefined;
}

function sdkIn(folder: string): Sdk {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { version, folder };
}

// A program imports this package before it declares anything.
assertProgramSdk();
