// Pictures that were damaged on purpose: the same for each seed. Bytes are changed, and the parts that a format is made
// of: a file whose segments are whole, and wrong, comes further into a decoder than one of noise.
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { formatOf } from "../../components/picture-store/image-header.ts";
import type { Extension } from "../../components/picture-store/image-header.ts";
import { randomOf, samples } from "../components/picture-store/picture-mutants.ts";
import { pngChunk, riffChunk } from "./picture-chunks.ts";
import { partsOf } from "./picture-parts.ts";

export interface SourcePicture {
  readonly name: string;
  readonly extension: Extension;
  readonly bytes: Buffer;
}

export interface MutatedPicture {
  /** Of the source and of what was done to it, in order. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** In the sources' metadata, and in all that is added to them: what no picture that comes out may hold. */
export const smuggled = "smuggled:7f3a9c";

/** Small, so that many can be processed: what a decoder makes of a header does not depend on the pixels behind it. */
export async function picturesToMutate(): Promise<SourcePicture[]> {
  const [width, height] = [96, 80];
  const noise = randomOf(7);
  const pixels = Buffer.from(Array.from({ length: width * height * 4 }, (_, at) => (at % 4 === 3 ? 255 : noise(256))));
  const still = () => sharp(pixels, { raw: { width, height, channels: 4 } });
  const telling = () =>
    still()
      .removeAlpha()
      .withExif({ IFD0: { Artist: smuggled, Copyright: smuggled }, IFD3: { GPSLatitude: "1/1 2/1 3/1" } })
      .withIccProfile("p3")
      .withMetadata({ orientation: 6 });
  const more = {
    "jpeg, CMYK": still().removeAlpha().toColourspace("cmyk").jpeg(),
    "jpeg, on its side, with GPS and a profile": telling().jpeg(),
    "jpeg, progressive, with GPS": telling().jpeg({ progressive: true }),
    "png, 16 bits": still().toColourspace("rgb16").png(),
    "png, gray": still().grayscale().png(),
    "png, with GPS and a profile": telling().png(),
    "webp, with GPS and a profile": telling().webp(),
  };
  const made = Object.entries(more).map(async ([name, image]) => ({ name, bytes: await image.toBuffer() }));
  return [...(await samples()), ...(await Promise.all(made))].map(({ name, bytes }) => {
    const { extension } = formatOf(bytes) ?? {};
    if (extension === undefined) throw new Error(`${name} is no picture.`);
    return { name, extension, bytes };
  });
}

type Random = (bound: number) => number;

/** Changes of one of the sources: one mostly, and four at most. */
export function mutatedPicture(sources: readonly SourcePicture[], seed: number): MutatedPicture {
  const random = randomOf(seed);
  const one = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const source = one(sources);
  const names = Object.keys(changes) as (keyof typeof changes)[];
  const done = Array.from({ length: 1 + random(1 + random(4)) }, () => one(names));
  const changed = done.reduce<Buffer>(
    (bytes, name) => changes[name]({ bytes, extension: source.extension, sources, random, one }),
    source.bytes,
  );
  return { name: [source.name, ...done].join(" · "), bytes: repaired(changed, source.extension, random) };
}

interface Subject {
  readonly bytes: Buffer;
  readonly extension: Extension;
  readonly sources: readonly SourcePicture[];
  readonly random: Random;
  readonly one: <T>(list: readonly T[]) => T;
}

/** Where a length, a count or a number has its edges. */
const edges = [
  ...[0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x7fff, 0x8000, 0xffff],
  ...[0xffffff, 0x7fffffff, 0xffffffff],
];

/** What else a file can be: each is also read from its end, or from wherever it begins. */
const otherFiles: readonly ((random: Random) => Buffer)[] = [
  () => Buffer.from(`<!doctype html><script>alert("${smuggled}")</script>`),
  () => Buffer.from(`*/=1;alert("${smuggled}");/*`),
  () => Buffer.from(`%PDF-1.7\n% ${smuggled}\n%%EOF\n`),
  () => Buffer.from(`<?php echo "${smuggled}"; ?>`),
  () => Buffer.from(`PK\x03\x04${smuggled}PK\x01\x02${smuggled}PK\x05\x06${"\0".repeat(18)}`, "latin1"),
  (random) => Buffer.concat([Buffer.alloc(1 + random(5000), random(256)), Buffer.from(smuggled)]),
];

const changes = {
  // Bytes.
  bits: ({ bytes, random }: Subject) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + random(20); left > 0 && copy.length > 0; left -= 1)
      copy[random(copy.length)]! ^= 1 << random(8);
    return copy;
  },
  "bits of the header": ({ bytes, random }: Subject) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + random(3); left > 0 && copy.length > 76; left -= 1) copy[12 + random(64)]! ^= 1 << random(8);
    return copy;
  },
  edge: ({ bytes, random, one }: Subject) => written(bytes, random(bytes.length + 1), one(edges), random),
  cut: ({ bytes, random }: Subject) => bytes.subarray(0, random(bytes.length + 1)),
  removal: ({ bytes, random }: Subject) => {
    const at = random(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(200))]);
  },
  insertion: ({ bytes, random }: Subject) => {
    const at = random(bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: 1 + random(64) }, () => random(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  zeros: ({ bytes, random }: Subject) => {
    const at = random(bytes.length + 1);
    return Buffer.from(bytes).fill(0, at, Math.min(bytes.length, at + 1 + random(100)));
  },
  // Parts: segments, chunks, blocks.
  "a part less": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    return Buffer.concat(parts.toSpliced(at, 1));
  },
  "a part again": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    const part = parts[at]!;
    const times = Math.max(1, Math.min(subject.one([1, 1, 2, 50, 1000]), Math.floor(200_000 / (part.length + 1))));
    return Buffer.concat(parts.toSpliced(at, 0, ...Array<Buffer>(times).fill(part)));
  },
  "a part elsewhere": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    return Buffer.concat(parts.toSpliced(at, 1).toSpliced(subject.random(parts.length), 0, parts[at]!));
  },
  "a part of another": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    const alike = subject.sources.filter(({ extension }) => extension === subject.extension);
    const other = subject.one(partsOf(subject.extension, subject.one(alike).bytes));
    return Buffer.concat(parts.toSpliced(at, subject.random(2), other));
  },
  "a part of another format": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    const { extension, bytes } = subject.one(subject.sources);
    return Buffer.concat(parts.toSpliced(at, subject.random(2), subject.one(partsOf(extension, bytes))));
  },
  "a part's length": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    const copy = Buffer.from(parts[at]!);
    const { random, one } = subject;
    if (subject.extension === "jpg" && copy.length >= 4) copy.writeUInt16BE(one(edges) & 0xffff, 2);
    if (subject.extension === "png" && copy.length >= 12) copy.writeUInt32BE(one(edges), 0);
    if (subject.extension === "webp" && copy.length >= 8) copy.writeUInt32LE(one(edges), 4);
    if (subject.extension === "gif" && copy.length >= 3) copy[random(Math.min(copy.length, 16))] = one(edges) & 0xff;
    return Buffer.concat(parts.with(at, copy));
  },
  "a part's field": (subject: Subject) => {
    const { parts, at } = anyPart(subject);
    const part = parts[at]!;
    const field = subject.random(Math.min(part.length, 40) + 1);
    return Buffer.concat(parts.with(at, written(part, field, subject.one(edges), subject.random)));
  },
  "another size": ({ bytes, extension, random, one }: Subject) => {
    const copy = Buffer.from(bytes);
    const fields = sizeFields(copy, extension);
    const side = one([...edges, 64, 95, 97, 512, 5000, 1 + random(10_000)]);
    return fields.length === 0 ? copy : one(fields)(copy, side);
  },
  // What is in it beside pixels.
  "a comment": (subject: Subject) => withComment(subject, subject.one(otherFiles)(subject.random)),
  "metadata of 1 MB": (subject: Subject) => withComment(subject, Buffer.alloc(1_000_000, smuggled)),
  "another file behind": ({ bytes, random, one }: Subject) => Buffer.concat([bytes, one(otherFiles)(random)]),
  "another file before": ({ bytes, random, one }: Subject) => Buffer.concat([one(otherFiles)(random), bytes]),
  "another picture behind": ({ bytes, sources, one }: Subject) => Buffer.concat([bytes, one(sources).bytes]),
};

function anyPart({ extension, bytes, random }: Subject) {
  const parts = partsOf(extension, bytes);
  // The first is what a file is known by: without it, it is none.
  return { parts, at: random(20) === 0 ? 0 : Math.min(1 + random(Math.max(1, parts.length - 1)), parts.length - 1) };
}

/** One, two or four bytes of a number, in either order, as far as they fit. */
function written(bytes: Buffer, at: number, value: number, random: Random): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(value);
  const length = [1, 2, 4][random(3)]!;
  const part = number.subarray(4 - length);
  const copy = Buffer.from(bytes);
  (random(2) === 0 ? part : part.reverse()).copy(copy, at);
  return copy;
}

type Write = (bytes: Buffer, side: number) => Buffer;

/** Where the format's header says how many pixels there are, and how they are to be read. */
function sizeFields(bytes: Buffer, extension: Extension): Write[] {
  const be16 = (at: number): Write => writeAt(at, 2, (copy, value) => copy.writeUInt16BE(value & 0xffff, at));
  const le16 = (at: number): Write => writeAt(at, 2, (copy, value) => copy.writeUInt16LE(value & 0xffff, at));
  const be32 = (at: number): Write => writeAt(at, 4, (copy, value) => copy.writeUInt32BE(value, at));
  const le24 = (at: number): Write => writeAt(at, 3, (copy, value) => copy.writeUIntLE(value & 0xffffff, at, 3));
  const byte = (at: number): Write => writeAt(at, 1, (copy, value) => copy.writeUInt8(value & 0xff, at));
  const at = (text: string) => bytes.indexOf(text, 0, "latin1");
  if (extension === "png") return [be32(16), be32(20), byte(24), byte(25), byte(28)];
  if (extension === "gif") {
    const frame = bytes.indexOf(0x2c, 13);
    return [le16(6), le16(8), byte(10), ...[1, 3, 5, 7].map((offset) => le16(frame + offset)), byte(frame + 9)];
  }
  if (extension === "webp") {
    const [vp8x, vp8, vp8l, frame] = [at("VP8X"), at("VP8 "), at("VP8L"), at("ANMF")];
    return [
      ...(vp8x < 0 ? [] : [byte(vp8x + 8), le24(vp8x + 12), le24(vp8x + 15)]),
      ...(vp8 < 0 ? [] : [le16(vp8 + 14), le16(vp8 + 16)]),
      ...(vp8l < 0 ? [] : [le16(vp8l + 9), le16(vp8l + 11)]),
      ...(frame < 0 ? [] : [le24(frame + 8), le24(frame + 11), le24(frame + 14), le24(frame + 17)]),
    ];
  }
  const header = Math.max(at("\xff\xc0"), at("\xff\xc2"));
  return header < 0 ? [] : [byte(header + 4), be16(header + 5), be16(header + 7), byte(header + 9), byte(header + 11)];
}

const writeAt =
  (at: number, length: number, write: (copy: Buffer, value: number) => unknown): Write =>
  (bytes, value) => {
    if (at >= 0 && at + length <= bytes.length) write(bytes, value);
    return bytes;
  };

/** As the format has a comment, or a profile, which decoders inflate: behind the header, where there is one. */
function withComment(subject: Subject, text: Buffer): Buffer {
  const { bytes, extension, random, one } = subject;
  const parts = partsOf(extension, bytes);
  const at = Math.min(1 + random(3), parts.length);
  const part = (kind: "jpg" | "png" | "webp" | "gif"): Buffer[] => {
    if (kind === "jpg") {
      const pieces = Array.from({ length: Math.ceil(text.length / 65_000) }, (_, piece) =>
        text.subarray(65_000 * piece, 65_000 * (piece + 1)),
      );
      const marker = one([0xe1, 0xe2, 0xed, 0xfe]);
      const head = { 0xe1: "Exif\0\0", 0xe2: "ICC_PROFILE\0\x01\x01", 0xed: "Photoshop 3.0\0", 0xfe: "" }[marker] ?? "";
      return pieces.map((piece) => {
        const header = Buffer.from([0xff, marker, 0, 0]);
        header.writeUInt16BE(2 + head.length + piece.length, 2);
        return Buffer.concat([header, Buffer.from(head, "latin1"), piece]);
      });
    }
    if (kind === "png")
      return [
        one([
          () => pngChunk("tEXt", Buffer.concat([Buffer.from("Comment\0"), text])),
          () => pngChunk("zTXt", Buffer.concat([Buffer.from("Comment\0\0"), deflateSync(text)])),
          () => pngChunk("iCCP", Buffer.concat([Buffer.from("icc\0\0"), deflateSync(text)])),
          () => pngChunk("eXIf", text),
        ])(),
      ];
    if (kind === "webp") return [riffChunk(one(["EXIF", "XMP ", "ICCP", "JUNK"]), text)];
    const blocks = Array.from({ length: Math.ceil(text.length / 255) }, (_, block) => {
      const content = text.subarray(255 * block, 255 * (block + 1));
      return Buffer.concat([Buffer.from([content.length]), content]);
    });
    return [Buffer.concat([Buffer.from([0x21, one([0xfe, 0xff, 0x01])]), ...blocks, Buffer.from([0])])];
  };
  return Buffer.concat(parts.toSpliced(at, 0, ...part(extension)));
}

/** Mostly: what a decoder checks first is put right, or it would see nothing of what is behind. */
function repaired(bytes: Buffer, extension: Extension, random: Random): Buffer {
  const isRepaired = random(5) > 0;
  if (!isRepaired) return bytes;
  if (extension === "webp" && bytes.length >= 12) {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(copy.length - 8, 4);
    return copy;
  }
  if (extension !== "png") return bytes;
  const [signature, ...chunks] = partsOf("png", bytes);
  const checked = chunks.map((chunk) => {
    if (chunk.length < 12 || chunk.readUInt32BE(0) !== chunk.length - 12) return chunk;
    const copy = Buffer.from(chunk);
    copy.writeUInt32BE(crc32(copy.subarray(4, -4)), copy.length - 4);
    return copy;
  });
  return Buffer.concat([signature ?? Buffer.alloc(0), ...checked]);
}
