// A call of the demo's server that is refused, with the status that its answer has.

export class RefusedCallError extends Error {
  readonly statusCode: 400 | 403 | 404 | 421;

  /** @param message a sentence for the page */
  constructor(statusCode: 400 | 403 | 404 | 421, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}
