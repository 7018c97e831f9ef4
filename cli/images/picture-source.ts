// Where a picture comes from: a file, or a URL.

export interface PictureSourceErrorOptions extends ErrorOptions {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly isGone?: boolean;
}

/** The source has no picture to give. One sentence: what is wrong, and what is allowed. */
export class PictureSourceError extends Error {
  override readonly name = "PictureSourceError";
  /** What a URL's host answered, if it did and it was not a picture. */
  readonly status: number | undefined;
  /** When the host wants to be asked again, in milliseconds from now, if it says so. */
  readonly retryAfterMs: number | undefined;
  /** Whether there is nothing at the URL for anybody: no such host, no certificate, or the host says so itself. */
  readonly isGone: boolean;

  constructor(message: string, { status, retryAfterMs, isGone = false, ...options }: PictureSourceErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.isGone = isGone;
  }
}
