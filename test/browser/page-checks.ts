// What is wrong with a page as a person meets it: by axe-core, by its width, and by its colours.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** What axe-core finds on the page as it is: the names of its rules, and where. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = JSON.stringify({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    `${axe}; axe.run(document, ${options}).then(({ violations }) => violations)`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** In light all rules, and in dark those of colour, because the other scheme changes nothing else. */
export async function violationsInBothSchemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: "light" });
  const inLight = await violations(page);
  await page.emulateMedia({ colorScheme: "dark" });
  const inDark = await violations(page, ["color-contrast", "link-in-text-block"]);
  return [...inLight, ...inDark.map((one) => `in dark, ${one}`)];
}

/** By how many pixels the page is wider than the window. */
export const overflow = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");

/** Contrast of two colours of the page (WCAG 2.2, "relative luminance"), each as the browser computed it. */
export async function contrast(page: Page, selector: string, property: string, ground: string): Promise<number> {
  const colors = await page.evaluate<[string, string]>(
    `[getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property},
      getComputedStyle(document.querySelector(${JSON.stringify(ground)})).backgroundColor]`,
  );
  const [a = 0, b = 0] = colors.map((color) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/\d+(\.\d+)?/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
