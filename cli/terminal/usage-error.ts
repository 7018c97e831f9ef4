// What was typed is no command that there is.
import { CommandError } from "./command-error.ts";

export class UsageError extends CommandError {
  /** How it is typed, and where more is said. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
