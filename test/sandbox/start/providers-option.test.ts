// `npm start -- --providers …` as a user runs it, where it ends before there is an engine.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sdkVersion } from "../../../sandbox/providers/sdk-version.ts";

let root: string;
let usage: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "providers option "));
  usage = (await start("--help")).stdout;
});
afterAll(() => rm(root, { recursive: true }));

/** A user without any plugin. Neither folder exists. */
async function start(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [folder, home] = [join(root, "sandbox"), join(root, "home")];
  const env = { PATH: "/usr/bin:/bin", HOME: home, XDG_CACHE_HOME: home };
  const run = promisify(execFile)(process.execPath, ["sandbox/start/start.ts", "--folder", folder, ...args], { env });
  const ended = await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
  // Nothing was started, and nothing is left.
  for (const path of [folder, home]) expect(existsSync(path)).toBe(false);
  return ended;
}

it.each([
  ["--providers", "official", "--json"],
  ["destroy", "--providers=auth0=official,aws=sandbox"],
])("says in one line how to install the official plugin where it is not: %j %j", async (...args) => {
  const version = sdkVersion("@pulumi/auth0");
  const { code, stdout, stderr } = await start(...args);

  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringMatching(`^The official auth0 plugin ${version} is not installed`),
  ]);
  expect(stderr).toContain(`\`pulumi plugin install resource auth0 ${version}\``);
});

it.each([
  ["offical", `--providers: "offical" is neither`],
  ["aws=official", "--providers: aws cannot be official"],
])("refuses --providers %s, and shows the whole usage", async (value, message) => {
  const { code, stdout, stderr } = await start("--providers", value);

  expect(usage).toContain("--providers official");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr.endsWith(`\n\n${usage}`)).toBe(true);
});
