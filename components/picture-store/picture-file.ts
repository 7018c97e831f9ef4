// A default picture from a file: checked, and named by its content.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { contentName } from "./content-name.ts";
import { PictureError, pictureLimits, readPicture } from "./image.ts";
import type { PictureType } from "./image.ts";
import { svgNamespace, svgRootOf } from "./svg-root.ts";
import type { SvgRoot } from "./svg-root.ts";

export const svgType = "image/svg+xml";

export interface PictureFile {
  readonly contentType: PictureType | typeof svgType;
  /** `d/<sha256 of the bytes>.<extension>`: a changed picture is a new URL, so no cache has to be told. */
  readonly key: string;
  readonly base64: string;
  /** In hex: what S3 answers as the object's entity tag, where its own keys encrypt it. */
  readonly md5: string;
}

/**
 * @param allowSvg an SVG may be a default picture, never a user's: an operator chose it
 * @throws Error, in one sentence, for a file that cannot be read or is no picture that a store takes
 */
export function readPictureFile(path: string, allowSvg: boolean): PictureFile {
  const bytes = readBytes(path);
  const svg = svgRootOf(bytes.subarray(0, pictureLimits.maxBytes));
  const { type, extension } = svg ? readSvg(svg, bytes, path, allowSvg) : readPicture(bytes, `"${path}"`);
  const key = `d/${contentName(bytes, extension)}`;
  return { contentType: type, key, base64: bytes.toString("base64"), md5: hash("md5", bytes) };
}

/**
 * What an `<img>` shows of it is decided by the namespace, and by a size or a `viewBox`: without one browsers take 300
 * × 150 pixels.
 */
function readSvg({ name, attribute }: SvgRoot, { length }: Buffer, path: string, allowed: boolean) {
  if (!allowed)
    throw new PictureError(
      `"${path}" is an SVG, which can hold script. Convert it to PNG, or set defaultPictures.allowSvg.`,
    );
  if (length > pictureLimits.maxBytes)
    throw new PictureError(`"${path}" has ${length} bytes; at most ${pictureLimits.maxBytes} are allowed.`);
  const namespace = name.includes(":") ? `xmlns:${name.split(":")[0] ?? ""}` : "xmlns";
  if (attribute(namespace) !== svgNamespace)
    throw new PictureError(`"${path}" is no picture: its <${name}> lacks ${namespace}="${svgNamespace}".`);
  const has = (size: string) => attribute(size) !== undefined;
  if (!has("viewBox") && !(has("width") && has("height")))
    throw new PictureError(`"${path}" has no size: its <${name}> has neither a viewBox nor width and height.`);
  return { type: svgType, extension: "svg" } as const;
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
