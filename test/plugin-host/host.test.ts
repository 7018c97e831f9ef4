// The plugin's start: what is wrong with an installation is said in a line, with what to do.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pluginFolder, startPlugin } from "./plugin-process.ts";
import type { PluginFolder } from "./plugin-process.ts";

let installed: PluginFolder;
beforeEach(async () => {
  installed = await pluginFolder();
});
afterEach(() => installed.remove());

const run = (...nodeOptions: string[]) => {
  const { stderr, stdout, status } = spawnSync(process.execPath, [...nodeOptions, join(installed.folder, "host.js")]);
  expect(stdout.toString()).toBe("");
  expect(status).toBe(1);
  return stderr.toString();
};
/** In the library's place. */
async function library(files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(installed.folder, "node_modules/auth0-user-pictures");
  await rm(folder, { recursive: true });
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}
const manifest = (version: string) =>
  JSON.stringify({
    ...{ name: "auth0-user-pictures", version, type: "module" },
    exports: { "./plugin-host": "./host.js", "./package.json": "./package.json" },
  });
const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
const said = (what: string) => `auth0-user-pictures ${version}: ${what}`;
const advice = () => `Run "npm install" in ${installed.folder}, from where npm reaches a registry.\n`;

describe("the plugin's host says in a line", () => {
  it("that the library is not there", async () => {
    await rm(join(installed.folder, "node_modules"), { recursive: true });
    expect(run()).toBe(said(`npm has not installed the package auth0-user-pictures ${version}. ${advice()}`));
  });

  it("that npm has installed another version", async () => {
    await library({ "package.json": manifest("7.0.0"), "host.js": "" });
    expect(run()).toBe(
      said(
        `The plugin is of version ${version}, and the package auth0-user-pictures that npm has installed is 7.0.0. `,
      ) + advice(),
    );
  });

  it.each([
    ["a dependency", "host.js", 'import "jose";', "jose"],
    [
      "a dependency of a dependency",
      "host.js",
      'import { createRequire } from "module"; createRequire(import.meta.url)("jose");',
      "jose",
    ],
  ])("which part is missing: %s", async (_, file, text, name) => {
    await library({ "package.json": manifest(version), [file]: text });
    expect(run()).toBe(said(`npm has not installed all that it needs: ${name} is missing. ${advice()}`));
  });

  it("that a file of the library is missing", async () => {
    await library({ "package.json": manifest(version) });
    expect(run()).toMatch(/: npm has not installed all that it needs: \S+host\.js is missing\. Run "npm install" in /);
  });

  // In the place of an old Node, which test:rare has: the version that the process says is all that is looked at.
  it.each(["18.20.8", "20.20.2", "22.17.1"])("that Node %s is too old", async (old) => {
    const preload = join(installed.folder, "old.cjs");
    await writeFile(preload, `Object.defineProperty(process.versions, "node", { value: "${old}" });`);
    expect(run("--require", preload)).toBe(
      said(`Node 22.18 or newer is needed, and ${process.execPath} is ${old}. `) +
        "Install a newer one (https://nodejs.org), or put it first on the PATH.\n",
    );
  });

  it("and with a stack, what is wrong with the code itself", async () => {
    await library({
      "package.json": manifest(version),
      "host.js": "export const servePlugin = () => { throw new Error('bug'); };",
    });
    expect(run()).toMatch(/^auth0-user-pictures \S+: Error: bug\n {4}at \S*servePlugin/);
  });
});

describe("what the plugin takes of the SDK's inside", () => {
  it("is there: else it does not serve, and says which SDK it cannot use", async () => {
    const script = resolve("dist/plugin-host/provider-service.js");
    const stranger = `
      const { createRequire } = require("node:module");
      const there = createRequire(${JSON.stringify(resolve("node_modules/@pulumi/pulumi/package.json"))});
      const { Server } = there("@grpc/grpc-js");
      import(${JSON.stringify(script)}).then(({ prepareService }) => {
        const service = prepareService("1.2.3");
        if (process.argv[1] === "renamed") new Server().addService({}, { build() {} });
        service.assertServed();
      }).catch((error) => console.log(error.message));`;
    for (const how of ["renamed", "elsewhere"]) {
      const { stdout } = spawnSync(process.execPath, ["-e", stranger, how]);
      expect(stdout.toString()).toMatch(
        /^@pulumi\/pulumi \S+ serves providers in another way than auth0-user-pictures 1\.2\.3 knows\. Install a newer/,
      );
    }
  });

  it("is as it was: the SDK's server is given one service, with the methods that are replaced", async () => {
    const plugin = await startPlugin(installed.folder);
    expect(plugin.takePrinted()).toBe("");
    await plugin.close();
  });
});
