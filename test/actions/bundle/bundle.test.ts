// The bundle: the same bytes everywhere, small, free of require, and a clear refusal of what Auth0 could not run.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ActionBundleError } from "../../../actions/bundle/bundle-error.ts";
import { bundleAction, bundleSource, bundleSourceMeanwhile } from "../../../actions/bundle/bundle.ts";
import { loadOwnAction } from "../../../actions/testing/load-action.ts";
import { loadAction } from "../../../actions/testing/load-action.ts";
import { simulateLogin, events } from "../../../actions/testing/testing.ts";
import { DefaultPictureMode, RootPictureMode } from "../../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";

const root = resolve(import.meta.dirname, "../../..");
const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/", "https://pictures.example.org/d/"],
  linkedIdentityPicture: true,
  mode: DefaultPictureMode.Generated,
  defaultPictures: { general: `https://pictures.example.org/d/${"0123456789abcdef".repeat(4)}.png` },
  mirrors: {
    idTokenClaim: "https://example.org/picture",
    accessTokenClaim: "https://example.org/picture",
    samlAttribute: "http://schemas.auth0.com/picture",
  },
};

const noNames = { byConnection: {}, byOrganization: {} };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "action bundle "));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function npmPackage(name: string, text: string): void {
  // npm and esbuild take a byte order mark, with which some editors begin a file.
  write(`node_modules/${name}/package.json`, `\uFEFF${JSON.stringify({ name, version: "1.0.0", main: "main.js" })}`);
  write(`node_modules/${name}/main.js`, text);
}

describe("our Action", () => {
  const code = bundleAction(settings);

  test("ends with the assignment that Auth0 reads", () => {
    expect(code.endsWith("\nexports.onExecutePostLogin = onExecutePostLogin;\n")).toBe(true);
  });

  test("has at most 8 KB with every setting in use", () => {
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(8192);
    const providerPicturePrefixes = ["https://photos.example.org/"];
    const guarded = bundleAction({ ...settings, rootPicture: RootPictureMode.Guarded, providerPicturePrefixes });
    expect(Buffer.byteLength(guarded)).toBeLessThanOrEqual(8192);
  });

  test("loads nothing and makes no code", () => {
    expect(code).not.toMatch(/\b(require|import|eval|Function|process|fetch|globalThis|secrets)\b/);
  });

  test("is text of lines that end in \\n, with a header that names source and settings", () => {
    expect(code).not.toContain("\r");
    expect(code).toMatch(/^\/\*\n(?: \* .*\n| \*\n)+ \* Source: sha256 [0-9a-f]{16}\n \*\/\n"use strict";\n/);
    expect(code).toContain('"idTokenClaim": "https://example.org/picture"');
    expect(code).not.toContain(root);
  });

  test("assigns nothing but the handler", () => {
    expect(code.match(/^.*\b(exports|module)\b.*$/gm)).toEqual(["exports.onExecutePostLogin = onExecutePostLogin;"]);
  });

  test("does not depend on the order of the settings, nor on how an unused one is written", () => {
    const reordered = Object.fromEntries(Object.entries(settings).reverse()) as unknown as PictureSettings;
    expect(bundleAction(reordered)).toBe(code);
    const named = (names: string[]): PictureSettings => {
      const urls = Object.fromEntries(names.map((name) => [name, `https://a.example/${name}.png`]));
      const general = "https://a.example/a.png";
      return { ...settings, defaultPictures: { general, byConnection: urls, byOrganization: urls } };
    };
    expect(bundleAction(named(["b", "a", "c"]))).toBe(bundleAction(named(["c", "b", "a"])));
    const bare: PictureSettings = { allowedUrlPrefixes: [] };
    const unused = { allowAnyHost: false, linkedIdentityPicture: null, defaultPictures: null, mirrors: {} };
    expect(bundleAction({ ...bare, ...unused })).toBe(bundleAction(bare));
    expect(bundleAction({ ...bare, mode: null })).toBe(bundleAction({ ...bare, mode: DefaultPictureMode.Generated }));
  });

  test("changes with a setting, but its source's hash does not", () => {
    const other = bundleAction({ ...settings, linkedIdentityPicture: false });
    const hash = (text: string) => /sha256 (\w+)/.exec(text)?.[1];
    expect(other).not.toBe(code);
    expect(hash(other)).toBe(hash(code));
  });

  test("has its settings as one constant in front of its source", () => {
    const [, text = "", after = ""] =
      /\n"use strict";\n\nconst PICTURE_SETTINGS = (\{\n[^]*?\n\});\n\n([^]*)$/.exec(code) ?? [];
    expect(JSON.parse(text)).toEqual({
      ...settings,
      allowAnyHost: false,
      rootPicture: "trusted",
      providerPicturePrefixes: [],
      defaultPictures: { ...settings.defaultPictures, ...noNames },
    });
    expect(after).toMatch(
      /^\/\/ page-url\.ts\n[^]*\n\/\/ generated-picture\.ts\n[^]*\n\/\/ picture\.ts\n[^]*\n\/\/ action\.ts\n/,
    );
    expect(code.match(/^const PICTURE_SETTINGS\b/gm)).toHaveLength(1);
  });

  test("is bundled once in a process, and takes any settings after that", async () => {
    const { codeWith } = bundleSource();
    expect(bundleSource().codeWith).toBe(codeWith);
    expect((await bundleSourceMeanwhile()).codeWith).toBe(codeWith);
    expect(codeWith(settings)).toBe(code);
    expect(codeWith({ allowedUrlPrefixes: [] })).toBe(bundleAction({ allowedUrlPrefixes: [] }));
    expect(codeWith(settings)).toBe(code);
  });

  test("is the same, and refused the same, where it is bundled meanwhile", async () => {
    const own = await bundleSourceMeanwhile({ entry: join(root, "actions/user-picture/action.ts") });
    expect(own.codeWith(settings)).toBe(code);
    const broken = write("broken.ts", "export const onExecutePostLogin = async ( => {};");
    const native = write("native.ts", 'import "node:fs";\nexport const onExecutePostLogin = async () => {};');
    for (const entry of [broken, native, write("empty.ts", ""), "nowhere.ts"]) {
      const meanwhile = await bundleSourceMeanwhile({ entry }).catch((error: unknown) => error);
      expect(meanwhile).toBeInstanceOf(ActionBundleError);
      expect(() => bundleSource({ entry })).toThrow(meanwhile);
    }
  });

  test.each([
    "https://pictures.example.org/\u2028`${1}'\"\\é/",
    "https://pictures.example.org/\u2029\u0000\ud800/",
    "https://pictures.example.org/</script><!--/",
    "https://pictures.example.org/`;throw 1;`/",
    "https://pictures.example.org/*/;throw 1;//",
    "https://pictures.example.org/$&$1$`/",
    "__proto__",
    "constructor",
  ])("writes a setting as the value it is: %j", (awkward) => {
    const given = { general: awkward, byConnection: { a: awkward }, byOrganization: { b: awkward } };
    const mirrors = { idTokenClaim: awkward, accessTokenClaim: awkward, samlAttribute: awkward };
    expect(settingsIn({ allowedUrlPrefixes: [awkward], defaultPictures: given, mirrors })).toMatchObject({
      allowedUrlPrefixes: [awkward],
      defaultPictures: given,
      mirrors,
    });
  });

  test("writes letters beyond ASCII as they are", () => {
    expect(bundleAction({ allowedUrlPrefixes: ["https://é.example/"] })).toContain('"https://é.example/"');
  });

  test("finds a picture by any name that a connection or an organization can have", async () => {
    const urls = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, `https://pictures.example.org/d/${name}.png`]));
    const byConnection = urls("constructor", "toString", "hasOwnProperty", "10", "9");
    const byOrganization = urls("constructor", "valueof", "prototype", "2", "1");
    const named = {
      ...settings,
      defaultPictures: { general: "https://a.example/a.png", byConnection, byOrganization },
    };
    const pictureOf = async (login: object) =>
      (await simulateLogin(named, { ...events.databaseUser(), ...login })).idToken.picture;

    for (const [name, url] of Object.entries(byConnection)) expect(await pictureOf({ connection: { name } })).toBe(url);
    for (const [name, url] of Object.entries(byOrganization))
      expect(await pictureOf({ organization: { name } })).toBe(url);
    const others = { connection: { name: "valueOf" }, organization: { name: "tostring" } };
    expect(await pictureOf(others)).toBe("https://a.example/a.png");
  });

  test("has the same bytes from two folders, two working directories and two line endings", () => {
    const settingsFile = write("settings.json", JSON.stringify(settings));
    const print = (checkout: string, cwd: string) =>
      execFileSync(process.execPath, [join(checkout, "sandbox/print-action.ts"), "--settings", settingsFile], {
        cwd,
        encoding: "utf8",
      });
    const copy = (name: string, lineEnd: string) => {
      const checkout = join(folder, name);
      cpSync(join(root, "actions"), join(checkout, "actions"), { recursive: true });
      cpSync(join(root, "sandbox/print-action.ts"), join(checkout, "sandbox/print-action.ts"));
      cpSync(join(root, "package.json"), join(checkout, "package.json"));
      symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
      for (const file of readdirSync(join(checkout, "actions"), { recursive: true, encoding: "utf8" })) {
        if (!file.endsWith(".ts")) continue;
        const path = join(checkout, "actions", file);
        writeFileSync(path, readFileSync(path, "utf8").replaceAll("\n", lineEnd));
      }
      return checkout;
    };
    const unix = copy("one", "\n");
    const dos = copy("a folder with spaces", "\r\n");
    expect(print(root, root)).toBe(code);
    expect(print(root, folder)).toBe(code);
    expect(print(unix, unix)).toBe(code);
    expect(print(dos, tmpdir())).toBe(code);
  });

  test("a changed source changes the hash", () => {
    const checkout = join(folder, "changed");
    cpSync(join(root, "actions"), join(checkout, "actions"), { recursive: true });
    cpSync(join(root, "sandbox/print-action.ts"), join(checkout, "sandbox/print-action.ts"));
    cpSync(join(root, "package.json"), join(checkout, "package.json"));
    symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
    writeFileSync(join(checkout, "actions/user-picture/picture.ts"), "\n// a comment\n", { flag: "a" });
    const settingsFile = write("settings.json", JSON.stringify(settings));
    const printed = execFileSync(
      process.execPath,
      [join(checkout, "sandbox/print-action.ts"), "--settings", settingsFile],
      {
        encoding: "utf8",
      },
    );
    expect(printed).not.toBe(code);
    expect(printed.replace(/sha256 \w+/, "")).toBe(code.replace(/sha256 \w+/, ""));
  });
});

/** The settings as an Action of one's own finds them. */
function settingsIn(given: PictureSettings): unknown {
  const entry = write(
    "settings-entry.ts",
    "export const onExecutePostLogin = async (_: unknown, api: any) => api.take(PICTURE_SETTINGS);",
  );
  let taken: unknown;
  void loadAction(bundleAction(given, { entry })).onExecutePostLogin({}, { take: (found: unknown) => (taken = found) });
  return taken;
}

describe("an Action of one's own", () => {
  const ownAction = `
    import { choosePicture, type PictureSettings } from "auth0-user-pictures/action";
    import { shout } from "shouting";
    declare const PICTURE_SETTINGS: PictureSettings;
    export const onExecutePostLogin = async (event: any, api: any) => {
      const picture = choosePicture(PICTURE_SETTINGS, event);
      if (picture) api.idToken.setCustomClaim("https://example.org/rule", shout(picture.rule));
      if (event.user.blocked_here) api.access.deny("no");
    };
    export const onContinuePostLogin = async () => {};
    export const forTests = 1;
  `;

  test("imports our pure functions, finds the settings, and has its npm dependencies bundled in", async () => {
    npmPackage("shouting", "/*! (c) Shouting */ exports.shout = (text) => text.toUpperCase();");
    const entry = write("own-action.ts", ownAction);
    const login = await simulateLogin(settings, events.databaseUser(), { entry });
    expect(login).toMatchObject({ idToken: { "https://example.org/rule": "DEFAULT-PICTURE" }, logs: [] });
    const denied = await simulateLogin(settings, events.databaseUser({ blocked_here: true }), { entry });
    expect(denied.denied).toBe("no");
    const code = bundleAction(settings, { entry });
    expect(code).toContain("/*! (c) Shouting */");
    expect(
      code.endsWith(
        "exports.onContinuePostLogin = onContinuePostLogin;\nexports.onExecutePostLogin = onExecutePostLogin;\n",
      ),
    ).toBe(true);
  });

  test("has the same bytes however its dependencies were installed", () => {
    const text = `import ms from "ms"; import { twice } from "@acme/util"; import { own } from "./own.ts";
      export const onExecutePostLogin = async () => [ms("2 days"), twice(own)];`;
    const bundled = (layout: string, install: (at: (path: string) => string) => void) => {
      const at = (path: string) => join(folder, "layouts", layout, path);
      write(`layouts/${layout}/package.json`, '{ "name": "root", "private": true }');
      write(`layouts/${layout}/apps/login/package.json`, '{ "name": "login" }');
      write(`layouts/${layout}/apps/login/own.ts`, "export const own = 2;");
      install(at);
      return bundleAction(settings, { entry: write(`layouts/${layout}/apps/login/action.ts`, text) });
    };
    const copy = (to: string, name: string) => {
      mkdirSync(dirname(to), { recursive: true });
      if (name === "ms") return cpSync(join(root, "node_modules/ms"), to, { recursive: true });
      mkdirSync(join(to, "lib"), { recursive: true });
      writeFileSync(join(to, "package.json"), JSON.stringify({ name, type: "module", exports: "./lib/main.js" }));
      writeFileSync(join(to, "lib/package.json"), '{ "type": "module" }');
      writeFileSync(join(to, "lib/main.js"), "export const twice = (x) => 2 * x;");
    };
    const link = (from: string, to: string) => {
      mkdirSync(dirname(from), { recursive: true });
      symlinkSync(to, from);
    };
    const hoisted = bundled("hoisted", (at) => {
      copy(at("node_modules/ms"), "ms");
      copy(at("node_modules/@acme/util"), "@acme/util");
    });
    expect(hoisted).toContain("\n// ms/index.js\n");
    expect(hoisted).toContain('\n  "ms/index.js"(exports, module) {\n');
    expect(hoisted).toContain("\n// @acme/util/lib/main.js\n");
    expect(hoisted).toContain("\n// own.ts\n");
    expect(hoisted).not.toMatch(/node_modules|\.\.\//);

    const nested = bundled("nested", (at) => {
      copy(at("apps/login/node_modules/ms"), "ms");
      copy(at("apps/login/node_modules/@acme/util"), "@acme/util");
    });
    const pnpm = bundled("pnpm", (at) => {
      copy(at("node_modules/.pnpm/ms@2.1.3/node_modules/ms"), "ms");
      copy(at("node_modules/.pnpm/@acme+util@1.0.0_ms@2.1.3/node_modules/@acme/util"), "@acme/util");
      link(at("apps/login/node_modules/ms"), at("node_modules/.pnpm/ms@2.1.3/node_modules/ms"));
      const stored = at("node_modules/.pnpm/@acme+util@1.0.0_ms@2.1.3/node_modules/@acme/util");
      link(at("apps/login/node_modules/@acme/util"), stored);
    });
    const workspace = bundled("workspace", (at) => {
      copy(at("node_modules/ms"), "ms");
      copy(at("packages/util"), "@acme/util");
      link(at("node_modules/@acme/util"), at("packages/util"));
    });
    expect(nested).toBe(hoisted);
    expect(pnpm).toBe(hoisted);
    expect(workspace).toBe(hoisted);
  });

  test("has the same bytes wherever this package is, next to it or far away", () => {
    const text = `import { isGenerated } from "auth0-user-pictures/action";
      export const onExecutePostLogin = async (event: any) => isGenerated(event.user.picture);`;
    const near = bundleAction(settings, { entry: write("near.ts", text) });
    expect(bundleAction(settings, { entry: write("a/long/way/off/near.ts", text) })).toBe(near);
    expect(near).toContain("\n// auth0-user-pictures/action\n");
    expect(near).toContain("\n// auth0-user-pictures/action/generated-picture.ts\n");
    expect(near).not.toContain("actions/user-picture");
    // The header tells what our Action does, not what somebody else's does.
    expect(near).not.toContain("Sets the picture");
    expect(bundleAction(settings)).toContain("Sets the picture");
  });

  test("is found relative to the working directory, by its own name or through a link, with the same bytes", () => {
    const entry = write("own/plain.ts", "const handler = async () => {};\nexport { handler as onExecutePostLogin };\n");
    mkdirSync(join(folder, "linked"));
    symlinkSync(entry, join(folder, "linked/plain.ts"));
    const code = bundleAction(settings, { entry });
    expect(code.endsWith("exports.onExecutePostLogin = handler;\n")).toBe(true);
    expect(bundleAction(settings, { entry: join(folder, "linked/plain.ts") })).toBe(code);
    const program = `import { bundleAction } from ${JSON.stringify(join(root, "actions/bundle/bundle.ts"))};
      process.stdout.write(bundleAction(${JSON.stringify(settings)}, { entry: "./plain.ts" }));`;
    const relative = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: join(folder, "own"),
      encoding: "utf8",
    });
    expect(relative).toBe(code);
  });

  test("in the folder of ours, gets no header of ours", () => {
    const checkout = join(folder, "beside");
    cpSync(join(root, "actions"), join(checkout, "actions"), { recursive: true });
    cpSync(join(root, "sandbox/print-action.ts"), join(checkout, "sandbox/print-action.ts"));
    cpSync(join(root, "package.json"), join(checkout, "package.json"));
    symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
    const text =
      'import { isGenerated } from "./picture.ts"; export const onExecutePostLogin = async () => isGenerated("");';
    const file = write("beside/actions/user-picture/mine.ts", text);
    const print = (...entry: string[]) =>
      execFileSync(process.execPath, [join(checkout, "sandbox/print-action.ts"), ...entry], { encoding: "utf8" });
    const given = ["--settings", write("settings.json", JSON.stringify(settings))];
    expect(print(...given, "--entry", file)).not.toContain("Sets the picture");
    expect(print(...given, "--entry", join(checkout, "actions/user-picture/action.ts"))).toBe(bundleAction(settings));
  });

  test("gets no settings where it reads none", () => {
    const entry = write("settings-less.ts", "export const onExecutePostLogin = async () => 1;\n");
    const code = bundleAction(settings, { entry });
    expect(code).not.toContain("PICTURE_SETTINGS");
    expect(code).not.toContain("pictures.example.org");
    expect(bundleAction({ allowedUrlPrefixes: [] }, { entry })).toBe(code);
  });

  test("may read the settings in a file that it imports, and call something of its own by their name there", async () => {
    write("reader.ts", "export const prefixes = () => PICTURE_SETTINGS.allowedUrlPrefixes.length;\n");
    write("other.ts", "const PICTURE_SETTINGS = 7;\nexport const other = () => PICTURE_SETTINGS;\n");
    const text = `import { prefixes } from "./reader.ts";
      import { other } from "./other.ts";
      export const onExecutePostLogin = async (PICTURE: unknown) => [prefixes(), other()];`;
    const action = loadAction(bundleAction(settings, { entry: write("reads-settings.ts", text) }));
    expect(JSON.stringify(await action.onExecutePostLogin({}, {}))).toBe("[2,7]");
  });

  test("may begin with a #! line, which is left out", async () => {
    const entry = write("script.ts", "#!/usr/bin/env node\nexport const onExecutePostLogin = async () => 1;\n");
    const code = bundleAction(settings, { entry });
    expect(code).not.toContain("#!");
    expect(await loadAction(code).onExecutePostLogin({}, {})).toBe(1);
  });

  test("may use a UMD module, which only asks whether there is a require", async () => {
    npmPackage(
      "umd",
      `(function (root, make) {
        if (typeof exports === "object" && typeof require === "function") module.exports = make();
        else root.umd = make();
      })(this, function () { return { x: () => "umd" }; });`,
    );
    const entry = write("umd.ts", 'import { x } from "umd"; export const onExecutePostLogin = async () => x();');
    const code = bundleAction(settings, { entry });
    expect(code).not.toMatch(/\brequire\b/);
    expect(await loadAction(code).onExecutePostLogin({}, {})).toBe("umd");
  });

  test("may be written in JavaScript that is newer than Auth0's Node", async () => {
    const entry = write(
      "newer.ts",
      `export const onExecutePostLogin = async (_: unknown, api: any) => {
        using resource = { [Symbol.dispose]: () => api.closed() };
        return "open";
      };`,
    );
    const code = bundleAction(settings, { entry });
    expect(code).not.toMatch(/\busing /);
    let closed = 0;
    expect(await loadOwnAction(code, {}).onExecutePostLogin({}, { closed: () => closed++ })).toBe("open");
    expect(closed).toBe(1);
  });

  const handler = "export const onExecutePostLogin = async () => { x(); };";
  test.each([
    ["a syntax error", `const x = () => {};\nconst y = ;\n${handler}`, 'bad.ts:2: Unexpected ";"'],
    [
      "a part of Node",
      `import { readFileSync as x } from "node:fs";\n${handler}`,
      'bad.ts:1: "node:fs" is part of Node',
    ],
    [
      "a package that is not installed",
      `\nimport { x } from "left-pad";\n${handler}`,
      'bad.ts:2: "left-pad" cannot be found',
    ],
    [
      "a native module",
      `import { x } from "native";\n${handler}`,
      '"node_modules/native/addon.node" is a native module',
    ],
    ["a file that is not there", `import { x } from "./none.ts";\n${handler}`, 'bad.ts:1: "./none.ts" cannot be found'],
    [
      "a package that has no such part",
      `import { x } from "exporting/other";\n${handler}`,
      /bad\.ts:1: "exporting\/other" cannot be bundled: The path "\.\/other" is not exported by package "exporting"$/,
    ],
    [
      "a package for other surroundings",
      `import { x } from "exporting";\n${handler}`,
      /bad\.ts:1: "exporting" cannot be bundled: .*None of the conditions .*\("browser"\) match .*\("default", "import"\)$/,
    ],
    [
      "a top-level exports",
      `const x = () => 1;\nconst exports = { x };\n${handler.replace("x()", "exports.x()")}`,
      /bad\.ts: declares "exports" at its top level, .*: rename it$/,
    ],
    [
      "settings of its own",
      `const PICTURE_SETTINGS = { x: 1 };\nconst x = () => PICTURE_SETTINGS;\n${handler}`,
      /bad\.ts: declares "PICTURE_SETTINGS" at its top level, a name that belongs to the settings: rename it$/,
    ],
    [
      "settings of its own, in a file that it imports",
      `import { PICTURE_SETTINGS as x } from "./own-settings.ts";\n${handler}`,
      /own-settings\.ts: declares "PICTURE_SETTINGS" at its top level, a name that belongs to the settings: rename it$/,
    ],
    ["a top-level module", `const x = () => module;\nfunction module() {}\n${handler}`, 'bad.ts: declares "module" at'],
    [
      "one of an imported file",
      `import { x } from "./named.ts";\n${handler}`,
      /named\.ts: declares "__dirname" at its top level/,
    ],
    [
      "CommonJS and an export at once",
      `const x = () => 1;\nmodule.exports = { x };\n${handler}`,
      'bad.ts:2: The CommonJS "module" variable',
    ],
    [
      "a package that loads what it can",
      `import { x } from "prelude";\n${handler}`,
      "node_modules/prelude/main.js: requires a module that only the run time names",
    ],
    [
      "a package that needs Node",
      `import { x } from "needs-node";\n${handler}`,
      'node_modules/needs-node/main.js:1: "fs" is part of Node',
    ],
    [
      "a package that tries Node",
      `import { x } from "tries-node";\n${handler}`,
      'node_modules/tries-node/main.js: requires "fs"',
    ],
    [
      "a package that loads what it likes",
      `import { x } from "dynamic";\n${handler}`,
      "node_modules/dynamic/main.js: requires a module that only the run time names",
    ],
    [
      "a dynamic import",
      `const x = (name: string) => import(name);\n${handler}`,
      "bad.ts: requires a module that only",
    ],
    ["eval", `const x = () => eval("1");\n${handler}`, "bad.ts:1: Using direct eval"],
    ["import.meta", `\nconst x = () => import.meta.url;\n${handler}`, 'bad.ts:2: "import.meta" is not available'],
    ["a top-level await", `const x = await import("./bad.ts");\n${handler}`, "bad.ts:1: Top-level await"],
    ["no handler", "export const onExecutePostlogin = async () => {};", "bad.ts:1: exports no onExecutePostLogin"],
    ["no export", "const x = 1;", "bad.ts:1: exports no onExecutePostLogin"],
    ["CommonJS", "exports.onExecutePostLogin = async () => {};", "bad.ts:1: exports no onExecutePostLogin"],
    [
      "more than 100 kB",
      `import { small } from "small";\nimport { x } from "huge";\nsmall();\n${handler}`,
      /bad\.ts:2: the bundle has 1\d{5} bytes, more than the 100000 that Auth0 takes; 1\d{5} of them are .*node_modules\/huge\/data\.js$/,
    ],
    [
      "more than 100 kB of its own",
      `const x = () => "${"x".repeat(100_000)}";\n${handler}`,
      /bad\.ts:1: the bundle has 100\d{3} bytes/,
    ],
  ])("is refused for %s", (_name, text, message) => {
    npmPackage("native", 'exports.x = require("./addon.node");');
    write("node_modules/native/addon.node", "\u007fELF");
    npmPackage("needs-node", 'exports.x = () => require("fs");');
    npmPackage("tries-node", 'try { exports.x = require("fs"); } catch {}');
    npmPackage("dynamic", "exports.x = (name) => require(name);");
    npmPackage("prelude", 'exports.x = typeof require === "function" && require;');
    const conditions = { ".": { browser: "./main.js" }, "./part": "./main.js" };
    write("node_modules/exporting/package.json", JSON.stringify({ name: "exporting", exports: conditions }));
    write("node_modules/exporting/main.js", "exports.x = 1;");
    write("named.ts", 'const __dirname = "here";\nexport const x = () => __dirname;');
    write("own-settings.ts", "export function PICTURE_SETTINGS() {}");
    npmPackage("small", "exports.small = () => 1;");
    npmPackage("huge", 'exports.x = require("./data.js");');
    write("node_modules/huge/data.js", `module.exports = () => "${"x".repeat(110_000)}";`);
    const entry = write("bad.ts", text);
    expect(() => bundleAction(settings, { entry })).toThrow(ActionBundleError);
    expect(() => bundleAction(settings, { entry })).toThrow(message);
  });

  test("is refused where there is none", () => {
    expect(() => bundleAction(settings, { entry: join(folder, "none.ts") })).toThrow(/none\.ts: no such file/);
    const noFile = /: no file, but the Action's entry is one, TypeScript or JavaScript$/;
    expect(() => bundleAction(settings, { entry: "" })).toThrow(noFile);
    expect(() => bundleAction(settings, { entry: folder })).toThrow(noFile);
  });

  test("is refused with all its faults at once", () => {
    const entry = write(
      "bad.ts",
      'import a from "one-missing";\nimport b from "two-missing";\nexport const onExecutePostLogin = a(b);',
    );
    expect(() => bundleAction(settings, { entry })).toThrow(/bad\.ts:1: "one-missing".*\n.*bad\.ts:2: "two-missing"/);
  });
});
