// An import in a process of its own that is killed at drawn moments, and run again until it comes to its end: then
// every user has the right picture, and the store was sent no object twice.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isRare } from "../../rare.ts";
import { runSandbox } from "../running-sandbox.ts";
import { generateUsers, idOf, indexIn } from "./generated-users.ts";
import { importContext, pictureOf, recordPuts } from "./running-import.ts";

/** `npm run rehearse:import` has 10,000. */
const many = Number(process.env["IMPORT_USERS"] ?? 60);
const isMany = isRare || many > 60;
const count = isMany ? many : 10;
const kills = isMany ? 3 : 1;
const folder = await mkdtemp(join(tmpdir(), "users-"));
const { users, table } = await generateUsers(folder, count, isMany ? undefined : 320);
afterAll(() => rm(folder, { recursive: true }));
const sandbox = runSandbox({ connections: [{ name: "db", strategy: "auth0" }], users });
let puts: Map<string, number>;
beforeAll(() => {
  puts = recordPuts(sandbox);
});

const main = join(import.meta.dirname, "../../../cli/main.ts");
const journal = `${table}.import.jsonl`;

/** @param command that runs it, with its own arguments before. @default Node */
function startImport([command = process.execPath, ...args]: readonly string[] = []) {
  const child = spawn(command, [...args, main, "import", table, "--json"], {
    cwd: sandbox.folder,
    env: { PATH: process.env["PATH"], HOME: sandbox.folder, ...sandbox.environment },
  });
  const ended = once(child, "close") as Promise<[number | null, string | null]>;
  return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
}

function doneLines(): number {
  try {
    return readFileSync(journal, "utf8").match(/^\{"done".*\n/gm)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** @returns whether it was still running */
async function killAfter(done: number, milliseconds: number): Promise<boolean> {
  const { child, ended } = startImport();
  // A journal of thousands is not read every two milliseconds.
  while (doneLines() < done && child.exitCode === null) await sleep(count > 60 ? 100 : 2);
  await sleep(milliseconds);
  child.kill("SIGKILL");
  const [, signal] = await ended;
  return signal === "SIGKILL";
}

it("ends with every user right and no object sent twice, however often it is killed", async () => {
  // Within each part of the way, anywhere; and between two lines of the journal, anywhere.
  const drawn = Array.from({ length: kills }, (_, part) => ({
    done: Math.floor((count * (part + Math.random() * 0.8)) / kills),
    milliseconds: Math.random() * 60,
  }));
  const said = `killed at ${JSON.stringify(drawn)}`;
  const wasRunning: boolean[] = [];
  for (const { done, milliseconds } of drawn) wasRunning.push(await killAfter(done, milliseconds));
  expect(wasRunning, said).toEqual(drawn.map(() => true));
  const doneBefore = doneLines();
  expect(doneBefore, said).toBeLessThan(count);

  const { ended, stdout, stderr } = startImport();
  const [code] = await ended;
  expect(code, `${said}; ${await stderr}`).toBe(0);
  const outcome = JSON.parse(await stdout) as { done: number; unchanged: number; skipped: number; failed: number };
  expect(outcome.failed, said).toBe(0);
  // What was done and not yet written down is found as it should be.
  expect(outcome.done + outcome.unchanged + outcome.skipped, said).toBe(count);
  expect(outcome.skipped, said).toBe(doneBefore);

  const users = sandbox.tenant.snapshot().users as { user_id: string; user_metadata?: { picture?: string } }[];
  const pictures = new Map(users.map(({ user_id, user_metadata }) => [user_id, user_metadata?.picture]));
  const named = (id: string) => pictures.get(id);
  for (let index = 0; index < count; index += 1) {
    const picture = await pictureOf(sandbox, idOf(index), named);
    expect(picture && (await indexIn(picture)), `user ${index}, ${said}`).toBe(index);
  }
  const patched = sandbox.tenant.faults.calls.flatMap(({ method, path }) => (method === "PATCH" ? path : []));
  expect(patched.toSorted(), said).toEqual([...new Set(patched)].toSorted());
  expect(patched, said).toHaveLength(count);
  expect(puts.size, said).toBe(3 * count);
  expect(
    [...puts].filter(([, times]) => times > 1),
    said,
  ).toEqual([]);
});

it.runIf(isRare)("stops in order on a full disk, with nothing lost", async () => {
  await rm(journal);
  const users = importContext(sandbox).tenant.users;
  for (let index = 0; index < count; index += 1)
    await users.updateUser(idOf(index), { user_metadata: { picture: null } });
  // No file can be larger than a kilobyte, as if the disk had no more.
  const full = ["bash", "--norc", "-c", `trap '' XFSZ; ulimit -f 1; exec "$@"`, "bash", process.execPath];
  const stopped = startImport(full);
  const [code] = await stopped.ended;
  const said = await stopped.stderr;
  expect(code, said).toBe(2);
  expect(said).toContain(`The import's journal ${journal} cannot be written: the file system takes no larger file.`);
  expect(said).toContain("run the same command again: it goes on from there.");
  expect(statSync(journal).size).toBe(1024);
  const doneBefore = doneLines();
  expect(doneBefore).toBeGreaterThan(0);

  const { ended, stdout, stderr } = startImport();
  expect(await ended, await stderr).toEqual([0, null]);
  expect(JSON.parse(await stdout)).toMatchObject({ failed: 0, skipped: doneBefore });
  for (let index = 0; index < count; index += 1)
    expect(await indexIn((await pictureOf(sandbox, idOf(index))) ?? new Uint8Array())).toBe(index);
  expect([...puts].filter(([, times]) => times > 1)).toEqual([]);
});
