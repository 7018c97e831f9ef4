// Programs that have the packed library from npm, as Pulumi's CLI runs them. In the rare tests, also installed from the
// registry by each package manager, and on the oldest Node.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oldestNode } from "../../components/node-version.ts";
import { keptPackage, pnpmVersion } from "../kept-package.ts";
import { isRare } from "../rare.ts";
import { companyPackage, programs, writeFiles } from "./consumer-projects.ts";
import type { Files } from "./consumer-projects.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { ConsumerOptions } from "./languages/open-consumer.ts";
import { installPackedLibrary, linkDependency, packLibrary } from "./packed-library.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const ours = "auth0-user-pictures";
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "node-consumers-"));
  await installPackedLibrary(root);
  await writeFiles(root, { "Pulumi.yaml": programs.commonJs["Pulumi.yaml"] });
});
afterAll(() => rm(root, { recursive: true }));
const sandbox = sandboxOf(() => root);

/** A project in a folder of its own, below the one with the packages. */
async function written(name: string, files: Files): Promise<string> {
  await writeFiles(join(root, name), files);
  return join(root, name);
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
    const { changes: planned } = await consumer.preview();
    const { changes } = await consumer.up();
    expect(changes).toEqual(planned);
    expect(changes.create).toBeGreaterThan(7);
    expect(await sandbox().boundActions()).toEqual(["Add roles", "User picture"]);
    expect((await consumer.refresh("--expect-no-changes")).changes.same).toBe(changes.create);
    await consumer.destroy();
    expect(tenantStateOf(sandbox().tenant)).toEqual(before);
  } finally {
    await consumer.close();
  }
}

it("the example in TypeScript, which Pulumi compiles", async () => {
  const folder = join(root, "typescript");
  await cp("examples/typescript", folder, { recursive: true });
  for (const name of ["typescript", "@types"]) await linkDependency(folder, name);
  const index = join(folder, "index.ts");
  // Else it is protected.
  const program = (await readFile(index, "utf8")).replace("store: {}", `store: { picturesOnDestroy: "empty" }`);
  await writeFile(index, program);
  await expectLife(folder);
});

// The example is CommonJS once it is compiled, and the company's package an ES module.
it.runIf(isRare).each(["commonJs", "esModule", "strippedTypes"] as const)("a program of the kind %s", async (kind) =>
  expectLife(await written(kind, programs[kind])),
);

it("a company's package, which alone sees the library, as in pnpm's layout", async () => {
  const folder = await written("pnpm", programs.ofCompany);
  const store = join(folder, "node_modules/.pnpm");
  await installPackedLibrary(join(store, "library"));
  await linkDependency(folder, "@pulumi/pulumi");
  await writeFiles(join(store, "platform/node_modules/@acme/platform"), companyPackage);
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
  await expectLife(await written("oldest-node", programs.commonJs), { node });
});

it("refuses an older Node in a line", async () => {
  const consumer = await open(await written("older-node", programs.esModule), { environment: pretended("22.17.1") });
  const failed = consumer.preview().finally(() => consumer.close());
  await expect(failed).rejects.toThrow(/^ {4}error: auth0-user-pictures needs Node 22\.18 .* 22\.17\.1: .*\n\n/m);
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
  let companyFiles: Files;
  let company: string;

  beforeAll(async () => {
    const library = `file:${await packLibrary(root)}`;
    const { dependencies } = companyPackage["package.json"];
    const manifest = { ...companyPackage["package.json"], dependencies: { ...dependencies, [ours]: library } };
    companyFiles = { ...companyPackage, "package.json": manifest };
    const folder = await written("company", companyFiles);
    const { stdout } = await run(folder, "npm", "pack", "--silent", "--pack-destination", root);
    company = `file:${join(root, stdout.trim())}`;
  });

  /** @param sdk the version of @pulumi/pulumi that the program itself wants */
  async function project(name: string, sdk = "^3.270.0"): Promise<string> {
    const { "package.json": manifest, ...program } = programs.ofCompany;
    const dependencies = { "@acme/platform": company, "@pulumi/pulumi": sdk };
    // Of its own, so that nothing is found in the folder above.
    const folder = await mkdtemp(join(tmpdir(), `node-consumer-${name}-`));
    await writeFiles(folder, { ...program, "package.json": { ...manifest, dependencies } });
    onTestFinished(() => rm(folder, { recursive: true }));
    return folder;
  }

  it.each(["hoisted", "nested", "linked"])("npm, whose install strategy is %s", async (strategy) => {
    const folder = await project(strategy);
    await run(folder, "npm", "install", `--install-strategy=${strategy}`, ...options);
    await expectLife(folder);
  });

  it("npm, in whose workspaces both are", async () => {
    const folder = await mkdtemp(join(tmpdir(), "node-consumer-workspaces-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFiles(folder, { "package.json": { private: true, workspaces: ["program", "platform"] } });
    await writeFiles(join(folder, "program"), programs.ofCompany);
    await writeFiles(join(folder, "platform"), companyFiles);
    await run(folder, "npm", "install", ...options);
    await expectLife(join(folder, "program"));
  });

  it("npm, with another copy of @pulumi/pulumi for the program", async () => {
    const folder = await project("copies", "3.181.0");
    await run(folder, "npm", "install", ...options);
    await expectLife(folder);
  });

  it("pnpm", async ({ skip }) => {
    const pnpm = keptPackage("pnpm", pnpmVersion, "bin/pnpm.cjs");
    if (pnpm === undefined) return skip("pnpm is not there, and npm could not fetch it.");
    const folder = await project("pnpm");
    await run(folder, process.execPath, pnpm, "install", "--ignore-scripts", "--store-dir", join(root, "pnpm-store"));
    await expectLife(folder);
  });

  it("yarn, with node_modules", async ({ skip }) => {
    const yarn = keptPackage("@yarnpkg/cli-dist", "4.18.1", "bin/yarn.js");
    if (yarn === undefined) return skip("yarn is not there, and npm could not fetch it.");
    const folder = await project("yarn");
    const settings = { nodeLinker: "node-modules", enableScripts: false, enableTelemetry: false };
    await writeFiles(folder, { ".yarnrc.yml": settings, "yarn.lock": "" });
    await run(folder, process.execPath, yarn, "install", "--no-immutable");
    await expectLife(folder);
  });
});
