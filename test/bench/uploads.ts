// What uploads cost: the function's zip, a picture beside sharp's native build, and one upload from the request to the
// answer, in the sandbox.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { deflateRawSync } from "node:zlib";
import { functionFiles } from "../../components/picture-uploads/function-files.ts";
import { eventOf, openUploadFunction } from "../functions/open-upload-function.ts";
import { openS3 } from "../sandbox/edge/open-s3.ts";
import { phonePhoto, processingCosts } from "./processing.ts";
import type { ProcessingCosts } from "./processing.ts";

export interface UploadCosts extends ProcessingCosts {
  /** Of each file, and what it adds to the zip. */
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly zipped: number }[];
  /** Of uploads of the same picture: the first one of a process, and the median of the others, in milliseconds. */
  readonly upload: { readonly cold: number; readonly warm: number };
}

/** @param side the longer one of the photo's, in pixels. @param count processes and pictures of each measurement */
export async function uploadCosts(side = 4000, count = 5): Promise<UploadCosts> {
  const files = Object.entries(functionFiles()).map(([name, path]) => {
    const content = readFileSync(path);
    return { file: basename(name), bytes: content.length, zipped: deflateRawSync(content).length };
  });
  const photo = await phonePhoto(side);
  return { files, ...processingCosts(photo, functionFiles(), count), upload: await uploadTimes(photo, count) };
}

/** The handler in a process of its own, with the sandbox's bucket and tenant: a token, three objects, the metadata. */
async function uploadTimes(photo: Buffer, count: number): Promise<UploadCosts["upload"]> {
  const s3 = await openS3();
  const uploads = await openUploadFunction(s3);
  const start = performance.now();
  const running = await uploads.start();
  try {
    const times: number[] = [];
    for (let from = start; times.length <= count; from = performance.now()) {
      const { statusCode, body } = await running.invoke(eventOf("PUT", photo));
      if (statusCode !== 200) throw new Error(`The upload was refused: ${body} ${running.log()}`);
      times.push(performance.now() - from);
    }
    const [cold = Number.NaN, ...others] = times;
    return { cold, warm: median(others) };
  } finally {
    await running.close();
    await uploads.close();
    await s3.close();
  }
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
