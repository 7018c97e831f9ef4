// The files that the upload function is deployed as: the same bytes wherever they are made, and a word where the
// package that the user installs is not there.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
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

/** Of which this package sees nothing but what is in that folder. */
function placed(name: string, version: string) {
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
}

const hashesOf = (folder: string, plugin?: string) =>
  Object.fromEntries(
    Object.entries(functionFiles({ folder, plugin })).map(([name, path]) => [
      name,
      existsSync(resolve(folder, path)) && sha256(readFileSync(resolve(folder, path))),
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

  describe("in the plugin", () => {
    /** With no package in it; this package sees its own. */
    function installed(name: string) {
      const [plugin, folder] = ["plugin", "program"].map((part) => join(root, name, part)) as [string, string];
      for (const path of [plugin, folder]) mkdirSync(path, { recursive: true });
      return { plugin, folder };
    }
    const cacheIn = (home: string) => {
      vi.stubEnv("XDG_CACHE_HOME", home);
      onTestFinished(() => void vi.unstubAllEnvs());
    };
    /** Whoever runs the tests may write to every folder, but to none below a file. */
    const closed = (folder: string) => writeFileSync(join(folder, "node_modules"), "");

    it("have the same bytes, and are the plugin's, which leaves the program's folder alone", () => {
      const options = installed("ours");
      const files = { ...functionFiles(options), ...sweepFiles(options) };

      expect(readdirSync(options.folder)).toEqual([]);
      expect(files).toEqual({
        "upload.cjs": resolve("functions/dist/upload.cjs"),
        "sharp-wasm.cjs": join(options.plugin, "node_modules/.cache/auth0-user-pictures/sharp-wasm-0.35.5.cjs"),
        "sharp-wasm32-0.35.5.node.wasm": resolve(wasmPackage, "lib/sharp-wasm32-0.35.5.node.wasm"),
        "sweep.cjs": resolve("functions/dist/sweep.cjs"),
      });
      expect(hashesOf(options.folder, options.plugin)).toEqual(hashesOf(process.cwd()));
      expect(readdirSync(join(options.plugin, "node_modules/.cache/auth0-user-pictures"))).toEqual([
        "sharp-wasm-0.35.5.cjs",
      ]);
    });

    it("are kept in the user's cache where the plugin's folder is somebody else's", () => {
      const options = installed("of-root");
      closed(options.plugin);
      const cache = join(root, "of-root/cache");
      cacheIn(cache);

      expect(missingFiles(options)).toEqual([]);
      expect(functionFiles(options)["sharp-wasm.cjs"]).toBe(join(cache, "auth0-user-pictures/sharp-wasm-0.35.5.cjs"));
    });

    it("are refused where there is no place for them", () => {
      const options = installed("nowhere");
      closed(options.plugin);
      closed(options.folder);
      const cache = join(options.folder, "node_modules/cache");
      cacheIn(cache);
      const kept = join(options.plugin, "node_modules/.cache");

      expect(missingFiles(options)).toEqual([
        {
          path: [],
          message:
            `sharp-wasm-0.35.5.cjs, a part of the upload function, can be written neither to ${kept} (ENOTDIR) ` +
            `nor to ${cache} (ENOTDIR). ` +
            "Give write access to one of them, or set XDG_CACHE_HOME to a folder that has it.",
        },
      ]);
    });

    it("are refused with the line that installs them there", () => {
      const { folder: plugin, ownManifest } = placed("none-in-plugin", "0.35.5");
      const refusal = () => missingFiles({ plugin, ownManifest, folder: root }).map(({ message }) => message);
      rmSync(join(plugin, "node_modules/tslib"), { recursive: true });
      expect(refusal()).toEqual([
        `@img/sharp-wasm32 is not whole: Could not resolve "tslib". Delete ${join(plugin, "node_modules")} and ` +
          `install it again: npm install --prefix "${plugin}"`,
      ]);
      rmSync(join(plugin, wasmPackage), { recursive: true });
      expect(refusal()).toEqual([
        "@img/sharp-wasm32 0.35.5 processes the pictures, and is not installed. Install it: " +
          `npm install --no-save --prefix "${plugin}" @img/sharp-wasm32@0.35.5`,
      ]);
    });

    it("are of the version that npm installs with the plugin", () => {
      const manifestOf = (file: string) =>
        JSON.parse(readFileSync(file, "utf8")) as Record<string, Readonly<Record<string, string>> | undefined>;

      expect(manifestOf("plugin/package.json")["optionalDependencies"]).toEqual(
        manifestOf("package.json")["peerDependencies"],
      );
    });
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
