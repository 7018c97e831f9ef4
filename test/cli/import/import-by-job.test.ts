// Root pictures by Auth0's import jobs: upon a tenant that runs them, a store and real pictures.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { importByJob } from "../../../cli/import/import-by-job.ts";
import type { ImportByJobArgs } from "../../../cli/import/import-by-job.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { taggedState } from "../../../components/picture-store/picture-tags.ts";
import { userFolder } from "../../../components/picture-store/image.ts";
import { refused } from "../../functions/source-pictures.ts";
import { isRare } from "../../rare.ts";
import { runSandbox } from "../running-sandbox.ts";
import { emailOf, generateUsers, idOf, indexIn } from "./generated-users.ts";
import type { GeneratedUsers } from "./generated-users.ts";
import { importContext, recordPuts, runDecoder } from "./running-import.ts";
import type { ImportContext } from "./running-import.ts";

const main = join(import.meta.dirname, "../../../cli/main.ts");
const count = 12;
/** So that it takes several jobs: a record is of some 250 bytes. */
const mostBytes = 1000;
/** In milliseconds: how long a job takes. */
let jobTime = 60;
/** In milliseconds: how much later it is for jobs than it is. */
let later = 0;
const folder = await mkdtemp(join(tmpdir(), "job-users-"));
const generated: GeneratedUsers = await generateUsers(folder, count, 320);
afterAll(() => rm(folder, { recursive: true }));
const metadata = { color: "blue", picture: "https://elsewhere.example.org/own.png" };
const sandbox = runSandbox({
  connections: [
    { name: "db", strategy: "auth0", options: { mfa: {} } },
    { name: "other", strategy: "auth0" },
    { name: "google", strategy: "google-oauth2" },
    { name: "custom", strategy: "auth0", options: { enabledDatabaseCustomization: true } },
    { name: "importing", strategy: "auth0", options: { enabledDatabaseCustomization: true, import_mode: true } },
  ],
  users: [
    ...generated.users.map((user) => ({ ...user, email_verified: true, user_metadata: metadata })),
    { connection: "other", user_id: "elsewhere", email: "elsewhere@example.org" },
    { connection: "db", user_id: "linked", email: "linked@example.org" },
  ],
  jobTime: {
    now: () => Date.now() + later,
    get milliseconds() {
      return jobTime;
    },
  },
} as Parameters<typeof runSandbox>[0]);
const shared = runDecoder();
let puts: Map<string, number>;
beforeAll(() => {
  puts = recordPuts(sandbox);
});
beforeEach(() => puts.clear());
afterEach(() => {
  [jobTime, later] = [60, 0];
  sandbox.tenant.faults.clear();
  sandbox.tenant.faults.resetCalls();
  for (const suffix of [".import-job.jsonl", ".failed.csv"]) {
    rmSync(`${generated.table}${suffix}`, { force: true });
    rmSync(`${generated.table.replace(/\.csv$/, "")}${suffix}`, { force: true });
  }
});

const importOf = (context: ImportContext, args: Partial<ImportByJobArgs> = {}) =>
  importByJob(context, { source: generated.table, connection: "db", ...args }, { ...shared, mostBytes });
const jobsAsked = (status: number) =>
  sandbox.tenant.faults.calls.filter((call) => call.path.endsWith("/users-imports") && call.status === status).length;
const userOf = (id: string) => sandbox.tenant.snapshot().users.find(({ user_id }) => user_id === id);

async function statesOf(userId: string): Promise<unknown[]> {
  const { objects } = importContext(sandbox).bucket();
  const listed = await objects.list(userFolder(userId));
  return Promise.all(listed.map(async ({ key }) => taggedState((await objects.tagsOf(key)) ?? {})));
}

async function emptyStore(): Promise<void> {
  const { objects } = importContext(sandbox).bucket();
  for (const { key, versionId } of (await objects.listVersions("u/")).versions)
    await objects.deleteVersion(key, versionId);
}

/** The addresses in the files of the jobs that this command begins. */
function recordRecords({ tenant }: ImportContext, sent: string[], onJob: () => unknown = () => undefined): void {
  const { usersImports } = tenant.management.jobs;
  const create = usersImports.create.bind(usersImports);
  usersImports.create = (asked, ...rest) => {
    void (asked.users as File).text().then((text) => {
      for (const { email } of JSON.parse(text) as { email: string }[]) sent.push(email);
    });
    onJob();
    return create(asked, ...rest);
  };
}

/** Takes every root picture away again. */
async function forgetPictures(): Promise<void> {
  const { users } = importContext(sandbox).tenant;
  for (let index = 0; index < count; index += 1) await users.updateUser(idOf(index), { picture: null });
  sandbox.tenant.faults.resetCalls();
}

async function expectPictures(from = 0): Promise<void> {
  for (let index = from; index < count; index += 1) {
    const { picture } = userOf(idOf(index)) ?? {};
    const bytes = await (await sandbox.edge.fetch(picture as string)).arrayBuffer();
    expect(await indexIn(new Uint8Array(bytes)), `user ${index}`).toBe(index);
  }
}

describe("import --job", () => {
  it("gives every user the root picture, in several jobs of which two run at a time, and changes nothing else", async () => {
    const before = sandbox.tenant.snapshot().users;
    const outcome = await importOf(importContext(sandbox));
    expect(outcome.json).toMatchObject({ dryRun: false, done: count, failed: 0, skipped: 0, failures: [] });
    expect(outcome.hasFailed).toBe(false);
    await expectPictures();
    expect(jobsAsked(202)).toBeGreaterThan(2);
    // It asks for no third job before one of the two has ended.
    expect(jobsAsked(429)).toBe(0);
    expect(sandbox.tenant.faults.calls.filter(({ method }) => method === "PATCH")).toHaveLength(0);
    // E-mail addresses stay verified, metadata whole, and nobody is new.
    const without = (users: typeof before) =>
      users.map(({ picture: _, ...user }) => ({ ...user, updated_at: undefined }));
    expect(without(sandbox.tenant.snapshot().users)).toEqual(without(before));
    expect(puts.size).toBe(3 * count);
    expect(await statesOf(idOf(0))).toEqual(["set", "set", "set"]);

    sandbox.tenant.faults.resetCalls();
    const again = await importOf(importContext(sandbox));
    expect(again.json).toMatchObject({ done: 0, failed: 0, skipped: count });
    expect(sandbox.tenant.faults.calls.some(({ path }) => path.includes("/jobs/"))).toBe(false);

    rmSync(`${generated.table}.import-job.jsonl`);
    const unchanged = await importOf(importContext(sandbox));
    expect(unchanged.json).toMatchObject({ done: 0, unchanged: count, failed: 0 });
    expect(jobsAsked(202)).toBe(0);
    expect(puts.size).toBe(3 * count);
  });

  it("waits while others' jobs take the tenant's room", async () => {
    await forgetPictures();
    const { management } = importContext(sandbox).tenant;
    const { data } = await management.connections.list({ name: "other" });
    jobTime = 60_000;
    for (let job = 0; job < 2; job += 1)
      await management.jobs.usersImports.create({ users: new Blob(["[]"]), connection_id: data[0]?.id ?? "" });
    jobTime = 60;
    const importing = importOf(importContext(sandbox));
    while (jobsAsked(429) === 0) await sleep(5);
    expect(jobsAsked(202)).toBe(2);
    later += 61_000;
    const outcome = await importing;
    expect(outcome.json).toMatchObject({ done: count, failed: 0 });
    await expectPictures();
  });

  it("says in rows what it cannot do, and does the rest", async () => {
    await forgetPictures();
    const { management, users } = importContext(sandbox).tenant;
    await users.updateUser("auth0|linked", { picture: null });
    await management.users.identities.link(idOf(0), { provider: "auth0", user_id: "linked" } as never);
    const [, bytes] = refused["broken"] ?? Object.values(refused)[0] ?? [];
    writeFileSync(join(folder, "broken.png"), (await bytes?.()) ?? "");
    const good = readFileSync(generated.table, "utf8").split("\n");
    const photo = good[1]?.split(",")[1] ?? "";
    const table = join(folder, "some.csv");
    const rows = [
      `auth0|nobody,${photo}`,
      `nobody@example.org,${photo}`,
      `elsewhere@example.org,${photo}`,
      `auth0|elsewhere,${photo}`,
      `linked@example.org,${photo}`,
      `${idOf(5)},broken.png`,
      `${idOf(6)},missing.png`,
      // One user by two names: the id counts.
      `${idOf(7)},${good[8]?.split(",")[1]}`,
      `${emailOf(7)},${photo}`,
      `${emailOf(8).toUpperCase()},${good[9]?.split(",")[1]}`,
    ];
    writeFileSync(table, ["user,picture", ...rows, ""].join("\n"));
    const context = importContext(sandbox);
    const outcome = await importOf(context, { source: table });
    expect(outcome.json).toMatchObject({ done: 2, failed: 8 });
    expect(outcome.hasFailed).toBe(true);
    expect(outcome.text).toContain("--job --attribute root --connection db");
    const report = readFileSync(join(folder, "some.failed.csv"), "utf8");
    for (const user of ["auth0|nobody", "nobody@example.org", "auth0|elsewhere", "linked@example.org", emailOf(7)])
      expect(report).toContain(`"${user}"`);
    expect(userOf(idOf(7))?.["picture"]).toContain("/u/");
    expect(userOf(idOf(8))?.["picture"]).toContain("/u/");
    expect(sandbox.tenant.snapshot().users).toHaveLength(count + 1);
    await management.users.identities.delete(idOf(0), "auth0", "linked");
  });

  it("puts what a job refuses in the row's report", async () => {
    await forgetPictures();
    const { management } = importContext(sandbox).tenant;
    sandbox.tenant.faults.inject(
      {
        ...{ kind: "meanwhile", when: "before effect" },
        act: async () => {
          await management.users.update(idOf(3), { email: "other@example.org" });
          await management.users.delete(idOf(4));
        },
      },
      { path: /users-imports/, method: "POST" },
    );
    const outcome = await importOf(importContext(sandbox));
    expect(outcome.json).toMatchObject({ done: count - 2, failed: 2 });
    const failures = outcome.json["failures"] as { user: string; error: string }[];
    expect(failures.find(({ user }) => user === idOf(3))?.error).toMatch(/import job job_\w+ refused it: .*CONFLICT/);
    expect(failures.find(({ user }) => user === idOf(4))?.error).toContain("made a new account");
    expect(readFileSync(join(folder, "users.failed.csv"), "utf8")).toContain("CONFLICT");
    await management.users.update(idOf(3), { email: emailOf(3) });
  });

  it("fails the rows of a job that fails as a whole, and does the others", async () => {
    await forgetPictures();
    let calls = 0;
    const context = importContext(sandbox);
    const { management } = context.tenant;
    const create = management.jobs.usersImports.create.bind(management.jobs.usersImports);
    management.jobs.usersImports.create = (asked, ...rest) =>
      create({ ...asked, users: (calls += 1) === 1 ? new Blob(["[{"]) : asked.users }, ...rest);
    const outcome = await importOf(context);
    const { done, failed } = outcome.json as { done: number; failed: number };
    expect(failed).toBeGreaterThan(3);
    expect(done).toBe(count - failed);
    expect(JSON.stringify(outcome.json["failures"])).toContain("failed: Failed to parse users file");
  });

  it("goes on after it was cut off, and sends no record and no object twice", async () => {
    await forgetPictures();
    await emptyStore();
    const sent: string[] = [];
    const first = importContext(sandbox);
    recordRecords(first, sent, () => (jobTime = 60_000));
    const running = importOf(first);
    while (jobsAsked(202) < 2) await sleep(5);
    first.interrupt();
    expect((await running).json).toMatchObject({ interrupted: true, done: 0 });
    expect(jobsAsked(202)).toBe(2);
    expect(sent.length).toBeLessThan(count);
    [jobTime, later] = [60, later + 61_000];
    const second = importContext(sandbox);
    recordRecords(second, sent);
    expect((await importOf(second)).json).toMatchObject({ done: count, failed: 0, skipped: 0 });
    await expectPictures();
    expect(sent.toSorted()).toEqual(Array.from({ length: count }, (_, index) => emailOf(index)).sort());
    expect(puts.size).toBe(3 * count);
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
  });

  it.runIf(isRare)("goes on after it was killed, while it stored and while its job ran", async () => {
    await forgetPictures();
    await emptyStore();
    const args = ["import", generated.table, "--job", "--attribute", "root", "--connection", "db", "--json"];
    const journal = `${generated.table}.import-job.jsonl`;
    const killOnce = async (isTime: () => boolean) => {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: sandbox.folder,
        env: { PATH: process.env["PATH"], HOME: sandbox.folder, ...sandbox.environment },
        stdio: "ignore",
      });
      const ended = once(child, "exit");
      while (!isTime() && child.exitCode === null) await sleep(2);
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");
    };
    await killOnce(() => puts.size >= 7);
    // Its job would take a minute.
    sandbox.tenant.faults.inject(
      { kind: "meanwhile", when: "before effect", act: () => void (jobTime = 60_000) },
      { path: /users-imports/, method: "POST" },
    );
    await killOnce(() => readFileSync(journal, "utf8").includes('{"kept":{"job"'));
    [jobTime, later] = [60, later + 61_000];
    const { code, stdout, stderr } = await sandbox.runCli(args);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ done: count, failed: 0 });
    await expectPictures();
    expect(jobsAsked(202)).toBe(1);
    expect(puts.size).toBe(3 * count);
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
  });

  it("changes nothing in a dry run", async () => {
    await forgetPictures();
    const before = sandbox.tenant.snapshot().users;
    const outcome = await importOf(importContext(sandbox, { isDryRun: true }));
    expect(outcome.json).toMatchObject({ dryRun: true, done: count, failed: 0 });
    expect(outcome.json["changes"]).toHaveLength(count);
    expect(sandbox.tenant.snapshot().users).toEqual(before);
    expect(jobsAsked(202)).toBe(0);
    expect(puts.size).toBe(0);
    expect(existsSync(`${generated.table}.import-job.jsonl`)).toBe(false);
  });

  it.each([
    ["google", "is of google-oauth2. Import without --job"],
    ["custom", "is a custom database without import mode"],
    ["DB", 'no connection named "DB"'],
    ["nothing\u001b[2J", "no connection named"],
  ])("refuses the connection %j", async (connection, message) => {
    const failure = await importOf(importContext(sandbox), { connection }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandError);
    expect(String(failure)).toContain(message);
    expect(String(failure)).not.toContain("\u001b");
    expect(existsSync(`${generated.table}.import-job.jsonl`)).toBe(false);
  });

  it("takes a custom database in import mode", async () => {
    const outcome = await importOf(importContext(sandbox), { connection: "importing" });
    expect(outcome.json).toMatchObject({ done: 0, failed: count });
  });

  it.each([
    [["read:users", "create:users", "read:connections"], "read:connections_options"],
    [["read:users", "read:connections", "read:connections_options"], "create:users"],
  ])("names the scope that is missing: %j", async (scopes, missing) => {
    const credentials = sandbox.tenant.createManagementClient(scopes);
    const failure = await importOf(importContext(sandbox, { credentials })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandError);
    expect(String(failure)).toContain(missing);
  });
});
