// A picture is processed in a worker of its own, because only that can be ended: a decoder that a hostile file keeps
// busy answers nothing. The next picture finds nothing of it, nor of the memory that it took.
import { parentPort, Worker, workerData } from "node:worker_threads";
import { prepareSharp, processPicture } from "./process-picture.ts";
import type { ProcessedPicture } from "./process-picture.ts";
import { UploadRefusal } from "./upload-refusal.ts";
import type { RefusalCode } from "./upload-refusal.ts";

/** Marks this worker, because a decoder starts workers of its own. */
const purpose = "process-picture";

type Answer = { readonly picture: ProcessedPicture } | { readonly refused: RefusalCode; readonly reason?: string };

/**
 * @param file starts `answerInWorker` where it runs as a worker
 * @param milliseconds after which it is refused
 * @throws UploadRefusal
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
  try {
    // Not at the top: the thread that starts this one has no use for it.
    const { default: sharp } = await import("sharp");
    prepareSharp(sharp);
    return { picture: await processPicture(sharp, bytes) };
  } catch (error) {
    if (!(error instanceof UploadRefusal)) throw error;
    return { refused: error.code, ...(error.cause instanceof Error && { reason: error.cause.message }) };
  }
}

function isTask(data: unknown): data is { readonly bytes: Uint8Array } {
  return typeof data === "object" && data !== null && "purpose" in data && data.purpose === purpose;
}
