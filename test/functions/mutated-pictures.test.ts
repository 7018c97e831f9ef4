// Pictures that were damaged on purpose, through the processor on the deployed decoder: each is refused in one of the
// ways that are told, or comes out clean. `npm run fuzz:pictures` takes 100,000.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processInWorker } from "../../functions/picture-upload/decoder-worker.ts";
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import { isRare } from "../rare.ts";
import { faultsOf } from "./clean-picture.ts";
import { mutatedPicture, picturesToMutate } from "./mutated-pictures.ts";
import type { SourcePicture } from "./mutated-pictures.ts";
import { openProcessor } from "./picture-processor.ts";
import type { PictureProcessor, ProcessorAnswer } from "./picture-processor.ts";

const count = Number(process.env["FUZZ_RUNS"] ?? (isRare ? 5000 : 100));
const freshCount = Math.ceil(count / 50);
/** Of a picture that comes out, and of what is refused because of its bytes. */
const answers = ["picture", "damaged", "not_a_picture", "no_picture", "too_small", "too_many_pixels", "too_complex"];

let processor: PictureProcessor;
let sources: readonly SourcePicture[];
beforeAll(async () => {
  processor = await openProcessor();
  sources = await picturesToMutate();
});
afterAll(() => processor.close());

const kindOf = (answer: ProcessorAnswer) => ("picture" in answer ? "picture" : answer.refused);

describe("a mutated picture", () => {
  it(`is refused, or comes out clean: ${count} of them`, async () => {
    const counts: Record<string, number> = {};
    const faults: string[] = [];
    const clean = new Set<string>();
    for (let seed = 0; seed < count; seed += 1) {
      const { name, bytes } = mutatedPicture(sources, seed);
      const answer = await processor.process(bytes);
      const kind = kindOf(answer);
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (!("picture" in answer)) {
        // It is answered, but a decoder that dies is more than a picture that is damaged.
        if (answer.trap !== undefined) faults.push(`${seed} (${name}): ${answer.trap}`);
        continue;
      }
      // What changes nothing that is seen comes out as before.
      const hash = createHash("sha256").update(answer.picture.webp).update(answer.picture.jpeg).digest("hex");
      if (clean.has(hash)) continue;
      clean.add(hash);
      faults.push(...(await faultsOf(bytes, answer.picture)).map((fault) => `${seed} (${name}): ${fault}`));
    }

    expect(faults).toEqual([]);
    expect(Object.keys(counts).filter((kind) => !answers.includes(kind))).toEqual([]);
    // With none that comes out, or none that is refused, nothing would be held.
    expect(counts["picture"]).toBeGreaterThan(count / 10);
    expect(counts["damaged"]).toBeGreaterThan(count / 10);
    expect(clean.size).toBeGreaterThan(count / 20);
  });

  it(`is the same for the deployed function's worker: ${freshCount} of them`, async () => {
    for (let index = 0; index < freshCount; index += 1) {
      const seed = 50 * index;
      const { name, bytes } = mutatedPicture(sources, seed);
      const deployed = await processInWorker(processor.bundle, bytes, 60_000).then(
        (picture) => ({ picture }),
        (error: unknown) => ({ refused: error instanceof UploadRefusal ? error.code : String(error) }),
      );

      expect(deployed, `${seed} (${name})`).toEqual(await processor.process(bytes));
    }
  });
});

describe("what holds a mutated picture to be clean", () => {
  const cleanAnswer = async () => {
    const { bytes } = sources.find(({ extension }) => extension === "jpg") ?? sources[0]!;
    const answer = await processor.process(bytes);
    if (!("picture" in answer)) throw new Error(`It was refused: ${answer.refused}`);
    return { bytes, picture: answer.picture };
  };
  const source = (name: string) => sources.find((one) => one.name === name)?.bytes ?? Buffer.alloc(0);

  it("finds nothing in one that is", async () => {
    const { bytes, picture } = await cleanAnswer();

    expect(await faultsOf(bytes, picture)).toEqual([]);
  });

  it("finds what is behind it, what is in it, and another size", async () => {
    const { bytes, picture } = await cleanAnswer();
    const faults = async (more: Partial<typeof picture>) => (await faultsOf(bytes, { ...picture, ...more })).join("\n");

    expect(await faults({ jpeg: Buffer.concat([picture.jpeg, Buffer.from("PK")]) })).toContain("does not end");
    expect(await faults({ webp: Buffer.concat([picture.webp, Buffer.from("PK")]) })).toContain("where it says");
    const telling = await faults({ jpeg: source("jpeg, on its side, with GPS and a profile") });
    expect(telling).toContain("has a segment ffe1");
    expect(telling).toContain("what was smuggled");
    expect(telling).toContain("has exif,icc");
    expect(await faults({ webp: source("webp, with GPS and a profile") })).toContain("has the chunks VP8X+ICCP+VP8");
    expect(await faults({ smallWebp: source("webp, lossy") })).toContain("is webp of 100 × 70, and not of 70");
    expect(await faults({ jpeg: picture.jpeg.slice(0, -20) })).toContain("cannot be decoded");
    expect(await faultsOf(source("gif"), { ...picture, webp: source("webp, lossy") })).toContain(
      "a side of 100 of a source of 100 × 70",
    );
  });
});
