// One import, with its journal, its report and its decoder: from when they are opened until its outcome is told.
import { resolve } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { openPictureDecoder } from "../images/picture-decoder.ts";
import type { PictureDecoder } from "../images/picture-decoder.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import type { HostPaceOptions } from "./host-pace.ts";
import { openJournal } from "./import-journal.ts";
import type { EarlierRuns, ImportJournal, JournalEntry } from "./import-journal.ts";
import { openReport } from "./import-report.ts";
import type { ImportRow } from "./import-row.ts";
import { emptySummary, summaryJson, summaryLines } from "./import-summary.ts";
import type { ImportSummary } from "./import-summary.ts";
import { runImport } from "./run-import.ts";
import type { ImportRun } from "./run-import.ts";

export interface Import extends Pick<ImportRun, "format" | "attribute" | "leaveAlone" | "fetching"> {
  /** With what the journal has of a user, where there is one. */
  rows(entryOf: (user: string) => JournalEntry | undefined): AsyncIterable<ImportRow>;
  /** What is imported, for people. */
  readonly name: string;
  readonly total?: number;
  /** From which the pictures' paths are. @default they are URLs */
  readonly folder?: string;
  readonly fingerprint: string;
  readonly journalPath: string;
  readonly reportPath: string;
  /** Is added to: why users are left alone, and how many for each reason. @default nobody yet */
  readonly leftAlone?: Record<string, number>;
  /** How its rows are imported. @default each by a call of its own */
  readonly run?: (run: ImportRun, summary: ImportSummary) => Promise<unknown>;
  /** The options with which the report is to be imported. @default those of a plain import */
  readonly again?: string;
}

/** What no option of the command line leads to. */
export interface ImportTestOptions {
  readonly fetching?: ImportRun["fetching"];
  readonly pace?: HostPaceOptions;
  /** Of several imports; it stays open. */
  readonly decoder?: PictureDecoder;
}

export async function importWith(
  context: CommandContext,
  given: Import,
  { fetching, pace, decoder: shared }: ImportTestOptions = {},
): Promise<CommandOutcome> {
  const { format, attribute, total, folder, fingerprint, leaveAlone, journalPath, reportPath } = given;
  const { isDryRun, target } = context;
  if (resolve(journalPath) === resolve(reportPath))
    throw new CommandError(`--journal and --report are both ${printable(reportPath)}. Give each a file of its own.`);
  // Where there is no store, nothing is begun.
  context.bucket();
  const report = isDryRun ? undefined : openReport({ path: reportPath, folder });
  const binding = { tenant: target.auth0.domain, bucket: target.store?.bucketName ?? "", format, attribute };
  const journal = isDryRun ? undefined : await openJournal({ path: journalPath, binding, fingerprint });
  const summary = emptySummary(given.leftAlone);
  const decoder = shared ?? openPictureDecoder();
  try {
    if (journal) sayEarlier(context, journal.earlier, given);
    await (given.run ?? runImport)(
      {
        ...{ context, decoder, format, attribute, journal, report },
        rows: given.rows((user) => journal?.entryOf(user)),
        ...(total !== undefined && { total }),
        ...(leaveAlone !== undefined && { leaveAlone }),
        ...(pace !== undefined && { pace }),
        fetching: { ...given.fetching, ...fetching },
      },
      summary,
    );
    const { done, unchanged, failed, skipped } = summary;
    journal?.finish({ counts: { done, unchanged, failed, skipped } });
  } catch (error) {
    // What Ctrl-C has ended has an outcome as well, and programs read it.
    if (error === context.signal.reason)
      return outcomeOf(summary, {
        journal,
        report: report?.close() ? report.path : undefined,
        isDryRun,
        given,
        isCut: true,
      });
    // The error is what the command ends with; what was done is said before.
    for (const line of [
      ...summaryLines(summary, isDryRun),
      ...reportLines(report?.close() ? report.path : undefined, given),
    ])
      context.terminal.say(line);
    throw error instanceof CommandError
      ? new CommandError(`${error.message}${goesOn(error.message, isDryRun)}`, { cause: error })
      : error;
  } finally {
    if (decoder !== shared) await decoder.close();
    await journal?.close();
  }
  const written = report?.close() ? report.path : undefined;
  return outcomeOf(summary, { journal, report: written, isDryRun, given, isCut: false });
}

/** What stops an import in the middle says itself how it goes on, or it is said here. */
const goesOn = (message: string, isDryRun: boolean) =>
  isDryRun || message.includes("goes on from there") ? "" : " Then run the import again: it goes on from there.";

function sayEarlier({ terminal }: CommandContext, earlier: EarlierRuns, { name, journalPath }: Import): void {
  const journal = printable(journalPath);
  const { begunAt, finishedAt, isChanged, damagedLines, done } = earlier;
  if (damagedLines > 0)
    terminal.say(`${damagedLines} lines of the journal ${journal} cannot be read: those users are looked at again.`);
  if (begunAt === undefined) return;
  const begun = new Date(begunAt).toLocaleString("en-GB", { timeZone: "UTC" });
  if (finishedAt === undefined)
    terminal.say(`Going on with the import that began at ${begun} UTC: ${done} users are done (${journal}).`);
  if (isChanged)
    terminal.say(`${name} has been changed since. What is done and as it was is left; the rest is imported.`);
}

/** @param given an import of root pictures is one again: else it would write the metadata */
function reportLines(path: string | undefined, { attribute, again }: Pick<Import, "attribute" | "again">): string[] {
  if (path === undefined) return [];
  const options = again ?? (attribute === "root" ? "--attribute root" : "");
  const command = `user-pictures import ${printable(path)} ${options}`.trim();
  return [`What failed is in ${printable(path)}. Mend it there, and import it: ${command}`];
}

const cutLine = (isDryRun: boolean) =>
  isDryRun ? "Interrupted." : "Interrupted. Run the same command again: it goes on from there.";

interface OutcomeParts {
  readonly journal: ImportJournal | undefined;
  readonly report: string | undefined;
  readonly isDryRun: boolean;
  readonly given: Import;
  /** Whether Ctrl-C has ended it. */
  readonly isCut: boolean;
}

function outcomeOf(summary: ImportSummary, { journal, report, isDryRun, given, isCut }: OutcomeParts): CommandOutcome {
  const { done, unchanged, failed, skipped } = summary;
  const nothing =
    !isCut && journal !== undefined && skipped > 0 && done + unchanged + failed === 0
      ? [
          `Nothing was to be done: the journal ${printable(journal.path)} has all of it as done. ` +
            `To import everything again, remove that file.`,
        ]
      : [];
  return {
    json: {
      ...summaryJson(summary, isDryRun),
      interrupted: isCut,
      ...(journal && { journal: journal.path }),
      ...(report !== undefined && { report }),
    },
    text: [
      ...nothing,
      ...summaryLines(summary, isDryRun),
      ...reportLines(report, given),
      ...(isCut ? [cutLine(isDryRun)] : []),
    ].join("\n"),
    hasFailed: failed > 0,
  };
}
