// A file that is made here to be deployed: kept, because the engine reads it later, and because the state has its path.
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** No folder takes the file. The message says which do not, and what to do. */
export class KeptFileError extends Error {
  override readonly name = "KeptFileError";
}

/**
 * The path of the file, which is written where npm's packages are; where that belongs to somebody else, as it does in
 * many a container, in the user's cache.
 *
 * @param folder the program's, or the plugin's
 * @throws KeptFileError
 */
export function keptFile(folder: string, name: string, text: string): string {
  const caches = [join(folder, "node_modules", ".cache"), process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache")];
  const faults: string[] = [];
  for (const cache of caches) {
    const file = join(cache, "auth0-user-pictures", name);
    try {
      writeIfChanged(file, text);
      return file;
    } catch (error) {
      faults.push(`${cache} (${error instanceof Error && "code" in error ? String(error.code) : String(error)})`);
    }
  }
  throw new KeptFileError(
    `${name}, a part of the upload function, can be written neither to ${faults.join(" nor to ")}. ` +
      `Give write access to one of them, or set XDG_CACHE_HOME to a folder that has it.`,
  );
}

/** At once, so that another deployment never reads a part of it. */
function writeIfChanged(file: string, text: string): void {
  try {
    if (readFileSync(file, "utf8") === text) return;
  } catch {
    mkdirSync(dirname(file), { recursive: true });
  }
  const part = `${file}.${randomUUID()}`;
  writeFileSync(part, text);
  renameSync(part, file);
}
