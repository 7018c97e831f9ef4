// Runs `changeset` for the repository as one package: of npm's workspaces it sees all but the root, whose version and
// changelog are those of all packages here. After `version` the others have the root's, and the plugin depends on
// exactly that version of the library.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const workspaces = /^ {2}"workspaces": \[[^\]]*\],\n/m;
const manifest = "package.json";
const text = readFileSync(manifest, "utf8");
const [removed = ""] = workspaces.exec(text) ?? [];
const at = text.slice(text.indexOf(removed) + removed.length).split("\n", 1)[0] ?? "";

writeFileSync(manifest, text.replace(removed, ""));
const { status } = spawnSync("changeset", process.argv.slice(2), { stdio: "inherit" });
writeFileSync(manifest, readFileSync(manifest, "utf8").replace(`${at}\n`, `${removed}${at}\n`));
process.exitCode = status ?? 1;

const versionOf = /^( {2}"version": )"([^"]+)"/m;
const version = versionOf.exec(readFileSync(manifest, "utf8"))?.[2] ?? "";
const others = ["policies", "sandbox/tenant", "cli", "plugin"].map((folder) => `${folder}/package.json`);
for (const file of [...others, "plugin/schema.json"]) replace(file, versionOf);
replace("plugin/package.json", /^( {4}"auth0-user-pictures": )"[^"]+"/m);

/**
 * @param {string} file
 * @param {RegExp} place
 */
function replace(file, place) {
  const before = readFileSync(file, "utf8");
  if (!place.test(before)) throw new Error(`${file} has nothing that looks like ${String(place)}`);
  writeFileSync(file, before.replace(place, `$1"${version}"`));
}
