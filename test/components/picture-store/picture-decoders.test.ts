// What readPicture answers, held against what decoders make of the same bytes: libpng, libjpeg, libwebp and libnsgif,
// by sharp.
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readPicture } from "../../../components/picture-store/image.ts";
import { isRare } from "../../rare.ts";
import { samples, takenMutants, understated } from "./picture-mutants.ts";

const all = await samples();
const perSample = isRare ? 2000 : 150;

describe("readPicture and decoders", () => {
  it.each(all)("agree on $name", async ({ type, bytes }) => {
    expect(readPicture(bytes)).toMatchObject({ type, width: 100, height: 70 });
    expect(await decodedSize(bytes, "warning")).toEqual({ width: 100, height: 70 });
  });

  it.each(all)(`take none of ${perSample} mutants of $name for smaller than it is shown`, async (sample) => {
    const decoded = takenMutants(sample, all, perSample).map(async (taken) => {
      const size = await decodedSize(taken.bytes, "none");
      return size === undefined ? [] : [{ ...taken, decoded: size }];
    });
    const shown = (await Promise.all(decoded)).flat();

    expect(understated(shown)).toEqual([]);
    // With none that is shown, nothing would be held.
    expect(shown.length).toBeGreaterThan(perSample / 50);
  });
});

/** Of one frame; undefined where nothing is shown. */
async function decodedSize(bytes: Buffer, failOn: "none" | "warning") {
  const image = sharp(bytes, { failOn, animated: true, limitInputPixels: 2048 * 2048 * 8 });
  try {
    const { pages = 1 } = await image.metadata();
    const { info } = await image.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height / pages };
  } catch {
    return undefined;
  }
}
