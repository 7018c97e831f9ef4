// What a chosen file is by its bytes, and what a decoder would make of it. A browser decodes all pixels that a file
// declares, so this is read first.
import { measureGif } from "../components/picture-store/image-gif.ts";
import { measureJpeg } from "../components/picture-store/image-jpeg.ts";
import { measurePng } from "../components/picture-store/image-png.ts";
import { Damage } from "../components/picture-store/image-reader.ts";
import type { Measure } from "../components/picture-store/image-reader.ts";
import { refusal } from "./user-picture-error.ts";
import type { RefusalCode } from "./user-picture-error.ts";

/** Those of the upload service, which says why; but a file may be larger, because it is not sent. */
export const choiceLimits = { maxBytes: 100_000_000, maxPixels: 50_000_000, maxScans: 100 } as const;

interface ChosenType {
  /** Of the first 12 bytes, one character each. */
  readonly signature: RegExp;
  readonly measure: (view: DataView) => Measure;
  /** Why it is, where the browser cannot decode it. @default it is damaged */
  readonly undecoded?: RefusalCode;
}

/** By MIME type. SVG is none of them: it can hold a script. */
const chosenTypes: Readonly<Record<string, ChosenType>> = {
  "image/jpeg": { signature: /^\xff\xd8\xff/, measure: measureJpeg },
  "image/png": { signature: /^\x89PNG\r\n/, measure: measurePng },
  "image/gif": { signature: /^GIF8[79]a/, measure: measureGif },
  "image/webp": { signature: /^RIFF[^]{4}WEBPVP8[ LX]$/, measure: measureWebpHeader },
  // ISO/IEC 23008-12 and AV1 Image File Format. `mif1` may be of either.
  "image/avif": { signature: /^[^]{4}ftypavi[fs]/, measure: measureStill },
  "image/heic": { signature: /^[^]{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)/, measure: measureStill, undecoded: "heic" },
};

/** No pixel is decoded. @throws UserPictureError for what is no picture, damaged, or takes too much to decode */
export function readChosenHeader(bytes: ArrayBuffer) {
  const start = String.fromCharCode(...new Uint8Array(bytes, 0, Math.min(16, bytes.byteLength)));
  const [type, found] = Object.entries(chosenTypes).find(([, { signature }]) => signature.test(start)) ?? [];
  if (!found) throw refusal("not_a_picture");
  const { width, height, scans = 1 } = measured(found, bytes);
  if (width * height > choiceLimits.maxPixels) throw refusal("too_many_pixels");
  if (scans > choiceLimits.maxScans) throw refusal("too_complex");
  return { type, undecoded: found.undecoded ?? "damaged" };
}

function measured({ measure }: ChosenType, bytes: ArrayBuffer): Measure {
  try {
    return measure(new DataView(bytes));
  } catch (error) {
    // What a DataView refuses to read lies past the end.
    if (error instanceof Damage || error instanceof RangeError) throw refusal("damaged", error);
    throw error;
  }
}

/** RFC 9649: lossy, lossless, or extended; an animation's frames lie on the canvas that is said. */
function measureWebpHeader(view: DataView): Measure {
  if (view.byteLength < 8 + view.getUint32(4, true)) throw new RangeError("Past the end");
  const uint24 = (at: number) => 1 + (view.getUint32(at, true) & 0xffffff);
  const kind = view.getUint8(15);
  if (kind === 0x58) return { width: uint24(24), height: uint24(27) };
  if (kind === 0x20) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  const bits = view.getUint32(21, true);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

/** The largest of the sizes that are said, in boxes named `ispe`: of the parts, and of the whole. */
function measureStill(view: DataView): Measure {
  let [width, height] = [0, 0];
  for (let at = 0; at < 65_536 && at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    width = Math.max(width, view.getUint32(at + 8));
    height = Math.max(height, view.getUint32(at + 12));
  }
  return { width, height };
}
