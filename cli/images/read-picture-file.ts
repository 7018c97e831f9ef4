// Reads a file that a person, a table or a folder names: a regular one, of a picture's size, and, where a folder is
// given, in that folder.
import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileLimits } from "./file-limits.ts";
import { PictureSourceError } from "./picture-source.ts";

export interface ReadFileOptions {
  /**
   * The folder that the file must be in, and that its name begins in. A symbolic link counts as what it leads to: one
   * that stays in the folder is followed, as photo libraries have them.
   *
   * @default anywhere
   */
  readonly within?: string;
}

/** @throws PictureSourceError, which does not name the file */
export async function readPictureFile(path: string, { within }: ReadFileOptions = {}): Promise<Uint8Array> {
  if (path.includes("\0")) refuse("has a NUL in its name, which no file can have.");
  try {
    const real = within === undefined ? await realpath(path) : await realpathWithin(resolve(within, path), within);
    // Before it is opened: to open a pipe waits for a writer, and to open a device can do anything.
    if (!(await stat(real)).isFile()) refuse("is a folder, a device or a pipe; only a regular file is read.");
    return await readRegular(real);
  } catch (error) {
    throw error instanceof Error && "code" in error ? readFailure(error, path) : error;
  }
}

async function realpathWithin(path: string, within: string): Promise<string> {
  const folder = await realpath(within);
  // Before anything outside is looked at: what is not there would else tell what is.
  refuseOutside(resolve(within), path);
  const real = await realpath(path);
  refuseOutside(folder, real);
  return real;
}

function refuseOutside(folder: string, path: string): void {
  const way = relative(folder, path);
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way))
    refuse("is not in the folder, by its name or by a symbolic link; only what is in it is read.");
}

async function readRegular(real: string): Promise<Uint8Array> {
  const { maxBytes } = fileLimits;
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  // What has been put in its place meanwhile is not followed, and not waited for.
  await using file = await open(real, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK);
  const status = await file.stat();
  if (!status.isFile()) refuse("is a folder, a device or a pipe; only a regular file is read.");
  if (status.size > maxBytes)
    refuse(`has ${written(status.size)} bytes; at most ${written(maxBytes)} are read. Scale the picture.`);
  // One more byte than there are: a file that grows meanwhile is still being written.
  const bytes = Buffer.alloc(status.size + 1);
  let length = 0;
  for (let read = 1; read > 0 && length < bytes.length; length += read)
    ({ bytesRead: read } = await file.read(bytes, length, bytes.length - length, length));
  if (length !== status.size) refuse("changes while it is read; only a finished one is taken.");
  return bytes.subarray(0, length);
}

const written = (bytes: number): string => bytes.toLocaleString("en");

const failures: Readonly<Record<string, string>> = {
  ENOENT: "is not there; its name must be exact, with capital and small letters.",
  ENOTDIR: "is not there; a part of its name is a file, and must be a folder.",
  ENAMETOOLONG: "has a name that is longer than a file's can be.",
  ELOOP: "is a symbolic link that leads to itself, or has just been put there; only a file is read.",
  EACCES: "may not be read by who runs this; give them the right to.",
  EPERM: "may not be read by who runs this; give them the right to.",
};

function readFailure(error: Error & { code: unknown }, path: string): PictureSourceError {
  const code = String(error.code);
  const hint = code === "ENOENT" && sep === "/" && path.includes("\\") ? " Folders are separated by /, not by \\." : "";
  const what = failures[code] ?? `cannot be read (${code}); it must be a regular file.`;
  return new PictureSourceError(`The file ${what}${hint}`, { cause: error });
}

function refuse(what: string): never {
  throw new PictureSourceError(`The file ${what}`);
}
