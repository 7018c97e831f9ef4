// One process that takes a picture as the upload function does, in a worker for each: prints its times and its memory.
// Arguments: the function's bundle, the picture's file, how many times.
import { readFileSync } from "node:fs";
import { processInWorker } from "../../functions/picture-upload/decoder-worker.ts";

/** In milliseconds, and `peakMb` in millions of bytes. */
export interface ProcessingFigures {
  /** From the start of the process until the first picture is there. */
  readonly cold: number;
  /** Median of the others. */
  readonly warm: number;
  /** What one of the others costs of a processor, whatever else the machine does. */
  readonly processor: number;
  /** At most, of the whole process. */
  readonly peakMb: number;
}

const [, , bundle = "", file = "", count = "1"] = process.argv;
const picture = readFileSync(file);
const once = () => processInWorker(bundle, Uint8Array.from(picture), 60_000);

await once();
const cold = performance.now();
const times: number[] = [];
const before = process.cpuUsage();
while (times.length < Number(count)) {
  const start = performance.now();
  await once();
  times.push(performance.now() - start);
}
const warm = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
const { user, system } = process.cpuUsage(before);
const figures: ProcessingFigures = {
  cold,
  warm,
  processor: (user + system) / 1000 / times.length,
  peakMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
};
console.log(JSON.stringify(figures));
