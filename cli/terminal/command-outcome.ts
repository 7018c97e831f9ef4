// What a command leaves for whoever reads it: a person, or a program.

export interface CommandOutcome {
  /** What `--json` prints: this one object, and nothing else. Its keys are a contract. */
  readonly json: Readonly<Record<string, unknown>>;
  /** What people read instead; lines, without the last one's end. */
  readonly text: string;
  /** Whether the command did what it could and something failed or is wrong: the exit code is 1. @default false */
  readonly hasFailed?: boolean;
}
