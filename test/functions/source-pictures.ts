// Files as people and attackers send them: photos as cameras and encoders write them, and what only claims to be one.
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import type { RefusalCode } from "../../functions/picture-upload/upload-refusal.ts";
import { pngHeader, svg } from "../components/picture-store/pictures.ts";

const [width, height] = [640, 480];

/** Red on the left, blue on the right, and along the top a strip of green. */
function halves(channels: 3 | 4 = 3): Buffer {
  const pixels = Buffer.alloc(width * height * channels, 0xff);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels.set(y < height / 8 ? [0, 0x80, 0] : x < width / 2 ? [0xff, 0, 0] : [0, 0, 0xff], at * channels);
  }
  return pixels;
}

const photo = (channels: 3 | 4 = 3) => sharp(halves(channels), { raw: { width, height, channels } });
const animation = () =>
  sharp(Buffer.concat([halves(), halves(), halves()]), {
    raw: { width, height: 3 * height, channels: 3, pageHeight: height },
  });

/** What no answer may hold. */
export const secret = "a secret of the camera";
const metadata = { IFD0: { Copyright: secret, Artist: secret }, IFD3: { GPSLatitude: "1/1 2/1 3/1" } };

/** What comes out as a clean picture, by name. */
export const photos: Readonly<Record<string, () => Promise<Buffer>>> = {
  "a JPEG that lies on its side, with GPS and a profile": () =>
    photo().rotate(270).withExif(metadata).withIccProfile("p3").withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  "a progressive JPEG": () => photo().jpeg({ progressive: true }).toBuffer(),
  "a CMYK JPEG": () => photo().toColourspace("cmyk").jpeg().toBuffer(),
  "a transparent PNG": () => photo(4).png().toBuffer(),
  "a PNG of 16 bits": () => photo().toColourspace("rgb16").png().toBuffer(),
  "a PNG with a palette": () => photo().png({ palette: true }).toBuffer(),
  "an interlaced PNG": () => photo().png({ progressive: true }).toBuffer(),
  "a lossless WebP": () => photo().webp({ lossless: true }).toBuffer(),
  "an animated WebP": () => animation().webp().toBuffer(),
  "an animated GIF": () => animation().gif().toBuffer(),
  "a GIF of 100,000 frames more": async () => withFrames(await photo().gif().toBuffer(), 100_000),
  "a GIF with a page in a comment": async () => withComment(await photo().gif().toBuffer(), `<script>${secret}`),
  "a JPEG with an archive behind it": async () =>
    Buffer.concat([await photo().jpeg().toBuffer(), Buffer.from(`PK\x03\x04${secret}`)]),
  "a PNG with a script behind it": async () =>
    Buffer.concat([await photo().png().toBuffer(), Buffer.from(`<script>${secret}`)]),
};

export const grayPhoto = () => photo().grayscale().png().toBuffer();
export const grayTransparentPhoto = () => photo(4).grayscale().png().toBuffer();

/** Before the end, so many frames of one pixel. */
function withFrames(gif: Buffer, count: number): Buffer {
  const frame = Buffer.from("2c0000000001000100000202440100", "hex");
  return Buffer.concat([gif.subarray(0, -1), ...Array<Buffer>(count).fill(frame), Buffer.from([0x3b])]);
}

function withComment(gif: Buffer, text: string): Buffer {
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, text.length]), Buffer.from(text), Buffer.from([0])]);
  return Buffer.concat([gif.subarray(0, -1), comment, Buffer.from([0x3b])]);
}

/** The last scan again and again: each is decoded over the whole picture. */
function withScans(jpeg: Buffer, count: number): Buffer {
  const last = jpeg.lastIndexOf(Buffer.from("ffda", "hex"));
  const scan = jpeg.subarray(last, -2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(count).fill(scan), Buffer.from("ffd9", "hex")]);
}

/** All of one bit a pixel, so that 50 kB say 400 million. */
function pngBomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.from("00000000000000000100000000", "hex");
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))), { level: 9 });
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

const small = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: "#a00" } });
const ofType = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}heic`, "latin1");
const half = async (file: Promise<Buffer>) => {
  const bytes = await file;
  return bytes.subarray(0, bytes.length / 2);
};

/** What is refused, by name: with which code. */
export const refused: Readonly<Record<string, readonly [RefusalCode, () => Buffer | Promise<Buffer>]>> = {
  nothing: ["no_picture", () => Buffer.alloc(0)],
  "one byte": ["not_a_picture", () => Buffer.from("x")],
  "a page": ["not_a_picture", () => Buffer.from("<!doctype html><script>alert(1)</script>")],
  "an SVG": ["not_a_picture", () => Buffer.from(svg)],
  "a TIFF": ["not_a_picture", () => photo().tiff().toBuffer()],
  "an AVIF": ["not_a_picture", () => ofType("avif")],
  "a HEIC photo": ["heic", () => ofType("heic")],
  "a HEIF photo of another brand": ["heic", () => ofType("mif1")],
  "a JPEG's first bytes": ["damaged", () => Buffer.from("ffd8ffe0", "hex")],
  "half a JPEG": ["damaged", () => half(photo().jpeg().toBuffer())],
  "half a progressive JPEG": ["damaged", () => half(photo().jpeg({ progressive: true }).toBuffer())],
  "half a PNG": ["damaged", () => half(photo().png().toBuffer())],
  "half a WebP": ["damaged", () => half(photo().webp().toBuffer())],
  "half a GIF": ["damaged", () => half(photo().gif().toBuffer())],
  "a PNG without pixels": ["damaged", () => pngHeader(640, 480)],
  "a picture of 63 pixels": ["too_small", () => small(63).png().toBuffer()],
  "a picture of one row": ["too_small", () => small(64).resize(1000, 1, { fit: "fill" }).png().toBuffer()],
  "a PNG of 400 million pixels": ["too_many_pixels", () => pngBomb(20_000)],
  "a PNG that says 2^31 pixels a side": ["too_many_pixels", () => pngHeader(0x7fff_ffff, 0x7fff_ffff)],
  "35 bytes of GIF whose frame is 64 million pixels": [
    "too_many_pixels",
    () => Buffer.from("47494638396140004000800000000000ffffff2c00000000401f401f0002024401003b", "hex"),
  ],
  "a JPEG of more than 100 scans": [
    "too_complex",
    async () => withScans(await photo().jpeg({ progressive: true }).toBuffer(), 100),
  ],
  "more than 4.5 MB": [
    "too_large",
    async () => Buffer.concat([await photo().jpeg().toBuffer(), Buffer.alloc(4_500_000)]),
  ],
};
