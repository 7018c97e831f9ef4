// `npm run plugin:archive -- FOLDER`: writes the plugin's archive, as Pulumi downloads it from a release's page, into
// the folder. The same sources give the same bytes.
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";

/** What `plugin/` is beside its README; Pulumi installs the npm package that package.json names. */
const ofPlugin = ["PulumiPlugin.yaml", "README.md", "host.js", "package.json", "schema.json"];
const project = join(import.meta.dirname, "../..");

/** Where Pulumi's engine runs. It asks for an archive by them, though ours is the same everywhere. */
const platforms = ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64", "windows-arm64"];

/** As Pulumi's engine names them (workspace.standardAssetName), which it finds no plugin without. */
export function archiveNames(version: string): string[] {
  return platforms.map((platform) => `pulumi-resource-auth0-user-pictures-v${version}-${platform}.tar.gz`);
}

/**
 * Writes the archive under each of its names, and returns their paths.
 *
 * @throws Error where the plugin would install another version of the library than its schema is of
 */
export async function writePluginArchives(folder: string, from = project): Promise<string[]> {
  const version = versionOf(from);
  const staged = mkdtempSync(join(tmpdir(), "plugin-archive-"));
  try {
    for (const name of ofPlugin) cpSync(join(from, "plugin", name), join(staged, name));
    cpSync(join(from, "LICENSE"), join(staged, "LICENSE"));
    mkdirSync(folder, { recursive: true });
    const [first = "", ...others] = archiveNames(version).map((name) => join(folder, name));
    // No time, owner or system is in it.
    await create({ cwd: staged, file: first, gzip: { level: 9, portable: true }, mtime: new Date(0), portable: true }, [
      "LICENSE",
      ...ofPlugin,
    ]);
    for (const other of others) cpSync(first, other);
    return [first, ...others];
  } finally {
    rmSync(staged, { recursive: true });
  }
}

/** The one that all of the repository's packages have. */
function versionOf(from: string): string {
  const read = (path: string) => JSON.parse(readFileSync(join(from, path), "utf8")) as Manifest;
  const { version } = read("package.json");
  const plugin = read("plugin/package.json");
  const found = {
    "version in plugin/package.json": plugin.version,
    "dependency auth0-user-pictures in plugin/package.json": plugin.dependencies?.["auth0-user-pictures"],
    "version in plugin/schema.json": read("plugin/schema.json").version,
  };
  for (const [where, other] of Object.entries(found)) {
    if (other === version) continue;
    throw new Error(
      `The ${where} is ${other ?? "missing"}, and the library's version is ${version}: they have to be the same. ` +
        `Run npm run plugin:schema, or take the files of the release.`,
    );
  }
  return version;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

if (process.argv[1] === import.meta.filename) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("Say the folder to write into: npm run plugin:archive -- FOLDER");
  for (const path of await writePluginArchives(folder)) console.log(path);
}
