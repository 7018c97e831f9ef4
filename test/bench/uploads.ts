// What uploads cost: the function's zip, a picture beside sharp's native build, and one upload from the request to the
// answer, in the sandbox.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { deflateRawSync } from "node:zlib";
import { functionFiles } from "../../components/picture-uploads/function-files.ts";
import { deployUpload } from "../sandbox/aws/deployed-upload.ts";
import { bearer, openAws } from "../sandbox/aws/running-aws.ts";
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

/** Through the HTTP API: the authorizer, the function's process, a token, three objects, the metadata. */
async function uploadTimes(photo: Buffer, count: number): Promise<UploadCosts["upload"]> {
  const running = await openAws();
  const upload = await deployUpload(running, { names: ["ada"] });
  try {
    const times: number[] = [];
    while (times.length <= count) {
      const headers = { ...bearer(), "content-type": "image/jpeg" };
      const start = performance.now();
      const answer = await running.aws.fetch(`${upload.url}/picture`, { method: "PUT", headers, body: photo });
      const body = await answer.text();
      if (answer.status !== 200) throw new Error(`The upload was refused: ${body}`);
      times.push(performance.now() - start);
    }
    const [cold = Number.NaN, ...others] = times;
    return { cold, warm: median(others) };
  } finally {
    await upload.close();
    await running.close();
  }
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
