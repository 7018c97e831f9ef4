// An esbuild that cannot run, as npm leaves one: what is said is one line, with what to do.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "load-esbuild-")));
});
afterAll(() => rmSync(root, { recursive: true }));

const installAgain = `Install the dependencies again on this machine (${process.platform} ${process.arch}), the optional ones too: npm ci --include=optional`;

function messageOf(program: string, environment: NodeJS.ProcessEnv = {}): string {
  const print = `${program}.catch((error) => console.log(error.name + "|" + error.message));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", print], {
    env: { PATH: process.env["PATH"], ...environment },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout;
}

/** The module, beside these files of node_modules. */
function loadedBeside(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  for (const file of ["package.json", "actions/bundle/load-esbuild.ts"]) cpSync(file, join(folder, file));
  for (const file of files) {
    const to = join(folder, "node_modules", file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join("node_modules/esbuild", file.replace(/^esbuild/, "")), to);
  }
  return folder;
}
const load = (folder: string, name: "build" | "buildSync" = "build") =>
  messageOf(
    `import("${pathToFileURL(join(folder, "actions/bundle/load-esbuild.ts")).href}").then(({ withEsbuild }) => withEsbuild(({ ${name} }) => ${name}({})))`,
  );

const esbuild = ["esbuild/package.json", "esbuild/lib/main.js"];

it("is not installed", () => {
  expect(load(loadedBeside("none", []))).toBe(
    `EsbuildError|esbuild, which bundles JavaScript for deployments, does not run here: Cannot find module 'esbuild'. ${installAgain}\n`,
  );
});

it("is installed without its optional package", () => {
  expect(load(loadedBeside("bare", esbuild))).toMatch(
    /^EsbuildError\|.* here: The package "@esbuild\/[\w-]+" could not be found, and is needed by esbuild\. Install .*\n$/,
  );
});

it("is installed with another machine's package", () => {
  const folder = loadedBeside("another", esbuild);
  const other = join(folder, "node_modules/@esbuild/sunos-x64");
  mkdirSync(join(other, "bin"), { recursive: true });
  writeFileSync(join(other, "package.json"), `{ "name": "@esbuild/sunos-x64", "version": "0.28.2" }`);
  writeFileSync(join(other, "bin/esbuild"), "");
  expect(load(folder)).toMatch(
    /^EsbuildError\|.* here: You installed esbuild for another platform than the one you're currently using\. Install .*\n$/,
  );
});

it.each(["bundleSource", "bundleSourceMeanwhile"])(
  "is refused as an Action's refusal by %s, where it ends at once",
  (name) => {
    const binary = join(root, "ends.sh");
    writeFileSync(binary, "#!/bin/sh\nexit 1\n");
    chmodSync(binary, 0o755);
    const { href } = pathToFileURL(resolve("actions/bundle/bundle.ts"));
    const message = messageOf(`import("${href}").then((module) => module.${name}({}))`, {
      ESBUILD_BINARY_PATH: binary,
    });
    expect(message).toMatch(
      /^ActionBundleError\|esbuild, .* does not run here: The service .*\. Unset ESBUILD_BINARY_PATH, which names another one\.\n$/,
    );
  },
);
