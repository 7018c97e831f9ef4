// Ctrl-C once: what is under way is finished, and nothing new is begun. Twice: the end, at once.
import { InterruptedError } from "./interrupted-error.ts";

export interface Interruption {
  /** Aborted by the first signal, with an `InterruptedError`. */
  readonly signal: AbortSignal;
  /** Signals are no longer waited for. */
  end(): void;
}

export const interruptedExitCode = 130;
const signals = ["SIGINT", "SIGTERM"] as const;
/** npm and npx hand a Ctrl-C on to what they run, which the terminal has sent it to already. Milliseconds. */
const samePress = 500;

/** For tests, which have another end and another clock. */
export interface InterruptionOptions {
  readonly exit?: (code: number) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

export function watchInterruption(say: (line: string) => void, options: InterruptionOptions = {}): Interruption {
  const { exit = (code: number) => process.exit(code), now = () => performance.now() } = options;
  const controller = new AbortController();
  let first = 0;
  const interrupt = () => {
    if (!controller.signal.aborted) {
      first = now();
      say("Interrupted: finishing what is under way. Press Ctrl-C again to end at once.");
      controller.abort(new InterruptedError());
    } else if (now() - first >= samePress) exit(interruptedExitCode);
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    end() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
