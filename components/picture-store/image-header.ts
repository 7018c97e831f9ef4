// A picture's format by its first bytes, and what its header says that a decoder will make of it.
import { measureGif } from "./image-gif.ts";
import { measureJpeg } from "./image-jpeg.ts";
import { measurePng } from "./image-png.ts";
import { Damage } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";
import { measureWebp } from "./image-webp.ts";

/** The types of users' pictures: those that every browser shows and that hold no script, so not SVG. */
export const PictureType = {
  Png: "image/png",
  Jpeg: "image/jpeg",
  Webp: "image/webp",
  Gif: "image/gif",
} as const;
export type PictureType = (typeof PictureType)[keyof typeof PictureType];

export type Extension = "png" | "jpg" | "webp" | "gif";

export interface Format {
  readonly type: PictureType;
  readonly extension: Extension;
  /** Of the first 12 bytes, one character each. */
  readonly hasSignature: (start: string) => boolean;
  /** At least what any decoder makes of it. @throws Damage, or RangeError past the end of the bytes */
  readonly measure: (view: DataView) => Measure;
}

const formats: readonly Format[] = [
  {
    type: PictureType.Png,
    extension: "png",
    hasSignature: (start) => start.startsWith("\x89PNG\r\n\x1a\n"),
    measure: measurePng,
  },
  {
    type: PictureType.Jpeg,
    extension: "jpg",
    hasSignature: (start) => start.startsWith("\xff\xd8\xff"),
    measure: measureJpeg,
  },
  {
    type: PictureType.Webp,
    extension: "webp",
    hasSignature: (start) => /^RIFF[^]{4}WEBP/.test(start),
    measure: measureWebp,
  },
  {
    type: PictureType.Gif,
    extension: "gif",
    hasSignature: (start) => /^GIF8[79]a/.test(start),
    measure: measureGif,
  },
];

/** By the first bytes; undefined for what is none of the formats. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  return formats.find(({ hasSignature }) => hasSignature(start));
}

/**
 * Reads the header; no pixel is decoded.
 *
 * @throws Damage for what is cut off, or of no size
 */
export function measure(format: Format, bytes: Uint8Array): Measure {
  try {
    const measured = format.measure(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (measured.width === 0 || measured.height === 0) throw new Damage("its header tells no width and height");
    return measured;
  } catch (error) {
    // What a DataView refuses to read lies past the end.
    if (!(error instanceof RangeError)) throw error;
    throw new Damage("it is cut off, or a part of it has a wrong length");
  }
}
