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
const hex = (...digits: string[]) => Buffer.from(digits.join("").replaceAll(" ", ""), "hex");
const [size, end] = ["00000040 00000040", "0000000049454e44ae426082"];
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
    ["a WebP of an unknown kind", Buffer.from("RIFF\x20\0\0\0WEBPVP9 \x14\0\0\0".padEnd(40, "x")), /tells no width/],
    ["a PNG without its header", hex("89504e470d0a1a0a 0000000d49444154"), /does not begin with its header/],
    ["a PNG without pixels", hex("89504e470d0a1a0a 0000000d49484452", size, "0806000000 00000000", end), /no pixels/],
    ["a JPEG without a frame", hex("ffd8 ffe000044a46 ffda0004aaaa00 ffd9"), /tells no width and height/],
    ["a JPEG without a scan", hex("ffd8 ffc0000b08 00400040 01011100 ffd9"), /no pixels/],
    ["a JPEG that begins twice", hex("ffd8 ffd8 ffd9"), /begins twice/],
    ["a JPEG of segments without a length", hex("ffd8 ffe00000 ffe00000"), /cut off/],
    ["a JPEG of nothing but fill bytes", hex("ffd8" + "ff".repeat(1000)), /cut off/],
    ["a GIF without a frame", hex("474946383961 40004000 000000 3b"), /no frame/],
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

  it("measures a GIF by its frames too, wherever they lie", () => {
    const gif = (screen: string, ...frames: string[]) =>
      hex("474946383961", screen, "000000", ...frames.map((frame) => `2c${frame}00 02024401003b`));
    const frame = "00000000 c800c800";

    // Truth: 35 bytes that read as 64 × 64, for which Chromium made room for 8000 × 8000.
    const bomb = hex("474946383961 40004000 800000 000000ffffff 2c00000000401f401f00 02024401003b");
    expect(() => readPicture(bomb)).toThrow("8000 × 8000 pixels");
    // Every browser shows it, as 200 × 200.
    const noScreen = hex("474946383761 00000000 800000 000000ffffff 2c00000000c800c80000 02024401003b");
    expect(readPicture(noScreen)).toMatchObject({ width: 200, height: 200 });
    expect(readPicture(gif("40004000", frame))).toMatchObject({ width: 200, height: 200 });
    expect(readPicture(gif("2c012c01", frame))).toMatchObject({ width: 300, height: 300 });
    expect(readPicture(gif("40004000", "32006400 c800c800"))).toMatchObject({ width: 250, height: 300 });
  });

  // Each hides a frame of 8000 × 8000 from a reader that reads on elsewhere than a decoder does.
  it.each([
    ["in a second frame", "2c00000000400040000002024401 00"],
    ["after junk between blocks", "2c00000000400040000002024401 00 0000ab"],
    ["behind a local color table", "2c00000000400040008002024401003b02024401 00"],
    ["behind a comment", "2c00000000400040000002024401 00 21fe023b3b00"],
  ])("sees a GIF's frame %s", (_, before) => {
    const bytes = hex("474946383961 40004000 000000", before, "2c00000000401f401f00 02024401003b");

    expect(() => readPicture(bytes)).toThrow("8000 × 8000 pixels");
  });

  it.each([
    ["a graphic control", "21f901 00 00"],
    ["a loop", "21ff0b 4e45545343415045322e30 01 01 00"],
  ])("refuses a GIF with %s that is too short, after which decoders go on at different places", (_, extension) => {
    const bytes = hex("474946383961 40004000 000000", extension, "2c000000004000400000 02024401003b");

    expect(() => readPicture(bytes)).toThrow(/an extension is too short/);
  });

  it.each([
    ["a progressive JPEG", "jpg, progressive"],
    ["a sequential JPEG", "jpg, baseline"],
  ] as const)("refuses %s of more than 100 scans, wherever they hide", (_, name) => {
    const jpeg = picture(name);
    const scan = jpeg.subarray(jpeg.lastIndexOf(hex("ffda")), -2);
    const own = jpeg.toString("latin1").split("\xff\xda").length - 1;
    const withScans = (count: number, before = "") =>
      Buffer.concat([
        jpeg.subarray(0, -2),
        ...Array<Buffer>(count - own).fill(Buffer.concat([hex(before), scan])),
        hex("ffd9"),
      ]);

    expect(readPicture(withScans(100))).toMatchObject({ width: 96, height: 64 });
    expect(() => readPicture(withScans(101))).toThrow("has 101 scans; at most 100 are allowed");
    // libjpeg skips the first in a scan with restarts, and nothing but the marker.
    for (const before of ["ff02", "ffd0", "ff01", "ff00", "0aff", "ffe00000", "ffe00001"])
      expect(() => readPicture(withScans(101, before)), before).toThrow("has 101 scans");
  });

  it.each([
    ["bytes of line ends before a marker", 0, "0a0a0a"],
    ["junk between segments", 0, "00ab12ff00"],
    ["fill bytes", 0, "ffffff"],
    ["a segment of length 0", 0, "ffe00000"],
    ["junk before its end", -1, "ab"],
  ])("takes a JPEG with %s, as every browser does", (_, where, junk) => {
    const jpeg = picture("jpg, baseline");
    const at = where === 0 ? jpeg.indexOf(hex("ffdb")) : jpeg.length - 2;
    const bytes = Buffer.concat([jpeg.subarray(0, at), hex(junk), jpeg.subarray(at)]);

    expect(readPicture(bytes)).toMatchObject({ width: 96, height: 64 });
  });

  it("measures a JPEG by each of its frame headers, and by a number of lines that is said later", () => {
    const frame = (height: string, width: string) => `ffc0000b08${height}${width}01011100`;
    const [scan, eoi] = ["ffda0008 0101 00003f00 00", "ffd9"];

    expect(readPicture(hex("ffd8", frame("0040", "0040"), frame("0080", "0200"), scan, eoi))).toMatchObject({
      width: 512,
      height: 128,
    });
    expect(() => readPicture(hex("ffd8", frame("0040", "0040"), scan, "ffdc00041f40", eoi))).toThrow(
      "64 × 8000 pixels",
    );
  });

  const webp = (...chunks: string[]) => {
    const body = hex("57454250", ...chunks);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([hex("52494646"), length, body]);
  };
  const lossless = "5650384c 06000000 2f3fc00f0000 0000".slice(0, -5);
  const canvas = (side: string, flags = "00") => `56503858 0a000000 ${flags}000000 ${side} ${side}`;
  const animated = (canvasSide: string, frameSide: string, at = "000000") =>
    webp(
      canvas(canvasSide, "02"),
      "414e494d 06000000 000000000000",
      `414e4d46 1e000000 ${at} ${at} ${frameSide} ${frameSide} 00000000`,
      lossless,
    );

  it("takes a WebP whose canvas is that of its frame, and an animation whose frames lie on it", () => {
    expect(readPicture(webp(lossless))).toMatchObject({ width: 64, height: 64 });
    expect(readPicture(webp(canvas("3f0000"), lossless))).toMatchObject({ width: 64, height: 64 });
    expect(readPicture(animated("ff0000", "3f0000", "600000"))).toMatchObject({ width: 256, height: 256 });
  });

  it.each([
    ["whose canvas is smaller than its frame", webp(canvas("1f0000"), lossless), /64 × 64 is said to have 32 × 32/],
    ["whose canvas is larger than its frame", webp(canvas("ff0000"), lossless), /64 × 64 is said to have 256 × 256/],
    ["whose second frame differs", webp(canvas("3f0000"), lossless, lossless.replace("3f", "4f")), /80 × 64 is said/],
    ["with a frame that is larger than is said", animated("ff0000", "1f0000"), /64 × 64 is said to have 32 × 32/],
    ["with a frame that leaves its canvas", animated("ff0000", "3f0000", "610000"), /does not fit/],
    ["of a canvas alone", webp(canvas("3f0000")), /no frame/],
    ["whose pixels are none", webp(lossless.replace("2f", "2e")), /do not begin as they should/],
  ])("refuses a WebP %s", (_, bytes, message) => {
    expect(() => readPicture(bytes)).toThrow(message);
  });

  it.each(names)("refuses what is cut off, wherever: %s", (name) => {
    const whole = picture(name);
    // A PNG's last four bytes are a checksum that decoders do without.
    const lengths = Array.from({ length: whole.length - (name === "png" ? 4 : 0) }, (__, length) => length);
    const taken = lengths.filter((length) => {
      try {
        return readPicture(whole.subarray(0, length));
      } catch (error) {
        return !(error instanceof PictureError);
      }
    });

    expect(taken).toEqual([]);
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
