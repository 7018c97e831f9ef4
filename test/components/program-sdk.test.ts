// A program that an old copy of Pulumi's SDK runs is refused in a line, before it declares anything.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertProgramSdk, oldestSdk } from "../../components/program-sdk.ts";

let program: string;
beforeAll(() => {
  program = realpathSync(mkdtempSync(join(tmpdir(), "program-sdk-")));
});
afterAll(() => rmSync(program, { recursive: true }));

it.each([oldestSdk, "3.113.1", "3.270.0", "4.0.0"])("%s may be the program's", (version) => {
  expect(() => assertProgramSdk({ version, folder: "sdk" })).not.toThrow();
});

// The rare tests run programs of both module kinds with a real one.
it("an older one is refused where the package is loaded", () => {
  const { version: own } = JSON.parse(readFileSync("node_modules/@pulumi/pulumi/package.json", "utf8")) as {
    version: string;
  };
  const sdk = sdkWithStack("3.112.0");
  // As the SDK that runs a program leaves it to all copies.
  const run = `globalThis.globalStore = { stackResource: new (require("${sdk}/runtime/stack.js").Stack)() };`;
  const load = `try { require("./components/index.ts"); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ["-e", run + load], { encoding: "utf8" });

  expect(stdout).toBe(
    `auth0-user-pictures needs @pulumi/pulumi ${oldestSdk} or newer, and this program is run by 3.112.0 in ${sdk}, ` +
      `beside ${own} in ${join(process.cwd(), "node_modules/@pulumi/pulumi")}. ` +
      `Run "npm install @pulumi/pulumi@^${own}" in the program's folder, and then "npm dedupe".\n`,
  );
});

/** As much of the SDK as is read of a copy. */
function sdkWithStack(version: string): string {
  const sdk = join(program, "node_modules/@pulumi/pulumi");
  const files = {
    "package.json": JSON.stringify({ version }),
    "runtime/stack.js": "exports.Stack = class Stack {};",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(sdk, name)), { recursive: true });
    writeFileSync(join(sdk, name), text);
  }
  return sdk;
}
