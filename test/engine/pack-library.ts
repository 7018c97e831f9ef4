// Before the first test: the tarball of the library, which many files install.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the tarball. */
    readonly packedLibrary: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "packed-library-"));
  provide("packedLibrary", await packLibrary(folder));
  return () => rm(folder, { recursive: true });
}

/** Packs what was built. The path of the tarball, which is in the folder. */
export async function packLibrary(folder: string): Promise<string> {
  const options = ["--json", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", ["pack", ...options]);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  return join(folder, packed?.filename ?? "");
}
