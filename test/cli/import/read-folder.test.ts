import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openImportSource } from "../../../cli/import/import-source.ts";
import { openTableFolder, readAll } from "./table-folder.ts";
import type { TableFolder } from "./table-folder.ts";

let pictures: TableFolder;
beforeEach(() => {
  pictures = openTableFolder();
});
afterEach(() => pictures.remove());

const userOf = async (name: string) => {
  pictures.write(name, "x");
  const [row] = await readAll(pictures.folder);
  return row?.refusal ?? row?.user;
};

describe("a file's name", () => {
  it.each([
    ["auth0|65f.jpg", "auth0|65f"],
    ["auth0%7C65f.jpg", "auth0|65f"],
    ["auth0%7c65f.JPEG", "auth0|65f"],
    ["auth0%7C65f", "auth0|65f"],
    ["auth0%7C65f.5", "auth0|65f.5"],
    ["auth0%7C65f.png.webp", "auth0|65f.png"],
    ["samlp%7Cidp%7Cjane%2Fdoe%3F%2A.heic", "samlp|idp|jane/doe?*"],
    ["google-oauth2%7C108.gif", "google-oauth2|108"],
    ["auth0%7C50%25.png", "auth0|50%"],
    ["jane@example.com.png", "jane@example.com"],
    ["jane@example.com", "jane@example.com"],
    ["jane%40example.com.txt", "jane@example.com.txt"],
    ["jane+photos@example.com.tiff", "jane+photos@example.com"],
    ["ju\u0308rgen@example.com.jpg", "j\u00fcrgen@example.com"],
    ["auth0%7C..%2F..%2Fetc%2Fpasswd.jpg", "auth0|../../etc/passwd"],
  ])("%s is of %s", async (name, user) => {
    expect(await userOf(name)).toBe(user);
  });

  it.each([
    ["photo.jpg", "The file names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    [
      "%2E.%2F..%2Fpasswd.jpg",
      "The file names no user: a user_id (such as auth0|65f…) or an e-mail address is needed.",
    ],
    ["auth0%7C%00.jpg", "The file names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["auth0|a\nb.jpg", "The file names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["auth0%7C50%.jpg", "Its name is no percent-encoding: write % itself as %25."],
    ["auth0%FF.jpg", "Its name is no percent-encoding: write % itself as %25."],
  ])("%j is refused", async (name, refusal) => {
    expect(await userOf(name)).toBe(refusal);
  });
});

it("reads the file itself, and no other", async () => {
  pictures.write("auth0%7C..%2F..%2Fetc%2Fpasswd.jpg", "x");
  const [row] = await readAll(pictures.folder);
  const { folder } = pictures;
  expect(row?.source).toEqual({ file: join(folder, "auth0%7C..%2F..%2Fetc%2Fpasswd.jpg"), within: folder });
});

it("refuses links, pipes and two files of one user, and reads the others", async () => {
  pictures.write("auth0%7Ca.jpg", "x");
  pictures.write("auth0|a.png", "x");
  pictures.write("b@example.com.jpg", "x");
  pictures.write("B@Example.com.png", "x");
  pictures.write("c@example.com.jpg", "x");
  symlinkSync("/etc/passwd", join(pictures.folder, "d@example.com.jpg"));
  symlinkSync("none", join(pictures.folder, "e@example.com.jpg"));
  execFileSync("mkfifo", [join(pictures.folder, "f@example.com.jpg")]);
  const rows = await readAll(pictures.folder);
  expect(Object.fromEntries(rows.map(({ place, refusal }) => [place, refusal]))).toEqual({
    "B@Example.com.png":
      "The user has more than one picture here (B@Example.com.png, b@example.com.jpg). Leave one of them.",
    "auth0%7Ca.jpg": "The user has more than one picture here (auth0%7Ca.jpg, auth0|a.png). Leave one of them.",
    "auth0|a.png": "The user has more than one picture here (auth0%7Ca.jpg, auth0|a.png). Leave one of them.",
    "b@example.com.jpg":
      "The user has more than one picture here (B@Example.com.png, b@example.com.jpg). Leave one of them.",
    "c@example.com.jpg": undefined,
    "d@example.com.jpg": "It is a symbolic link. Put the picture itself into the folder.",
    "e@example.com.jpg": "It is a symbolic link. Put the picture itself into the folder.",
    "f@example.com.jpg": "It is no file.",
  });
});

it("leaves what systems put there, and folders", async () => {
  for (const name of [".DS_Store", "._auth0%7Ca.jpg", "Thumbs.db", "Desktop.ini", "auth0%7Ca.jpg"])
    pictures.write(name, "x");
  mkdirSync(join(pictures.folder, "auth0%7Cb.jpg"));
  expect((await readAll(pictures.folder)).map(({ place }) => place)).toEqual(["auth0%7Ca.jpg"]);
});

it("says that there is nothing", async () => {
  mkdirSync(join(pictures.folder, "more"));
  await expect(readAll(pictures.folder)).rejects.toThrow(/has no files that could be pictures \(folders in it are not/);
});

it("is found changed by a file that came, or was changed", async () => {
  const prints = new Set<string>();
  const look = async () => prints.add((await openImportSource(pictures.folder)).fingerprint);
  pictures.write("auth0%7Ca.jpg", "x");
  await look();
  await look();
  expect(prints.size).toBe(1);
  pictures.write("auth0%7Ca.jpg", "xy");
  await look();
  pictures.write("auth0%7Cb.jpg", "x");
  await look();
  expect(prints.size).toBe(3);
});
