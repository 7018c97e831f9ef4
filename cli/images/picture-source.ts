// Where a picture comes from: a file, or a URL.

/** The source has no picture to give. One sentence: what is wrong, and what is allowed. */
export class PictureSourceError extends Error {
  override readonly name = "PictureSourceError";
}
