// A file that says what a command works on: JSON or YAML, such as "pulumi stack output --json" writes.
import { createReadStream } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { isPlainObject } from "../../actions/bundle/schema.ts";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";

/** Some hundred times what a file needs. */
const maxBytes = 2 ** 20;

/** @throws CommandError for what is no file, too large, or no object */
export async function readTargetFile(path: string): Promise<Record<string, unknown>> {
  const refuse = (reason: string) => new CommandError(`--config: ${printable(path)} ${reason}`);
  const bytes = await readAtMost(path).catch((error: unknown) => {
    throw refuse(reasons[(error as NodeJS.ErrnoException).code ?? ""] ?? `cannot be read: ${messageOf(error)}`);
  });
  if (bytes === undefined) throw refuse("has more than 1 MiB. It should be what the stack's outputs are.");
  const text = decoded(bytes);
  if (text === undefined) throw refuse("is not text in UTF-8 or UTF-16.");

  // Its messages without the lines that they are about: those may hold secrets.
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw refuse(`is neither JSON nor YAML: line ${line}, column ${col}: ${error.code.toLowerCase()}.`);
  }
  const content = contentOf(document);
  if (!isPlainObject(content)) throw refuse("is no object with the stack's outputs, such as bucketName and actionId.");
  return content;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "is not there.",
  EISDIR: "is a folder; name a file.",
  EACCES: "may not be read.",
};

const messageOf = (error: unknown) => printable(error instanceof Error ? error.message : error);

async function readAtMost(path: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Windows PowerShell writes what a program prints in UTF-16. A mark at the beginning says so, and is not content. */
function decoded(bytes: Buffer): string | undefined {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Aliases that multiply are refused by the parser. */
function contentOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    return undefined;
  }
}
