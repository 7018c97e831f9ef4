// Standard error, as commands use it while they run.
import type { WriteStream } from "node:tty";
import { startPace } from "./progress-pace.ts";
import { progressBar, progressLine } from "./progress-line.ts";
import { printable } from "./printable.ts";
import type { Progress, ProgressOptions, Terminal } from "./terminal.ts";

/** Where there is no bar, so that a log of hours stays short. Milliseconds. */
const lineInterval = 15_000;
/** Left at the end of a terminal's line, for the spinner and so that nothing wraps. */
const margin = 4;
/** Shorter waits are nobody's concern where there is no bar. Milliseconds. */
const longWait = 3000;

export interface TerminalOptions {
  /** @default standard error */
  readonly stream?: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns">>;
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface OpenTerminal extends Terminal {
  /** Why calls wait just now, for whatever progress is shown; where none is, for a line, if the wait lasts. */
  wait(reason: string | undefined): void;
  /** Nothing is shown or timed any more. */
  close(): void;
}

/** Loads what draws a bar only where there will be one. */
export async function openTerminal(options: TerminalOptions = {}): Promise<OpenTerminal> {
  const { stream = process.stderr, environment = process.env } = options;
  const isLive = stream.isTTY === true && environment["TERM"] !== "dumb" && !environment["CI"];
  const { default: ora } = isLive ? await import("ora") : { default: undefined };
  const say = (line: string) => void stream.write(`${linesOf(line)}\n`);

  let current: Progress | undefined;
  /** Of all calls, whatever progress is shown. */
  let wait: string | undefined;
  let longWaitTimer: NodeJS.Timeout | undefined;

  function startProgress({ noun, total, done: before = 0 }: ProgressOptions): Progress {
    current?.end();
    const pace = startPace(before);
    const counted = { noun, ...(total !== undefined && { total }) };
    let done = before;
    let ownWait: string | undefined;
    const state = () => ({ ...counted, done, rate: pace.rate(done), reason: ownWait ?? wait });

    const suffixText = () => progressBar(state(), (stream.columns ?? 80) - margin);
    // Ctrl-C stays a signal, which the program waits for.
    const spinner = ora?.({ stream, suffixText, discardStdin: false, isEnabled: true }).start();
    let said = "";
    const sayOnce = (line: string) => {
      if (line !== said) say((said = line));
    };
    const timer = spinner ? undefined : setInterval(() => sayOnce(progressLine(state())), lineInterval).unref();

    const progress: Progress = {
      advance(by = 1) {
        done += by;
        pace.count(done);
      },
      wait(reason) {
        ownWait = reason === undefined ? undefined : printable(reason);
      },
      end() {
        if (current !== progress) return;
        current = undefined;
        clearInterval(timer);
        spinner?.stop();
        sayOnce(progressLine({ ...counted, done, rate: undefined, reason: undefined }));
      },
    };
    return (current = progress);
  }

  return {
    say,
    startProgress,
    wait(reason) {
      clearTimeout(longWaitTimer);
      wait = reason === undefined ? undefined : printable(reason);
      if (wait === undefined || current) return;
      const line = `Waiting for ${wait}.`;
      longWaitTimer = setTimeout(() => say(line), longWait).unref();
    },
    close() {
      clearTimeout(longWaitTimer);
      current?.end();
    },
  };
}

/** Whoever says something has made its parts printable; this is for what they forgot. */
const linesOf = (text: string): string =>
  text
    .split("\n")
    .map((line) => printable(line, 4000))
    .join("\n");
