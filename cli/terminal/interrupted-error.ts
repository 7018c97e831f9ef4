// The reason of a command's signal, once it is aborted.

/** Somebody pressed Ctrl-C, or ended the program. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor() {
    super("It was interrupted. What was begun is finished; run the same command again for the rest.");
  }
}
