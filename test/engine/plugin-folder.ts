// The plugin's folder, as Pulumi puts it on a machine: what plugin/ delivers, with the packed library.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { installPackedLibrary } from "./packed-library.ts";

export async function installPlugin(folder: string): Promise<void> {
  const files = ["PulumiPlugin.yaml", "package.json", "host.js", "schema.json"];
  for (const file of files) await copyFile(join("plugin", file), join(folder, file));
  await installPackedLibrary(folder);
}
