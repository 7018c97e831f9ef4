// What an operation's processes load late is there when it is used, and so is what they load from one file.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import fileSystem, { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as auth0 from "auth0";
import ts from "typescript";
import { expect, it, onTestFinished, vi } from "vitest";
import { bundledSdk, bundleSdk } from "../../../sandbox/engine/bundled-sdk.ts";
import { isolatedEnvironment, sandboxPaths } from "../../../sandbox/engine/environment.ts";

const script = `
const { createRequire } = require("node:module");
const { isProxy } = require("node:util").types;
const pulumi = require("@pulumi/pulumi");
const sdk = createRequire(require.resolve("@pulumi/pulumi"));
const standIns = () => ["@npmcli/arborist", "typescript"].filter((name) => isProxy(require.cache[sdk.resolve(name)].exports));
void (async () => {
  const first = standIns();
  const { text } = await pulumi.runtime.serializeFunction(() => 42);
  const second = standIns();
  const paths = await pulumi.runtime.computeCodePaths({ extraIncludePackages: ["semver"] });
  console.log(JSON.stringify({ first, text, second, paths: [...paths.keys()], third: standIns() }));
})();
`;

it("is loaded when Pulumi's SDK uses it, and then is itself", async () => {
  const env = isolatedEnvironment(sandboxPaths("/sandbox"), "/opt/pulumi", {}, process.env);
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { env });

  expect(JSON.parse(stdout)).toEqual({
    first: ["@npmcli/arborist", "typescript"],
    text: expect.stringContaining("() => 42") as string,
    second: ["@npmcli/arborist"],
    paths: expect.arrayContaining([expect.stringMatching(/node_modules\/semver$/)]) as string[],
    third: [],
  });
});

it("is imported by ES modules too, by its own names", async () => {
  const imports = `import ts, { SyntaxKind } from "typescript"; console.log(ts.version === undefined, SyntaxKind.Block)`;
  const args = ["--import", new URL("../../../sandbox/engine/load-late.ts", import.meta.url).href];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, "--input-type=module", "-e", imports]);

  expect(stdout).toBe(`false ${ts.SyntaxKind.Block}\n`);
});

it("has all of Auth0's SDK in one file, which whoever imports the SDK gets", async () => {
  await bundleSdk();
  const imports = `
    import * as auth0 from "auth0";
    const error = new auth0.ManagementError({ message: "no", statusCode: 404 });
    const names = [error.name, error instanceof auth0.ManagementError, auth0.ManagementClient.name];
    console.log(JSON.stringify([import.meta.resolve("auth0"), Object.keys(auth0).sort(), names]));
  `;
  const args = ["--import", new URL("../../../sandbox/engine/load-late.ts", import.meta.url).href];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, "--input-type=module", "-e", imports]);

  expect(JSON.parse(stdout)).toEqual([
    new URL(bundledSdk(), "file:").href,
    Object.keys(auth0).sort(),
    ["ManagementError", true, "ManagementClient"],
  ]);
});

it("is made whole where two make it at once, and left out where nothing can be written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bundled-sdk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "new/auth0.mjs");
  await Promise.all([bundleSdk(file), bundleSdk(file)]);
  expect(await readdir(join(folder, "new"))).toEqual(["auth0.mjs"]);
  expect(await readFile(file)).toEqual(await readFile(bundledSdk()));

  const refusal = Object.assign(new Error("EROFS: read-only file system, mkdir"), { code: "EROFS" });
  vi.spyOn(fileSystem, "mkdir").mockRejectedValue(refusal);
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  const elsewhere = join(folder, "elsewhere/auth0.mjs");
  await bundleSdk(elsewhere);
  expect(existsSync(elsewhere)).toBe(false);
});
