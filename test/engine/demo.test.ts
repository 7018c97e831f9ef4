// `npm run demo` as a user runs it: what it refuses at once, a first run and a second one.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { close, listen } from "../../sandbox/edge/loopback.ts";

const script = "sandbox/demo/demo.ts";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-"));
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = (...args: string[]) =>
  promisify(execFile)(process.execPath, [script, "--folder", folder, ...args]).then(
    () => expect.fail("It was not refused"),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );

/** Resolves with what it has printed once the page's address is among it. */
async function run(port: number): Promise<{ child: ChildProcess; text: string }> {
  const child = spawn(process.execPath, [script, "--folder", folder, "--port", String(port)]);
  let text = "";
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("Ctrl-C ends it")) resolve({ child, text });
    });
    child.once("exit", () => reject(new Error(text)));
  });
}

describe("npm run demo", () => {
  it("says which port is taken, before it deploys anything", async () => {
    const server = createServer();
    const port = await listen(server);
    const { code, stderr } = await refusal("--port", String(port));
    await close(server);

    expect(code).toBe(1);
    expect(stderr).toBe(
      `\nPort ${port} is taken. "lsof -i :${port}" shows by which process; npm run demo -- --port PORT takes another.\n`,
    );
  });

  it.each([
    [["--port", "80a"], 'A port is a number from 1 to 65535, and "80a" was given.'],
    [["serve"], "Unexpected argument 'serve'."],
  ])("refuses %j", async (args, message) => {
    expect(await refusal(...args)).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it("deploys, serves the page until Ctrl-C, and finds all again at the next start", async () => {
    const probe = createServer();
    const port = await listen(probe);
    await close(probe);
    const origin = `http://localhost:${port}`;
    const console = async () => (await fetch(`${origin}/demo/api/console`)).json() as Promise<{ people: object[] }>;
    const write = { "content-type": "application/json", origin, "sec-fetch-site": "same-origin" };

    const first = await run(port);
    expect(first.text).toContain(`Open ${origin}/demo/ in a browser`);
    expect(first.text).toContain("58 created");
    expect(await (await fetch(`${origin}/demo/`)).text()).toContain("<title>Fieldnotes</title>");
    const picture = "https://example.com/a.png";
    const body = JSON.stringify({ key: "auth0|ada", what: "metadata", picture });
    expect((await fetch(`${origin}/demo/api/change`, { method: "POST", headers: write, body })).status).toBe(200);
    first.child.kill("SIGINT");
    expect(await once(first.child, "exit")).toEqual([0, null]);

    const second = await run(port);
    // The tenant has another port, which the authorizer, the functions and the grants name.
    expect(second.text).toContain("5 changes. 53 unchanged");
    expect((await console()).people[0]).toMatchObject({ name: "Ada Lind", metadataPicture: picture });
    second.child.kill("SIGTERM");
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });
});
