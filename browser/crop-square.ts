// Which square of a picture is kept: moved and zoomed, and always within the picture.

/** Of a picture, in pixels, as it is seen: upright. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A square of a picture, in its pixels, from its upper left corner as it is seen. */
export interface PictureCrop {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** In pixels: the upload service refuses less, because it is blurred wherever it is shown. */
export const smallestSide = 64;

const largestZoom = 8;

/** The largest square, in the middle. */
export function centreSquare({ width, height }: PictureSize): PictureCrop {
  const size = Math.min(width, height);
  return { x: Math.floor((width - size) / 2), y: Math.floor((height - size) / 2), size };
}

/** As far as the picture goes. */
export function movedCrop(crop: PictureCrop, right: number, down: number, picture: PictureSize): PictureCrop {
  return {
    x: between(0, crop.x + right, picture.width - crop.size),
    y: between(0, crop.y + down, picture.height - crop.size),
    size: crop.size,
  };
}

/** Around its middle, as far as the picture goes. @param zoom 1 keeps the largest square, 2 half its side */
export function zoomedCrop(crop: PictureCrop, zoom: number, picture: PictureSize): PictureCrop {
  const whole = Math.min(picture.width, picture.height);
  const size = whole / between(1, zoom, zoomLimit(picture));
  const shift = (crop.size - size) / 2;
  return movedCrop({ x: crop.x + shift, y: crop.y + shift, size }, 0, 0, picture);
}

export function zoomOf({ size }: PictureCrop, { width, height }: PictureSize): number {
  return Math.min(width, height) / size;
}

/** No crop is smaller than what the service takes. */
export function zoomLimit({ width, height }: PictureSize): number {
  return between(1, Math.min(width, height) / smallestSide, largestZoom);
}

/** The nearest square of whole pixels. */
export function wholeCrop(crop: PictureCrop, picture: PictureSize): PictureCrop {
  const rounded = { x: Math.round(crop.x), y: Math.round(crop.y), size: Math.round(crop.size) };
  return movedCrop(rounded, 0, 0, picture);
}

/** Where it lies, in percent of the way that it can go. */
export function positionOf({ x, y, size }: PictureCrop, { width, height }: PictureSize): { x: number; y: number } {
  const share = (at: number, way: number) => (way < 1 ? 50 : (at / way) * 100);
  return { x: share(x, width - size), y: share(y, height - size) };
}

const between = (least: number, value: number, most: number) => Math.max(least, Math.min(value, most));
