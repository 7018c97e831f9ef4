// What `user-pictures import` costs in the sandbox, as a process of its own: users a second with and without the
// tenant's rate limit, beside the decoding of the same pictures alone; their bytes before and after; and its memory for
// few users and for many.
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openPictureDecoder } from "../../cli/images/picture-decoder.ts";
import { readPictureFile } from "../../cli/images/read-picture-file.ts";
import { inTurns } from "../../functions/services/in-turns.ts";
import type { RateLimit } from "../../sandbox/tenant/rate-limit.ts";
import { generateUsers } from "../cli/import/generated-users.ts";
import { openSandbox } from "../cli/running-sandbox.ts";

export interface ImportCosts {
  readonly few: ImportRate;
  readonly many: ImportRate;
  /** The same pictures as `many`, read and decoded by as many processes, and nothing else. */
  readonly decodedPerSecond: number;
  readonly limited: ImportRate & { readonly limit: RateLimit; readonly refused: number };
}

export interface ImportRate {
  readonly users: number;
  readonly perSecond: number;
  /** Of the files, and of the pictures that users name then. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** In MB: the most of all of its processes together. */
  readonly peakMemory: number;
}

/** @param users of the few, the many, and those of a tenant with a limit */
export async function importCosts(
  users = { few: 200, many: 1000, limited: 300 },
  limit: RateLimit = { perSecond: 16, burst: 50 },
): Promise<ImportCosts> {
  const few = await importRate(users.few);
  const many = await importRate(users.many, { alsoDecodes: true });
  const limited = await importRate(users.limited, { limit });
  return { few, many, decodedPerSecond: many.decodedPerSecond, limited: { ...limited, limit } };
}

async function importRate(
  count: number,
  { limit, alsoDecodes = false }: { readonly limit?: RateLimit; readonly alsoDecodes?: boolean } = {},
): Promise<ImportRate & { readonly decodedPerSecond: number; readonly refused: number }> {
  const folder = await mkdtemp(join(tmpdir(), "import-"));
  const { users, table, photos, bytes: bytesBefore } = await generateUsers(folder, count);
  const sandbox = await openSandbox({ connections: [{ name: "db", strategy: "auth0" }], users });
  try {
    if (limit !== undefined) sandbox.tenant.limitRate(limit);
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../cli/main.ts"), "import", table, "--json"], {
      env: { PATH: process.env["PATH"], HOME: folder, ...sandbox.environment },
    });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const memory = watchMemory(child.pid ?? 0);
    const code = await new Promise((resolve) => child.once("close", resolve));
    const peakMemory = memory.end();
    if (code !== 0) throw new Error(`The import failed: ${await stderr}`);
    const { done, usersPerSecond: perSecond, bytesAfter } = JSON.parse(await stdout) as ImportOutcome;
    if (done !== count) throw new Error(`${done} of ${count} users have their picture.`);
    const refused = sandbox.tenant.faults.calls.filter(({ status }) => status === 429).length;
    return {
      ...{ users: count, perSecond, bytesBefore, bytesAfter, peakMemory, refused },
      decodedPerSecond: alsoDecodes ? await decodingRate(photos) : Number.NaN,
    };
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true });
  }
}

/** Of what the command prints. */
interface ImportOutcome {
  readonly done: number;
  readonly usersPerSecond: number;
  readonly bytesAfter: number;
}

async function decodingRate(photos: string): Promise<number> {
  const files = (await readdir(photos)).map((name) => join(photos, name));
  const decoder = openPictureDecoder();
  try {
    const start = performance.now();
    await inTurns(files, decoder.concurrency * 4, (file) => decoder.process(() => readPictureFile(file)));
    return files.length / ((performance.now() - start) / 1000);
  } finally {
    await decoder.close();
  }
}

/** Of a process and its children, as `ps` sees them now and then. */
function watchMemory(pid: number): { end(): number } {
  let peak = 0;
  const look = () => {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" });
    const rows = stdout.trim().split("\n");
    const processes = rows.map((row) => row.trim().split(/\s+/).map(Number));
    const own = processes.filter(([id, parent]) => id === pid || parent === pid);
    peak = Math.max(peak, own.reduce((sum, [, , kilobytes = 0]) => sum + kilobytes, 0) / 1000);
  };
  const timer = setInterval(look, 300);
  return {
    end() {
      clearInterval(timer);
      return peak;
    },
  };
}
