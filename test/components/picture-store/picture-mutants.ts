// Pictures as an encoder writes them, and what becomes of them when their headers are changed: the same for each seed.
import { crc32 } from "node:zlib";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { PictureError, PictureType, readPicture } from "../../../components/picture-store/image.ts";
import type { Picture } from "../../../components/picture-store/image.ts";

const [width, height, frames] = [100, 70, 3];

export interface Sample {
  readonly name: string;
  readonly type: PictureType;
  readonly bytes: Buffer;
}

/** One of each kind that an encoder can write, all of 100 × 70 pixels. */
export async function samples(): Promise<Sample[]> {
  const { Png, Jpeg, Webp, Gif } = PictureType;
  const still = () => sharp(pixels(1), { raw: { width, height, channels: 4 } });
  const animation = () =>
    sharp(pixels(frames), { raw: { width, height: height * frames, channels: 4, pageHeight: height } });
  const kinds: [string, PictureType, Sharp][] = [
    ["png", Png, still().png()],
    ["png, interlaced", Png, still().png({ progressive: true })],
    ["png, palette", Png, still().png({ palette: true })],
    ["jpeg, baseline", Jpeg, still().jpeg()],
    ["jpeg, gray", Jpeg, still().grayscale().jpeg()],
    [
      "jpeg, with metadata",
      Jpeg,
      still()
        .withExif({ IFD0: { Copyright: "nobody" } })
        .jpeg(),
    ],
    ["jpeg, progressive", Jpeg, still().jpeg({ progressive: true })],
    ["jpeg, without subsampling", Jpeg, still().jpeg({ chromaSubsampling: "4:4:4" })],
    ["webp, lossy", Webp, still().removeAlpha().webp()],
    ["webp, lossless", Webp, still().webp({ lossless: true })],
    ["webp, with transparency", Webp, still().webp()],
    [
      "webp, with metadata",
      Webp,
      still()
        .withExif({ IFD0: { Copyright: "nobody" } })
        .webp(),
    ],
    ["webp, animated", Webp, animation().webp()],
    ["webp, animated, lossless", Webp, animation().webp({ lossless: true })],
    ["gif", Gif, still().gif()],
    ["gif, animated", Gif, animation().gif()],
  ];
  return Promise.all(kinds.map(async ([name, type, image]) => ({ name, type, bytes: await image.toBuffer() })));
}

export interface Taken {
  readonly bytes: Buffer;
  readonly read: Picture;
}

/** Those of a number of a sample's mutants that readPicture takes. */
export function takenMutants(sample: Sample, all: readonly Sample[], count: number): Taken[] {
  const random = randomOf(14);
  const alike = all.filter(({ type }) => type === sample.type);
  return Array.from({ length: count }, () => mutant(sample, alike, random)).flatMap((bytes) => {
    const read = readOrRefuse(bytes);
    return read === undefined ? [] : [{ bytes, read }];
  });
}

function readOrRefuse(bytes: Buffer): Picture | undefined {
  try {
    return readPicture(bytes);
  } catch (error) {
    if (error instanceof PictureError) return undefined;
    throw error;
  }
}

export interface Shown extends Taken {
  readonly decoded: { readonly width: number; readonly height: number };
}

/** Those that a decoder makes more of than readPicture says; in words, to be seen where a test fails. */
export const understated = (shown: readonly Shown[]) =>
  shown
    .filter(({ read, decoded }) => decoded.width > read.width || decoded.height > read.height)
    .map(({ read, decoded, bytes }) => {
      const [said, is] = [read, decoded].map((of) => `${of.width} × ${of.height}`);
      return `${said ?? ""}, but decoded ${is ?? ""}: ${bytes.toString("hex")}`;
    });

/** Noise in one corner, which moves from frame to frame, and transparency in another. */
function pixels(count: number): Buffer {
  const random = randomOf(1);
  const at = (frame: number, x: number, y: number) => {
    const isNoise = x > 20 * frame && x < 20 * frame + 30 && y < 40;
    return [isNoise ? random(256) : x, y, isNoise ? random(256) : 40 * frame, x > 90 && y > 60 ? 0 : 255];
  };
  const rows = Array.from({ length: count * height }, (_, row) =>
    Array.from({ length: width }, (__, x) => at(Math.floor(row / height), x, row % height)),
  );
  return Buffer.from(rows.flat(2));
}

/** Whole numbers below a bound (mulberry32). */
export function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** One to three changes, mostly where headers are. A PNG's checksums are put right, or no browser would show it. */
function mutant(sample: Sample, others: readonly Sample[], random: (bound: number) => number): Buffer {
  const changes = Object.values(changesOf(others, random));
  let bytes = Buffer.from(sample.bytes);
  for (let left = 1 + random(3); left > 0; left -= 1) bytes = Buffer.from(changes[random(changes.length)]!(bytes));
  if (sample.type === PictureType.Png) writeChecksums(bytes);
  return bytes;
}

/** Of each of a PNG's chunks, as far as they can be walked (PNG specification, 5.3): length, type, data, checksum. */
function writeChecksums(bytes: Buffer): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) return;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
}

type Change = (bytes: Buffer) => Buffer;

function changesOf(others: readonly Sample[], random: (bound: number) => number): Record<string, Change> {
  const position = ({ length }: Buffer) => random(random(4) === 0 ? length : Math.min(length, 700));
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));
  const spliced = (bytes: Buffer, at: number, removed: number, added: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
  const otherSize: Change = (bytes) => {
    const at = sizesIn(bytes);
    if (at.length === 0) return bytes;
    const value = random(2) === 0 ? 64 + random(200) : random(0x10000);
    const write = random(2) === 0 ? "writeUInt16BE" : "writeUInt16LE";
    bytes[write](value, at[random(at.length)]);
    return bytes;
  };
  return {
    otherSize,
    otherSizeToo: otherSize,
    byte: (bytes) => spliced(bytes, position(bytes), 1, noise(1)),
    edge: (bytes) =>
      spliced(bytes, position(bytes), 1, Buffer.from([[0, 1, 0x7f, 0x80, 0xff, 0x2c, 0xda][random(7)]!])),
    bit: (bytes) => {
      const at = position(bytes);
      return spliced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random(8))]));
    },
    bytes: (bytes) => spliced(bytes, position(bytes), 4, noise(4)),
    insert: (bytes) => spliced(bytes, position(bytes), 0, noise(1 + random(8))),
    remove: (bytes) => spliced(bytes, position(bytes), 1 + random(8), Buffer.alloc(0)),
    repeat(bytes) {
      const from = position(bytes);
      return spliced(bytes, position(bytes), 0, bytes.subarray(from, from + random(60)));
    },
    splice(bytes) {
      const other = others[random(others.length)]!.bytes;
      const from = position(other);
      return spliced(bytes, position(bytes), random(40), other.subarray(from, from + random(200)));
    },
    cut: (bytes) => bytes.subarray(0, position(bytes)),
  };
}

/** Where a side may be written: in either order, as it is or less one, in 16 bits. */
function sizesIn(bytes: Buffer): number[] {
  const sides = new Set([width, height, width - 1, height - 1]);
  return Array.from({ length: Math.min(bytes.length - 1, 700) }, (_, at) => at).filter(
    (at) => sides.has(bytes.readUInt16BE(at)) || sides.has(bytes.readUInt16LE(at)),
  );
}
