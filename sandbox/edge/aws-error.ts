// An error as AWS's APIs give it: a code that programs test, a text that people read, and the HTTP status.

/** `code` and `message` are spelt as the API writes them: `BucketNotEmpty`, "The bucket you tried to delete is not empty". */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
  }
}
