// The command line as somebody else has it: installed from its tarball, beside nothing of this repository.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { photos } from "../functions/source-pictures.ts";
import { runSandbox } from "./running-sandbox.ts";

const run = promisify(execFile);
const readManifest = async (of: string) =>
  JSON.parse(await readFile(of, "utf8")) as {
    version: string;
    bin: Record<string, string>;
    dependencies: Record<string, string>;
  };

const connections = [{ name: "users", strategy: "auth0" }];
const users = [{ connection: "users", email: "ada@example.com", user_id: "ada" }];
const sandbox = runSandbox({ connections, users });

let project: string;
let installed: string;
let packed: string[];
let command: string;

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "packed-cli-")));
  installed = join(project, "node_modules/auth0-user-pictures-cli");
  await mkdir(installed, { recursive: true });
  const { stdout } = await run("npm", ["pack", "./cli", "--json", "--silent", "--pack-destination", project]);
  const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  packed = tarball?.files.map(({ path }) => path) ?? [];
  await run("tar", ["-xzf", join(project, tarball?.filename ?? ""), "-C", installed, "--strip-components=1"]);
  // What `npm install` does but for this: those of this repository serve.
  const { dependencies, bin } = await readManifest(join(installed, "package.json"));
  for (const name of Object.keys(dependencies)) {
    const target = await realpath(resolve("cli/node_modules", name)).catch(() => resolve("node_modules", name));
    await mkdir(dirname(join(project, "node_modules", name)), { recursive: true });
    await symlink(target, join(project, "node_modules", name));
  }
  await mkdir(join(project, "node_modules/.bin"));
  command = join(project, "node_modules/.bin/user-pictures");
  await symlink(join(installed, bin["user-pictures"] ?? ""), command);
});
afterAll(() => rm(project, { recursive: true }));

const userPictures = (...args: string[]) =>
  run(process.execPath, [command, ...args], {
    cwd: project,
    env: { PATH: process.env["PATH"], HOME: project, ...sandbox.environment },
  });

it("says its help and its version", async () => {
  expect((await userPictures("--help")).stdout).toContain("Usage: user-pictures COMMAND [options]");
  const { version } = await readManifest("package.json");
  expect((await userPictures("--version")).stdout).toBe(`${version}\n`);
  expect(JSON.parse((await userPictures("--version", "--json")).stdout)).toEqual({ version });
});

it("gives a user a picture, shows it and erases it", async () => {
  const [[, photo] = []] = Object.entries(photos);
  await writeFile(join(project, "ada"), (await photo?.()) ?? "");
  expect((await userPictures("set", "ada@example.com", "ada")).stderr).toBe("");
  const picture = () =>
    sandbox.tenant.snapshot().users.find(({ user_id }) => user_id === "auth0|ada")?.["user_metadata"];
  expect(picture()).toEqual({ picture: expect.stringContaining(sandbox.store.pictureBaseUrl) as string });
  expect((await userPictures("show", "ada@example.com")).stdout).toContain(sandbox.store.pictureBaseUrl);
  await userPictures("erase", "ada@example.com");
  expect(picture()).toEqual({});
});

it("has what it needs and nothing else, its licence, and the library's version", async () => {
  const others = packed.filter(
    (path) => !/^dist\/(?:cli|functions|components|actions)\/(?:[\w-]+\/)*[\w-]+\.js$/.test(path),
  );
  expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  expect(packed.filter((path) => /pulumi\.js|\/index\.js$|args\.js$|test/.test(path))).toEqual([]);
  expect(await readFile("cli/LICENSE", "utf8")).toBe(await readFile("LICENSE", "utf8"));
  expect((await readManifest("cli/package.json")).version).toBe((await readManifest("package.json")).version);
  const text = await Promise.all(packed.map((path) => readFile(join(installed, path), "utf8")));
  expect(text.filter((source) => /from "(?:@pulumi|esbuild)/.test(source))).toEqual([]);
  expect((await readFile(join(installed, "dist/cli/main.js"), "utf8")).startsWith("#!/usr/bin/env node\n")).toBe(true);
});

it("shows in its README only what can be typed", async () => {
  const readme = await readFile(join(installed, "README.md"), "utf8");
  const block = /## What it does\n\n```sh\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const lines = block.trim().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  const commandLine = pathToFileURL(join(installed, "dist/cli/command-line.js")).href;
  const { endingOfTyped } = (await import(commandLine)) as typeof import("../../cli/command-line.ts");
  for (const line of lines) {
    const words = [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
    const args = words.slice(1).filter((word, index, all) => word !== "--stack" && all[index - 1] !== "--stack");
    expect(await endingOfTyped([...args, "--config", "nowhere.json"], false), line).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "user-pictures: --config: nowhere.json is not there.\n",
    });
  }
});
