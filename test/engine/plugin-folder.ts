// The plugin's folder, as Pulumi puts it on a machine: what plugin/ delivers, with the packed library.
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { installPackedLibrary, linkDependency } from "./packed-library.ts";

export async function installPlugin(folder: string): Promise<void> {
  const files = ["PulumiPlugin.yaml", "package.json", "host.js", "schema.json"];
  for (const file of files) await copyFile(join("plugin", file), join(folder, file));
  await installPackedLibrary(folder);
  const { optionalDependencies } = JSON.parse(await readFile("plugin/package.json", "utf8")) as {
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(optionalDependencies)) await linkDependency(folder, name);
}
