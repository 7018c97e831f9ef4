// WebP (RFC 9649): lossy, lossless, or extended, with one picture or an animation's frames on a canvas.
import { Damage, partOf, tagAt } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";

/** Nothing beyond the length that RIFF says is read. */
export function measureWebp(view: DataView): Measure {
  const riff = partOf(view, 0, 8 + view.getUint32(4, true));
  const [first] = chunksOf(riff, 12);
  if (first?.tag !== "VP8X") {
    const measure = first && measureBitstream(first);
    if (measure === undefined) throw new Damage("its header tells no width and height");
    return measure;
  }
  const canvas = { width: uint24(first.data, 4) + 1, height: uint24(first.data, 7) + 1 };
  if (!holds(riff, 12, (chunk) => isFrameOf(canvas, chunk))) throw new Damage("it has no frame");
  return canvas;
}

function isFrameOf(canvas: Measure, chunk: Chunk): boolean {
  if (chunk.tag !== "ANMF") return isPictureOf(canvas, chunk);
  const { data } = chunk;
  const frame = { width: uint24(data, 6) + 1, height: uint24(data, 9) + 1 };
  const [right, bottom] = [2 * uint24(data, 0) + frame.width, 2 * uint24(data, 3) + frame.height];
  if (right > canvas.width || bottom > canvas.height) throw new Damage("a frame does not fit on its canvas");
  return holds(data, 16, (inner) => isPictureOf(frame, inner));
}

/** @throws Damage where it has another size than is said of it: decoders refuse it, or make room for another size */
function isPictureOf(said: Measure, chunk: Chunk): boolean {
  const is = measureBitstream(chunk);
  if (is === undefined) return false;
  if (is.width !== said.width || is.height !== said.height)
    throw new Damage(`a frame of ${is.width} × ${is.height} is said to have ${said.width} × ${said.height}`);
  return true;
}

function measureBitstream({ tag, data }: Chunk): Measure | undefined {
  if (tag === "VP8 ") {
    if (uint24(data, 3) !== 0x2a019d) throw new Damage("its pixels do not begin as they should");
    return { width: data.getUint16(6, true) & 0x3fff, height: data.getUint16(8, true) & 0x3fff };
  }
  if (tag === "VP8L") {
    if (data.getUint8(0) !== 0x2f) throw new Damage("its pixels do not begin as they should");
    const bits = data.getUint32(1, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return undefined;
}

/** Every chunk is looked at, also after one that is a frame. */
function holds(view: DataView, from: number, isFrame: (chunk: Chunk) => boolean): boolean {
  let found = false;
  for (const chunk of chunksOf(view, from)) found = isFrame(chunk) || found;
  return found;
}

interface Chunk {
  readonly tag: string;
  readonly data: DataView;
}

function* chunksOf(view: DataView, from: number): Generator<Chunk> {
  for (let at = from; at < view.byteLength;) {
    const length = view.getUint32(at + 4, true);
    yield { tag: tagAt(view, at), data: partOf(view, at + 8, length) };
    at += 8 + length + (length % 2);
  }
}

const uint24 = (view: DataView, at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
