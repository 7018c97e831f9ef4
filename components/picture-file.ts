// A default picture from a file: what it is by its first bytes, and the name that its content gives it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface PictureFile {
  readonly contentType: string;
  /** `d/<sha256 of the bytes>.<extension>`: a changed picture is a new URL, so no cache has to be told. */
  readonly key: string;
  readonly base64: string;
}

/** Larger is surely no picture for a page that shows many: most browsers show them at 40 to 100 pixels. */
const maxBytes = 1024 * 1024;

/** The types that every browser shows, by the signature of their first bytes. SVG is none of them: it can hold script. */
const types = [
  { contentType: "image/png", extension: "png", matches: (start: string) => start.startsWith("\x89PNG\r\n\x1a\n") },
  { contentType: "image/jpeg", extension: "jpg", matches: (start: string) => start.startsWith("\xff\xd8\xff") },
  { contentType: "image/webp", extension: "webp", matches: (start: string) => /^RIFF[^]{4}WEBP/.test(start) },
  { contentType: "image/gif", extension: "gif", matches: (start: string) => /^GIF8[79]a/.test(start) },
] as const;

/** @throws Error, in one sentence, for a file that cannot be read, is too large or is no PNG, JPEG, WebP or GIF. */
export function readPictureFile(path: string): PictureFile {
  const bytes = readBytes(path);
  const start = bytes.toString("latin1", 0, 12);
  const type = types.find(({ matches }) => matches(start));
  if (type === undefined)
    throw new Error(`"${path}" is no PNG, JPEG, WebP or GIF by its first bytes. Convert it to one of them.`);
  if (bytes.length > maxBytes)
    throw new Error(
      `"${path}" has ${bytes.length} bytes; at most ${maxBytes} are allowed. Scale it down: 512 × 512 pixels are plenty.`,
    );
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { contentType: type.contentType, key: `d/${sha256}.${type.extension}`, base64: bytes.toString("base64") };
}

/** The fault of a setting that names such a file; none for a good one. */
export function pictureFileFaults(setting: string, path: unknown): string[] {
  if (typeof path !== "string" || path === "")
    return [`${setting}: ${JSON.stringify(path)} was given; name a picture file.`];
  try {
    readPictureFile(path);
    return [];
  } catch (error) {
    return [`${setting}: ${(error as Error).message}`];
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reasons: Record<string, string> = {
      ENOENT: "it does not exist",
      EISDIR: "it is a folder",
      EACCES: "access is denied",
      ENOTDIR: "a part of the path is no folder",
    };
    throw new Error(
      `The file "${path}" cannot be read: ${reasons[code] ?? code}. A path is relative to the program's folder.`,
      { cause: error },
    );
  }
}
