// An error as AWS's APIs give it: a code for programs, a text for people, and the HTTP status.

/** `code` and `message` are spelt as the API spells them: `NoSuchBucket`, "The specified bucket does not exist". */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param headers of the response, besides those of every error */
  constructor(code: string, message: string, status: number, headers: Readonly<Record<string, string>> = {}) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** @throws AwsError */
export function fail(code: string, message: string, status = 400, headers?: AwsError["headers"]): never {
  throw new AwsError(code, message, status, headers);
}

/** Of S3, also for what is well-formed. @throws AwsError */
export const malformedXml = () =>
  fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
