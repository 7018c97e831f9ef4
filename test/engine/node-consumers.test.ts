// The examples that have the packed library from npm, as Pulumi's CLI runs them. In the rare tests, also installed from
// the registry by each package manager, and on the oldest Node.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oldestNode } from "../../components/node-version.ts";
import { keptPackage, pnpmVersion } from "../kept-package.ts";
import { isRare } from "../rare.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { ConsumerOptions } from "./languages/open-consumer.ts";
import { packLibrary } from "./pack-library.ts";
import { installPackedLibrary, linkDependency } from "./packed-library.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const ours = "auth0-user-pictures";
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "node-consumers-"));
  await installPackedLibrary(root);
});
afterAll(() => rm(root, { recursive: true }));
const sandbox = sandboxOf(() => "examples/typescript");

const textOf = (file: string) => readFile(file, "utf8");

/** @param folder where it gets the packages from, as a rule: below the folder that has them */
async function copied(example: string, folder = join(root, example)): Promise<string> {
  await cp(join("examples", example), folder, {
    recursive: true,
    filter: (path) => basename(path) !== "node_modules",
  });
  return folder;
}

/** A copy in a folder of its own, so that nothing is found in the folder above. */
async function copiedElsewhere(example: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "node-consumer-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return copied(example, folder);
}

/** A program's copy, whose store may be destroyed: it is protected as the example has it. */
async function copiedProgram(example: string, folder?: string): Promise<string> {
  const copy = await copied(example, folder);
  const { main } = JSON.parse(await textOf(join(copy, "package.json"))) as { readonly main: string };
  const program = await textOf(join(copy, main));
  await writeFile(join(copy, main), program.replace("store: {}", `store: { picturesOnDestroy: "empty" }`));
  return copy;
}

/** Says of packages where they come from, instead of a registry, or in which version. */
async function setDependencies(folder: string, from: Readonly<Record<string, string>>): Promise<void> {
  const file = join(folder, "package.json");
  const manifest = JSON.parse(await textOf(file)) as { readonly dependencies: Readonly<Record<string, string>> };
  const dependencies = { ...manifest.dependencies, ...from };
  await writeFile(file, JSON.stringify({ ...manifest, dependencies }));
}

/** What the sandbox adds to speed its own operations up is no part of a consumer's program. */
const asForUsers = { NODE_OPTIONS: "" };

const open = (folder: string, options: Pick<ConsumerOptions, "node" | "environment"> = {}) =>
  openConsumer({
    ...{ folder, inPlace: true, sandbox: sandbox() },
    ...options,
    environment: { ...asForUsers, ...options.environment },
  });

/** From nothing to nothing. */
async function expectLife(folder: string, options: Parameters<typeof open>[1] = {}): Promise<void> {
  const before = tenantStateOf(sandbox().tenant);
  const consumer = await open(folder, options);
  try {
    // Takes as long as the deployment, which shows the same.
    const plan = isRare ? await consumer.preview() : undefined;
    const { changes } = await consumer.up();
    if (plan !== undefined) expect(changes).toEqual(plan.changes);
    expect(changes.create).toBeGreaterThan(7);
    expect(await sandbox().boundActions()).toEqual(["Add roles", "User picture"]);
    // Finds the library by the state alone, as what follows does.
    if (isRare) expect((await consumer.refresh("--expect-no-changes")).changes.same).toBe(changes.create);
    await consumer.destroy();
    expect(tenantStateOf(sandbox().tenant)).toEqual(before);
  } finally {
    await consumer.close();
  }
}

it("the example in TypeScript, which Pulumi compiles", async () => {
  const folder = await copiedProgram("typescript");
  for (const name of ["typescript", "@types"]) await linkDependency(folder, name);
  await expectLife(folder);
});

// What Pulumi compiles is CommonJS, and the company's package an ES module.
it.runIf(isRare).each(["commonjs", "esm", "node-typescript"])("the example %s", async (example) =>
  expectLife(await copiedProgram(example)),
);

it("a company's package, which alone sees the library, as in pnpm's layout", async () => {
  const folder = await copiedElsewhere("company-package/program");
  const store = join(folder, "node_modules/.pnpm");
  await cp(join(root, "node_modules"), join(store, "library/node_modules"), { recursive: true });
  await linkDependency(folder, "@pulumi/pulumi");
  await copied("company-package/platform", join(store, "platform/node_modules/@acme/platform"));
  const links: readonly (readonly [string, string])[] = [
    ["@acme/platform", ".pnpm/platform/node_modules/@acme/platform"],
    [".pnpm/platform/node_modules/auth0-user-pictures", ".pnpm/library/node_modules/auth0-user-pictures"],
  ];
  for (const [link, target] of links) {
    const path = join(folder, "node_modules", link);
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(folder, "node_modules", target), path);
  }
  await linkDependency(join(store, "platform"), "@pulumi/pulumi");
  await expectLife(folder);
});

it.runIf(isRare)("a program on the oldest Node", async ({ skip }) => {
  const name = `node-${process.platform}-${process.arch}`;
  const node = keptPackage(name, `${oldestNode}.0`, "bin/node");
  if (node === undefined) return skip(`${name} is not there, and npm could not fetch it.`);
  await expectLife(await copiedProgram("commonjs", join(root, "oldest-node")), { node });
});

// test/components/node-version.test.ts has the line, without an engine.
it.runIf(isRare)("refuses an older Node in a line", async () => {
  const consumer = await open(await copied("esm", join(root, "older-node")), { environment: pretended("22.17.1") });
  onTestFinished(() => consumer.close());
  const refused = /^ {4}error: auth0-user-pictures needs Node 22\.18 .* 22\.17\.1: .*\n\n/m;
  await expect(consumer.preview()).rejects.toThrow(refused);
});

/** Node says that it is of this version. */
function pretended(version: string): Record<string, string> {
  const code = `Object.defineProperty(process.versions, "node", { value: "${version}" })`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

// Asks npm's registry: the dependencies, in the newest versions that they may have.
describe.runIf(isRare)("from the registry, behind a company's package", () => {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  const run = (folder: string, command: string, ...args: string[]) =>
    promisify(execFile)(command, args, { cwd: folder, maxBuffer: 2 ** 30 });
  let library: string;
  let company: string;

  beforeAll(async () => {
    library = `file:${await packLibrary(root)}`;
    const folder = await copied("company-package/platform");
    await setDependencies(folder, { [ours]: library });
    const { stdout } = await run(folder, "npm", "pack", "--silent", "--pack-destination", root);
    company = `file:${join(root, stdout.trim())}`;
  });

  /** The program, which gets the company's package from its tarball. */
  async function program(versions: Readonly<Record<string, string>> = {}): Promise<string> {
    const folder = await copiedElsewhere("company-package/program");
    await setDependencies(folder, { "@acme/platform": company, ...versions });
    return folder;
  }

  async function workspace(): Promise<string> {
    const folder = await copiedElsewhere("company-package");
    await setDependencies(join(folder, "platform"), { [ours]: library });
    return folder;
  }

  it.each(["hoisted", "nested", "linked"])("npm, whose install strategy is %s", async (strategy) => {
    const folder = await program();
    await run(folder, "npm", "install", `--install-strategy=${strategy}`, ...options);
    await expectLife(folder);
  });

  it("npm, in whose workspaces both are", async () => {
    const folder = await workspace();
    await run(folder, "npm", "install", ...options);
    await expectLife(join(folder, "program"));
  });

  it("npm, with another copy of @pulumi/pulumi for the program", async () => {
    const folder = await program({ "@pulumi/pulumi": "3.181.0" });
    await run(folder, "npm", "install", ...options);
    await expectLife(folder);
  });

  it.for(["pnpm", "pnpm, in whose workspace both are"])("%s", async (how, { skip }) => {
    const pnpm = keptPackage("pnpm", pnpmVersion, "bin/pnpm.cjs");
    if (pnpm === undefined) return skip("pnpm is not there, and npm could not fetch it.");
    const folder = how === "pnpm" ? await program() : await workspace();
    await run(folder, process.execPath, pnpm, "install", "--ignore-scripts", "--store-dir", join(root, "pnpm-store"));
    await expectLife(how === "pnpm" ? folder : join(folder, "program"));
  });

  it("yarn, with node_modules", async ({ skip }) => {
    const yarn = keptPackage("@yarnpkg/cli-dist", "4.18.1", "bin/yarn.js");
    if (yarn === undefined) return skip("yarn is not there, and npm could not fetch it.");
    const folder = await program();
    const settings = { nodeLinker: "node-modules", enableScripts: false, enableTelemetry: false };
    await writeFile(join(folder, ".yarnrc.yml"), JSON.stringify(settings));
    await writeFile(join(folder, "yarn.lock"), "");
    await run(folder, process.execPath, yarn, "install", "--no-immutable");
    await expectLife(folder);
  });
});
