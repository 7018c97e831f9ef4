// The locks of a file:// backend, which a killed engine leaves behind.
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { hasErrorCode, unlessMissing } from "../private-file.ts";

/** A stack's lock, which the engine writes to `.pulumi/locks/organization/<project>/<stack>/<id>.json`. */
export interface StackLock {
  readonly file: string;
  readonly pid: number;
  readonly hostname: string;
  /** Whether its process ran on this machine and does not run any more. */
  readonly isStale: boolean;
}

export async function stackLocks(stateFolder: string, project: string, stack: string): Promise<StackLock[]> {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", project, stack);
  const files = (await unlessMissing(readdir(folder))) ?? [];
  const locks: StackLock[] = [];
  for (const name of files.filter((name) => name.endsWith(".json"))) {
    const file = join(folder, name);
    const text = await unlessMissing(readFile(file, "utf8"));
    if (text === undefined) continue; // It belonged to another operation, which has just ended.
    const { pid, hostname: host } = JSON.parse(text) as { pid: number; hostname: string };
    locks.push({ file, pid, hostname: host, isStale: host === hostname() && !isRunning(pid) });
  }
  return locks;
}

/** Whether a process runs on this machine, whoever started it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrorCode(error, "EPERM");
  }
}
