// What is built, and what is packed, is what is there: a copy's sources are changed in every way, then built. A small
// project shows it of the compiler; and the library, with the types of Pulumi's SDKs.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let copy: string;
beforeAll(() => void (copy = realpathSync(mkdtempSync(join(tmpdir(), "compile-test-")))));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(copy, path), "utf8");

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

/** Gives a file the time of an old one, as `mv`, `cp -p` and `tar` do. */
function age(path: string): void {
  utimesSync(join(copy, path), new Date(0), new Date(0));
}

describe("a small project that is compiled", () => {
  const compile = () =>
    execFileSync(process.execPath, [resolve("compile.ts"), "small/tsconfig.build.json"], {
      ...{ cwd: copy, stdio: "pipe", encoding: "utf8" },
    });
  const built = () => readdirSync(join(copy, "small/dist"), { recursive: true }).map(String).sort();

  const compilerOptions = {
    ...{
      target: "es2024",
      lib: ["es2024"],
      module: "nodenext",
      types: [],
      skipLibCheck: true,
      rootDir: ".",
      outDir: "dist",
      strict: true,
    },
    ...{
      declaration: true,
      incremental: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: true,
    },
  };
  const configure = (more: object = {}) =>
    write(
      "small/tsconfig.build.json",
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, include: ["named"] }),
    );

  beforeAll(() => {
    configure();
    write("small/package.json", `{ "type": "module" }`);
    // Only what another file imports is in no folder that the configuration names.
    write("small/named/index.ts", `// A comment.\nexport { one } from "../imported/one.ts";\n`);
    write("small/imported/one.ts", `export const one = 1;\n`);
    write("small/named/fresh.ts", `export const fresh = "first name";\n`);
    compile();
  });

  test("has what its sources give, and what they import", () => {
    expect(built()).toEqual([
      ...["imported", "imported/one.d.ts", "imported/one.js", "named", "named/fresh.d.ts", "named/fresh.js"],
      ...["named/index.d.ts", "named/index.js", "tsconfig.build.tsbuildinfo"],
    ]);
  });

  test("has a change of any source, however old that is, and not what a deleted source gave", () => {
    write("small/imported/one.ts", `export const one = 2;\n`);
    age("small/imported/one.ts");
    compile();
    expect(read("small/dist/imported/one.js")).toContain("one = 2");
    expect(read("small/dist/imported/one.d.ts")).toContain("one = 2");

    renameSync(join(copy, "small/named/fresh.ts"), join(copy, "small/named/renamed.ts"));
    compile();
    expect(built()).toContain("named/renamed.js");
    expect(built().filter((path) => path.includes("fresh"))).toEqual([]);
  });

  test("has what is missing or was written over again, and nothing that was left over", () => {
    const before = built();
    rmSync(join(copy, "small/dist/named/index.js"));
    write("small/dist/imported/one.js", "written over");
    write("small/dist/left-over/left-over.js", "of an older version");
    compile();

    expect(built().filter((path) => path !== "left-over")).toEqual(before);
    expect(read("small/dist/imported/one.js")).toContain("one = 2");
  });

  test("is not compiled where nothing has changed, and is where its configuration has, however old that is", () => {
    const changed = () => statSync(join(copy, "small/dist/named/index.js")).mtimeMs;
    const before = changed();
    compile();
    expect(changed()).toBe(before);
    expect(read("small/dist/named/index.js")).toContain("A comment.");

    configure({ removeComments: true });
    age("small/tsconfig.build.json");
    compile();
    expect(read("small/dist/named/index.js")).not.toContain("A comment.");
  });

  test("fails with a mistake", () => {
    write("small/named/mistake.ts", `export const mistake: string = 1;\n`);
    const said = { stdout: expect.stringContaining("small/named/mistake.ts") as string };
    expect(compile).toThrow(expect.objectContaining(said) as Error);
  });
});

// Each is a whole build, or a few.
describe("the library", () => {
  beforeAll(() => {
    for (const name of ["package.json", "compile.ts", "bundle-notices.ts", "tsconfig.json", "tsconfig.build.json"])
      cpSync(name, join(copy, name));
    for (const name of ["actions", "browser", "components", "functions", "policies"])
      cpSync(name, join(copy, name), { recursive: true });
    for (const built of ["browser/dist", "functions/dist", "policies/dist"])
      rmSync(join(copy, built), { recursive: true, force: true });
    symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
    write("components/fresh.ts", `export const fresh = "first name";\n`);
    build();
  });

  function npm(...args: string[]): string {
    const env = { ...process.env, npm_config_update_notifier: "false" };
    return execFileSync("npm", args, { cwd: copy, env, encoding: "utf8" });
  }

  const build = () => npm("run", "--silent", "build");

  test("a change of any source is built, and what a deleted source gave is gone", () => {
    expect(read("dist/components/fresh.js")).toContain("first name");

    renameSync(join(copy, "components/fresh.ts"), join(copy, "components/renamed.ts"));
    appendFileSync(join(copy, "components/validation.ts"), `export const edited = "in the library";\n`);
    appendFileSync(join(copy, "policies/unknown-values.ts"), `process.title = "in the pack";\n`);
    appendFileSync(join(copy, "actions/bundle/sha256.ts"), `export const edited = "put back";\n`);
    age("actions/bundle/sha256.ts");
    build();

    expect(read("dist/components/validation.js")).toContain("in the library");
    expect(read("dist/components/validation.d.ts")).toContain("in the library");
    expect(read("dist/actions/bundle/sha256.js")).toContain("put back");
    expect(read("policies/dist/index.cjs")).toContain("in the pack");
    expect(read("dist/components/renamed.js")).toContain("first name");
    for (const gone of ["dist/components/fresh.js", "dist/components/fresh.d.ts"])
      expect([gone, existsSync(join(copy, gone))]).toEqual([gone, false]);
  });

  describe("a build", () => {
    test("a built file that is missing or was written over is made again", () => {
      rmSync(join(copy, "dist/components/connection-sync/provider.js"));
      const original = read("policies/dist/index.cjs");
      write("policies/dist/index.cjs", "written over");
      for (const left of ["dist/components", "policies/dist"]) write(`${left}/left-over.js`, "of an older version");
      build();

      expect(existsSync(join(copy, "dist/components/connection-sync/provider.js"))).toBe(true);
      expect(read("policies/dist/index.cjs")).toBe(original);
      for (const left of ["dist/components", "policies/dist"])
        expect(existsSync(join(copy, left, "left-over.js"))).toBe(false);
    });

    test("where nothing has changed, nothing is compiled", () => {
      const times = () =>
        ["dist/components/index.js", "policies/dist/index.cjs"].map((path) => statSync(join(copy, path)).mtimeMs);
      const before = times();
      build();
      expect(times()).toEqual(before);
    });

    test("a change of the configuration is built, however old it is", () => {
      const comment = read("components/validation.ts").split("\n")[0] ?? "";
      expect(read("dist/components/validation.js")).toContain(comment);

      write("tsconfig.json", read("tsconfig.json").replace(`"strict": true`, `$&, "removeComments": true`));
      age("tsconfig.json");
      build();

      expect(read("dist/components/validation.js")).not.toContain(comment);
    });

    test("a mistake fails the build", () => {
      write("components/mistake.ts", `export const mistake: string = 1;\n`);
      expect(build).toThrow();
      rmSync(join(copy, "components/mistake.ts"));
    });
  });

  test("`npm pack` packs what is there", () => {
    appendFileSync(join(copy, "components/validation.ts"), `export const edited2 = "just before it is packed";\n`);
    const [packed] = JSON.parse(npm("pack", "--json", "--silent")) as { filename: string; files: { path: string }[] }[];
    const file = join(copy, packed?.filename ?? "");
    const text = execFileSync("tar", ["-xzOf", file, "package/dist/components/validation.js"], { encoding: "utf8" });
    const paths = packed?.files.map(({ path }) => path);

    expect(text).toContain("just before it is packed");
    expect(paths).toContain("dist/components/renamed.js");
    expect(paths).toEqual(
      expect.arrayContaining([
        "functions/dist/sweep.cjs",
        "functions/dist/upload.cjs",
        "policies/dist/index.cjs",
        "browser/dist/user-picture-upload.js",
        "dist/browser/index.d.ts",
      ]),
    );
    expect(paths?.filter((path) => /fresh|tsbuildinfo|dist\/actions\/user-picture\/action/.test(path))).toEqual([]);
  });
});
