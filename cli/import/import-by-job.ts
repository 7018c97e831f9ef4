// `import TABLE|FOLDER --job --attribute root --connection NAME`: root pictures of many users of one database, by
// Auth0's import jobs. Not for `user_metadata`, all of which a job that names it overwrites.
import type { ManagementClient } from "auth0";
import type { CommandContext } from "../command-context.ts";
import { openImportJobs } from "../tenant/import-jobs.ts";
import { explained } from "../tenant/tenant-error.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { printable } from "../terminal/printable.ts";
import { importFiles } from "./import-files.ts";
import { openImportSource } from "./import-source.ts";
import { importWith } from "./import-with.ts";
import type { ImportTestOptions } from "./import-with.ts";
import { runImportJobs } from "./run-import-jobs.ts";
import type { JobTarget } from "./run-import-jobs.ts";

export interface ImportByJobArgs {
  readonly source: string;
  /** The name of a database connection. */
  readonly connection: string;
  readonly journal?: string;
  readonly report?: string;
}

export async function importByJob(
  context: CommandContext,
  args: ImportByJobArgs,
  options: ImportTestOptions & Pick<JobTarget, "mostBytes"> = {},
): Promise<CommandOutcome> {
  const { tenant, signal } = context;
  const { management, users } = tenant;
  const source = await openImportSource(args.source);
  const connection = await findDatabase(management, args.connection, signal);
  const jobs = openImportJobs({ management, users, connectionId: connection.id, signal });
  const { mostBytes } = options;
  const files = importFiles(args.source);
  return importWith(
    context,
    {
      ...{ format: "webp", attribute: "root", name: printable(args.source) },
      ...{ rows: () => source.rows(), total: source.total, folder: source.folder, fingerprint: source.fingerprint },
      journalPath: args.journal ?? files.journal.replace(/\.import\.jsonl$/, ".import-job.jsonl"),
      reportPath: args.report ?? files.report,
      run: (run, summary) =>
        runImportJobs(run, summary, { connection, jobs, ...(mostBytes !== undefined && { mostBytes }) }),
      again: `--job --attribute root --connection ${connection.name}`,
    },
    options,
  );
}

/** @throws CommandError for a connection whose users an import job cannot write, with the way that can */
async function findDatabase(management: ManagementClient, name: string, signal: AbortSignal) {
  const page = await explained(management.connections.list({ name }), signal);
  const found = page.data.find((one) => one.name === name);
  const shown = printable(name);
  if (found?.id === undefined) {
    throw new CommandError(
      `The tenant has no connection named ${JSON.stringify(shown)}. Names are case-sensitive; Auth0's dashboard ` +
        `lists them under Authentication > Database.`,
    );
  }
  const { id, strategy = "", options } = found;
  if (strategy !== "auth0") {
    throw new CommandError(
      `Auth0's import jobs are for databases, and ${shown} is of ${printable(strategy)}. Import without --job: each ` +
        `user is then written by a call of its own.`,
    );
  }
  if (options === undefined) {
    throw new CommandError(
      `Whether users can be imported into ${shown} is not known, because its options are not shown: grant the client ` +
        `the scope read:connections_options, and run the command again.`,
    );
  }
  const { enabledDatabaseCustomization: isCustom, import_mode: isImporting } = options as Record<string, unknown>;
  if (isCustom === true && isImporting !== true) {
    throw new CommandError(
      `${shown} is a custom database without import mode: its users are in a database of your own, which Auth0's ` +
        `import jobs do not write. Give them pictures there, or in user_metadata: import without --job and without ` +
        `--attribute root.`,
    );
  }
  return { id, name };
}
