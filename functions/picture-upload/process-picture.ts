// Bytes that claim to be a picture → the picture and its variants, or why not. Whatever the bytes are, what comes out
// was encoded here: upright, square, in sRGB, and with no metadata.
import type { Sharp } from "sharp";
import { formatOf, measure } from "../../components/picture-store/image-header.ts";
import { pictureLimits } from "../../components/picture-store/image.ts";
import { Damage } from "../../components/picture-store/image-reader.ts";
import { UploadRefusal } from "./upload-refusal.ts";

/** The module `sharp`: its WebAssembly build in a Lambda, where a native module would be one for each platform. */
export type SharpModule = (typeof import("sharp"))["default"];

/** Of what is decoded. */
export interface ProcessingLimits {
  readonly maxBytes: number;
  readonly minSide: number;
  readonly maxPixels: number;
  readonly maxScans: number;
  readonly maxFrames: number;
}

/** An upload's. */
export const processingLimits = {
  /** A Lambda takes a request of 6 MiB, and the bytes are in it as base64, among headers and claims. */
  maxBytes: 4_500_000,
  /** In pixels: smaller is blurred wherever it is shown. */
  minSide: pictureLimits.minSide,
  /** A telephone's camera makes 12, 24 or 48 million; a few kilobytes can declare thousands of millions. */
  maxPixels: 50_000_000,
  /** Of a progressive JPEG, which has about 10: each is decoded over the whole picture. */
  maxScans: pictureLimits.maxScans,
  /** Of an animation the first frame is decoded, whatever the others are. */
  maxFrames: 1,
  /** A large photo takes about half a second on one processor. */
  maxSeconds: 5,
} as const satisfies ProcessingLimits & { readonly maxSeconds: number };

/** In pixels: the sides of what comes out, where the source has as many. */
const sides = { picture: 512, small: 96 } as const;

/** All are square. A side is never longer than the source's shorter side: nothing is enlarged. */
export interface ProcessedPicture {
  /** WebP of at most 512 × 512 pixels; its hash names all three. */
  readonly webp: Uint8Array;
  /** WebP of at most 96 × 96 pixels. */
  readonly smallWebp: Uint8Array;
  /** JPEG of the picture's own size, white where the source is transparent. */
  readonly jpeg: Uint8Array;
}

/** Sharp as it decodes here. Call it once for a process, before the first picture. */
export function prepareSharp(sharp: SharpModule): void {
  // Every other decoder is code that hostile bytes need not reach.
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({
    operation: ["Jpeg", "Png", "Webp", "Nsgif"].map((format) => `VipsForeignLoad${format}Buffer`),
  });
  sharp.cache(false);
  sharp.concurrency(1);
}

/**
 * The same bytes for the same input and version of sharp. It does not hold `maxSeconds`: what runs it does.
 *
 * @throws UploadRefusal
 */
export async function processPicture(
  sharp: SharpModule,
  bytes: Uint8Array,
  limits: ProcessingLimits = processingLimits,
): Promise<ProcessedPicture> {
  refuseByHeader(bytes, limits);
  const upright = await decode(sharp, bytes, limits);
  const from = (side: number): Sharp => {
    const { data, info } = upright;
    const whole = sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
    return side < info.width ? whole.resize(side, side) : whole;
  };
  const { picture, small } = sides;
  return {
    webp: await encode(from(picture).webp({ quality: 80 })),
    smallWebp: await encode(from(small).webp({ quality: 80 })),
    jpeg: await encode(from(picture).flatten({ background: "#fff" }).jpeg({ quality: 82, mozjpeg: true })),
  };
}

/**
 * A copy: what sharp's WebAssembly build returns is a part of its memory, which it uses again. Another thread would get
 * that memory itself, and not what is in it now.
 */
async function encode(image: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await image.toBuffer());
}

/** What needs no decoder to be refused. A decoder can make room for all pixels before it says how many there are. */
function refuseByHeader(bytes: Uint8Array, { maxBytes, maxPixels, maxScans }: ProcessingLimits): void {
  if (bytes.length === 0) throw new UploadRefusal("no_picture");
  if (bytes.length > maxBytes) throw new UploadRefusal("too_large");
  const format = formatOf(bytes);
  if (format === undefined) throw new UploadRefusal(isHeic(bytes) ? "heic" : "not_a_picture");
  try {
    const { width, height, scans = 1 } = measure(format, bytes);
    if (width * height > maxPixels) throw new UploadRefusal("too_many_pixels");
    if (scans > maxScans) throw new UploadRefusal("too_complex");
  } catch (error) {
    throw error instanceof Damage ? new UploadRefusal("damaged", { cause: error }) : error;
  }
}

/** What telephones write (ISO/IEC 23008-12, brands of HEVC): its decoders are patented, and large. */
function isHeic(bytes: Uint8Array): boolean {
  return /^[^]{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)/.test(String.fromCharCode(...bytes.subarray(0, 12)));
}

/** The centre square of the first frame, of at most 512 × 512 pixels, upright, in sRGB of 8 bits, undamaged. */
async function decode(sharp: SharpModule, bytes: Uint8Array, { maxPixels, minSide, maxFrames }: ProcessingLimits) {
  const options = { failOn: "error", pages: maxFrames } as const;
  try {
    const { width, height } = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
    if (width * height > maxPixels) throw new UploadRefusal("too_many_pixels");
    const shorter = Math.min(width, height);
    if (shorter < minSide) throw new UploadRefusal("too_small");
    const side = Math.min(sides.picture, shorter);
    return await sharp(bytes, { ...options, limitInputPixels: maxPixels })
      .autoOrient()
      .resize(side, side, { fit: "cover" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    // The decoders' own words are about their inside.
    throw error instanceof UploadRefusal ? error : new UploadRefusal("damaged", { cause: error });
  }
}
