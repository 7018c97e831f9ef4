// What a picture costs: the processor as it is deployed, on WebAssembly, and the same code on sharp's native build, in
// turn, each in processes of its own.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import sharp from "sharp";
import { randomOf } from "../components/picture-store/picture-mutants.ts";
import type { ProcessingFigures } from "./processing-process.ts";

export interface ProcessingCosts {
  readonly photoBytes: number;
  /** Medians of the processes of each. */
  readonly deployed: ProcessingFigures;
  readonly native: ProcessingFigures;
}

/**
 * @param files of the deployed function, by name
 * @param count processes of each, and pictures that each process takes after its first
 */
export function processingCosts(
  photo: Uint8Array,
  files: Readonly<Record<string, string>>,
  count: number,
): ProcessingCosts {
  const cache = resolve("node_modules/.cache/auth0-user-pictures");
  mkdirSync(cache, { recursive: true });
  // Below the repository, so that its own sharp is found.
  const folder = mkdtempSync(join(cache, "bench-"));
  try {
    const file = join(folder, "photo.jpg");
    writeFileSync(file, photo);
    for (const [name, path] of Object.entries(files)) copyFileSync(path, join(folder, name));
    const bundles = [join(folder, "upload.cjs"), nativeBundle(folder)];
    const runs = bundles.map((): ProcessingFigures[] => []);
    for (let round = 0; round < count; round += 1)
      for (const [index, bundle] of bundles.entries()) runs[index]?.push(measured(bundle, file, count));
    const [deployed = [], native = []] = runs;
    return { photoBytes: photo.length, deployed: medians(deployed), native: medians(native) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The upload function's own code, which finds sharp, with its native build, where it is installed. */
function nativeBundle(folder: string): string {
  const outfile = join(folder, "native.cjs");
  buildSync({
    entryPoints: ["functions/picture-upload/upload.ts"],
    bundle: true,
    outfile,
    platform: "node",
    format: "cjs",
    minify: true,
    external: ["sharp"],
    define: { "import.meta.filename": "__filename" },
  });
  return outfile;
}

function measured(bundle: string, file: string, count: number): ProcessingFigures {
  const program = join(import.meta.dirname, "processing-process.ts");
  const output = execFileSync(process.execPath, [program, bundle, file, String(count)], { encoding: "utf8" });
  return JSON.parse(output) as ProcessingFigures;
}

function medians(runs: readonly ProcessingFigures[]): ProcessingFigures {
  const median = (of: keyof ProcessingFigures) =>
    runs.map((run) => run[of]).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] ?? Number.NaN;
  return { cold: median("cold"), warm: median("warm"), processor: median("processor"), peakMb: median("peakMb") };
}

/** As a telephone writes it, 4 : 3: on its side, with GPS and a profile of other colours, and noise as of a sensor. */
export async function phonePhoto(width: number): Promise<Buffer> {
  const height = (width * 3) / 4;
  const random = randomOf(3);
  const small = Buffer.from(Array.from({ length: 64 * 48 * 3 }, () => random(256)));
  const pixels = await sharp(small, { raw: { width: 64, height: 48, channels: 3 } })
    .resize(width, height, { kernel: "cubic" })
    .raw()
    .toBuffer();
  for (let at = 0; at < pixels.length; at += 2) pixels[at]! ^= random(16);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .withExif({ IFD0: { Model: "a telephone" }, IFD3: { GPSLatitude: "1/1 2/1 3/1" } })
    .withIccProfile("p3")
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 85 })
    .toBuffer();
}
