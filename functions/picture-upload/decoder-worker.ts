// A picture is processed in a worker of its own, because only that can be ended: a decoder that a hostile file keeps
// busy answers nothing. The next picture finds nothing of it, nor of the memory that it took.
import { parentPort, Worker, workerData } from "node:worker_threads";
import { prepareSharp, processPicture } from "./process-picture.ts";
import type { ProcessedPicture, SharpModule } from "./process-picture.ts";
import { UploadRefusal } from "./upload-refusal.ts";
import type { RefusalCode } from "./upload-refusal.ts";

/** Marks this worker, because a decoder starts workers of its own. */
const purpose = "process-picture";

type Answer =
  | { readonly picture: ProcessedPicture }
  | { readonly refused: RefusalCode; readonly reason?: string }
  /** There is no decoder: that is no fault of the picture's. */
  | { readonly failed: string };

/**
 * @param file starts `answerInWorker` where it runs as a worker
 * @param milliseconds after which it is refused
 * @throws UploadRefusal, and Error where the decoder cannot be loaded
 */
export async function processInWorker(
  file: string,
  bytes: Uint8Array,
  milliseconds: number,
): Promise<ProcessedPicture> {
  const worker = new Worker(file, { workerData: { purpose, bytes }, stdout: true, stderr: true });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => resolve({ refused: "too_complex", reason: "time limit" }), milliseconds);
  worker.once("message", resolve);
  worker.once("messageerror", reject);
  // A decoder that traps, or that has no memory left: the picture is what it cannot read.
  worker.once("error", (error) => resolve({ refused: "damaged", reason: String(error) }));
  worker.once("exit", (code) => resolve({ refused: "damaged", reason: `the worker ended with ${code}` }));
  try {
    const answer = await promise;
    if ("picture" in answer) return answer.picture;
    if ("failed" in answer) throw new Error(`The decoder cannot be loaded: ${answer.failed}`);
    throw new UploadRefusal(answer.refused, { cause: answer.reason });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** Whether this thread is such a worker; then `answerInWorker` is to be called. */
export function isPictureWorker(): boolean {
  return isTask(workerData);
}

/** Processes the one picture that this worker is for. */
export async function answerInWorker(): Promise<void> {
  if (!isTask(workerData)) throw new Error("This thread is not the worker of a picture.");
  parentPort?.postMessage(await answer(workerData.bytes));
}

async function answer(bytes: Uint8Array): Promise<Answer> {
  let sharp: SharpModule;
  try {
    // Not at the top: the thread that starts this one has no use for it.
    ({ default: sharp } = await import("sharp"));
    prepareSharp(sharp);
  } catch (error) {
    return { failed: String(error) };
  }
  try {
    return { picture: await processPicture(sharp, bytes) };
  } catch (error) {
    if (!(error instanceof UploadRefusal)) throw error;
    return { refused: error.code, ...(error.cause instanceof Error && { reason: error.cause.message }) };
  }
}

function isTask(data: unknown): data is { readonly bytes: Uint8Array } {
  return typeof data === "object" && data !== null && "purpose" in data && data.purpose === purpose;
}
