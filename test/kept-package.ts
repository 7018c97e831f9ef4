// Programs of npm's that only some tests run: another package manager, another Node. npm fetches each into the user's
// cache folder, once.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import envPaths from "env-paths";

export const pnpmVersion = "10.34.8";

/** The path of a file of the package; undefined where npm cannot fetch it, but not in CI. */
export function keptPackage(name: string, version: string, file: string): string | undefined {
  const folder = join(envPaths("auth0-user-pictures", { suffix: "" }).cache, `${name.replace("/", "+")}-${version}`);
  const path = join(folder, "node_modules", name, file);
  if (existsSync(path)) return path;
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", "--prefix", partial, ...options, `${name}@${version}`], { cwd: partial });
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return path;
  } catch (error) {
    if (process.env["CI"]) throw error;
    return undefined;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
