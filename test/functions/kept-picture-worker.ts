// A worker that processes one picture after another, with the decoder's files that are deployed: thousands a minute,
// where the function starts a worker for each.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { prepareSharp, processPicture } from "../../functions/picture-upload/process-picture.ts";
import type { SharpModule } from "../../functions/picture-upload/process-picture.ts";
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";

const { zip } = workerData as { readonly zip: string };
const require = createRequire(import.meta.url);
// As the deployed bundle has it: the glue in place of the module that looks for a native build.
const native = join(dirname(require.resolve("sharp")), "sharp.cjs");
const glue: unknown = createRequire(join(zip, "upload.cjs"))("./sharp-wasm.cjs");
require.cache[native] = Object.assign(new (require("node:module") as typeof import("node:module").Module)(native), {
  exports: glue,
  loaded: true,
});
const sharp = require("sharp") as SharpModule;
prepareSharp(sharp);

parentPort?.on("message", (bytes: Uint8Array) => {
  void processPicture(sharp, bytes)
    .then((picture) => ({ picture }))
    .catch((error: unknown) => {
      if (error instanceof UploadRefusal) return { refused: error.code };
      return { refused: "damaged", trap: String(error) };
    })
    .then((answer) => parentPort?.postMessage(answer));
});
