// What `auth0-user-pictures/browser` promises besides what a browser shows: its size, that a server can import it, and
// that it says and allows what the upload service does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundleElement } from "../../browser/bundle/element-bundle.ts";
import {
  centreSquare,
  movedCrop,
  positionOf,
  smallestSide,
  wholeCrop,
  zoomedCrop,
  zoomLimit,
  zoomOf,
} from "../../browser/crop-square.ts";
import type { PictureCrop, PictureSize } from "../../browser/crop-square.ts";
import { englishRefusals } from "../../browser/english-texts.ts";
import { choiceLimits } from "../../browser/picture-header.ts";
import { processingLimits } from "../../functions/picture-upload/process-picture.ts";
import { refusalTexts } from "../../functions/picture-upload/upload-refusal.ts";

it("is one file of less than 20 kB, which imports nothing", async () => {
  const text = await bundleElement();

  expect(Buffer.byteLength(text)).toBeLessThan(20_000);
  expect(text).not.toMatch(/\bimport\b|\brequire\(|innerHTML|\beval\(|new Function/);
  expect(text).not.toContain(process.cwd());
});

it("is imported where there are no elements, by either of its files", async () => {
  const sources = "../../browser/index.ts";
  const bundle = `data:text/javascript;base64,${Buffer.from(await bundleElement()).toString("base64")}`;
  for (const file of [sources, bundle]) {
    const names = Object.keys((await import(file)) as object).sort();
    expect(names).toEqual(["UserPictureError", "UserPictureUpload", "choosePicture"]);
  }
  expect("customElements" in globalThis).toBe(false);
});

it("says the same as the service of the same code, and has the service's limits", () => {
  const ofService: Readonly<Record<string, { message: string; whatToDo: string } | undefined>> = refusalTexts;
  const shared = Object.entries(englishRefusals).filter(([code]) => code in ofService);

  expect(shared.map(([code]) => code)).toEqual([
    ...["not_one_picture", "not_a_picture", "heic", "damaged", "too_small", "too_many_pixels", "too_complex"],
    ...["busy", "failed"],
  ]);
  for (const [code, words] of shared)
    expect([code, ...words]).toEqual([code, ofService[code]?.message, ofService[code]?.whatToDo]);
  const { maxPixels, maxScans, minSide } = processingLimits;
  expect({ ...choiceLimits, minSide: smallestSide }).toEqual({ maxBytes: 100_000_000, maxPixels, maxScans, minSide });
});

describe("the square that is kept", () => {
  const sides = fc.integer({ min: smallestSide, max: 9000 });
  const pictures = fc.record({ width: sides, height: sides });
  const moves = fc.array(
    fc.oneof(
      fc.record({
        right: fc.double({ min: -2, max: 2, noNaN: true }),
        down: fc.double({ min: -2, max: 2, noNaN: true }),
      }),
      fc.record({ zoom: fc.double({ min: 0, max: 20, noNaN: true }) }),
    ),
    { maxLength: 20 },
  );
  const isWithin = ({ x, y, size }: PictureCrop, { width, height }: PictureSize) =>
    x >= 0 && y >= 0 && x + size <= width + 1e-6 && y + size <= height + 1e-6;

  it("is within the picture, and large enough for the service, however it is moved and zoomed", () => {
    fc.assert(
      fc.property(pictures, moves, (picture, all) => {
        let crop = centreSquare(picture);
        for (const move of all) {
          crop =
            "zoom" in move
              ? zoomedCrop(crop, move.zoom, picture)
              : movedCrop(crop, move.right * crop.size, move.down * crop.size, picture);
          if (!isWithin(crop, picture)) return false;
        }
        const whole = wholeCrop(crop, picture);
        return (
          isWithin(whole, picture) &&
          whole.size >= smallestSide &&
          [whole.x, whole.y, whole.size].every(Number.isInteger) &&
          zoomOf(crop, picture) <= zoomLimit(picture) + 1e-6
        );
      }),
    );
  });

  it("keeps its middle while it is zoomed, and tells where it lies", () => {
    const picture = { width: 1000, height: 500 };
    const crop = movedCrop(centreSquare(picture), 100, 0, picture);
    expect(crop).toEqual({ x: 350, y: 0, size: 500 });
    expect(zoomedCrop(crop, 2, picture)).toEqual({ x: 475, y: 125, size: 250 });
    expect(positionOf(crop, picture)).toEqual({ x: 70, y: 50 });
    expect(zoomedCrop(zoomedCrop(crop, 4, picture), 1, picture)).toEqual(crop);
  });
});
