// One process of the decoder, as the process that starts it sees it. What runs there is in decoder-process.ts.
import { fork } from "node:child_process";
import { extname, join } from "node:path";
import type { DecoderAnswer, DecoderMessage } from "./decoder-process.ts";

export interface DecoderChild {
  /** One picture at a time. @param milliseconds after which the process is ended */
  decode(bytes: Uint8Array, milliseconds: number): Promise<ChildAnswer>;
  kill(): Promise<void>;
  /** When there is nothing left of the process. */
  readonly ended: Promise<void>;
}

export type ChildAnswer =
  | DecoderAnswer
  /** The process ended before it had the picture. */
  | { readonly ended: string; readonly wasReady: boolean };

/** The same as this file's: it is compiled, or it is not. */
const file = join(import.meta.dirname, `decoder-process${extname(import.meta.filename)}`);

/**
 * What a hostile picture could find in a process that it has taken over: no credentials. What is here is what Node, and
 * the loader of native modules, look for.
 */
const variables = [
  ...["PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SystemRoot", "NODE_OPTIONS", "NODE_COMPILE_CACHE"],
  ...["LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"],
];

/** @param threads of one picture's decoding */
export function startDecoderProcess(threads: number): DecoderChild {
  const child = fork(file, [String(threads)], {
    // Bytes stay bytes.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own, because a terminal sends Ctrl-C to each process of the group: what is being decoded is to be
    // finished. On Windows it would have a window of its own.
    detached: process.platform !== "win32",
    execArgv: [],
    env: Object.fromEntries(
      variables.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  });
  const messages = new Set<(message: DecoderMessage) => void>();
  // Not handlers of one promise: it would keep every picture that was decoded for as long as the process lives.
  const endings = new Set<(reason: string) => void>();
  let isReady = false;
  let lastWords = "";
  child.on("message", (message) => {
    if (message === "ready") isReady = true;
    for (const listener of messages) listener(message as DecoderMessage);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
  });

  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();
  let ending: string | undefined;
  const end = (reason: string): void => {
    ending ??= reason;
    resolveEnded();
    for (const listener of endings) listener(ending);
  };
  child.on("error", (error) => {
    // A process that cannot be started has no exit; a message that cannot be sent is followed by one.
    if (child.pid === undefined) end(error.message);
  });
  child.on("close", (code, signal) => end(lastLine(lastWords) ?? `it ended with ${signal ?? code ?? "no code"}`));
  return {
    async decode(bytes, milliseconds) {
      const { promise, resolve } = Promise.withResolvers<ChildAnswer>();
      let timer: NodeJS.Timeout | undefined;
      let hasBegun = false;
      let isLate = false;
      const listen = (message: DecoderMessage): void => {
        if (message === "ready") return;
        if (message !== "begun") {
          resolve(message);
          return;
        }
        hasBegun = true;
        // Not before: a busy machine takes seconds to start a process, and the picture is none the worse for it.
        timer = setTimeout(() => {
          isLate = true;
          child.kill("SIGKILL");
        }, milliseconds);
      };
      const listenToEnd = (reason: string): void => {
        if (isLate) resolve({ refused: "too_complex", reason: "time limit" });
        else if (hasBegun) resolve({ refused: "damaged", reason: `The decoder crashed: ${reason}` });
        else resolve({ ended: reason, wasReady: isReady });
      };
      messages.add(listen);
      endings.add(listenToEnd);
      if (ending !== undefined) listenToEnd(ending);
      try {
        // Without a callback an error would be an event, and nobody's.
        if (child.connected) child.send(bytes, () => undefined);
        return await promise;
      } finally {
        clearTimeout(timer);
        messages.delete(listen);
        endings.delete(listenToEnd);
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    ended,
  };
}

function lastLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => /\w*Error\b.*:/.test(line));
}
