// The measurement of uploads measures: every figure is there. How large they are is no test's business.
import { expect, test } from "vitest";
import { isRare } from "../rare.ts";
import { uploadCosts } from "./uploads.ts";

test.runIf(isRare)("an upload and its picture are measured on both decoders", async () => {
  const { files, photoBytes, deployed, native, upload } = await uploadCosts(400, 1);

  expect(files.map(({ file }) => file)).toEqual([
    "upload.cjs",
    "sharp-wasm.cjs",
    expect.stringMatching(/^sharp-wasm32-[\d.]+\.node\.wasm$/),
  ]);
  for (const figures of [{ photoBytes }, deployed, native, upload])
    for (const [name, value] of Object.entries(figures)) expect([name, value > 0]).toEqual([name, true]);
});
