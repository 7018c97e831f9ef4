// What becomes of a picture that a user sends: what comes out, and what is refused. Sharp's native build here; the
// deployed function's own files are in upload-files.test.ts.
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { prepareSharp, processPicture } from "../../functions/picture-upload/process-picture.ts";
import { encoded, svg } from "../components/picture-store/pictures.ts";
import { grayPhoto, grayTransparentPhoto, photos, refused, secret } from "./source-pictures.ts";

beforeAll(() => {
  prepareSharp(sharp);
  // This process is shared with other tests.
  return () => {
    sharp.unblock({ operation: ["VipsForeignLoad"] });
    sharp.cache(true);
    sharp.concurrency(0);
  };
});

const colours = { left: [255, 0, 0], right: [0, 0, 255], top: [0, 128, 0] };

/** At the middle of what each colour is at. */
async function coloursOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).flatten().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => {
    const start = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    return [...data.subarray(start, start + 3)];
  };
  return { left: at(0.2, 0.7), right: at(0.8, 0.7), top: at(0.5, 0.04) };
}

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));

describe("processPicture", () => {
  it.each(Object.entries(photos))("makes %s a clean picture", async (name, make) => {
    const { webp, smallWebp, jpeg } = await processPicture(sharp, await make());
    const read = await Promise.all([webp, smallWebp, jpeg].map((bytes) => sharp(bytes).metadata()));

    expect(read).toMatchObject([
      { format: "webp", width: 480, height: 480, space: "srgb", depth: "uchar" },
      { format: "webp", width: 96, height: 96, space: "srgb", depth: "uchar" },
      { format: "jpeg", width: 480, height: 480, space: "srgb", depth: "uchar", channels: 3 },
    ]);
    for (const { exif, icc, xmp, iptc, orientation, pages } of read)
      expect({ exif, icc, xmp, iptc, orientation, pages }).toEqual({});
    for (const bytes of [webp, smallWebp, jpeg]) {
      expect(Buffer.from(bytes).includes(secret)).toBe(false);
      const shown = await coloursOf(bytes);
      // A CMYK picture's profile, and another gamut, make other colours of the same kind.
      const tolerance = /CMYK|profile/.test(name) ? 120 : 30;
      for (const [place, colour] of Object.entries(colours))
        expect(distance(shown[place as keyof typeof shown], colour), `${place} of ${name}`).toBeLessThan(tolerance);
    }
  });

  it.each([
    ["gray", grayPhoto],
    ["gray and transparent", grayTransparentPhoto],
  ])("makes what is %s a picture in sRGB", async (_, make) => {
    const { webp, jpeg } = await processPicture(sharp, await make());

    expect(await sharp(webp).metadata()).toMatchObject({ space: "srgb", width: 480 });
    expect(await sharp(jpeg).metadata()).toMatchObject({ space: "srgb", channels: 3 });
  });

  it.each(Object.entries(refused))("refuses %s", async (_, [code, make]) => {
    await expect(processPicture(sharp, await make())).rejects.toMatchObject({ name: "UploadRefusal", code });
  });

  it("gives no decoder what says that it has too many pixels", async () => {
    // A decoder of WebP makes room for each of them to tell their number: 1.1 GB for these 86 bytes.
    const webp = Buffer.from(encoded["webp, lossy"], "base64");
    webp.fill("ff3fff3f", webp.indexOf("9d012a", 0, "hex") + 3, webp.indexOf("9d012a", 0, "hex") + 7, "hex");
    const decoder = Object.assign(() => expect.unreachable("It was given to a decoder."), sharp) as typeof sharp;

    await expect(processPicture(decoder, webp)).rejects.toMatchObject({ code: "too_many_pixels" });
  });

  it.each([
    [2000, 1000, 512, 96],
    [400, 900, 400, 96],
    [64, 64, 64, 64],
    [80, 100, 80, 80],
  ])("enlarges nothing: %i × %i gives %i and %i", async (width, height, side, smallSide) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: "#808" } })
      .png()
      .toBuffer();
    const { webp, smallWebp, jpeg } = await processPicture(sharp, bytes);

    expect(await sharp(webp).metadata()).toMatchObject({ width: side, height: side });
    expect(await sharp(smallWebp).metadata()).toMatchObject({ width: smallSide, height: smallSide });
    expect(await sharp(jpeg).metadata()).toMatchObject({ width: side, height: side });
  });

  it("keeps what is transparent, and makes it white in the JPEG", async () => {
    const clear = { create: { width: 100, height: 100, channels: 4, background: "#0000" } } as const;
    const { webp, jpeg } = await processPicture(sharp, await sharp(clear).png().toBuffer());
    const pixels = await sharp(jpeg).raw().toBuffer();

    expect(await sharp(webp).stats()).toMatchObject({ isOpaque: false });
    expect([...pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it("leaves sharp no decoder but the four", async () => {
    const plain = { create: { width: 64, height: 64, channels: 3, background: "#808" } } as const;
    const others = [Buffer.from(svg), await sharp(plain).tiff().toBuffer(), await sharp(plain).avif().toBuffer()];

    for (const bytes of others) await expect(sharp(bytes).metadata()).rejects.toThrow("unsupported image format");
  });

  it("gives the same bytes for the same picture", async () => {
    const bytes = (await photos["a progressive JPEG"]?.()) ?? Buffer.alloc(0);

    expect(await processPicture(sharp, bytes)).toEqual(await processPicture(sharp, Buffer.from(bytes)));
  });
});
