// Auth0's SDK in one file, for the processes of an operation. Of its 600 modules each is looked for and read by itself,
// which takes longer than most operations need it for: a fifth of an operation's time, in two processes.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasErrorCode } from "../private-file.ts";

/** The SDK's own module. */
export const sdk = import.meta.resolve("auth0");

/**
 * Beside the packages, so that what it imports is found from there. Another version of the SDK has another file;
 * `npm ci` removes it with everything else.
 */
export function bundledSdk(): string {
  const packages = /^.*\/node_modules\//.exec(fileURLToPath(sdk))?.[0] ?? "";
  const { version } = JSON.parse(readFileSync(join(packages, "auth0/package.json"), "utf8")) as { version: string };
  return join(packages, ".cache/auth0-user-pictures", `auth0-${version}.mjs`);
}

/** Makes the file, unless it is there. Where nothing can be written, the SDK is loaded as it is. */
export async function bundleSdk(file = bundledSdk()): Promise<void> {
  if (existsSync(file)) return;
  const { buildSync } = await import("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(sdk)],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node22",
    minify: true,
    // An error's class has its name in messages.
    keepNames: true,
    write: false,
  });
  // Two processes may be at it at once. What is in place is whole.
  const partial = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, outputFiles[0]?.contents ?? "");
    await rename(partial, file);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"].some((code) => hasErrorCode(error, code))) throw error;
    await rm(partial, { force: true }).catch(() => undefined);
  }
}
