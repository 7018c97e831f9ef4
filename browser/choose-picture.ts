// A file that somebody chose → a small square picture, upright and without metadata, made by the browser's own decoder.
import { centreSquare, smallestSide } from "./crop-square.ts";
import type { PictureCrop } from "./crop-square.ts";
import { choiceLimits, readChosenHeader } from "./picture-header.ts";
import { refusal } from "./user-picture-error.ts";

/** How a chosen picture is made smaller. */
export interface ChoosePictureOptions {
  /**
   * Which square is kept, in pixels of the picture as it is seen.
   *
   * @default the largest, in the middle
   */
  readonly crop?: PictureCrop;
}

/** In pixels: twice what the service keeps, so that it has something to scale down. */
const largestSide = 1024;
const quality = 0.9;

/**
 * A picture to upload: upright, square, of at most 1024 × 1024 pixels and never enlarged, without EXIF or GPS; WebP, or
 * JPEG where the browser writes none, or PNG if a pixel is transparent there. Of an animation it is the first frame.
 * Takes JPEG, PNG, WebP and GIF, and HEIC and AVIF where the browser reads them.
 *
 * @example
 * const picture = await choosePicture(input.files[0]);
 * await fetch("/picture", { method: "PUT", headers: { authorization, "content-type": picture.type }, body: picture });
 *
 * @throws UserPictureError in words for who chose the file
 * @throws RangeError for a crop that is not within the picture
 */
export async function choosePicture(file: Blob, { crop }: ChoosePictureOptions = {}): Promise<Blob> {
  const picture = await decodePicture(file);
  try {
    return await encodeSquare(picture, crop ?? centreSquare(picture));
  } finally {
    picture.close();
  }
}

/** All pixels, upright. The caller closes it. @throws UserPictureError */
export async function decodePicture(file: Blob): Promise<ImageBitmap> {
  if (file.size === 0) throw refusal("empty_file");
  if (file.size > choiceLimits.maxBytes) throw refusal("file_too_large");
  const bytes = await file.arrayBuffer().catch((error: unknown) => {
    throw refusal("not_readable", error);
  });
  const { type, undecoded } = readChosenHeader(bytes);
  // Whatever its name says it is.
  const typed = file.slice(0, file.size, type);
  const picture = await createImageBitmap(typed, { imageOrientation: "from-image" }).catch((error: unknown) => {
    throw refusal(undecoded, error);
  });
  const tooSmall = Math.min(picture.width, picture.height) < smallestSide;
  if (!tooSmall && picture.width * picture.height <= choiceLimits.maxPixels) return picture;
  picture.close();
  throw refusal(tooSmall ? "too_small" : "too_many_pixels");
}

/** @throws UserPictureError if the square is too small, RangeError if it is not within the picture */
export async function encodeSquare(picture: ImageBitmap, { x, y, size }: PictureCrop): Promise<Blob> {
  if (!(x >= 0 && y >= 0 && x + size <= picture.width && y + size <= picture.height))
    throw new RangeError("The crop is not within the picture");
  if (size < smallestSide) throw refusal("too_small");
  const side = Math.min(largestSide, Math.floor(size));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) throw refusal("failed");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, x, y, size, size, 0, 0, side, side);
  // A browser that does not write a type makes PNG of it.
  const webp = await encode(canvas, "image/webp");
  if (webp.type === "image/webp") return webp;
  return encode(canvas, isOpaque(context.getImageData(0, 0, side, side)) ? "image/jpeg" : "image/png");
}

async function encode(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw refusal("failed");
  return blob;
}

function isOpaque({ data }: ImageData): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}
