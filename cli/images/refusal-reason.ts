// Why a file gives no picture, in words for the operator of many: what a page tells the person who chose the file
// (functions/picture-upload/upload-refusal.ts) is about one upload, and has an upload's limits.
import type { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import { fileLimits } from "./file-limits.ts";

const { maxBytes, maxPixels, maxScans, minSide } = fileLimits;
const megabytes = `${maxBytes / 1_000_000} MB`;
const [side, pixels] = [`${minSide} × ${minSide} pixels`, `${maxPixels / 1_000_000} million pixels`];

/** By the codes that decoding has: what is wrong, what is allowed, what to do. */
const reasons: Readonly<Record<string, string>> = {
  no_picture: "The file is empty. It must be a JPEG, PNG, WebP or GIF picture.",
  too_large: `The file is larger than ${megabytes}, the most that is taken. Scale it: 1024 × 1024 pixels are plenty.`,
  not_a_picture: "The file is no JPEG, PNG, WebP or GIF by its first bytes. Convert it to JPEG or PNG.",
  heic: "The file is a HEIC photo; JPEG, PNG, WebP and GIF are taken. Convert it to JPEG.",
  damaged: "The picture is damaged or incomplete; only a whole one is taken. Export it again from its source.",
  too_small: `The picture is smaller than ${side}, the least that is taken. Use a larger one: 512 × 512 show best.`,
  too_many_pixels: `The picture has more than ${pixels}, the most that is taken. Scale it: 1024 × 1024 are plenty.`,
  too_complex: `The picture takes too long to decode, or has more than ${maxScans} scans. Save it as a baseline JPEG.`,
};

/** One line, without anything of the file's own. */
export function refusalReason({ code, message }: UploadRefusal): string {
  return reasons[code] ?? message;
}
