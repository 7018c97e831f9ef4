// The text of a dynamic provider in the layouts that npm and pnpm themselves make: a program that depends on a package
// that depends on this one, installed from tarballs. Only pnpm is downloaded, once.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestContext } from "vitest";
import { keptPackage, pnpmVersion } from "../kept-package.ts";
import { mockEngine } from "./mock-engine.ts";
import { packageFiles, providerTexts, runProvider } from "./provider-process.ts";

const engine = mockEngine();
const ours = "auth0-user-pictures";
const wrapper = "@acme/platform";

let root: string;
let tarballs: Readonly<Record<string, string>>;
let flag: string;
let deployment: string;

const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
const run = (folder: string, command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

function write(folder: string, files: Readonly<Record<string, string | object>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return join(root, folder);
}

/** The path of the tarball. */
function pack(folder: string, files: Readonly<Record<string, string | object>>): string {
  return join(
    root,
    run(write(folder, files), "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", root).trim(),
  );
}

beforeEach(async () => ({ flag, deployment } = await providerTexts(engine)));
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "real-layouts-")));
  const own = `file:${pack("ours", packageFiles)}`;
  const platform = { name: wrapper, version: "1.0.0", dependencies: { [ours]: own } };
  tarballs = { [ours]: own, [wrapper]: `file:${pack("platform", { "package.json": platform })}` };
});
afterAll(() => rmSync(root, { recursive: true }));

const manifest = (name: string, ...dependencies: readonly string[]) => ({
  ...{ name, version: "1.0.0" },
  dependencies: Object.fromEntries(dependencies.map((one) => [one, tarballs[one] ?? "*"])),
});

/** The folder of the program, whose manifests are written. */
const alone = (layout: string) => write(layout, { "package.json": manifest("program", wrapper) });
const workspace = (layout: string) =>
  write(layout, {
    "package.json": { name: "root", private: true, workspaces: ["packages/*", "program"] },
    "packages/platform/package.json": manifest(wrapper, ours),
    "program/package.json": { ...manifest("program"), dependencies: { [wrapper]: "1.0.0" } },
    "pnpm-workspace.yaml": "packages: [packages/*, program]\nlinkWorkspacePackages: true\n",
  });

/** What is asked of the texts, and whether Node alone finds the package from the program's folder. */
function expectWork(program: string, isSeen: boolean): void {
  const bare = `exports.handler = () => ({
    configure: async () => {},
    read: async () => void (await import("${ours}/sync-provider")),
  });`;
  const answerOf = (text: string, method: string, ...args: unknown[]) => runProvider(program, { text, method, args });

  expect(answerOf(bare, "read").failure === undefined).toBe(isSeen);
  expect(answerOf(flag, "check", 1, 2).result).toEqual({ answered: [1, 2] });
  expect(answerOf(flag, "delete", 1, 2).result).toEqual({ answered: [1, 2] });
  expect(answerOf(flag, "diff", 1, { __provider: bare }, {}).result).toMatchObject({ changes: !isSeen });
  expect(answerOf(deployment, "read", 1, 2).result).toEqual({ answered: [1, 2] });
}

// The others find it in the ways of this one and of pnpm's below.
describe.each(["hoisted", "shallow", "nested", "linked"])("where npm's install strategy is %s", (strategy) => {
  const install = (folder: string) =>
    run(folder, "npm", "install", "--offline", "--no-package-lock", `--install-strategy=${strategy}`, ...options);

  it("the package is found by a program", () => {
    const program = alone(`npm-${strategy}`);
    install(program);
    expectWork(program, strategy === "hoisted");
  });

  it("the package is found by a workspace's program", () => {
    const folder = workspace(`npm-workspace-${strategy}`);
    install(folder);
    expectWork(join(folder, "program"), strategy === "hoisted");
  });
});

// The other one makes what npm's of that name does.
describe.each(["isolated", "hoisted"])("where pnpm's linker is %s", (linker) => {
  const install = (folder: string, { skip }: TestContext) => {
    const pnpm = keptPackage("pnpm", pnpmVersion, "bin/pnpm.cjs");
    if (pnpm === undefined) return skip("pnpm is not there, and npm could not fetch it.");
    const store = ["--store-dir", join(root, "pnpm-store")];
    const linked = `--config.node-linker=${linker}`;
    return run(folder, process.execPath, pnpm, "install", "--offline", "--ignore-scripts", ...store, linked);
  };

  it("the package is found by a program", (context) => {
    const program = alone(`pnpm-${linker}`);
    install(program, context);
    expectWork(program, linker === "hoisted");
  });

  it("the package is found by a workspace's program", (context) => {
    const folder = workspace(`pnpm-workspace-${linker}`);
    install(folder, context);
    expectWork(join(folder, "program"), linker === "hoisted");
  });
});
