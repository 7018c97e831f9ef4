// A folder in the user's cache that is filled once and then kept: by one process at a time, and whole or not at all.
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { hasErrorCode } from "../private-file.ts";

export interface KeptOnceOptions {
  /** Whether this folder has what is wanted, and all of it. */
  readonly isReady: (folder: string) => Promise<boolean>;
  /** Fills this new folder, which is moved to its place afterwards. */
  readonly fill: (partial: string) => Promise<void>;
  /** What `fill` is at, for those who wait for another process: `building the Pulumi engine`. */
  readonly doing: string;
  readonly progress: (line: string) => void;
}

/**
 * Fills the folder, or waits for another process that is filling it.
 *
 * @returns whether this process has filled it
 * @throws what `fill` throws. Then nothing is left.
 */
export async function keptOnce(folder: string, options: KeptOnceOptions): Promise<boolean> {
  await mkdir(dirname(folder), { recursive: true });
  const unlock = await lock(folder, options);
  try {
    if (await options.isReady(folder)) return false;
    await removeAbandoned(folder);
    const partial = await mkdtemp(`${folder}.partial-`);
    try {
      await options.fill(partial);
      await putInPlace(partial, folder, options.isReady);
      return true;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } finally {
    await unlock();
  }
}

/**
 * Lets one process fill it at a time, because a second one at once would need as much time and memory again. The lock
 * is a file that its owner touches every few seconds. One that was not touched for a minute belongs to a killed
 * process.
 */
async function lock(folder: string, { doing, progress }: KeptOnceOptions): Promise<() => Promise<void>> {
  const file = `${folder}.lock`;
  for (let said = false; ;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (!hasErrorCode(error, "EEXIST")) throw error;
    }
    const touched = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - touched > 60_000) {
      await rm(file, { force: true });
    } else {
      if (!said) progress(`Another process is ${doing}: waiting for it (${file}).`);
      said = true;
      await wait(200);
    }
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, 5_000);
  return async () => {
    clearInterval(touch);
    await rm(file, { force: true });
  };
}

/** Removes what killed processes have left incomplete. Only for the lock's owner. */
async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.partial-`;
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

/** Moves a complete folder to its place, unless a process that was taken for dead has put its own there first. */
async function putInPlace(partial: string, folder: string, isReady: KeptOnceOptions["isReady"]): Promise<void> {
  try {
    await rename(partial, folder);
  } catch {
    if (await isReady(folder)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  }
}
