// What a picture is: its type by its first bytes, its dimensions by its header, and the key that its content gives it.
// The published package exports it as `auth0-user-pictures/picture`, without Pulumi, for an application's own uploader.
import { sha256 } from "../../actions/bundle/sha256.ts";
export { pictureCacheControl } from "./defaults.ts";

/** The types of users' pictures: those that every browser shows and that hold no script, so not SVG. */
export const PictureType = {
  Png: "image/png",
  Jpeg: "image/jpeg",
  Webp: "image/webp",
  Gif: "image/gif",
} as const;
export type PictureType = (typeof PictureType)[keyof typeof PictureType];

export interface Picture {
  readonly type: PictureType;
  /** Of its key. */
  readonly extension: "png" | "jpg" | "webp" | "gif";
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** The bytes are no picture that a store takes. The message is one sentence: what is wrong, what is allowed. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

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
} as const;

/**
 * Reads a picture's type and dimensions without decoding it.
 *
 * @param subject stands for the picture in the error's message
 * @throws PictureError for bytes that are no PNG, JPEG, WebP or GIF, are damaged, or are out of `pictureLimits`
 */
export function readPicture(bytes: Uint8Array, subject = "The picture"): Picture {
  const { maxBytes, minSide, maxSide } = pictureLimits;
  const format = formatOf(bytes);
  if (format === undefined)
    throw new PictureError(`${subject} is no PNG, JPEG, WebP or GIF by its first bytes. Convert it to one of them.`);
  const scale = `Scale it: 512 × 512 pixels are plenty.`;
  if (bytes.length > maxBytes)
    throw new PictureError(`${subject} has ${bytes.length} bytes; at most ${maxBytes} are allowed. ${scale}`);
  const { type, extension, dimensions } = format;
  const [width, height] = readOrNothing(() => dimensions(viewOf(bytes))) ?? [0, 0];
  if (width === 0 || height === 0)
    throw new PictureError(`${subject} is damaged: its header tells no width and height. Save it again.`);
  if (Math.min(width, height) < minSide || Math.max(width, height) > maxSide)
    throw new PictureError(
      `${subject} has ${width} × ${height} pixels; each side must have ${minSide} to ${maxSide}. ${scale}`,
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

/** `<sha256 of the bytes>.<extension>` */
export function contentName(bytes: Uint8Array, extension: string): string {
  return `${sha256(bytes)}.${extension}`;
}

function userHash(userId: string): string {
  if (userId === "") throw new PictureError("The user id is empty; it is the sub of the user's verified token.");
  return sha256(userId).slice(0, 32);
}

interface Format {
  readonly type: PictureType;
  readonly extension: Picture["extension"];
  /** Of the first 12 bytes, one character each. */
  readonly hasSignature: (start: string) => boolean;
  /** Width and height, undefined where the header has none. @throws RangeError past the end of the bytes */
  readonly dimensions: (view: DataView) => readonly [number, number] | undefined;
}

const formats: readonly Format[] = [
  {
    type: PictureType.Png,
    extension: "png",
    hasSignature: (start) => start.startsWith("\x89PNG\r\n\x1a\n"),
    dimensions: (view) => (tagAt(view, 12) === "IHDR" ? [view.getUint32(16), view.getUint32(20)] : undefined),
  },
  {
    type: PictureType.Jpeg,
    extension: "jpg",
    hasSignature: (start) => start.startsWith("\xff\xd8\xff"),
    dimensions: jpegDimensions,
  },
  {
    type: PictureType.Webp,
    extension: "webp",
    hasSignature: (start) => /^RIFF[^]{4}WEBP/.test(start),
    dimensions: webpDimensions,
  },
  {
    type: PictureType.Gif,
    extension: "gif",
    hasSignature: (start) => /^GIF8[79]a/.test(start),
    dimensions: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  },
];

function formatOf(bytes: Uint8Array): Format | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  return formats.find(({ hasSignature }) => hasSignature(start));
}

/**
 * The first frame header among the segments (ITU-T T.81, annex B). Each step goes forward, so that a hostile file ends
 * too.
 */
function jpegDimensions(view: DataView): readonly [number, number] | undefined {
  for (let at = 2; view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // A fill byte.
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    at += isAlone ? 2 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Lossy, lossless or extended (RFC 9649, sections 2.5 to 2.7). */
function webpDimensions(view: DataView): readonly [number, number] | undefined {
  const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
  switch (tagAt(view, 12)) {
    case "VP8 ":
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    case "VP8X":
      return [uint24(24) + 1, uint24(27) + 1];
    default:
      return undefined;
  }
}

const tagAt = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What a DataView refuses to read lies past the end: the picture is cut off. */
function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
