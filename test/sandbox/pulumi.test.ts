// `npm run pulumi`, with a stand-in for the CLI on PATH: what it is given, and what is handed on of it.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dynamicProviderScript } from "../../sandbox/engine/build.ts";

let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulumi-test-"));
  await mkdir(join(folder, "cli"));
  await mkdir(join(folder, "bin"));
  // As Homebrew does, a link is on PATH.
  await symlink(join(folder, "cli/pulumi"), join(folder, "bin/pulumi"));
  const cli = `#!${process.execPath}
    const [, , ...args] = process.argv;
    if (args[0] === "version") return void console.log("v3.999.0");
    if (args[0] === "die") process.kill(process.pid, "SIGKILL");
    const { NODE_COMPILE_CACHE, PATH, PULUMI_STACK } = process.env;
    console.log(JSON.stringify({ args, cwd: process.cwd(), NODE_COMPILE_CACHE, PATH, PULUMI_STACK }));
    console.error("a message");
    process.exitCode = 3;`;
  await writeFile(join(folder, "cli/pulumi"), cli, { mode: 0o755 });
  await writeFile(join(folder, "cli", dynamicProviderScript), "", { mode: 0o755 });
  const npms = resolve("node_modules/.bin");
  env = { PATH: [npms, join(folder, "bin"), "/usr/bin:/bin"].join(":"), HOME: folder, XDG_CACHE_HOME: folder };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function run(args: string[], more: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, ["sandbox/pulumi.ts", ...args], { env: { ...env, ...more } }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test("it runs the user's own CLI, not npm's, with all that the user gave it", async () => {
  const { code, stdout, stderr } = await run(["config", "set", "a b", "$c"], { PULUMI_STACK: "prod" });

  expect([code, stderr]).toEqual([3, "a message\n"]);
  expect(JSON.parse(stdout)).toEqual({
    args: ["config", "set", "a b", "$c"],
    cwd: process.cwd(),
    NODE_COMPILE_CACHE: resolve("node_modules/.cache/compile"),
    PATH: `${join(folder, "bin")}:${env["PATH"]}`,
    PULUMI_STACK: "prod",
  });
});

test("a compile cache of the user's own stays", async () => {
  const { stdout } = await run(["about"], { NODE_COMPILE_CACHE: "/elsewhere" });
  expect(JSON.parse(stdout)).toMatchObject({ NODE_COMPILE_CACHE: "/elsewhere" });
});

test("a CLI that is killed has failed", async () => {
  expect(await run(["die"])).toEqual({ code: 1, stdout: "", stderr: "" });
});

test("where there is no CLI, it says what was tried, and prints nothing else", async () => {
  // By this proxy, which nobody is, npm's `pulumi` fails as it does without a network.
  const proxy = "http://127.0.0.1:1";
  const { code, stdout, stderr } = await run(["up"], { PATH: resolve("node_modules/.bin"), HTTPS_PROXY: proxy });

  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.trim().split("\n")).toEqual([
    "There is no `pulumi` on PATH, apart from npm's.",
    expect.stringMatching(/^Downloading Pulumi's CLI 3\.\d+\.\d+ by npm's `pulumi`, once, then kept in .*\.$/),
    expect.stringMatching(/^Passing over npm's `pulumi`, which downloads Pulumi's CLI 3\.\d+\.\d+: fetch failed\.$/),
    expect.stringMatching(/^Neither a usable `pulumi` nor `go` was found on PATH\. Install Go/),
  ]);
});

test("`npm run pulumi` is this", async () => {
  const { default: manifest } = (await import("../../package.json", { with: { type: "json" } })) as {
    default: { scripts: Record<string, string> };
  };
  expect(manifest.scripts["pulumi"]).toBe("node sandbox/pulumi.ts");
});
