// A process that decodes one picture after another, for picture-decoder.ts. Its argument is the number of threads that
// one picture may use.
import sharp from "sharp";
import { prepareSharp, processPicture } from "../../functions/picture-upload/process-picture.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import type { RefusalCode } from "../../functions/picture-upload/upload-refusal.ts";
import { fileLimits } from "./file-limits.ts";

export type DecoderMessage = "ready" | "begun" | DecoderAnswer;

export type DecoderAnswer =
  | { readonly picture: ProcessedPicture }
  | { readonly refused: RefusalCode; readonly reason: string };

prepareSharp(sharp);
sharp.concurrency(Number(process.argv[2]));

// On Windows it is in the group that a terminal's Ctrl-C ends.
process.on("SIGINT", () => undefined);
// Whoever asked is gone. An exit would wait for the decoder's threads.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (bytes: Uint8Array) => {
  tell("begun");
  void answer(bytes).then(tell);
});
tell("ready");

async function answer(bytes: Uint8Array): Promise<DecoderAnswer> {
  try {
    return { picture: await processPicture(sharp, bytes, fileLimits) };
  } catch (error) {
    if (error instanceof UploadRefusal) return { refused: error.code, reason: String(error.cause) };
    // The decoder has no memory left, or finds a fault while it encodes.
    return { refused: "damaged", reason: String(error) };
  }
}

function tell(message: DecoderMessage): void {
  process.send?.(message);
}
