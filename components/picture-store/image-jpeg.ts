// JPEG (ITU-T T.81, annex B), read as libjpeg reads it: what lies before a marker is skipped, so that junk between
// segments does not matter, nor what the compressed data holds.
import { Damage } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";

const marker = { startOfImage: 0xd8, endOfImage: 0xd9, startOfScan: 0xda, numberOfLines: 0xdc } as const;

/** Each step goes forward, so that a hostile file ends too. */
export function measureJpeg(view: DataView): Measure {
  let [width, height, scans] = [0, 0, 0];
  for (let at = 2; ;) {
    while (view.getUint8(at) !== 0xff) at += 1;
    while (view.getUint8(at) === 0xff) at += 1;
    const kind = view.getUint8(at);
    at += 1;
    if (kind === marker.endOfImage) break;
    if (kind === marker.startOfImage) throw new Damage("it begins twice");
    if (hasNoLength(kind)) continue;
    if (isFrame(kind)) {
      // Decoders take the first, or nothing where there are two.
      width = Math.max(width, view.getUint16(at + 5));
      height = Math.max(height, view.getUint16(at + 3));
    } else if (kind === marker.numberOfLines) height = Math.max(height, view.getUint16(at + 2));
    else if (kind === marker.startOfScan) scans += 1;
    // A length of 0 or 1 is skipped as junk itself.
    at += view.getUint16(at);
  }
  if (scans === 0) throw new Damage("it has no pixels");
  return { width, height, scans };
}

/** Escaped data, restarts, and what is reserved, which libjpeg skips in a scan to synchronise again. */
const hasNoLength = (kind: number) => kind < 0xc0 || (kind >= 0xd0 && kind <= 0xd7);

const isFrame = (kind: number) => kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc;
