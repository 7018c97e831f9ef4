// What a program that starts the command line gets of it: one object, an exit code, the whole text.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { grayPhoto } from "../functions/source-pictures.ts";
import { isRare } from "../rare.ts";
import { runSandbox } from "./running-sandbox.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");
const users = Array.from({ length: 400 }, (_, index) => ({
  ...{ connection: "users", email: `user-${index}@example.com`, user_id: `${index}` },
  user_metadata: { picture: `http://example.com/${"a".repeat(300)}/${index}.png` },
}));
const sandbox = runSandbox({ connections: [{ name: "users", strategy: "auth0" }], users });

beforeAll(async () => {
  await writeFile(join(sandbox.folder, "ada.png"), await grayPhoto());
  await writeFile(join(sandbox.folder, "broken.png"), "no picture");
  await writeFile(join(sandbox.folder, "good.csv"), "user,picture\nauth0|2,ada.png\n");
  await writeFile(join(sandbox.folder, "bad.csv"), "user,picture\nauth0|3,ada.png\nauth0|nobody,ada.png\n");
});

describe("--json is one object on standard output, and nothing else", () => {
  type Row = [command: string, code: number, object?: object];
  const everyTime: Row[] = [
    ["set auth0|1 ada.png", 0, { changed: true, attribute: "metadata" }],
    ["show auth0|1", 0, { user: { user_id: "auth0|1" } }],
    ["unset auth0|1", 0, { changed: true, before: expect.stringMatching(/\/u\/.*\.webp$/) as string }],
    ["erase auth0|1", 0, { pictures: 1, complete: true, edge: "told" }],
    ["show auth0|nobody", 2],
    ["import bad.csv", 1, { done: 1, failed: 1 }],
    ["doctor", 0, { fault: 0 }],
    ["show", 2],
  ];
  const rarely: Row[] = [
    ["set auth0|1 broken.png --dry-run", 2],
    ["import good.csv", 0],
    ["import nowhere.csv", 2],
    ["import --from-identity-provider --dry-run", 0],
    ["audit --no-fetch", 0],
    ["show auth0|1 --config nowhere.json", 2],
    ["show auth0|1 --stack dev", 2],
    ["--version", 0],
  ];
  it.each(isRare ? [...everyTime, ...rarely] : everyTime)("%s", async (text, code, more = {}) => {
    const { stdout, stderr, code: exitCode } = await sandbox.runCli(["--json", ...text.split(" ")]);
    const object: unknown = JSON.parse(stdout);
    expect(object).toMatchObject(more);
    expect({ code: exitCode, stdout, stderr }).toMatchObject({ code });
    expect(stdout + stderr).not.toContain("\u001b");
    expect(stdout + stderr).not.toMatch(/^ {4}at /m);
    const words = expect.any(String) as string;
    if (code === 2) expect(object).toEqual({ error: { kind: words, message: words } });
    for (const secret of ["AUTH0_CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY"])
      expect(stdout + stderr).not.toContain(sandbox.environment[secret]);
  });
});

const environment = () => ({ PATH: process.env["PATH"], ...sandbox.environment });
const start = (args: readonly string[]) =>
  spawn(process.execPath, [main, ...args], { cwd: sandbox.folder, env: environment() });
const all = async (stream: Readable) => (await stream.toArray()).map(String).join("");

describe("standard output", () => {
  it("has left when the program ends, however slowly it is read", async () => {
    const script = '{ "$0" "$1" audit --no-fetch --json; echo "exit code $?" >&2; } | { sleep 1; cat; }';
    const child = spawn("sh", ["-c", script, process.execPath, main], { env: environment(), cwd: sandbox.folder });
    const [text, errors] = await Promise.all([all(child.stdout), all(child.stderr)]);
    expect(Buffer.byteLength(text)).toBeGreaterThan(100_000);
    expect(JSON.parse(text)).toBeTypeOf("object");
    expect(errors).toMatch(/\nexit code 0\n$/);
  });

  it("may be closed by who reads it, such as head", async () => {
    const child = start(["show", "auth0|1"]);
    child.stdout.destroy();
    const [errors, ended] = await Promise.all([all(child.stderr), once(child, "close")]);
    expect([errors, ended]).toEqual(["", [0, null]]);
  });

  it("that cannot be written is said, and no success", async () => {
    const child = spawn("sh", ["-c", `"$0" "$1" --version > /dev/full`, process.execPath, main]);
    const [errors, ended] = await Promise.all([all(child.stderr), once(child, "close")]);
    expect(ended).toEqual([1, null]);
    expect(errors).toMatch(/^user-pictures: standard output cannot be written: ENOSPC/);
  });

  it("has colours where they are asked for, and never with --no-color", async () => {
    const help = async (args: string[], env: Record<string, string>) =>
      (await sandbox.runCli([...args, "--help"], { env })).stdout.includes("\u001b[1m");
    expect(await help([], {})).toBe(false);
    expect(await help([], { FORCE_COLOR: "1" })).toBe(true);
    expect(await help(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
    expect(await help([], { NO_COLOR: "1" })).toBe(false);
  });
});

describe("Ctrl-C", () => {
  it("lets what is under way finish, and is exit code 130 with one object", async () => {
    sandbox.tenant.faults.inject(
      { kind: "slow response", milliseconds: 1500 },
      { path: /users\/auth0%7C7$/, times: 1 },
    );
    const child = start(["show", "auth0|7", "--json"]);
    const printed = Promise.all([all(child.stdout), all(child.stderr), once(child, "close")]);
    while (!sandbox.tenant.faults.calls.some(({ path }) => path.includes("7C7"))) await setTimeout(10);
    child.kill("SIGINT");
    const [stdout, stderr, ended] = await printed;
    expect(ended).toEqual([130, null]);
    expect(JSON.parse(stdout)).toBeTypeOf("object");
    expect(stderr).toContain("Interrupted: finishing what is under way. Press Ctrl-C again to end at once.\n");
  });
});

it("nothing is called where the credentials are another tenant's", async () => {
  const calls = sandbox.tenant.faults.calls.length;
  const { stderr, code } = await sandbox.runCli(["unset", "auth0|9"], {
    env: { EXPECTED_TENANT: "other.eu.auth0.com" },
  });
  expect([code, sandbox.tenant.faults.calls.length]).toEqual([2, calls]);
  expect(stderr).toContain("expectedTenant: other.eu.auth0.com was expected");
});

it("a command that needs a store says where one is missing", async () => {
  const env = { PICTURE_BUCKET: undefined, PICTURE_DISTRIBUTION_ID: undefined };
  const { stderr, code } = await sandbox.runCli(["set", "auth0|9", "ada.png"], { env });
  expect([stderr, code]).toEqual([
    "user-pictures: There is no picture store: neither the stack nor the file has a bucketName, and PICTURE_BUCKET is " +
      "not set. Name the stack that has the store (--stack), or set PICTURE_BUCKET and PICTURE_BASE_URL.\n",
    2,
  ]);
});
