// What the imports' tests take for granted: that a picture says whose it is, whatever its file is like, after it has
// been processed as every picture is.
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { processPicture } from "../../../functions/picture-upload/process-picture.ts";
import { generateUsers, idOf, indexIn } from "./generated-users.ts";

it("draws a number that is read again, into files of each kind", async () => {
  const count = 18;
  const folder = await mkdtemp(join(tmpdir(), "users-"));
  try {
    const { photos } = await generateUsers(folder, count);
    const names = readdirSync(photos);
    const kinds = new Set(names.map((name) => name.split(".").at(-1)));
    expect([...kinds].toSorted()).toEqual(["JPG", "gif", "jpeg", "png", "webp"]);
    for (let index = 0; index < count; index += 1) {
      const name = names.find((one) => decodeURIComponent(one).startsWith(`${idOf(index)}.`)) ?? "";
      const { webp, jpeg } = await processPicture(sharp, readFileSync(join(photos, name)));
      expect([await indexIn(webp), await indexIn(jpeg)], name).toEqual([index, index]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
