// The files that the upload function is deployed as: the same bytes wherever they are made, and a word where the
// package that the user installs is not there.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionFiles, missingFiles, sweepFiles } from "../../../components/picture-uploads/function-files.ts";
import { sha256 } from "../../../actions/bundle/sha256.ts";

const wasmPackage = "node_modules/@img/sharp-wasm32";
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "function-files-"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A program's folder, whose package is placed in it as a package manager does. */
function program(name: string, place: (from: string, to: string) => void): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "node_modules/@img"), { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  place(resolve(wasmPackage), join(folder, wasmPackage));
  return folder;
}

const hashesOf = (folder: string) =>
  Object.fromEntries(
    Object.entries(functionFiles({ folder })).map(([name, path]) => [
      name,
      existsSync(join(folder, path)) && sha256(readFileSync(join(folder, path))),
    ]),
  );

describe("the function's files", () => {
  it("have the same bytes in whatever folder, however the package is placed in it", () => {
    const copied = program("copied", (from, to) => {
      cpSync(from, to, { recursive: true });
      cpSync("node_modules/tslib", join(root, "copied/node_modules/tslib"), { recursive: true });
    });
    const linked = program("linked", (from, to) => {
      const store = join(root, "linked/node_modules/.pnpm/sharp-wasm32/node_modules");
      cpSync(from, join(store, "@img/sharp-wasm32"), { recursive: true });
      cpSync("node_modules/tslib", join(store, "tslib"), { recursive: true });
      symlinkSync(join(store, "@img/sharp-wasm32"), to);
    });
    const hashes = hashesOf(copied);

    expect(Object.keys(hashes)).toEqual(["upload.cjs", "sharp-wasm.cjs", "sharp-wasm32-0.35.5.node.wasm"]);
    expect(hashesOf(linked)).toEqual(hashes);
    expect(hashesOf(process.cwd())).toEqual(hashes);
    expect(hashesOf(copied)).toEqual(hashes);
  });

  it("have paths that the program's folder does not show in", () => {
    const paths = Object.values(functionFiles());

    expect(paths.filter((path) => path.startsWith("/"))).toEqual([]);
  });

  it("name no folder in what is made", () => {
    const { "sharp-wasm.cjs": glue = "" } = functionFiles();

    expect(readFileSync(glue, "utf8")).not.toMatch(/node_modules/);
  });

  it("are refused with the line that installs them where there are none, or of another version", () => {
    const placed = (name: string, version: string) => {
      const folder = program(name, (_, to) => {
        mkdirSync(to);
        const manifest = { name: "@img/sharp-wasm32", version, exports: { "./package": "./package.json" } };
        writeFileSync(join(to, "package.json"), JSON.stringify(manifest));
        writeFileSync(join(to, "index.cjs"), `require("tslib");`);
      });
      mkdirSync(join(folder, "node_modules/tslib"));
      writeFileSync(join(folder, "node_modules/tslib/index.js"), "");
      const ownManifest = join(folder, "ours.json");
      cpSync("package.json", ownManifest);
      return { folder, ownManifest };
    };
    const none = placed("none", "");
    rmSync(join(none.folder, wasmPackage), { recursive: true });
    const refusal = (installed: string) => [
      {
        path: [],
        message:
          `@img/sharp-wasm32 0.35.5 processes the pictures, and is ${installed}. Install it: ` +
          "npm install --save-exact @img/sharp-wasm32@0.35.5",
      },
    ];

    expect(missingFiles()).toEqual([]);
    expect(missingFiles(placed("right", "0.35.5"))).toEqual([]);
    const partial = placed("partial", "0.35.5");
    rmSync(join(partial.folder, "node_modules/tslib"), { recursive: true });
    expect(missingFiles(partial)).toEqual([
      { path: [], message: `@img/sharp-wasm32 is not whole: Could not resolve "tslib". Install it again: npm ci` },
    ]);
    expect(missingFiles(none)).toEqual(refusal("not installed"));
    expect(missingFiles(placed("older", "0.34.0"))).toEqual(refusal("installed in version 0.34.0"));
  });

  it("of the sweep are one of this package's own", () => {
    expect(sweepFiles()).toEqual({ "sweep.cjs": "functions/dist/sweep.cjs" });
  });

  it("take no other version, but one that this package sees", () => {
    const folder = program("other", (_, to) => {
      mkdirSync(to);
      const manifest = { name: "@img/sharp-wasm32", version: "0.34.0", exports: { "./package": "./package.json" } };
      writeFileSync(join(to, "package.json"), JSON.stringify(manifest));
    });

    const { "sharp-wasm32-0.35.5.node.wasm": wasm = "" } = functionFiles({ folder });
    expect(resolve(folder, wasm)).toBe(resolve(wasmPackage, "lib/sharp-wasm32-0.35.5.node.wasm"));
  });
});
