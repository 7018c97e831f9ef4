// Many users, each with a picture of its own that says whose it is, so that afterwards everyone can be seen to have the
// right one. The files are as a team's photos are: of several formats, sizes and shapes.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { inTurns } from "../../../functions/services/in-turns.ts";
import type { UserSeed } from "../../../sandbox/tenant/tenant-seed.ts";

export interface GeneratedUsers {
  /** For a tenant that has the database connection `db`. */
  readonly users: readonly UserSeed[];
  /** A table of all of them, beside `photos/`. Every tenth user is named by the e-mail address. */
  readonly table: string;
  /** The files, named by the users' ids. */
  readonly photos: string;
  /** Of all files. */
  readonly bytes: number;
}

/** As many bits as the picture has squares. */
const side = 4;
/** Pixels of a square, before the picture is made as large as it is to be. */
const grain = 6;

/**
 * @param folder is made, if it is not there
 * @param longest side of a photo's square, but for those as a camera makes them. Where what is asked is not how long
 *   photos take, small ones do
 */
export async function generateUsers(folder: string, count: number, longest = 1060): Promise<GeneratedUsers> {
  if (count > 2 ** (side * side)) throw new RangeError("A picture has no room for a larger number.");
  const photos = join(folder, "photos");
  await mkdir(photos, { recursive: true });
  const indices = Array.from({ length: count }, (_, index) => index);
  const files = await inTurns(indices, 2 * availableParallelism(), async (index) => {
    const { extension, bytes } = await photoOf(index, longest);
    const name = `auth0%7C${subOf(index)}.${extension}`;
    await writeFile(join(photos, name), bytes);
    return { name, size: bytes.length };
  });
  const rows = files.map(({ name }, index) => `${index % 10 === 9 ? emailOf(index) : idOf(index)},photos/${name}`);
  const table = join(folder, "users.csv");
  await writeFile(table, ["user,picture", ...rows, ""].join("\n"));
  const users = indices.map((index) => ({ connection: "db", user_id: subOf(index), email: emailOf(index) }));
  return { users, table, photos, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

export const idOf = (index: number) => `auth0|${subOf(index)}`;
export const emailOf = (index: number) => `user-${index}@example.com`;
const subOf = (index: number) => createHash("md5").update(`user ${index}`).digest("hex").slice(0, 24);

/** Of every hundred, one is as a camera makes it. */
async function photoOf(index: number, longest: number): Promise<{ extension: string; bytes: Buffer }> {
  const draw = (salt: string) => createHash("md5").update(`${salt} ${index}`).digest().readUInt32BE() / 2 ** 32;
  const shorter = index % 100 === 50 ? 3000 : Math.round(160 + (longest - 160) * draw("side"));
  const beside = Math.round((shorter * draw("ratio")) / 4);
  const isWide = draw("shape") < 0.5;
  const square = drawn(index, draw("colour")).resize(shorter, shorter, { kernel: "cubic" });
  // The square is the middle, which is what is left of a photo.
  const image = square.extend({
    ...(isWide ? { left: beside, right: beside } : { top: beside, bottom: beside }),
    extendWith: "mirror",
  });
  switch (shorter > 1200 ? 0 : index % 6) {
    case 3:
      return {
        extension: "png",
        bytes: await drawn(index, draw("colour")).resize(320, 320).png({ compressionLevel: 2 }).toBuffer(),
      };
    case 4:
      return { extension: "webp", bytes: await image.webp({ effort: 1 }).toBuffer() };
    case 5:
      return {
        extension: "gif",
        bytes: await drawn(index, draw("colour")).resize(200, 200).gif({ effort: 1, colours: 64 }).toBuffer(),
      };
    default:
      // As cameras write it, on its side, with where it was taken.
      return {
        extension: index % 3 === 0 ? "JPG" : "jpeg",
        bytes: await (index % 4 === 0 ? await turned(image) : image).jpeg({ quality: 88 }).toBuffer(),
      };
  }
}

/** Stored on its side. */
async function turned(image: Sharp): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels } })
    .rotate(270)
    .withMetadata({ orientation: 6 })
    .withExif({ IFD3: { GPSLatitude: "1/1 2/1 3/1" } });
}

/** A square of four times four, light for each bit of the number, with grain so that it compresses as a photo does. */
function drawn(index: number, colour: number): Sharp {
  const width = side * grain;
  const pixels = Buffer.alloc(width * width * 3);
  let noise = index + 1;
  for (let at = 0; at < width * width; at += 1) {
    const [column, row] = [Math.floor((at % width) / grain), Math.floor(at / width / grain)];
    const isLight = (index >> (row * side + column)) & 1;
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    const grained = (isLight ? 190 : 40) + ((noise >>> 16) % 25);
    pixels.set([grained, Math.min(255, grained + 30 * colour), Math.max(0, grained - 30 * colour)], at * 3);
  }
  return sharp(pixels, { raw: { width, height: width, channels: 3 } });
}

/** Not as large as a photo. */
export const drawnPicture = (index: number): Promise<Buffer> => drawn(index, 0.5).resize(128, 128).png().toBuffer();

/** Whose picture it is: the number that `generateUsers` has drawn into it. */
export async function indexIn(picture: Uint8Array): Promise<number> {
  // The middle of each square, which no neighbour's light reaches.
  const { data } = await sharp(picture)
    .resize(side * 3, side * 3, { kernel: "lanczos3" })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let index = 0;
  for (let bit = 0; bit < side * side; bit += 1) {
    const [column, row] = [bit % side, Math.floor(bit / side)];
    if ((data[(row * 3 + 1) * side * 3 + column * 3 + 1] ?? 0) > 125) index |= 1 << bit;
  }
  return index;
}
