// Pictures are decoded in processes of their own, because only those can be ended: a decoder that a hostile file keeps
// busy, or that it crashes, takes nothing else with it.
import { availableParallelism } from "node:os";
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { startDecoderProcess } from "./decoder-child.ts";
import type { DecoderChild } from "./decoder-child.ts";
import { fileLimits } from "./file-limits.ts";

export interface PictureDecoder {
  /**
   * Waits for a process that is free. A source that is a function is called only then, so that however many pictures
   * wait, no more are in memory than are decoded; what it throws is thrown.
   *
   * @throws UploadRefusal, and Error where there is no decoder, or it is closed
   */
  process(source: Uint8Array | (() => Promise<Uint8Array>)): Promise<ProcessedPicture>;
  /** How many pictures are decoded at once. */
  readonly concurrency: number;
  /** Ends what is being decoded, too. */
  close(): Promise<void>;
}

export interface DecoderOptions {
  /** @default one for each core */
  readonly processes?: number;
  /** For one picture, in seconds; then it is `too_complex`. @default 30 */
  readonly maxSeconds?: number;
}

/** A process that ended before it had the picture says nothing of it, so another is tried. */
const maxTries = 3;

export function openPictureDecoder({
  processes = availableParallelism(),
  maxSeconds = fileLimits.maxSeconds,
}: DecoderOptions = {}): PictureDecoder {
  // All together use each core once.
  const threads = Math.max(1, Math.floor(availableParallelism() / processes));
  const running = new Set<DecoderChild>();
  const idle = new Set<DecoderChild>();
  const waiting: (() => void)[] = [];
  let free = processes;
  let isClosed = false;

  const takeTurn = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const passTurn = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const takeChild = (): DecoderChild => {
    for (const child of idle) {
      idle.delete(child);
      return child;
    }
    const child = startDecoderProcess(threads);
    running.add(child);
    void child.ended.then(() => {
      running.delete(child);
      idle.delete(child);
    });
    return child;
  };
  const refuseIfClosed = (): void => {
    if (isClosed) throw new Error("The decoder is closed.");
  };

  const decode = async (bytes: Uint8Array): Promise<ProcessedPicture> => {
    for (let tries = 1; ; tries += 1) {
      refuseIfClosed();
      const child = takeChild();
      const answer = await child.decode(bytes, maxSeconds * 1000);
      if (running.has(child)) idle.add(child);
      if ("picture" in answer) return answer.picture;
      refuseIfClosed();
      if ("refused" in answer) throw new UploadRefusal(answer.refused, { cause: answer.reason });
      if (tries < maxTries) continue;
      if (answer.wasReady) throw new UploadRefusal("damaged", { cause: answer.ended });
      throw new Error(`The decoder of pictures (sharp) does not start: ${answer.ended}`);
    }
  };

  return {
    concurrency: processes,
    async process(source) {
      await takeTurn();
      try {
        refuseIfClosed();
        return await decode(typeof source === "function" ? await source() : source);
      } finally {
        passTurn();
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...running].map((child) => child.kill()));
    },
  };
}
