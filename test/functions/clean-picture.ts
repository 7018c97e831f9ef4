// Whether what comes out of the processor is a clean picture: every byte of the file is one that an encoder of pixels
// writes, and a decoder reads all of it.
import sharp from "sharp";
import { measure, formatOf } from "../../components/picture-store/image-header.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { smuggled } from "./mutated-pictures.ts";
import { partsOf } from "./picture-parts.ts";

/** @param source what was sent, which is not smaller. @returns what is wrong; empty for a clean picture */
export async function faultsOf(source: Buffer, { webp, smallWebp, jpeg }: ProcessedPicture): Promise<string[]> {
  const [large, small, forMail] = [webp, smallWebp, jpeg].map((bytes) => Buffer.from(bytes));
  const side = large === undefined ? 0 : (await sharp(large).metadata()).width;
  const format = formatOf(source);
  const { width, height } = format === undefined ? { width: 0, height: 0 } : measure(format, source);
  const most = Math.min(512, width, height);
  const rows: [string, Buffer | undefined, "webp" | "jpeg", number][] = [
    ["the picture", large, "webp", side],
    ["the small one", small, "webp", Math.min(96, side)],
    ["the JPEG", forMail, "jpeg", side],
  ];
  const faults = rows.map(async ([name, bytes, kind, expected]) => {
    if (bytes === undefined) return [`${name} is not there`];
    const found = [...(kind === "webp" ? strangePartsOfWebp(bytes) : strangePartsOfJpeg(bytes))];
    if (bytes.includes(smuggled)) found.push("has what was smuggled");
    const read = await decoded(bytes);
    if (typeof read === "string") found.push(read);
    else if (read.format !== kind || read.width !== expected || read.height !== expected)
      found.push(`is ${read.format} of ${read.width} × ${read.height}, and not of ${expected}`);
    return found.map((fault) => `${name}: ${fault}`);
  });
  return [
    ...(await Promise.all(faults)).flat(),
    ...(side < 64 || side > most ? [`a side of ${side} of a source of ${width} × ${height}`] : []),
  ];
}

/** All of its pixels, by sharp's native build. */
async function decoded(bytes: Buffer) {
  try {
    const { exif, icc, xmp, iptc, orientation, pages, format } = await sharp(bytes).metadata();
    const more = Object.keys(JSON.parse(JSON.stringify({ exif, icc, xmp, iptc, orientation, pages })) as object);
    if (more.length > 0) return `has ${more.join()}`;
    const { info } = await sharp(bytes, { failOn: "warning" }).raw().toBuffer({ resolveWithObject: true });
    return { format: format as string, width: info.width, height: info.height };
  } catch (error) {
    return `cannot be decoded: ${String(error)}`;
  }
}

/** Tables, the frame, scans, and JFIF's header; no comment, no application's data, nothing behind the end. */
function* strangePartsOfJpeg(bytes: Buffer): Generator<string> {
  const [start, ...segments] = partsOf("jpg", bytes);
  if (start?.toString("hex") !== "ffd8") yield "does not begin as a JPEG";
  if (segments.at(-1)?.toString("hex") !== "ffd9") yield "does not end as a JPEG";
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const marker = segment.subarray(0, 2).toString("hex");
    const isHeader = index === 0 && /^ffe000104a46494600/.test(segment.toString("hex")) && segment.length === 18;
    if (!isHeader && !["ffdb", "ffc0", "ffc2", "ffc4", "ffda"].includes(marker)) yield `has a segment ${marker}`;
  }
}

/** Pixels, and how transparent they are. */
function* strangePartsOfWebp(bytes: Buffer): Generator<string> {
  const [start, ...chunks] = partsOf("webp", bytes);
  if (start?.readUInt32LE(4) !== bytes.length - 8) yield "does not end where it says";
  const tags = chunks.map((chunk) => chunk.toString("latin1", 0, 4)).join("+");
  if (!["VP8 ", "VP8L", "VP8X+ALPH+VP8 "].includes(tags)) yield `has the chunks ${tags}`;
  // Of what VP8X can say only that there is transparency (RFC 9649, 2.7.1).
  if (chunks.length > 1 && chunks[0]?.[8] !== 0x10) yield `says that it has ${chunks[0]?.[8]?.toString(2) ?? ""}`;
}
