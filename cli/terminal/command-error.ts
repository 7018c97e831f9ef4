// Why a command cannot run, in words for the person who typed it.

/** The message says what is wrong, and what to do. It is printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
