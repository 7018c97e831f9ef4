// The processor on the deployed decoder, for very many pictures: a worker is kept until it traps or takes too long.
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { functionFiles } from "../../components/picture-uploads/function-files.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import type { RefusalCode } from "../../functions/picture-upload/upload-refusal.ts";

export type ProcessorAnswer =
  | { readonly picture: ProcessedPicture }
  /** `trap`: what the decoder died of, which the function takes for a damaged picture too. */
  | { readonly refused: RefusalCode; readonly trap?: string };

export interface PictureProcessor {
  /** The deployed bundle, in a folder with the decoder's files. */
  readonly bundle: string;
  process(bytes: Uint8Array): Promise<ProcessorAnswer>;
  close(): Promise<void>;
}

/** @param limit in milliseconds, of one picture */
export async function openProcessor(limit = 60_000): Promise<PictureProcessor> {
  const zip = mkdtempSync(join(tmpdir(), "processor-"));
  for (const [name, path] of Object.entries(functionFiles())) copyFileSync(path, join(zip, name));
  let worker: Worker | undefined;
  const end = async () => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  return {
    bundle: join(zip, "upload.cjs"),
    async process(bytes) {
      worker ??= new Worker(join(import.meta.dirname, "kept-picture-worker.ts"), {
        workerData: { zip },
        stdout: true,
        stderr: true,
      });
      const of = worker;
      const settled = new AbortController();
      const { signal } = settled;
      const { promise, resolve } = Promise.withResolvers<ProcessorAnswer>();
      const timer = setTimeout(() => resolve({ refused: "too_complex", trap: "time limit" }), limit);
      const dies = (how: unknown) => resolve({ refused: "damaged", trap: String(how) });
      once(of, "message", { signal }).then(([answer]) => resolve(answer as ProcessorAnswer), dies);
      once(of, "exit", { signal }).then(
        ([code]) => dies(`exit ${String(code)}`),
        () => undefined,
      );
      of.postMessage(bytes);
      const answer = await promise;
      clearTimeout(timer);
      settled.abort();
      if ("trap" in answer) await end();
      return answer;
    },
    async close() {
      await end();
      rmSync(zip, { recursive: true });
    },
  };
}
