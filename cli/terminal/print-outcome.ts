// How a command ends: with its outcome, or with why there is none. All of it has left the program before it exits.
import { CommandError } from "./command-error.ts";
import type { CommandOutcome } from "./command-outcome.ts";
import { InterruptedError } from "./interrupted-error.ts";
import { interruptedExitCode } from "./command-interruption.ts";
import { printable, visibleJson, withoutColours, withoutControls } from "./printable.ts";
import { UsageError } from "./usage-error.ts";

/** `usage` and `refused` exit with 2, `failed` with 1, `interrupted` with 130. */
export type FailureKind = "usage" | "refused" | "failed" | "interrupted";

/** What is said and what a program exits with. */
export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export function endingOf({ json, text, hasFailed = false }: CommandOutcome, isJson: boolean): Ending {
  return { stdout: isJson ? jsonLine(json) : textLines(text), stderr: "", exitCode: hasFailed ? 1 : 0 };
}

/** `printed` is what the program says of itself, such as its help. */
export function endingOfPrinted(printed: Readonly<Record<string, string>>, isJson: boolean): Ending {
  return { stdout: isJson ? jsonLine(printed) : textLines(Object.values(printed).join("\n")), stderr: "", exitCode: 0 };
}

export function endingOfError(error: unknown, isJson: boolean): Ending {
  const kind = kindOf(error);
  const said = error instanceof Error ? error.message : String(error);
  // Not one of ours, so whatever may be in it: one line. In one of ours there can be words of others, and no colours.
  const message = kind === "failed" ? printable(said, 1000) : withoutColours(said);
  const hint = error instanceof UsageError ? `\n${error.hint}` : "";
  const stdout = isJson ? jsonLine({ error: { kind, message } }) : "";
  return { stdout, stderr: `user-pictures: ${message}${hint}\n`, exitCode: exitCodes[kind] };
}

const exitCodes: Readonly<Record<FailureKind, number>> = {
  usage: 2,
  refused: 2,
  failed: 1,
  interrupted: interruptedExitCode,
};

function kindOf(error: unknown): FailureKind {
  if (error instanceof UsageError) return "usage";
  if (error instanceof CommandError) return "refused";
  return error instanceof InterruptedError ? "interrupted" : "failed";
}

const jsonLine = (value: Readonly<Record<string, unknown>>) => `${visibleJson(JSON.stringify(value, null, 2))}\n`;
const textLines = (text: string) => (text === "" ? "" : `${withoutControls(text.replace(/\n$/, ""))}\n`);

/**
 * Resolves when the text has left, or its reader, such as `head`, has.
 *
 * @returns why it could not be written
 */
export const written = (stream: NodeJS.WritableStream, text: string): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    if (text === "") resolve(undefined);
    else
      stream.write(text, (error?: NodeJS.ErrnoException | null) =>
        resolve(error === null || error?.code === "EPIPE" ? undefined : error),
      );
  });
