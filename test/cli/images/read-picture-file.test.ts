// Which files are read, and what every other is told.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PictureSourceError } from "../../../cli/images/picture-source.ts";
import { readPictureFile } from "../../../cli/images/read-picture-file.ts";
import type { ReadFileOptions } from "../../../cli/images/read-picture-file.ts";

let root: string;
let within: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "read-picture-")));
  within = join(root, "photos");
  mkdirSync(join(within, "2024"), { recursive: true });
  mkdirSync(join(root, "photos of others"));
  for (const path of ["photos/a.png", "photos/2024/b.png", "photos/..c.png", "secret.png", "photos of others/d.png"])
    writeFileSync(join(root, path), path);
});
afterEach(() => rmSync(root, { recursive: true }));

const textOf = async (path: string, options: ReadFileOptions = { within }) =>
  Buffer.from(await readPictureFile(path, options)).toString();
const refusalOf = async (path: string, options: ReadFileOptions = { within }) => {
  const error: unknown = await textOf(path, options).catch((error: unknown) => error);
  if (error instanceof PictureSourceError) return error.message;
  throw new Error("It is not refused.", { cause: error });
};

describe("readPictureFile", () => {
  it.each([
    ["a.png", "photos/a.png"],
    ["2024/b.png", "photos/2024/b.png"],
    ["./2024/../a.png", "photos/a.png"],
    ["..c.png", "photos/..c.png"],
    ["../photos/a.png", "photos/a.png"],
  ])("reads %s in its folder", async (path, text) => {
    expect(await textOf(path)).toBe(text);
    expect(await textOf(join(within, path))).toBe(text);
  });

  it("reads any file where there is no folder", async () => {
    symlinkSync(join(root, "secret.png"), join(within, "link.png"));

    expect(await textOf(join(within, "../secret.png"), {})).toBe("secret.png");
    expect(await textOf(join(within, "link.png"), {})).toBe("secret.png");
  });

  it.each([
    "../secret.png",
    "2024/../../secret.png",
    "../photos of others/d.png",
    "/etc/hostname",
    "..",
    "../not-there.png",
    "/not-there",
  ])("reads nothing outside of the folder: %s", async (path) => {
    expect(await refusalOf(path)).toBe(
      "The file is not in the folder, by its name or by a symbolic link; only what is in it is read.",
    );
  });

  it.each([
    ["to a file", "../secret.png", "link"],
    ["to a file, by its whole name", "ROOT/secret.png", "link"],
    ["to a folder", "../photos of others", "link/d.png"],
    ["by another one", "2024/second", "link"],
  ])("follows no symbolic link to the outside: %s", async (_, target, path) => {
    symlinkSync(join(root, "secret.png"), join(within, "2024", "second"));
    symlinkSync(target.replace("ROOT", root), join(within, "link"));

    expect(await refusalOf(path)).toContain("is not in the folder");
  });

  it("follows a symbolic link that stays in the folder", async () => {
    symlinkSync("2024/b.png", join(within, "link.png"));
    symlinkSync(join(within, "2024"), join(within, "latest"));

    expect(await textOf("link.png")).toBe("photos/2024/b.png");
    expect(await textOf("latest/b.png")).toBe("photos/2024/b.png");
  });

  it("takes a folder that is itself a symbolic link", async () => {
    symlinkSync(within, join(root, "link"));

    expect(await textOf("a.png", { within: join(root, "link") })).toBe("photos/a.png");
    expect(await textOf(join(root, "link", "a.png"), { within: join(root, "link") })).toBe("photos/a.png");
  });

  it.each([
    ["not-there.png", "is not there; its name must be exact"],
    ["2024\\b.png", "is not there; its name must be exact, with capital and small letters. Folders are separated by /"],
    ["..\\secret.png", "is not there"],
    ["C:\\secret.png", "is not there"],
    ["a.png/b.png", "a part of its name is a file"],
    ["a.png\0.jpg", "has a NUL in its name"],
    ["\0", "has a NUL in its name"],
    ["x".repeat(300), "longer than a file's can be"],
    ["2024", "is a folder, a device or a pipe"],
    ["", "is a folder, a device or a pipe"],
  ])("says why it does not read %j", async (path, words) => {
    expect(await refusalOf(path)).toContain(words);
  });

  it("says that a symbolic link leads to itself", async () => {
    symlinkSync("loop", join(within, "loop"));

    expect(await refusalOf("loop")).toContain("leads to itself");
  });

  it("opens no pipe, no device and no socket", async () => {
    execFileSync("mkfifo", [join(within, "pipe")]);
    const server = createServer().listen(join(within, "socket"));

    for (const path of ["pipe", "socket"]) expect(await refusalOf(path)).toContain("is a folder, a device or a pipe");
    for (const path of ["/dev/zero", "/dev/null"])
      expect(await refusalOf(path, { within: "/dev" })).toContain("is a folder, a device or a pipe");
    server.close();
  });

  it.skipIf(process.getuid?.() === 0)("says that it may not read a file", async () => {
    chmodSync(join(within, "a.png"), 0);

    expect(await refusalOf("a.png")).toContain("may not be read by who runs this");
  });

  it("reads as much as the most, and of more nothing", async () => {
    truncateSync(join(within, "a.png"), 50_000_000);
    expect(await readPictureFile(join(within, "a.png"))).toHaveLength(50_000_000);

    truncateSync(join(within, "a.png"), 50_000_001);
    expect(await refusalOf("a.png")).toBe(
      "The file has 50,000,001 bytes; at most 50,000,000 are read. Scale the picture.",
    );
    // It would not fit into memory.
    truncateSync(join(within, "a.png"), 2 ** 40);
    expect(await refusalOf("a.png")).toContain("has 1,099,511,627,776 bytes; at most 50,000,000");
  });

  it("reads an empty file", async () => {
    writeFileSync(join(within, "empty"), "");

    expect(await readPictureFile("empty", { within })).toEqual(Buffer.alloc(0));
  });

  it("takes nothing that has another length than it says", async () => {
    // Such as a file that still grows.
    expect(await refusalOf("/proc/self/status", { within: "/proc" })).toContain("changes while it is read");
    appendFileSync(join(within, "a.png"), "!");
    expect(await textOf("a.png")).toBe("photos/a.png!");
  });
});
