// What a picture's file is made of: a JPEG's segments, the chunks of a PNG and of a WebP, a GIF's blocks.
import type { Extension } from "../../components/picture-store/image-header.ts";

/** In order, and nothing is left out: what cannot be walked is one part. The first is what the format begins with. */
export function partsOf(extension: Extension, bytes: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = firstPart[extension](bytes); at < bytes.length;) {
    starts.push(at);
    const next = endOfPart[extension](bytes, at);
    if (next <= at) break;
    at = next;
  }
  return [0, ...starts].map((start, index) => bytes.subarray(start, starts[index] ?? bytes.length));
}

type At = (bytes: Buffer, at: number) => number;

const firstPart: Readonly<Record<Extension, (bytes: Buffer) => number>> = {
  jpg: () => 2,
  png: () => 8,
  webp: () => 12,
  gif: (bytes) => 13 + colorTable(bytes[10]),
};

/** Each goes forward, or not at all at the end of the bytes. */
const endOfPart: Readonly<Record<Extension, At>> = {
  png: (bytes, at) => (at + 4 > bytes.length ? bytes.length : at + 12 + bytes.readUInt32BE(at)),
  webp(bytes, at) {
    if (at + 8 > bytes.length) return bytes.length;
    const length = bytes.readUInt32LE(at + 4);
    return at + 8 + length + (length % 2);
  },
  jpg(bytes, at) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === 0xd9 || at + 4 > bytes.length) return at + 2;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    return marker === 0xda ? endOfScan(bytes, end) : end;
  },
  gif(bytes, at) {
    if (bytes[at] === 0x21) return afterBlocks(bytes, at + 2);
    if (bytes[at] === 0x2c) return afterBlocks(bytes, at + 11 + colorTable(bytes[at + 9]));
    return at + 1;
  },
};

const colorTable = (flags = 0) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

function afterBlocks(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
}

/** The next marker that is neither an escaped byte nor a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = from;
  while (at + 1 < bytes.length) {
    const next = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at += 1;
  }
  return bytes.length;
}
