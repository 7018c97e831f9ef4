// One sandbox at a time uses a folder: two would overwrite each other's state.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "./private-file.ts";

/**
 * Until it is released, or this process has ended.
 *
 * @throws Error if a sandbox that is running has the folder
 */
export function lockFolder(folder: string): { close(): Promise<void> } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, "lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx", mode: 0o600 });
      return { close: () => Promise.resolve(rmSync(lock, { force: true })) };
    } catch (error) {
      if (!hasErrorCode(error, "EEXIST")) throw error;
    }
    const owner = Number(readFileSync(lock, "utf8"));
    if (isRunning(owner))
      throw new Error(
        `${folder} is in use by another sandbox, process ${owner}. End that one, or give this one a folder of its ` +
          `own: --folder DIR. If process ${owner} is no sandbox, remove ${lock}.`,
      );
    // Of a process that was killed.
    rmSync(lock, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    // 0 sends nothing, and only finds out.
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return hasErrorCode(error, "EPERM");
  }
}
