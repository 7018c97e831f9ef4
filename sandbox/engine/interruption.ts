// What a killed engine leaves in a file:// backend: its lock.
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** A lock of the stack, as the engine writes it into `.pulumi/locks/organization/<project>/<stack>/<id>.json`. */
export interface StackLock {
  readonly file: string;
  readonly pid: number;
  readonly hostname: string;
  /** Whether its process was on this machine and is gone. */
  readonly isStale: boolean;
}

export async function stackLocks(stateFolder: string, project: string, stack: string): Promise<StackLock[]> {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", project, stack);
  const files = (await unlessMissing(readdir(folder))) ?? [];
  const locks: StackLock[] = [];
  for (const name of files.filter((name) => name.endsWith(".json"))) {
    const file = join(folder, name);
    // A lock that is gone by now was another operation's, which has just ended.
    const text = await unlessMissing(readFile(file, "utf8"));
    if (text === undefined) continue;
    const { pid, hostname: host } = JSON.parse(text) as { pid: number; hostname: string };
    locks.push({ file, pid, hostname: host, isStale: host === hostname() && !isRunning(pid) });
  }
  return locks;
}

/** Whether a process of this machine runs, be it another user's. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

export async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
