// A table's rows: CSV as spreadsheets, databases and Auth0's own exports write it.
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { CsvError, parse } from "csv-parse";
import type { Options } from "csv-parse";
import { parse as parseAtOnce } from "csv-parse/sync";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { fileFailure } from "./file-failure.ts";
import { unescapeFormula } from "./formula-escape.ts";
import { RepeatedUsers, userRefusal } from "./import-row.ts";
import type { ImportRow, ImportSource, PictureLocation } from "./import-row.ts";

export interface TableOptions {
  /** One character, or `tab`. @default that of `, ; tab |` with which the header has the columns */
  readonly delimiter?: string;
}

const delimiters = [",", ";", "\t", "|"];

/** By its letters alone: `User ID` is `user_id`. Of several that name the user, the first that a row has counts. */
const userColumns = ["userid", "user", "email", "emailaddress"];
const pictureColumn = "picture";

/** In characters: a quote that is not closed would take all that follows into one field. */
const longestRecord = 64 * 1024;

const csv = {
  bom: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  trim: true,
  skip_empty_lines: true,
  relax_column_count: true,
  max_record_size: longestRecord,
} as const satisfies Options;

/**
 * Reads it once: its users who are there twice, and whether it can be read to its end.
 *
 * @throws CommandError
 */
export async function openTable(path: string, options: TableOptions = {}): Promise<ImportSource> {
  const delimiter = givenDelimiter(options.delimiter);
  const folder = dirname(resolve(path));
  const hash = createHash("sha256");
  const repeated = new RepeatedUsers();
  let total = 0;
  for await (const row of readRows(path, delimiter, hash)) {
    total += 1;
    if (row.refusal === undefined) repeated.add(row);
  }
  repeated.close();
  return {
    fingerprint: hash.digest("hex"),
    total,
    folder,
    async *rows() {
      for await (const row of readRows(path, delimiter)) {
        const refusal = row.refusal ?? repeated.refusalOf(row.user);
        yield refusal === undefined ? row : { ...row, source: undefined, refusal };
      }
    },
  };
}

function givenDelimiter(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const delimiter = /^(?:tab|\\t)$/i.test(given) ? "\t" : given;
  if (/^[^"\r\n\p{L}\p{N}]$/u.test(delimiter)) return delimiter;
  throw new CommandError(
    `--delimiter is ${JSON.stringify(printable(given))}; it must be one character that separates fields, ` +
      `such as , or ;, or "tab".`,
  );
}

/** Which of a record's fields count. */
interface Columns {
  readonly users: readonly number[];
  readonly picture: number;
  readonly count: number;
  /** Whether it is a report of an earlier import, which writes what a spreadsheet would run so that it does not. */
  readonly isReport: boolean;
}

async function* readRows(path: string, delimiter: string | undefined, hash?: Hash): AsyncGenerator<ImportRow> {
  const name = printable(path);
  const folder = dirname(resolve(path));
  const text = readText(path, hash);
  const head = await readHead(text);
  const { own, body } = withoutSeparatorLine(head);
  const { separator, columns } = readHeader(body, delimiter ?? own, name);
  const parser = parse({ ...csv, delimiter: separator, info: true });
  const source = Readable.from(joined(body, text));
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let isHeader = true;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (isHeader) isHeader = false;
      // Spreadsheets write rows without anything.
      else if (record.some((field) => field !== ""))
        yield readRow(record, columns, `line ${info.lines + (own === undefined ? 0 : 1)}`, folder);
    }
  } catch (error) {
    throw error instanceof CsvError ? tableFailure(error, name, own !== undefined) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

async function* joined(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield head;
  yield* rest;
}

/** UTF-8, and UTF-16 by its byte order mark, as Excel's "Unicode text" is. */
async function* readText(path: string, hash?: Hash): AsyncGenerator<string> {
  const name = printable(path);
  let decoder: TextDecoder | undefined;
  let lines = 1;
  const decode = (bytes?: Buffer): string => {
    try {
      const text = (decoder ??= decoderOf(bytes)).decode(bytes, { stream: bytes !== undefined });
      lines += text.split("\n").length - 1;
      return text;
    } catch (error) {
      throw new CommandError(
        `${name} is not UTF-8, near line ${lines}. Save it as "CSV UTF-8", so that no name is read as another.`,
        { cause: error },
      );
    }
  };
  try {
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
      hash?.update(bytes);
      yield decode(bytes);
    }
    yield decode();
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? fileFailure(error, `${name} cannot be read`) : error;
  }
}

/** The byte order mark stays for the parser, which counts it to nothing. */
function decoderOf(bytes: Buffer = Buffer.alloc(0)): TextDecoder {
  const mark = bytes.subarray(0, 2).toString("hex");
  return new TextDecoder(mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8", { fatal: true });
}

/** As far as the header's end. */
async function readHead(text: AsyncGenerator<string>): Promise<string> {
  let head = "";
  // Whoever returns early from a loop ends the generator.
  while (head.length <= longestRecord && !/[\r\n]/.test(head.trim())) {
    const next = await text.next();
    if (next.done) break;
    head += next.value;
  }
  return head;
}

/** `sep=;`, a line by which Excel knows a table's separator. */
function withoutSeparatorLine(head: string): { own: string | undefined; body: string } {
  const [line = "", own] = /^\uFEFF?"?sep=(.)"?[^\S\r\n]*(?:\r\n|\n|\r)/i.exec(head) ?? [];
  return { own, body: head.slice(line.length) };
}

function readHeader(head: string, given: string | undefined, name: string): { separator: string; columns: Columns } {
  if (head.replace("\uFEFF", "").trim() === "") throw new CommandError(`${name} is empty. ${neededColumns}`);
  const headers = (given === undefined ? delimiters : [given]).map((separator) => ({
    separator,
    read: firstRecord(head, separator),
  }));
  const failure = headers.find(({ read }) => read instanceof CsvError)?.read;
  let most: readonly string[] = [];
  for (const { separator, read } of headers) {
    if (read instanceof CsvError) continue;
    const columns = columnsOf(read, name);
    if (read.some((field) => field.includes("\0")))
      throw new CommandError(`${name} is no table: it has a NUL character in its first line. Save it as "CSV UTF-8".`);
    if (columns !== undefined) return { separator, columns };
    if (read.length > most.length) most = read;
  }
  if (failure instanceof CsvError && most.length === 0) throw tableFailure(failure, name, false);
  const found = printable(most.map((field) => printable(field, 40)).join(", "));
  throw new CommandError(
    `${name} has the columns ${found}. ${neededColumns} Its first line must name them` +
      `${given === undefined ? ", separated by , ; | or a tab (or give --delimiter)" : ""}.`,
  );
}

const neededColumns =
  "A table needs a column user (ids or e-mail addresses), user_id or email, and a column picture (paths or URLs).";

function firstRecord(head: string, delimiter: string): readonly string[] | CsvError {
  try {
    return parseAtOnce(head, { ...csv, delimiter, to: 1, relax_quotes: true })[0] ?? [];
  } catch (error) {
    // With another delimiter it may be none.
    if (error instanceof CsvError) return error;
    throw error;
  }
}

const letters = (field: string) => field.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** Undefined where one is missing. */
function columnsOf(fields: readonly string[], name: string): Columns | undefined {
  const names = fields.map(letters);
  const users = userColumns.map((column) => names.indexOf(column)).filter((at) => at >= 0);
  const picture = names.indexOf(pictureColumn);
  if (users.length === 0 || picture < 0) return undefined;
  const twice = fields.find((_, at) => {
    const column = names[at] ?? "";
    return [...userColumns, pictureColumn].includes(column) && names.indexOf(column) !== at;
  });
  if (twice !== undefined)
    throw new CommandError(`${name} has the column ${printable(twice, 40)} twice. Leave one of them.`);
  return { users, picture, count: fields.length, isReport: names.includes("error") };
}

function readRow(record: readonly string[], columns: Columns, place: string, folder: string): ImportRow {
  const field = (at: number) => {
    const value = record[at] ?? "";
    return columns.isReport ? unescapeFormula(value) : value;
  };
  const user = columns.users.map(field).find((value) => value !== "") ?? "";
  const picture = field(columns.picture);
  const read = record.slice(columns.count).some((value) => value !== "")
    ? `It has ${record.length} fields, and the header ${columns.count}: is one with a separator not in quotes?`
    : (userRefusal(user, "The row") ?? locatePicture(picture, folder));
  const [source, refusal] = typeof read === "string" ? [undefined, read] : [read, undefined];
  return { place, user, picture, source, refusal };
}

/** Where a table's picture is; or why it can be none, a sentence. */
function locatePicture(picture: string, folder: string): PictureLocation | string {
  if (picture === "") return "No picture is named: a path from the table's folder or an https URL is needed.";
  if (/\p{Cc}/u.test(picture)) return "The picture's name has a control character.";
  if (/^https:\/\//i.test(picture))
    return URL.canParse(picture) ? { url: picture } : "The picture's URL is no URL that can be called.";
  if (/^http:\/\//i.test(picture)) return "The picture's URL is not encrypted: only https is taken.";
  if (/^(?:[a-z][a-z\d+.-]+:\/\/|(?:data|blob|file|javascript|mailto):)/i.test(picture))
    return "The picture is neither a path from the table's folder nor an https URL.";
  // Windows has both.
  const path = picture.replaceAll("\\", "/");
  if (isAbsolute(path) || /^[a-z]:/i.test(path) || path.startsWith("//"))
    return "The picture's path is absolute; it must be one from the table's folder.";
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return "The picture's path leads out of the table's folder. Put the picture into it.";
  }
  return { file: join(folder, path), within: folder };
}

/** As csv-parse says it. */
const parserReasons: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and not closed",
  CSV_INVALID_CLOSING_QUOTE: "there is text after a closing quote; a quote inside of a field is written twice",
  INVALID_OPENING_QUOTE: "a quote is in a field that does not begin with one; put the field in quotes, and double it",
  CSV_MAX_RECORD_SIZE: `a row has more than ${longestRecord} characters: is a quote not closed?`,
};

function tableFailure(error: CsvError, name: string, hasSeparatorLine: boolean): CommandError {
  const { lines } = error as { lines?: unknown };
  const line = typeof lines === "number" ? `, line ${lines + (hasSeparatorLine ? 1 : 0)}` : "";
  return new CommandError(`${name}${line}: ${parserReasons[error.code] ?? printable(error.message)}.`, {
    cause: error,
  });
}
