// A path → what is to be imported from there: a table's rows, or a folder's files.
import { stat } from "node:fs/promises";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { fileFailure } from "./file-failure.ts";
import type { ImportSource } from "./import-row.ts";
import { openFolder } from "./read-folder.ts";
import { openTable } from "./read-table.ts";

export interface ImportSourceOptions {
  /** Of a table's fields. @default by its header */
  readonly delimiter?: string;
}

/** Reads it once, so that what is wrong with the whole is known before anything is done. @throws CommandError */
export async function openImportSource(path: string, options: ImportSourceOptions = {}): Promise<ImportSource> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileFailure(error, `${printable(path)} cannot be read`);
  });
  if (found.isDirectory()) {
    if (options.delimiter !== undefined)
      throw new CommandError(`--delimiter is for a table, and ${printable(path)} is a folder.`);
    return openFolder(path);
  }
  // It is read twice.
  if (!found.isFile())
    throw new CommandError(`${printable(path)} is neither a file nor a folder. Save the table as a file first.`);
  return openTable(path, options);
}
