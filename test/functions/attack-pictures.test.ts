// Pictures as attackers make them, through the deployed function's handler, one after another in one process: what each
// is answered, what is stored of it, how much memory it took, and that the next request is served.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRare, these } from "../rare.ts";
import { bucketName, runS3 } from "../sandbox/edge/running-s3.ts";
import { attacks, polyglots } from "./attack-pictures.ts";
import { faultsOf } from "./clean-picture.ts";
import { baseUrl, eventOf, openUploadFunction } from "./open-upload-function.ts";
import type { OpenUploadFunction } from "./open-upload-function.ts";
import type { RunningFunction } from "./running-function.ts";

/** In millions of bytes: what the function has by default. */
const functionMemory = 1769 * 1.048576;

const s3 = runS3();
let uploads: OpenUploadFunction;
let running: RunningFunction;
beforeAll(async () => {
  uploads = await openUploadFunction(s3);
  running = await uploads.start();
});
afterAll(async () => {
  await running.close();
  await uploads.close();
});

async function upload(bytes: Uint8Array) {
  const { statusCode, body } = await running.invoke(eventOf("PUT", bytes));
  const { url, code } = JSON.parse(body) as { url?: string; code?: string };
  return { statusCode, body, code, key: url?.replace(baseUrl, "") };
}

/** What the bucket has of a picture. */
function stored(key: string) {
  const bytesOf = (suffix: string) =>
    Uint8Array.from(s3.edge.controlPlane.getObject(bucketName, key.replace(".webp", suffix)));
  return { webp: bytesOf(".webp"), smallWebp: bytesOf("-96.webp"), jpeg: bytesOf(".jpg") };
}

const objects = () => s3.edge.controlPlane.listObjectVersions(bucketName).length;

describe("a file that is something else too", () => {
  it.each(these(polyglots, "a GIF that is a script"))("is stored as a clean picture: %s", async (_, make) => {
    const bytes = await make();
    const { statusCode, key = "" } = await upload(bytes);

    expect(statusCode).toBe(200);
    expect(await faultsOf(bytes, stored(key))).toEqual([]);
  });
});

describe("a file that takes much of a decoder", () => {
  const small = new Set([
    "a PNG with a profile of 1 GiB",
    "a JPEG of 65,001 scans",
    "a WebP of 100 bytes that says 16,383 × 16,383",
  ]);
  const chosen = Object.entries(attacks(isRare)).filter(([name]) => isRare || small.has(name));
  it.each(chosen)("is answered: %s", async (_, { answer, make }) => {
    const bytes = await make();
    const before = objects();
    const { statusCode, code = "picture", key, body } = await upload(bytes);

    expect(bytes.length).toBeLessThan(4_500_000);
    expect(code).toBe(answer);
    expect(statusCode === 200).toBe(answer === "picture");
    if (key === undefined) {
      expect(objects()).toBe(before);
      expect(Object.keys(JSON.parse(body) as object)).toEqual(["code", "message", "whatToDo"]);
    } else expect(await faultsOf(bytes, stored(key))).toEqual([]);
  });

  it("leaves the function its memory, and the next request is served", async () => {
    const memory = await running.peakMemory();

    expect(memory).toBeGreaterThan(50);
    expect(memory).toBeLessThan(isRare ? functionMemory : functionMemory / 2);
    expect(await upload((await polyglots["a PNG with a page in a text"]?.()) ?? Buffer.alloc(0))).toMatchObject({
      statusCode: 200,
    });
    expect(running.log()).not.toContain("auth0|ada");
  });
});
