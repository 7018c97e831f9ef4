// The worker of a picture, where it has no decoder: that is not the picture's fault, and is not said to be.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { functionFiles } from "../../components/picture-uploads/function-files.ts";
import { processInWorker } from "../../functions/picture-upload/decoder-worker.ts";
import { picture } from "../components/picture-store/pictures.ts";

it.each([
  ["all of the decoder", /^upload/],
  ["the WebAssembly", /\.cjs$/],
])("fails, and says why, where the zip lacks %s", async (_, kept) => {
  const zip = mkdtempSync(join(tmpdir(), "zip-"));
  for (const [name, path] of Object.entries(functionFiles())) if (kept.test(name)) copyFileSync(path, join(zip, name));
  const answer = processInWorker(join(zip, "upload.cjs"), picture("png"), 60_000);

  // No refusal: the function answers 503, and logs an error.
  await expect(answer).rejects.toMatchObject({
    name: "Error",
    message: expect.stringContaining("The decoder cannot be loaded") as string,
  });
  rmSync(zip, { recursive: true });
});
