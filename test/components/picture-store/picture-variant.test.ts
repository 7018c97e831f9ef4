// The variants of an uploaded picture, by URL.
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { pictureKey } from "../../../components/picture-store/image.ts";
import { pictureVariant } from "../../../components/picture-store/picture-variant.ts";
import { picture } from "./pictures.ts";

const webp = `https://d111111abcdef8.cloudfront.net/${pictureKey("auth0|ada", picture("webp, lossy"), "image/webp")}`;
const stem = webp.slice(0, -".webp".length);

describe("pictureVariant", () => {
  it("names what lies beside the picture", () => {
    expect(pictureVariant(webp, { size: 96 })).toBe(`${stem}-96.webp`);
    expect(pictureVariant(webp, { type: "jpeg" })).toBe(`${stem}.jpg`);
  });

  it("keeps the path that a store's own host may have", () => {
    const url = webp.replace(".net/", ".net/pictures/");

    expect(pictureVariant(url, { size: 96 })).toBe(url.replace(".webp", "-96.webp"));
  });

  it.each([
    "https://lh3.googleusercontent.com/a/example=s96-c",
    "https://d111111abcdef8.cloudfront.net/d/0123456789abcdef.png",
    `${stem}.png`,
    `${stem}-96.webp`,
    `${stem}.jpg`,
    `${webp}?v=1`,
    `${webp}#x`,
    `https://example.com/?${webp}`,
    webp.replace("https:", "http:"),
    webp.replace("/u/", "/d/"),
    "",
  ])("returns what has no variants as it is: %s", (url) => {
    expect(pictureVariant(url, { size: 96 })).toBe(url);
    expect(pictureVariant(url, { type: "jpeg" })).toBe(url);
  });

  it("is in a file that imports nothing, so that a web page can have it", () => {
    const text = readFileSync("components/picture-store/picture-variant.ts", "utf8");

    expect(ts.preProcessFile(text, true, true).importedFiles).toEqual([]);
  });

  it("is a module of the package that a page's bundler takes", async () => {
    const contents = `export { pictureVariant } from "auth0-user-pictures/picture-variant";`;
    const stdin = { contents, resolveDir: process.cwd() };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", platform: "browser" });
    const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`;
    const bundled = (await import(url)) as { pictureVariant: typeof pictureVariant };

    expect(bundled.pictureVariant(webp, { size: 96 })).toBe(`${stem}-96.webp`);
  });
});
