// What becomes of a file that somebody chose, in a real browser: the service's good and hostile files, a phone's photo
// in all ways of lying, and what a browser alone meets.
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { photos, refused, secret } from "../functions/source-pictures.ts";
import { isRare, these } from "../rare.ts";
import { executablePath, why } from "./demo-browser.ts";
import { elementPages } from "./element-page.ts";
import type { ElementPage } from "./element-page.ts";

interface Chosen {
  readonly type: string;
  readonly bytes: Buffer;
}

interface Refused {
  readonly code?: string;
  readonly name: string;
  readonly message: string;
  readonly whatToDo?: string;
  /** How often the browser was asked to decode something. */
  readonly decoded: number;
}

const names = ["Copyright", "Artist", "Exif", "GPS"];

/** A photo of a camera: each corner of another colour, so that no way of lying looks like another one. */
async function photo(width: number, height: number, orientation: number): Promise<Buffer> {
  const corner = (background: string) => ({
    create: { width: width / 2, height: height / 2, channels: 3 as const, background },
  });
  const at = (left: number, top: number) => ({ left: left * (width / 2), top: top * (height / 2) });
  return sharp({ create: { width, height, channels: 3, background: "#111" } })
    .composite([
      { input: corner("#d22"), ...at(0, 0) },
      { input: corner("#2b2"), ...at(1, 0) },
      { input: corner("#22d"), ...at(0, 1) },
    ])
    .withExif({ IFD0: { Copyright: secret }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 3230/100" } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
}

/** By how much two pictures of one size differ: the root of the mean square, of 255. */
async function difference(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map((bytes) =>
      sharp(bytes, { pages: 1 }).flatten().removeAlpha().toColourspace("srgb").raw().toBuffer(),
    ),
  );
  if (!a || a.length !== b?.length) throw new Error("They have other sizes");
  return Math.sqrt(a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0) / a.length);
}

/** The centre square, upright, as sharp makes it. */
const expected = (bytes: Buffer, side: number) =>
  sharp(bytes, { pages: 1 }).autoOrient().resize(side, side, { fit: "cover" }).png().toBuffer();

describe.skipIf(why !== "")(`choosePicture in ${executablePath}${why}`, () => {
  const { open, serve } = elementPages();

  /** @param options as an expression in the page, before it what the page does first */
  async function choose(page: ElementPage, file: Buffer, options = "{}", before = ""): Promise<Chosen | Refused> {
    serve("/file", "application/octet-stream", file);
    const result = await page.evaluate<{ type: string; text: string } | Refused>(`(async () => {
      const { choosePicture } = await import("/user-picture-upload.js");
      let decoded = 0;
      const decode = globalThis.decode ??= createImageBitmap;
      globalThis.createImageBitmap = (...given) => (decoded++, decode(...given));
      ${before}
      try {
        const picture = await choosePicture(await (await fetch("/file")).blob(), ${options});
        const bytes = new Uint8Array(await picture.arrayBuffer());
        return { type: picture.type, text: bytes.reduce((text, byte) => text + String.fromCharCode(byte), "") };
      } catch (error) {
        const { name, code, message, whatToDo } = error;
        return { name, code, message, whatToDo, decoded };
      }
    })()`);
    return "text" in result ? { type: result.type, bytes: Buffer.from(result.text, "latin1") } : result;
  }

  async function chosen(...given: Parameters<typeof choose>): Promise<Chosen> {
    const result = await choose(...given);
    if (!("bytes" in result)) throw new Error(`It was refused: ${JSON.stringify(result)}`);
    return result;
  }

  it("makes a phone's photo of 12 million pixels upright, square and small, and nothing of where it was taken is left", async () => {
    const page = await open();
    const file = await photo(4000, 3000, 6);
    expect(names.filter((name) => file.includes(name))).toContain("Exif");
    const { type, bytes } = await chosen(page, file);
    const { width, height, exif, xmp, iptc, orientation, format } = await sharp(bytes).metadata();

    expect({ type, width, height, format }).toEqual({ type: "image/webp", width: 1024, height: 1024, format: "webp" });
    expect({ exif, xmp, iptc, orientation }).toEqual({});
    expect([secret, ...names].filter((name) => bytes.includes(name))).toEqual([]);
    expect(await difference(bytes, await expected(file, 1024))).toBeLessThan(10);
    expect(page.complaints).toEqual([]);
  });

  // One that lies on its side is above, and in every run.
  it.runIf(isRare)("sees all eight ways in which a photo lies", async () => {
    const page = await open();
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const file = await photo(300, 200, orientation);
      const { bytes } = await chosen(page, file);
      expect(await difference(bytes, await expected(file, 200)), `orientation ${orientation}`).toBeLessThan(12);
    }
    // Which the difference shows.
    const [one, other] = [await photo(300, 200, 3), await photo(300, 200, 1)];
    expect(await difference(await expected(one, 200), await expected(other, 200))).toBeGreaterThan(50);
  });

  it("takes the photos that the service takes", async () => {
    const page = await open();
    for (const [name, make] of these(photos, "a CMYK JPEG", "an interlaced PNG", "an animated GIF")) {
      const file = await make();
      const { bytes, type } = await chosen(page, file);
      const { width, height, pages } = await sharp(bytes).metadata();

      expect({ name, width, height, pages, type }).toEqual({
        ...{ name, width: 480, height: 480, pages: undefined, type: "image/webp" },
      });
      expect(bytes.includes(secret), name).toBe(false);
      // Browsers convert CMYK, and a wide gamut, in their own way.
      const tolerance = /CMYK|profile/.test(name) ? 60 : 12;
      expect(await difference(bytes, await expected(file, 480)), name).toBeLessThan(tolerance);
    }
  });

  it("takes what this browser reads beyond that, never enlarges, and keeps what is transparent", async () => {
    const page = await open();
    const base = sharp({ create: { width: 100, height: 80, channels: 4, background: "#2a66cc80" } });
    const avif = await chosen(page, await base.clone().avif().toBuffer());
    expect(await sharp(avif.bytes).metadata()).toMatchObject({ format: "webp", width: 80, height: 80 });
    const { bytes } = await chosen(page, await base.png().toBuffer());
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 80, height: 80, channels: 4 });
    expect(Math.abs((data[3] ?? 0) - 128)).toBeLessThan(3);
  });

  it("makes JPEG where the browser writes no WebP, and PNG of what is transparent", async () => {
    const page = await open();
    const noWebp = `HTMLCanvasElement.prototype.toBlob = ((toBlob) => function (done, type, quality) {
      toBlob.call(this, done, type === "image/webp" ? "image/png" : type, quality);
    })(HTMLCanvasElement.prototype.toBlob);`;
    const opaque = await chosen(page, await photo(300, 200, 1), "{}", noWebp);
    expect([opaque.type, (await sharp(opaque.bytes).metadata()).format]).toEqual(["image/jpeg", "jpeg"]);
    const clear = { create: { width: 100, height: 80, channels: 4 as const, background: "#2a66cc80" } };
    const transparent = await chosen(page, await sharp(clear).png().toBuffer());
    expect([transparent.type, (await sharp(transparent.bytes).metadata()).format]).toEqual(["image/png", "png"]);
  });

  it("keeps the square that it is given, in pixels as they are seen, and no other", async () => {
    const page = await open();
    const file = await photo(300, 200, 6);
    const { bytes } = await chosen(page, file, "{ crop: { x: 100, y: 150, size: 90 } }");
    // A pipeline turns after it has cut, whatever is written first.
    const upright = await sharp(file).autoOrient().png().toBuffer();
    const cut = await sharp(upright).extract({ left: 100, top: 150, width: 90, height: 90 }).png().toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 90, height: 90 });
    expect(await difference(bytes, cut)).toBeLessThan(12);

    expect(await choose(page, file, "{ crop: { x: 100, y: 250, size: 90 } }")).toMatchObject({ name: "RangeError" });
    expect(await choose(page, file, "{ crop: { x: NaN, y: 0, size: 90 } }")).toMatchObject({ name: "RangeError" });
    expect(await choose(page, file, "{ crop: { x: 0, y: 0, size: 63 } }")).toMatchObject({ code: "too_small" });
  });

  it("refuses what the service refuses, in words, and by its header what is too much for a decoder", async () => {
    const page = await open();
    const refusals: Record<string, string | undefined> = {};
    for (const [name, [, make]] of Object.entries(refused)) {
      const result = await choose(page, await make());
      if (!("message" in result)) continue;
      refusals[name] = result.code;
      for (const sentence of [result.message, result.whatToDo]) expect(sentence, name).toMatch(/^[A-Z].*\.$/);
      const isForDecoder = result.code === "heic" || result.code === "too_small" || /^an AVIF|^a PNG/.test(name);
      if (!isForDecoder || result.code === "too_many_pixels") expect([name, result.decoded]).toEqual([name, 0]);
    }

    const { "more than 4.5 MB": _, ...asTheService } = refused;
    expect(refusals).toEqual({
      ...Object.fromEntries(Object.entries(asTheService).map(([name, [code]]) => [name, code])),
      ...{ nothing: "empty_file", "a PNG that says 2^31 pixels a side": "too_many_pixels" },
      // Which the browser reads, and the service does not.
      "an AVIF": "damaged",
    });
  });

  it("refuses by its header a HEIC photo of 400 million pixels, and a file of more than 100 MB", async () => {
    const page = await open();
    const box = Buffer.from("00000014697370650000000000004e2000004e20", "hex");
    const heic = Buffer.concat([Buffer.from("\0\0\0\x10ftypheic\0\0\0\0", "latin1"), box]);
    expect(await choose(page, heic)).toMatchObject({ code: "too_many_pixels", decoded: 0 });
    const large = await page.evaluate<string>(`import("/user-picture-upload.js").then(({ choosePicture }) =>
      choosePicture(new Blob([new Uint8Array(100_000_001)])).catch(({ code }) => code))`);
    expect(large).toBe("file_too_large");
  });

  it("says of a file that is gone that it could not be read", async () => {
    const page = await open();
    const code = await page.evaluate<string>(`import("/user-picture-upload.js").then(({ choosePicture }) => {
      const gone = new Blob(["x"]);
      gone.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
      return choosePicture(gone).catch(({ code }) => code);
    })`);
    expect(code).toBe("not_readable");
  });
});
