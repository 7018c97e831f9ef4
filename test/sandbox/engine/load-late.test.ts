// What an operation's processes load late is there when it is used.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ts from "typescript";
import { expect, it } from "vitest";
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
