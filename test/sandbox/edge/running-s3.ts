// The sandbox's S3 API with one bucket, for a test file.
import { afterAll, beforeAll } from "vitest";
import { openS3 } from "./open-s3.ts";
import type { OpenS3 } from "./open-s3.ts";

export { bucketName, region } from "./open-s3.ts";

/** Starts it before the file's tests and ends it after them. The object is filled when the tests run. */
export function runS3(): Omit<OpenS3, "close"> {
  const running = {} as OpenS3;
  beforeAll(async () => void Object.assign(running, await openS3()));
  afterAll(() => running.close());
  return running;
}
