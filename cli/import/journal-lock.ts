// One import at a time works by a journal: two would do everything twice. The lock is a socket: the kernel takes
// it back from a process that ends in whatever way, and gives it to no other by mistake, as it can a process number.
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface JournalLock {
  release(): Promise<void>;
}

/** Which file it is, under whatever name. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

const unknownHolder = "unknown: it does not answer";

/** @returns the lock, or the number of the process that holds it */
export async function lockJournal(file: FileIdentity): Promise<JournalLock | { readonly heldBy: string }> {
  const name = createHash("sha256").update(`${file.dev}:${file.ino}`).digest("hex").slice(0, 32);
  const path = socketPath(`user-pictures-import-${name}`);
  for (;;) {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).end(String(process.pid));
    });
    server.listen(path);
    try {
      await once(server, "listening");
      // It keeps no process running that has nothing else to do.
      server.unref();
      return { release: () => new Promise<void>((resolve) => server.close(() => resolve())) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
    const heldBy = await holderOf(path);
    if (heldBy !== undefined) return { heldBy };
    // Where sockets are files, that of a process that was killed is left.
    await rm(path, { force: true });
  }
}

/** Linux has sockets that are no files, and Windows pipes. */
function socketPath(name: string): string {
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
}

/** In milliseconds: a process that is stopped, as by Ctrl-Z, has the lock and does not say its number. */
const longestAnswer = 2000;

/** Undefined where nobody listens any more. */
async function holderOf(path: string): Promise<string | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch {
    // Between the two attempts it ended; or its file is left.
    return undefined;
  }
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort();
    socket.destroy();
  }, longestAnswer);
  try {
    return (await text(socket)) || unknownHolder;
  } catch {
    // It was ended meanwhile, or it is stopped.
    return silence.signal.aborted ? unknownHolder : undefined;
  } finally {
    clearTimeout(timer);
  }
}
