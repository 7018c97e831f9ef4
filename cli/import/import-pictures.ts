// `import TABLE|FOLDER`: the pictures of many users, of whom each row or file names one.
import type { CommandContext } from "../command-context.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { printable } from "../terminal/printable.ts";
import { importFiles } from "./import-files.ts";
import { openImportSource } from "./import-source.ts";
import { importWith } from "./import-with.ts";
import type { ImportTestOptions } from "./import-with.ts";

export interface ImportPicturesArgs {
  readonly source: string;
  readonly format: "webp" | "jpeg";
  readonly attribute: "metadata" | "root";
  readonly journal?: string;
  readonly report?: string;
  readonly delimiter?: string;
}

export async function importPictures(
  context: CommandContext,
  args: ImportPicturesArgs,
  options: ImportTestOptions = {},
): Promise<CommandOutcome> {
  const { format, attribute, delimiter } = args;
  const source = await openImportSource(args.source, delimiter === undefined ? {} : { delimiter });
  const files = importFiles(args.source);
  const journalPath = args.journal ?? files.journal;
  return importWith(
    context,
    {
      ...{ format, attribute, journalPath, reportPath: args.report ?? files.report },
      ...{ rows: () => source.rows(), total: source.total, folder: source.folder, fingerprint: source.fingerprint },
      name: printable(args.source),
    },
    options,
  );
}
