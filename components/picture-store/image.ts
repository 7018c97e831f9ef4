// What a picture is: its type by its first bytes, its dimensions by its header, and the key that its content gives it.
// The published package exports it as `auth0-user-pictures/picture`, without Pulumi, for an application's own uploader.
import { sha256 } from "../../actions/bundle/sha256.ts";
import { contentName } from "./content-name.ts";
import { formatOf, measure } from "./image-header.ts";
import type { Format, PictureType } from "./image-header.ts";
import { Damage } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";
export { pictureCacheControl } from "./defaults.ts";
export { PictureType } from "./image-header.ts";

/** What a picture's header says of it. */
export interface Picture {
  /** The type by its first bytes, whatever it was sent as. */
  readonly type: PictureType;
  /** That of its key. */
  readonly extension: "png" | "jpg" | "webp" | "gif";
  /** In pixels, before a turn that EXIF asks for. No browser decodes more; of a GIF with odd frames it may be less. */
  readonly width: number;
  /** In pixels, as the width. */
  readonly height: number;
}

/** The bytes are no picture that a store takes. The message is one sentence: what is wrong, what is allowed. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/** What a picture that a store takes has at most and at least. */
export const pictureLimits = {
  /** 1 MiB. Larger is surely no picture for a page that shows many. */
  maxBytes: 1024 * 1024,
  /**
   * Pages show pictures at 40 to 100 pixels, and twice that on a dense screen: a smaller one is blurred wherever it is
   * shown.
   */
  minSide: 64,
  /**
   * Gravatar's largest. A browser decodes the whole picture however small it shows it, at 4 bytes a pixel: at most 16
   * MiB each here, while a few kilobytes can declare gigabytes.
   */
  maxSide: 2048,
  /**
   * Of a JPEG: encoders write about 10 into a progressive one. A browser decodes each over the whole picture, and 1 MiB
   * has room for 65,000, which take it most of a minute.
   */
  maxScans: 100,
} as const;

/**
 * Reads a picture's type and dimensions without decoding its pixels: never less than what a browser makes room for.
 *
 * @param subject stands for the picture in the error's message
 * @throws PictureError for bytes that are no PNG, JPEG, WebP or GIF, are cut off or damaged, or are out of
 * `pictureLimits`
 */
export function readPicture(bytes: Uint8Array, subject = "The picture"): Picture {
  const { maxBytes, minSide, maxSide, maxScans } = pictureLimits;
  const format = formatOf(bytes);
  if (format === undefined)
    throw new PictureError(`${subject} is no PNG, JPEG, WebP or GIF by its first bytes. Convert it to one of them.`);
  const scale = `Scale it: 512 × 512 pixels are plenty.`;
  if (bytes.length > maxBytes)
    throw new PictureError(`${subject} has ${bytes.length} bytes; at most ${maxBytes} are allowed. ${scale}`);
  const { type, extension } = format;
  const { width, height, scans = 1 } = measureWith(format, bytes, subject);
  if (Math.min(width, height) < minSide || Math.max(width, height) > maxSide)
    throw new PictureError(
      `${subject} has ${width} × ${height} pixels; each side must have ${minSide} to ${maxSide}. ${scale}`,
    );
  if (scans > maxScans)
    throw new PictureError(
      `${subject} has ${scans} scans; at most ${maxScans} are allowed. Save it again, as a baseline JPEG.`,
    );
  return { type, extension, width, height };
}

/**
 * Where a user's picture is kept: `u/<sha256 of the user id, 32 hex digits>/<sha256 of the bytes>.<extension>`. The
 * content's hash cannot be guessed, and a changed picture is a new URL, so no cache has to be told; the first part only
 * groups one user's pictures, to erase them.
 *
 * @param userId Auth0's `user_id`, the `sub` of the user's tokens. Take it from a verified token, never from the
 * request
 * @throws PictureError for an empty user id, and for bytes that are not of the type by their signature
 */
export function pictureKey(userId: string, bytes: Uint8Array, type: PictureType): string {
  const actual = formatOf(bytes);
  if (actual?.type !== type)
    throw new PictureError(`The picture is ${actual === undefined ? "no picture" : `of ${actual.type}`}, not ${type}.`);
  return `${userFolder(userId)}${contentName(bytes, actual.extension)}`;
}

/**
 * The cache tag of all of one user's pictures: to erase them at the edge, invalidate `#` and this (CloudFront docs,
 * "Invalidating content by cache tags").
 */
export function cacheTag(userId: string): string {
  return `u:${userHash(userId)}`;
}

/** The prefix of all of one user's pictures' keys, with its closing slash. */
export function userFolder(userId: string): string {
  return `u/${userHash(userId)}/`;
}

function userHash(userId: string): string {
  if (userId === "") throw new PictureError("The user id is empty; it is the sub of the user's verified token.");
  return sha256(userId).slice(0, 32);
}

function measureWith(format: Format, bytes: Uint8Array, subject: string): Measure {
  try {
    return measure(format, bytes);
  } catch (error) {
    if (error instanceof Damage) throw new PictureError(`${subject} is damaged: ${error.message}. Save it again.`);
    throw error;
  }
}
