// What failed and why, as a table that can be imported again once it is mended.
import { closeSync, fchmodSync, openSync, readSync, realpathSync, writeSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { stringify } from "csv-stringify/sync";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { fileFailure } from "./file-failure.ts";
import { escapeFormula } from "./formula-escape.ts";
import type { ImportRow } from "./import-row.ts";

export interface ImportReport {
  readonly path: string;
  add(row: Pick<ImportRow, "user" | "picture">, error: string): void;
  /** Returns whether there is a report. */
  close(): boolean;
}

export interface ReportOptions {
  readonly path: string;
  /** From which the pictures' paths are. Undefined: they are URLs. */
  readonly folder: string | undefined;
}

/** With a byte order mark, by which Excel knows UTF-8. */
const header = `\uFEFF${line(["user", "picture", "error"])}`;

function line(fields: readonly string[]): string {
  return stringify([fields.map(escapeFormula)], { quoted: true, record_delimiter: "windows" });
}

/**
 * Writes nothing before something fails.
 *
 * @throws CommandError where it could not be written, or its pictures could not be found from there
 */
export function openReport({ path, folder }: ReportOptions): ImportReport {
  const name = printable(path);
  const from = dirname(resolve(path));
  const elsewhere = "Name another file: --report FILE.";
  assertReplaceable(path, name, elsewhere);
  const below = folder === undefined ? "" : relative(real(from), real(folder));
  // A table's pictures are in its folder.
  if (below === ".." || below.startsWith(`..${sep}`) || resolve(from, below) === below)
    throw new CommandError(
      `--report ${name} would name pictures by paths that lead out of its folder, so that it could not be imported. ` +
        `Write it to ${printable(folder)}, or to a folder above.`,
    );
  const moved = (picture: string) =>
    below === "" || /^(?:[a-z][a-z\d+.-]*:|[\\/]|\.\.|$)/i.test(picture) ? picture : join(below, picture);

  let file: number | undefined;
  const write = (text: string): void => {
    try {
      if (file === undefined) {
        file = openSync(path, "w", 0o600);
        fchmodSync(file, 0o600);
        writeAll(file, header);
      }
      writeAll(file, text);
    } catch (error) {
      throw fileFailure(error, `The report ${name} cannot be written`, elsewhere);
    }
  };
  return {
    path,
    add: ({ user, picture }, error) => write(line([user, moved(picture).split(sep).join("/"), error])),
    close() {
      if (file === undefined) return false;
      closeSync(file);
      return true;
    },
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw fileFailure(error, `The folder ${printable(path)} of the report cannot be read`);
  }
}

/** An earlier report is replaced, and nothing else. */
function assertReplaceable(path: string, name: string, elsewhere: string): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw fileFailure(error, `The report ${name} cannot be written`, elsewhere);
  }
  try {
    const expected = Buffer.from(header);
    const found = Buffer.alloc(expected.length);
    const length = readSync(file, found, 0, found.length, 0);
    if (length > 0 && !found.subarray(0, length).equals(expected))
      throw new CommandError(`${name} is no report of an import, and stays as it is. ${elsewhere}`);
  } catch (error) {
    throw error instanceof CommandError ? error : fileFailure(error, `${name} cannot be read`, elsewhere);
  } finally {
    closeSync(file);
  }
}
