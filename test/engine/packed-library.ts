// The library as `npm install` of its tarball puts it into a project.
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Packs what was built. The path of the tarball, which is in the folder. */
export async function packLibrary(folder: string): Promise<string> {
  const options = ["--json", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", ["pack", ...options]);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  return join(folder, packed?.filename ?? "");
}

/** Unpacked; this repository's dependencies serve for its own. The folder that it is in. */
export async function installPackedLibrary(projectFolder: string): Promise<string> {
  const installed = join(projectFolder, "node_modules", "auth0-user-pictures");
  await mkdir(installed, { recursive: true });
  const tarball = await packLibrary(projectFolder);
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  await rm(tarball);
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
