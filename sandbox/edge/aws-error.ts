// An error as AWS's APIs give it: a code for programs, a text for people, and the HTTP status.

/** `code` and `message` are spelt as the API spells them: `NoSuchBucket`, "The specified bucket does not exist". */
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

/** @throws AwsError */
export function fail(code: string, message: string, status = 400): never {
  throw new AwsError(code, message, status);
}
