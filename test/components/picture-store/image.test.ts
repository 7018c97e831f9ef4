// What is taken for a picture, and the key that a user's picture gets.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cacheTag,
  pictureKey,
  PictureError,
  PictureType,
  readPicture,
} from "../../../components/picture-store/image.ts";
import { encoded, picture, pngHeader, svg } from "./pictures.ts";

const names = Object.keys(encoded) as (keyof typeof encoded)[];
const types = { png: "image/png", jpg: "image/jpeg", gif: "image/gif", webp: "image/webp" };

describe("readPicture", () => {
  it.each(names)("reads the type and the dimensions of a picture as an encoder wrote it: %s", (name) => {
    const extension = name.split(",")[0] as keyof typeof types;

    expect(readPicture(picture(name))).toEqual({ type: types[extension], extension, width: 96, height: 64 });
  });

  it("reads the default picture of this repository, which has less than 20 KB", () => {
    const bytes = readFileSync("assets/default-picture.png");

    expect(readPicture(bytes)).toEqual({ type: "image/png", extension: "png", width: 512, height: 512 });
    expect(bytes.length).toBeLessThan(20_000);
  });

  it("reads bytes that lie in a larger buffer", () => {
    const pool = Buffer.concat([Buffer.alloc(7), picture("png"), Buffer.alloc(7)]);

    expect(readPicture(pool.subarray(7, -7))).toMatchObject({ width: 96, height: 64 });
  });

  it.each([
    ["nothing", Buffer.alloc(0), /no PNG, JPEG, WebP or GIF by its first bytes/],
    ["an SVG", Buffer.from(svg), /no PNG, JPEG, WebP or GIF/],
    ["an HTML page", Buffer.from("<!doctype html><script>alert(1)</script>"), /no PNG, JPEG, WebP or GIF/],
    ["a RIFF file that is no WebP", Buffer.from("RIFF\0\0\0\0WAVEfmt "), /no PNG, JPEG, WebP or GIF/],
    ["a WebP of an unknown kind", Buffer.from("RIFF\0\0\0\0WEBPVP9 ".padEnd(40, "x")), /is damaged/],
    ["a PNG without its header", Buffer.from("89504e470d0a1a0a0000000d49444154", "hex"), /is damaged/],
    ["a JPEG without a frame", Buffer.from("ffd8ffe000044a46ffda0004aaaa00", "hex"), /is damaged/],
    ["a JPEG of segments without a length", Buffer.from("ffd8ffe00000ffe00000", "hex"), /is damaged/],
    ["a JPEG of nothing but fill bytes", Buffer.from("ffd8" + "ff".repeat(1000), "hex"), /is damaged/],
    ["a picture without a height", pngHeader(100, 0), /is damaged/],
    ["one that is too small", pngHeader(63, 512), /63 × 512 pixels; each side must have 64 to 2048/],
    ["one that is too wide", pngHeader(2049, 64), /2049 × 64 pixels/],
    ["a few bytes that claim gigabytes", pngHeader(0xffff_ffff, 0xffff_ffff), /4294967295 × 4294967295 pixels/],
    ["more than 1 MiB", Buffer.concat([picture("png"), Buffer.alloc(1024 * 1024)]), /1048738 bytes; at most 1048576/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readPicture(bytes)).toThrow(PictureError);
    expect(() => readPicture(bytes)).toThrow(message);
  });

  it("takes the limits themselves", () => {
    expect(readPicture(pngHeader(64, 2048))).toMatchObject({ width: 64, height: 2048 });
    expect(readPicture(Buffer.concat([picture("png"), Buffer.alloc(1024 * 1024 - 162)]))).toMatchObject({ width: 96 });
  });

  it("ends, with a picture in the limits or a PictureError, whatever the bytes", () => {
    const starts = names.map((name) => picture(name));
    const hostile = fc
      .tuple(fc.constantFrom(...starts), fc.nat(330), fc.uint8Array({ maxLength: 64 }), fc.boolean())
      .map(([start, at, tail, keepsRest]) =>
        Buffer.concat([start.subarray(0, at), tail, keepsRest ? start.subarray(at + tail.length) : Buffer.alloc(0)]),
      );
    fc.assert(
      fc.property(hostile, (bytes) => {
        try {
          const { width, height } = readPicture(bytes);
          return Math.min(width, height) >= 64 && Math.max(width, height) <= 2048;
        } catch (error) {
          return error instanceof PictureError;
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe("pictureKey", () => {
  const ada = "auth0|62f1a2b3c4d5e6f7a8b9c0d1";

  it("is one folder for each user, in it the content's hash, and tells nobody whose it is", () => {
    expect(pictureKey(ada, picture("png"), PictureType.Png)).toBe(
      // As `sha256sum` says it, too.
      "u/74a3c0f3d56338f77dd03de48e258381/4bb3667ddf678be510ccee63eb2e1f7ff434f7f506bec02962fdaab3d9eb00d9.png",
    );
  });

  it("differs by user and by content, in folders of which none is the start of another", () => {
    const png = picture("png");
    const keyOf = (userId: string, bytes: Buffer) => pictureKey(userId, bytes, PictureType.Png);
    const [folder] = keyOf(ada, png).split(/(?<=^u\/.*\/)/);

    expect(keyOf(ada, pngHeader(64, 64))).toMatch(new RegExp(`^${folder ?? ""}[0-9a-f]{64}\\.png$`));
    expect(keyOf("auth0|62f1a2b3c4d5e6f7a8b9c0d2", png)).not.toContain(folder);
    expect(keyOf(ada, png)).toBe(keyOf(ada, Buffer.from(png)));
  });

  it.each(names)("has the extension of the type: %s", (name) => {
    const extension = name.split(",")[0] as keyof typeof types;
    const type = types[extension] as PictureType;

    expect(pictureKey(ada, picture(name), type)).toMatch(new RegExp(`\\.${extension}$`));
    for (const other of Object.values(PictureType).filter((it) => it !== type))
      expect(() => pictureKey(ada, picture(name), other)).toThrow(`The picture is of ${type}, not ${other}.`);
  });

  it.each([
    ["an SVG", Buffer.from(svg), "image/svg+xml"],
    ["an SVG that is said to be a PNG", Buffer.from(svg), "image/png"],
    ["nothing", Buffer.alloc(0), "image/png"],
  ])("refuses %s", (_, bytes, type) => {
    expect(() => pictureKey(ada, bytes, type as PictureType)).toThrow(PictureError);
  });

  it("refuses an empty user id, which would be the folder of everybody who has none", () => {
    expect(() => pictureKey("", picture("png"), PictureType.Png)).toThrow(/user id is empty/);
    expect(() => cacheTag("")).toThrow(/user id is empty/);
  });

  it("has a cache tag for all pictures of one user, of characters that CloudFront takes", () => {
    expect(cacheTag(ada)).toMatch(/^u:[0-9a-f]{32}$/);
    expect(pictureKey(ada, picture("png"), PictureType.Png)).toContain(`u/${cacheTag(ada).slice(2)}/`);
  });
});
