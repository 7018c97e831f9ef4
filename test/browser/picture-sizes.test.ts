// What readPicture answers, held against what Chromium decodes of the same bytes.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { samples, takenMutants, understated } from "../components/picture-store/picture-mutants.ts";

const executablePath = "/usr/bin/chromium";
const why = existsSync(executablePath) ? "" : ` (skipped: there is no ${executablePath}, Debian's package chromium)`;
const all = await samples();
const perSample = 2000;

describe.skipIf(why !== "")(`readPicture and Chromium${why}`, () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
    page = await browser.newPage();
  });
  afterAll(() => browser.close());

  it.each(all)("agree on $name", async ({ bytes }) => {
    expect(await decodedSizes(page, [bytes])).toEqual([{ width: 100, height: 70 }]);
  });

  it.each(all)(`take none of ${perSample} mutants of $name for smaller than it is shown`, async (sample) => {
    const taken = takenMutants(sample, all, perSample);
    const sizes = await decodedSizes(
      page,
      taken.map(({ bytes }) => bytes),
    );
    const shown = taken.flatMap((one, index) => {
      const decoded = sizes[index] ?? undefined;
      return decoded === undefined ? [] : [{ ...one, decoded }];
    });

    expect(understated(shown)).toEqual([]);
    // With none that is shown, nothing would be held.
    expect(shown.length).toBeGreaterThan(perSample / 50);
  });
});

/** Null where nothing is shown. */
function decodedSizes(page: Page, pictures: readonly Buffer[]) {
  const texts = JSON.stringify(pictures.map((bytes) => bytes.toString("base64")));
  return page.evaluate<({ width: number; height: number } | null)[]>(`(async () => {
    const sizes = [];
    for (const text of ${texts}) {
      const blob = new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]);
      try {
        const bitmap = await createImageBitmap(blob, { imageOrientation: "none" });
        sizes.push({ width: bitmap.width, height: bitmap.height });
        bitmap.close();
      } catch {
        sizes.push(null);
      }
    }
    return sizes;
  })()`);
}
