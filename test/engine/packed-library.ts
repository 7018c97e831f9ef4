// The library as `npm install` of its tarball puts it into a project.
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

/** Unpacked; this repository's dependencies serve for its own. The folder that it is in. */
export async function installPackedLibrary(projectFolder: string): Promise<string> {
  const installed = join(projectFolder, "node_modules", "auth0-user-pictures");
  await mkdir(installed, { recursive: true });
  const options = ["-xzf", inject("packedLibrary"), "-C", installed, "--strip-components=1"];
  await promisify(execFile)("tar", options);
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(manifest.dependencies)) await linkDependency(projectFolder, name);
  return installed;
}

/** Links a package of this repository into a project. */
export async function linkDependency(projectFolder: string, name: string): Promise<void> {
  const link = join(projectFolder, "node_modules", name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(resolve("node_modules", name), link);
}
