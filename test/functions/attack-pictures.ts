// Pictures as attackers make them, each within the limit of an upload's bytes: files that are something else too, and
// small ones that take much of a decoder's memory or time.
import { constants, deflateRawSync } from "node:zlib";
import sharp from "sharp";
import type { Sharp } from "sharp";
import type { RefusalCode } from "../../functions/picture-upload/upload-refusal.ts";
import { smuggled } from "./mutated-pictures.ts";
import { pngChunk, riffChunk } from "./picture-chunks.ts";
import { partsOf } from "./picture-parts.ts";

export interface AttackPicture {
  /** What it is answered. */
  readonly answer: "picture" | RefusalCode;
  readonly make: () => Buffer | Promise<Buffer>;
}

const plain = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: "#0000" }, limitInputPixels: false });
const photo = () => plain(640, 480);
const page = `<!doctype html><script>alert("${smuggled}")</script>`;
const script = `*/=1;alert("${smuggled}");/*`;
const archive = Buffer.from(
  `PK\x03\x04${smuggled}PK\x01\x02${smuggled}PK\x05\x06${"\0".repeat(18)}<?php echo 1; ?>`,
  "latin1",
);

/** What comes out has nothing of what else they are. */
export const polyglots: Readonly<Record<string, () => Promise<Buffer>>> = {
  "a GIF that is a page": async () =>
    withGifBlock(await photo().gif().toBuffer(), 0xfe, Buffer.from(`--><body>${page}<!--`)),
  // Its width is the letters of a comment's begin: GIF89a/* … */=1;
  "a GIF that is a script": async () => {
    const gif = await photo().gif().toBuffer();
    gif.write("/*", 6, "latin1");
    return Buffer.concat([gif, Buffer.from(script)]);
  },
  // The length of its first segment is such letters, 0x2f2a, and the script follows.
  "a JPEG that is a script": async () => {
    const [start = Buffer.alloc(0), ...others] = partsOf("jpg", await photo().jpeg().toBuffer());
    const header = Buffer.alloc(0x2f2a + 2);
    header.write("\xff\xe0/*JFIF\0\x01\x01\0\0\x01\0\x01\0\0", 0, "latin1");
    return Buffer.concat([start, header, segment(0xfe, Buffer.from(script)), ...others]);
  },
  "a JPEG that is a document": async () =>
    withSegments(await photo().jpeg().toBuffer(), segment(0xfe, Buffer.from(`%PDF-1.7\n%${smuggled}\n%%EOF`))),
  "a PNG with an archive behind it": async () => Buffer.concat([await photo().png().toBuffer(), archive]),
  "a PNG with a page in a text": async () =>
    withChunks(await photo().png().toBuffer(), pngChunk("tEXt", Buffer.from(`Comment\0${page}`))),
  "a PNG with a page in a chunk of nobody's": async () =>
    withChunks(await photo().png().toBuffer(), pngChunk("phPx", Buffer.from(page))),
  "a WebP with a page in a chunk": async () => {
    const [, ...chunks] = partsOf("webp", await plain(640, 480, 4).webp().toBuffer());
    return riff([...chunks, riffChunk("HTML", Buffer.from(page))]);
  },
  "a WebP with a picture behind it": async () =>
    Buffer.concat([await photo().webp().toBuffer(), await photo().jpeg().toBuffer(), Buffer.from(smuggled)]),
};

/** The most pixels that are decoded are 50 million. */
const side = 7071;

/** Quickly made. */
const small: Readonly<Record<string, AttackPicture>> = {
  "a WebP of 100 bytes that says 16,383 × 16,383": {
    answer: "too_many_pixels",
    make: async () => {
      const webp = await photo().webp().toBuffer();
      const at = webp.indexOf("9d012a", 0, "hex") + 3;
      return webp.fill("ff3fff3f", at, at + 4, "hex");
    },
  },
  "a PNG of 20,000 × 20,000": { answer: "too_many_pixels", make: () => png(20_000, 20_000, 1, 0) },
  "a PNG of 64 × 800,000": { answer: "too_many_pixels", make: () => png(64, 800_000, 1, 0) },
  "a PNG with a profile of 1 GiB": { answer: "picture", make: () => png(640, 480, 8, 2, compressed("iCCP", 2 ** 30)) },
  "a PNG of 40,000 frames": { answer: "picture", make: () => png(640, 480, 8, 2, pngFrames(40_000)) },
  "a GIF of 290,000 frames": {
    answer: "picture",
    make: async () => withGifFrames(await photo().gif().toBuffer(), 290_000),
  },
  "a WebP of 40,000 frames": {
    answer: "picture",
    make: () => webpFrames(64, 64, 40_000),
  },
  "a JPEG of 65,001 scans": {
    answer: "too_complex",
    make: async () => withScans(await plain(1200, 900).jpeg({ progressive: true }).toBuffer(), 65_001),
  },
  "a JPEG of a million comments": {
    answer: "picture",
    make: async () =>
      withSegments(await photo().jpeg().toBuffer(), repeated(segment(0xfe, Buffer.alloc(0)), 1_000_000)),
  },
  "a JPEG with a profile of 4 MB": {
    answer: "picture",
    make: async () => withSegments(await photo().jpeg().toBuffer(), ...jpegProfile(66, 65_000)),
  },
};

/** As large as it may be, in the way that takes each decoder most. */
const large: Readonly<Record<string, AttackPicture>> = {
  "a PNG of 50 million pixels, 16 bits, interlaced and turned": {
    answer: "picture",
    make: () => interlacedPng(side, side, turnedPng),
  },
  "a PNG of 781,250 × 64, 16 bits, turned": { answer: "picture", make: () => png(781_250, 64, 16, 6, turnedPng) },
  "a PNG of 64 × 781,250, 16 bits, turned": { answer: "picture", make: () => png(64, 781_250, 16, 6, turnedPng) },
  "a progressive CMYK JPEG of 50 million pixels, turned": {
    answer: "picture",
    make: async () => turnedJpeg(await progressive(plain(side, side).toColourspace("cmyk"))),
  },
  "a progressive JPEG of 65,500 × 763, turned": {
    answer: "picture",
    make: async () => turnedJpeg(await progressive(plain(65_500, 763))),
  },
  "a lossless WebP of 16,383 × 3,051, turned": {
    answer: "picture",
    make: () => plain(16_383, 3051, 4).webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer(),
  },
  "a WebP of 50 million pixels and many frames": {
    answer: "picture",
    make: () => webpFrames(side, side, 1000),
  },
  "a GIF of 50 million pixels": { answer: "picture", make: () => plain(side, side).gif().toBuffer() },
  "a PNG with 4 texts of 1 GiB": {
    answer: "picture",
    make: () => png(640, 480, 8, 2, ...Array<Buffer>(4).fill(compressed("zTXt", 2 ** 30))),
  },
};

/** By name. @param isWhole with those that take seconds to be made, and most of a decoder */
export const attacks = (isWhole: boolean): Readonly<Record<string, AttackPicture>> =>
  isWhole ? { ...small, ...large } : small;

type PngKind = 0 | 2 | 6;
const channelsOf = { 0: 1, 2: 3, 6: 4 } as const;

/** Black. @param kind gray, colour, or colour and transparency. @param more chunks before the pixels */
function png(width: number, height: number, depth: number, kind: PngKind, ...more: readonly Buffer[]): Buffer {
  const row = 1 + Math.ceil((width * channelsOf[kind] * depth) / 8);
  return pngOf({ width, height, depth, kind, interlaced: false, length: height * row }, more);
}

/** PNG (W3C, third edition), 8.1: where each pass begins, and its steps. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Of 16 bits, with transparency: 8 bytes a pixel, which have to be there all at once. */
function interlacedPng(width: number, height: number, ...more: readonly Buffer[]): Buffer {
  const lengths = passes.map(([x, y, stepX, stepY]) => {
    const [columns, rows] = [Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)];
    return rows * (1 + 8 * columns);
  });
  const length = lengths.reduce((sum, one) => sum + one);
  return pngOf({ width, height, depth: 16, kind: 6, interlaced: true, length }, more);
}

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly kind: PngKind;
  readonly interlaced: boolean;
  /** Of the pixels, before they are compressed, in bytes. */
  readonly length: number;
}

function pngOf({ width, height, depth, kind, interlaced, length }: PngHeader, more: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, kind, 0, 0, Number(interlaced)], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    pngChunk("IHDR", header),
    ...more,
    pngChunk("IDAT", deflated(0, length)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** So many bytes, in one of PNG's compressed chunks. */
function compressed(type: "iCCP" | "zTXt", bytes: number): Buffer {
  return pngChunk(type, Buffer.concat([Buffer.from("name\0\0"), deflated(0x61, bytes)]));
}

/** A byte so many times, as zlib would compress it: pieces of a million are the same. */
function deflated(byte: number, length: number): Buffer {
  const size = 1_000_000;
  const piece = (bytes: number) =>
    deflateRawSync(Buffer.alloc(bytes, byte), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  // Adler-32 (RFC 1950, 9) of such a run.
  const [count, value, prime] = [BigInt(length), BigInt(byte), 65_521n];
  const checksum = Buffer.alloc(4);
  checksum.writeUInt16BE(Number((count + (value * count * (count + 1n)) / 2n) % prime), 0);
  checksum.writeUInt16BE(Number((1n + value * count) % prime), 2);
  const pieces = repeated(piece(size), Math.floor(length / size));
  return Buffer.concat([
    Buffer.from("78da", "hex"),
    pieces,
    piece(length % size),
    Buffer.from("0300", "hex"),
    checksum,
  ]);
}

const repeated = (bytes: Buffer, count: number) => Buffer.alloc(bytes.length * count, bytes);

/** As APNG has them: each with its own control and data. */
function pngFrames(count: number): Buffer {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(count);
  const frame = Buffer.alloc(26);
  frame.writeUInt32BE(1, 4);
  frame.writeUInt32BE(1, 8);
  const pair = Buffer.concat([pngChunk("fcTL", frame), pngChunk("fdAT", Buffer.alloc(16))]);
  return Buffer.concat([pngChunk("acTL", control), repeated(pair, count)]);
}

function withChunks(bytes: Buffer, ...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat(partsOf("png", bytes).toSpliced(2, 0, ...chunks));
}

/** TIFF's header and one entry: it is to be shown turned by a quarter. */
const turned = Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex");
const turnedPng = pngChunk("eXIf", turned);
const turnedJpeg = (jpeg: Buffer) =>
  withSegments(jpeg, segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), turned])));

const progressive = (image: Sharp) => image.jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer();

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(2 + data.length, 2);
  return Buffer.concat([head, data]);
}

/** As many parts as there are. */
function jpegProfile(count: number, length: number): Buffer[] {
  const part = (number: number) =>
    Buffer.concat([Buffer.from("ICC_PROFILE\0"), Buffer.from([number, count]), Buffer.alloc(length)]);
  return Array.from({ length: count }, (_, index) => segment(0xe2, part(index + 1)));
}

/** Behind its start. */
function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  const [start = Buffer.alloc(0), ...others] = partsOf("jpg", jpeg);
  return Buffer.concat([start, ...segments, ...others]);
}

/** The last scan again, until there are so many. */
function withScans(jpeg: Buffer, count: number): Buffer {
  const parts = partsOf("jpg", jpeg);
  const isScan = (part: Buffer) => part[0] === 0xff && part[1] === 0xda;
  const last = parts.findLastIndex(isScan);
  const more = count - parts.filter(isScan).length;
  return Buffer.concat(parts.toSpliced(last + 1, 0, repeated(parts[last] ?? Buffer.alloc(0), more)));
}

/** The same frame so many times (RFC 9649, 2.7). */
async function webpFrames(width: number, height: number, count: number): Promise<Buffer> {
  const [, pixels = Buffer.alloc(0)] = partsOf(
    "webp",
    await plain(width, height, 4).webp({ lossless: true }).toBuffer(),
  );
  const size = Buffer.alloc(6);
  size.writeUIntLE(width - 1, 0, 3);
  size.writeUIntLE(height - 1, 3, 3);
  const header = riffChunk("VP8X", Buffer.concat([Buffer.from([0x12, 0, 0, 0]), size]));
  const frame = riffChunk("ANMF", Buffer.concat([Buffer.alloc(6), size, Buffer.from([100, 0, 0, 0]), pixels]));
  return riff([header, riffChunk("ANIM", Buffer.alloc(6)), repeated(frame, count)]);
}

const riff = (chunks: readonly Buffer[]) => riffChunk("RIFF", Buffer.concat([Buffer.from("WEBP"), ...chunks]));

/** Before its end, so many frames of one pixel. */
function withGifFrames(gif: Buffer, count: number): Buffer {
  const frame = Buffer.from("2c0000000001000100000202440100", "hex");
  return Buffer.concat([gif.subarray(0, -1), repeated(frame, count), Buffer.from([0x3b])]);
}

/** Behind its colours. @param text of 255 bytes at most */
function withGifBlock(gif: Buffer, label: number, text: Buffer): Buffer {
  const block = Buffer.concat([Buffer.from([0x21, label, text.length]), text, Buffer.from([0])]);
  return Buffer.concat(partsOf("gif", gif).toSpliced(1, 0, block));
}
