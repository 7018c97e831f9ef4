// A folder's files, each named by its user: `auth0%7C65f….jpg`, `jane@example.com.png`.
import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { inTurns } from "../../functions/services/in-turns.ts";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { fileFailure } from "./file-failure.ts";
import { RepeatedUsers, userRefusal } from "./import-row.ts";
import type { ImportRow, ImportSource } from "./import-row.ts";

/** An ending that is no part of the user's name. What the file is its bytes say. */
const extension =
  /\.(?:jpe?g|jpe|jfif|jif|pjpe?g|png|apng|webp|gif|hei[cf]s?|avif|tiff?|bmp|svg|jxl|jp2|ico|raw|dng)$/i;

/** What systems put into folders. */
const systemFile = /^(?:\..*|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|__MACOSX)$/i;

/** Its files alone: neither those of folders in it, nor hidden ones. @throws CommandError */
export async function openFolder(path: string): Promise<ImportSource> {
  const folder = resolve(path);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileFailure(error, `${printable(path)} cannot be read`);
  });
  const files = entries
    .filter((entry) => !systemFile.test(entry.name) && !entry.isDirectory())
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length === 0)
    throw new CommandError(
      `${printable(path)} has no files that could be pictures (folders in it are not looked at). ` +
        "Each is named by its user, such as auth0%7C65f….jpg or jane@example.com.png.",
    );
  const repeated = new RepeatedUsers();
  for (const row of files.map((file) => readEntry(file, folder))) if (row.refusal === undefined) repeated.add(row);
  repeated.close();
  return {
    fingerprint: await fingerprintOf(folder, files),
    total: files.length,
    folder,
    async *rows() {
      for (const file of files) {
        const row = readEntry(file, folder);
        const refusal = row.refusal ?? repeated.refusalOf(row.user);
        yield refusal === undefined ? row : { ...row, source: undefined, refusal };
      }
    },
  };
}

function readEntry(entry: Dirent, folder: string): ImportRow {
  const { name } = entry;
  const user = userOf(name);
  const refusal = entry.isSymbolicLink()
    ? "It is a symbolic link. Put the picture itself into the folder."
    : !entry.isFile()
      ? "It is no file."
      : user === undefined
        ? "Its name is no percent-encoding: write % itself as %25."
        : userRefusal(user, "The file");
  const source = refusal === undefined ? { file: join(folder, name), within: folder } : undefined;
  return { place: printable(name), user: user ?? name, picture: name, source, refusal };
}

/**
 * A file system may not take what a user's id has, such as the bar on Windows; and macOS takes an accent apart.
 *
 * @returns undefined for a name that is no percent-encoding
 */
function userOf(name: string): string | undefined {
  try {
    return decodeURIComponent(name.replace(extension, "")).trim().normalize("NFC");
  } catch {
    return undefined;
  }
}

/** By the files' names, sizes and times: their bytes would be as much as the import reads. */
async function fingerprintOf(folder: string, files: readonly Dirent[]): Promise<string> {
  const seen = await inTurns(files, 32, async ({ name }) => {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    return JSON.stringify([name, found?.size, found?.mtimeMs]);
  });
  return createHash("sha256").update(seen.join("\n")).digest("hex");
}
