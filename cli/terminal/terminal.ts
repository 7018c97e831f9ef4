// What a command may say while it runs. All of it is on standard error, so that standard output has the outcome alone.

export interface Terminal {
  /** A line for people, such as a row that failed. Under `--json` too: standard error is nobody's input. */
  say(line: string): void;
  /** A bar, where standard error is a terminal; elsewhere a line now and then. One at a time. */
  startProgress(options: ProgressOptions): Progress;
}

export interface ProgressOptions {
  /** What is counted, such as `users`. */
  readonly noun: string;
  /** @default not known */
  readonly total?: number;
  /** How many were done before, by a run that was cut off: they count, but not for the rate. @default 0 */
  readonly done?: number;
}

/** Shows the rate and the time that is left. */
export interface Progress {
  /** @default 1 */
  advance(by?: number): void;
  /** What holds it up just now, such as the tenant's rate limit; undefined takes it away. */
  wait(reason: string | undefined): void;
  end(): void;
}
