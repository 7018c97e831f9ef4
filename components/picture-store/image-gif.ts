// GIF (CompuServe, "GIF89a Specification"), as decoders read it: each of them makes room for the larger of the logical
// screen and the first frame, some also for where a frame lies, and for later frames.
import { Damage } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";

export function measureGif(view: DataView): Measure {
  const uint16 = (at: number) => view.getUint16(at, true);
  let [width, height] = [uint16(6), uint16(8)];
  let hasFrame = false;
  for (let at = 13 + colorTableLength(view.getUint8(10)); ;)
    switch (view.getUint8(at)) {
      case 0x21:
        at = afterExtension(view, at + 1);
        break;
      case 0x2c:
        hasFrame = true;
        width = Math.max(width, uint16(at + 1) + uint16(at + 5));
        height = Math.max(height, uint16(at + 3) + uint16(at + 7));
        at = afterBlocks(view, at + 11 + colorTableLength(view.getUint8(at + 9)));
        break;
      case 0x3b:
        if (!hasFrame) throw new Damage("it has no frame");
        return { width, height };
      default:
        // Junk, at which some decoders stop and which others skip: what comes after it counts too.
        at += 1;
    }
}

const colorTableLength = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

function afterBlocks(view: DataView, from: number, least = 0): number {
  let at = from;
  for (let length; (length = view.getUint8(at)) !== 0; at += 1 + length)
    if (length < least) throw new Damage("an extension is too short");
  return at + 1;
}

/**
 * Firefox, and Chromium until it took Wuffs, read at least 4 bytes of a graphic control and 3 of what a loop's block
 * says, whatever length they have: they would go on at another place than we do, and find other frames.
 */
function afterExtension(view: DataView, at: number): number {
  const [label, length] = [view.getUint8(at), view.getUint8(at + 1)];
  if (label === 0xf9 && length < 4) throw new Damage("an extension is too short");
  const isLoop = label === 0xff && length === 11 && /^(?:NETSCAPE2|ANIMEXTS1)\.0$/.test(textAt(view, at + 2, 11));
  return afterBlocks(view, at + 1, isLoop ? 3 : 0);
}

const textAt = (view: DataView, from: number, length: number) =>
  String.fromCharCode(...Array.from({ length }, (_, offset) => view.getUint8(from + offset)));
