// Operations of the real engine on a small program with one component and one dynamic resource, and no cloud's
// provider.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { obtainEngine, type Engine } from "../../../sandbox/engine/engine.ts";
import { isRunning, stackLocks } from "../../../sandbox/engine/interruption.ts";
import { pendingOperations, restoreIncompleteState, stackOutputs } from "../../../sandbox/engine/stack-state.ts";
import { openWorkspace, type Workspace, type WorkspaceOptions } from "../../../sandbox/engine/workspace.ts";
import { isRare } from "../../rare.ts";

const projectFolder = join(import.meta.dirname, "fixture");
const minute = 60_000;
vi.setConfig({ testTimeout: 2 * minute });

let engine: Engine;
let folder: string;
let state: string;
let output: string;

// On a machine that has no engine yet this builds one.
beforeAll(async () => {
  engine = await obtainEngine({ progress: (line) => process.stderr.write(`${line}\n`) });
}, 20 * minute);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "workspace-test-"));
  state = join(folder, ".sandbox", "state");
  output = "";
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

function open(options: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  return openWorkspace({
    folder: join(folder, ".sandbox"),
    engine,
    projectFolder,
    environment: { AUTH0_FIXTURE_FOLDER: folder },
    onOutput: (text) => (output += text),
    ...options,
  });
}

interface Seen {
  env: Record<string, string>;
  node: string;
  credentials: string[];
  pid: number;
}

async function seenBy(who: "program" | "provider"): Promise<Seen> {
  return JSON.parse(await readFile(join(folder, `${who}-sees.json`), "utf8")) as Seen;
}

async function resourceTypes(workspace: Workspace): Promise<string[]> {
  const { deployment } = (await workspace.exportState()) as { deployment: { resources?: { type: string }[] } };
  return (deployment.resources ?? []).map(({ type }) => type);
}

/** Puts an older Node first on PATH, and the user's credentials where programs look for them. @returns HOME */
async function plantCredentials(): Promise<string> {
  const home = join(folder, "home");
  for (const file of [".aws/credentials", ".pulumi/credentials.json"]) {
    await mkdir(join(home, file, ".."), { recursive: true });
    await writeFile(join(home, file), "planted");
  }
  // An older Node than this one comes first on PATH.
  const oldNode = join(folder, "old-node");
  await mkdir(oldNode);
  await writeFile(join(oldNode, "node"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const planted = {
    PATH: `${oldNode}:${process.env["PATH"]}`,
    HOME: home,
    AWS_ACCESS_KEY_ID: "planted",
    AWS_SECRET_ACCESS_KEY: "planted",
    AWS_PROFILE: "planted",
    AWS_SHARED_CREDENTIALS_FILE: join(home, ".aws/credentials"),
    AUTH0_DOMAIN: "planted.auth0.com",
    AUTH0_CLIENT_SECRET: "planted",
    AUTH0_API_TOKEN: "planted",
    PULUMI_ACCESS_TOKEN: "planted",
    PULUMI_BACKEND_URL: "s3://planted",
    PULUMI_CONFIG_PASSPHRASE: "planted",
    PULUMI_HOME: join(home, ".pulumi"),
    PULUMI_DEBUG_PROVIDERS: "aws:1",
    GITHUB_TOKEN: "planted",
    NODE_OPTIONS: "--title=planted",
  };
  for (const [name, value] of Object.entries(planted)) vi.stubEnv(name, value);
  return home;
}

test("deploys, finds nothing to change, previews a change, deploys it and takes everything away", async () => {
  const before = await readFile(join(projectFolder, "Pulumi.dev.yaml"), "utf8");
  const home = await plantCredentials();
  // Each of these may mean something in a URL or to a shell.
  const sandbox = join(folder, "c# a%20b q?x ü 'it's\" -100% $HOME & ;~[x]{y}");
  const environment = { AUTH0_FIXTURE_FOLDER: folder, AUTH0_DOMAIN: "sandbox.example" };
  const inSandbox = { folder: sandbox, environment };
  const workspace = await open(inSandbox);

  const first = await workspace.up();
  expect(first.changes).toEqual({ create: 3, same: 0, update: 0, delete: 0, replace: 0 });
  expect(first.outputs).toEqual({
    greeting: "from the stack's file",
    password: "[secret]",
    nested: { password: "[secret]", public: 1 },
  });
  expect(output).toContain("Previewing update (dev)");
  expect(output).toContain("Updating (dev)");
  expect(output).toContain("Left out of the sandbox: engine-fixture:password");
  expect(output).not.toMatch(/warning|correct horse|battery staple|\x1b\[/); // oxlint-disable-line no-control-regex

  // Its state is in its folder.
  expect(await readdir(folder)).toEqual(expect.not.arrayContaining(["c", "c# a b q"]));
  expect(await stackOutputs(join(sandbox, "state"), "engine-fixture", "dev")).toEqual(first.outputs);
  const backend = pathToFileURL(join(sandbox, "state")).href;
  // Neither the program nor a dynamic provider has seen a credential of the user's.
  for (const seen of [await seenBy("program"), await seenBy("provider")]) {
    expect(JSON.stringify(seen.env)).not.toContain("planted");
    expect(JSON.stringify(seen.env)).not.toContain(home);
    expect(Object.keys(seen.env).filter((name) => name.startsWith("AWS_"))).toEqual(["AWS_EC2_METADATA_DISABLED"]);
    expect(seen.node).toBe(process.version);
    expect(seen.env).toMatchObject({ AUTH0_DOMAIN: "sandbox.example", PULUMI_BACKEND_URL: backend });
  }
  expect((await seenBy("program")).credentials).toEqual([]);
  expect(await readdir(join(home, ".pulumi"))).toEqual(["credentials.json"]);

  // Another process, as a later run would be, reads the same state with the same key.
  const again = await open(inSandbox);
  expect((await again.up({ skipPreview: true })).changes).toEqual({
    create: 0,
    same: 3,
    update: 0,
    delete: 0,
    replace: 0,
  });

  const change = { config: { greeting: "good evening" } };
  const preview = await again.preview({ ...change, diff: true });
  expect(preview.changes).toMatchObject({ same: 2, update: 1 });
  expect(preview.outputs["greeting"]).toBe("from the stack's file");
  expect(output).toContain(`"good evening"`);

  const changed = await again.up({ ...change, skipPreview: true });
  expect(changed.changes).toMatchObject({ same: 2, update: 1 });
  expect(changed.outputs["greeting"]).toBe("good evening");
  expect(JSON.stringify(await again.exportState())).not.toMatch(/correct horse|battery staple/);

  const destroyed = await again.destroy();
  expect(destroyed.changes).toMatchObject({ delete: 3, create: 0, update: 0 });
  expect(destroyed.outputs).toEqual({});
  expect(await resourceTypes(again)).toEqual([]);
  expect(await readFile(join(projectFolder, "Pulumi.dev.yaml"), "utf8")).toBe(before);
  expect((await stat(sandbox)).mode & 0o777).toBe(0o700);
  expect((await stat(join(sandbox, "passphrase"))).mode & 0o777).toBe(0o600);
});

test("a failed operation rejects without repeating what the engine has said", async () => {
  const workspace = await open({ config: { "engine-fixture:greeting": "" } });
  await expect(workspace.preview()).rejects.toThrow(/^`pulumi preview` failed\. The engine's messages are above\.$/);
  expect(output).toContain("The greeting is empty.");
  if (!isRare) return;
  const none = await open({ program: "none.ts" });
  await expect(none.preview()).rejects.toThrow("`pulumi preview` failed");
  expect(output).toContain("none.ts");
});

/** Starts a deployment in a process group of its own, and waits until it creates the resource, which does not end. */
async function startHeldUp(): Promise<{ pid: number; exitCode: Promise<number | null> }> {
  await writeFile(join(folder, "hold"), "");
  const up = spawn(process.execPath, [join(projectFolder, "up.ts"), JSON.stringify(engine), folder], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  up.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exitCode = new Promise<number | null>((resolve) => up.once("close", resolve));
  while (!existsSync(join(folder, "provider-sees.json"))) {
    if (up.exitCode !== null) throw new Error(`The deployment ended early:\n${output}`);
    await wait(50);
  }
  // The plugins of an engine that was killed run on by themselves.
  const provider = (await seenBy("provider")).pid;
  onTestFinished(() => {
    if (isRunning(provider)) process.kill(provider, "SIGKILL");
  });
  if (up.pid === undefined) throw new Error("The deployment was not started.");
  return { pid: up.pid, exitCode };
}

test.runIf(isRare)("Ctrl-C lets the resource in flight be finished, saves the state and frees the stack", async () => {
  const { pid, exitCode } = await startHeldUp();
  // To the whole group, as a terminal does.
  process.kill(-pid, "SIGINT");
  await vi.waitUntil(() => output.includes("cancel"), { timeout: minute });
  await rm(join(folder, "hold"));
  expect(await exitCode).toBe(130);
  expect(output).toContain("`pulumi up` was interrupted.");
  expect(await stackLocks(state, "engine-fixture", "dev")).toEqual([]);
  expect(await pendingOperations(state, "engine-fixture", "dev")).toEqual([]);
  const workspace = await open();
  expect(await resourceTypes(workspace)).toContain("pulumi-nodejs:dynamic:Resource");
  if (isRare) expect((await workspace.up({ skipPreview: true })).changes).toMatchObject({ create: 0, same: 3 });
});

test("after a kill the next run removes the lock and what was pending, says so, and goes on", async () => {
  const { exitCode } = await startHeldUp();
  const [lock] = await stackLocks(state, "engine-fixture", "dev");
  if (lock === undefined) throw new Error("The engine holds no lock.");
  expect(lock).toMatchObject({ hostname: hostname(), isStale: false });
  const workspace = await open();
  // While its process runs, the lock counts.
  await expect(workspace.up()).rejects.toThrow(`Another operation on this sandbox is running (process ${lock.pid})`);

  process.kill(lock.pid, "SIGKILL");
  expect(await exitCode).toBe(1);
  expect(output).toMatch(/^`pulumi up` failed: Command was killed with SIGKILL \(Forced termination\)$/m);
  await rm(join(folder, "hold"));
  expect(await stackLocks(state, "engine-fixture", "dev")).toMatchObject([{ isStale: true }]);
  expect(await pendingOperations(state, "engine-fixture", "dev")).toHaveLength(1);

  // A moment earlier, and this would have been cut off.
  await writeFile(join(state, ".pulumi", "stacks", "engine-fixture", "dev.json.attrs"), "");
  output = "";
  expect((await workspace.up({ skipPreview: true })).changes).toMatchObject({ create: 1, same: 2 });
  expect(output).toContain("It was killed while it wrote the state");
  expect(output).toContain(`An earlier run (process ${lock.pid}) was killed: its lock is removed.`);
  expect(output).toMatch(/worked on urn:pulumi:dev::engine-fixture::\S+::greeting: what it had begun is taken out/);
  expect(await pendingOperations(state, "engine-fixture", "dev")).toEqual([]);
});

test("a state that a kill has left incomplete is as it was one step before; without one before it is new", async () => {
  const stacks = join(folder, ".pulumi", "stacks", "engine-fixture");
  await mkdir(stacks, { recursive: true });
  const file = join(stacks, "dev.json");
  const restore = () => restoreIncompleteState(folder, "engine-fixture", "dev");
  expect(await restore()).toBe(false);

  await writeFile(file, '{ "checkpoint": {} }');
  expect(await restore()).toBe(false);
  await writeFile(`${file}.bak`, '{ "checkpoint": { "latest": null } }');
  await writeFile(file, '{ "checkp');
  expect(await restore()).toBe(true);
  expect(await readFile(file, "utf8")).toBe('{ "checkpoint": { "latest": null } }');

  await rm(`${file}.bak`);
  await writeFile(file, "");
  expect(await restore()).toBe(true);
  expect(existsSync(file)).toBe(false);
});
