// What an import has done, line by line, so that after a kill the rest can be done and nothing is done twice.
//
// Every line is given to the system before the step that follows it, and waits for no disk: after a kill no line is
// missing. After a power cut the last second's can be. That loses nothing either: a row whose line is missing is done
// again, and everything in it is found as it should be (cli/store/assign-picture.ts).
import { constants, fstatSync, ftruncateSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { fileFailure } from "./file-failure.ts";
import { userKey } from "./import-row.ts";
import { lockJournal } from "./journal-lock.ts";
import type { JournalLock } from "./journal-lock.ts";

/** What all of an import's rows have in common. With another value it is another import, and has another journal. */
export type JournalBinding = Readonly<Record<string, string>>;

export interface JournalEntry {
  /** `begun`: its objects may be stored, and the user may name them. */
  readonly step: "begun" | "done" | "failed";
  /** Which picture it was: another after a change. */
  readonly picture: string;
  /** The user's id, once it is known. */
  readonly userId: string;
}

/** What earlier runs have left. */
export interface EarlierRuns {
  /** When the first began; undefined: there was none. */
  readonly begunAt: string | undefined;
  /** When the last came to its end, with nothing left to do but what failed; undefined: it was cut off. */
  readonly finishedAt: string | undefined;
  /** How many users are done. */
  readonly done: number;
  /** Whether the source had another content. */
  readonly isChanged: boolean;
  /** How many lines cannot be read. */
  readonly damagedLines: number;
}

export interface ImportJournal {
  readonly path: string;
  readonly earlier: EarlierRuns;
  /** The last that is known of a user. */
  entryOf(user: string): JournalEntry | undefined;
  begun(user: string, entry: Omit<JournalEntry, "step">): void;
  done(user: string, entry: Omit<JournalEntry, "step">, facts?: JournalFacts): void;
  failed(user: string, reason: string): void;
  /** For what is no row, such as a job's id: `kept` has it in the next run. */
  keep(fact: JournalFacts): void;
  readonly kept: readonly JournalFacts[];
  finish(facts: JournalFacts): void;
  /** Everything that was written is on the disk then. */
  close(): Promise<void>;
}

export type JournalFacts = Readonly<Record<string, unknown>>;

export interface JournalOptions {
  readonly path: string;
  readonly binding: JournalBinding;
  /** Of the source as it is now. */
  readonly fingerprint: string;
}

/** In milliseconds: how much a power cut can take. */
const syncInterval = 1000;

const kind = "user-pictures import";

interface JournalLine {
  readonly journal?: unknown;
  readonly binding?: unknown;
  readonly run?: unknown;
  readonly source?: unknown;
  readonly begun?: unknown;
  readonly done?: unknown;
  readonly failed?: unknown;
  readonly picture?: unknown;
  readonly id?: unknown;
  readonly kept?: unknown;
  readonly finished?: unknown;
}

/**
 * Opens a journal, or begins one.
 *
 * @throws CommandError where another import has it, or it is another's, or it cannot be written
 */
export async function openJournal({ path, binding, fingerprint }: JournalOptions): Promise<ImportJournal> {
  const name = printable(path);
  const elsewhere = "Name another file: --journal FILE.";
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600).catch(
    (error: unknown) => {
      throw fileFailure(error, `The import's journal ${name} cannot be written`, elsewhere);
    },
  );
  let lock: JournalLock | undefined;
  try {
    const identity = await file.stat({ bigint: true });
    if (!identity.isFile()) throw new CommandError(`The import's journal ${name} is no file. ${elsewhere}`);
    const held = await lockJournal(identity);
    if ("heldBy" in held)
      throw new CommandError(
        `Another import is running with the journal ${name} (process ${held.heldBy}). Wait for its end, or end it.`,
      );
    lock = held;
    const read = await readJournal(file, name);
    if (read.binding !== undefined) assertSameBinding(read.binding, binding, name);
    return writeJournal({ file, lock, path, read, binding, fingerprint });
  } catch (error) {
    await lock?.release();
    await file.close();
    throw error;
  }
}

interface ReadJournal {
  readonly binding: JournalBinding | undefined;
  readonly entries: Map<string, JournalEntry>;
  readonly kept: JournalFacts[];
  readonly fingerprint: string | undefined;
  readonly begunAt: string | undefined;
  readonly finishedAt: string | undefined;
  readonly damagedLines: number;
  /** In bytes: what comes after it a run has left unfinished. */
  readonly length: number;
}

async function readJournal(file: FileHandle, name: string): Promise<ReadJournal> {
  const entries = new Map<string, JournalEntry>();
  const kept: JournalFacts[] = [];
  let [binding, fingerprint, begunAt, finishedAt] = [undefined as JournalBinding | undefined, "", "", ""];
  let [damagedLines, length] = [0, 0];
  for await (const text of wholeLines(file)) {
    const line = parseLine(text);
    if (length === 0) {
      binding = bindingOf(line);
      if (binding === undefined) throw notAJournal(name);
    }
    length += Buffer.byteLength(text) + 1;
    if (line === undefined) {
      damagedLines += 1;
      continue;
    }
    if (typeof line.run === "string") {
      begunAt ||= line.run;
      finishedAt = "";
      fingerprint = String(line.source);
    }
    if (typeof line.finished === "string") finishedAt = line.finished;
    if (isFacts(line.kept)) kept.push(line.kept);
    addEntry(entries, line);
  }
  // Its first line was cut off, or there is something else that must stay as it is.
  if (length === 0 && !(await isBeginning(file))) throw notAJournal(name);
  const runs = { fingerprint: fingerprint || undefined, begunAt: begunAt || undefined };
  return { binding, entries, kept, ...runs, finishedAt: finishedAt || undefined, damagedLines, length };
}

function addEntry(entries: Map<string, JournalEntry>, { begun, done, failed, picture, id }: JournalLine): void {
  const steps = { begun, done, failed } as const;
  for (const step of ["begun", "done", "failed"] as const) {
    const user = steps[step];
    if (typeof user !== "string") continue;
    const known = entries.get(userKey(user));
    entries.set(userKey(user), {
      step,
      picture: typeof picture === "string" ? picture : (known?.picture ?? ""),
      userId: typeof id === "string" ? id : (known?.userId ?? ""),
    });
  }
}

/** Those that have an end. */
async function* wholeLines(file: FileHandle): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(64 * 1024);
  let [rest, position] = ["", 0];
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    // What is no journal may have no lines.
    if (rest.length > 1_000_000) return;
    yield* lines;
  }
}

/** Whether a file without a whole line is what a run left that was cut off while it began it. */
async function isBeginning(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1000), 0, 1000, 0);
  const text = buffer.subarray(0, bytesRead).toString();
  const beginning = JSON.stringify({ journal: kind });
  return size < 10_000 && (beginning.startsWith(text) || text.startsWith(beginning.slice(0, -1)));
}

function parseLine(text: string): JournalLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isFacts(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

const isFacts = (value: unknown): value is JournalFacts =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function bindingOf(line: JournalLine | undefined): JournalBinding | undefined {
  return line?.journal === kind && isFacts(line.binding) ? (line.binding as JournalBinding) : undefined;
}

const notAJournal = (name: string) =>
  new CommandError(
    `${name} is no journal of an import, and stays as it is. Name a file that does not exist yet: --journal FILE.`,
  );

function assertSameBinding(before: JournalBinding, now: JournalBinding, name: string): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = keys.filter((key) => before[key] !== now[key]);
  if (changed.length === 0) return;
  const shown = (text: string | undefined) => (text === undefined ? "none" : printable(text));
  throw new CommandError(
    `The journal ${name} is of another import: ` +
      changed.map((key) => `its ${key} is ${shown(before[key])}, and now it is ${shown(now[key])}`).join("; ") +
      `. Give this import a journal of its own (--journal FILE), or remove that one.`,
  );
}

interface WriteOptions extends JournalOptions {
  readonly file: FileHandle;
  readonly lock: JournalLock;
  readonly read: ReadJournal;
}

function writeJournal({ file, lock, path, read, binding, fingerprint }: WriteOptions): ImportJournal {
  const { entries, kept } = read;
  let isSynced = true;
  const syncing = setInterval(() => {
    if (isSynced) return;
    isSynced = true;
    // A disk that cannot is noticed by the next line.
    file.sync().catch(() => undefined);
  }, syncInterval).unref();

  const write = (line: JournalFacts): void => {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(file.fd, bytes, written);
      isSynced = false;
    } catch (error) {
      throw fileFailure(
        error,
        `The import's journal ${printable(path)} cannot be written`,
        "The import stopped, and nothing is lost. Mend that, and run the same command again: it goes on from there.",
      );
    }
  };
  const enter = (user: string, entry: JournalEntry, line: JournalFacts): void => {
    write(line);
    entries.set(userKey(user), entry);
  };

  try {
    // A line that a kill, or a full disk, has cut off.
    if (fstatSync(file.fd).size > read.length) ftruncateSync(file.fd, read.length);
  } catch (error) {
    throw fileFailure(error, `The import's journal ${printable(path)} cannot be written`);
  }
  if (read.length === 0) write({ journal: kind, version: 1, binding });
  let isBegun = false;
  /** A run that does nothing leaves no trace. */
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    write({ run: new Date().toISOString(), source: fingerprint });
  };
  let closed: Promise<void> | undefined;
  return {
    path,
    earlier: {
      begunAt: read.begunAt,
      finishedAt: read.finishedAt,
      done: [...entries.values()].filter(({ step }) => step === "done").length,
      isChanged: read.fingerprint !== undefined && read.fingerprint !== fingerprint,
      damagedLines: read.damagedLines,
    },
    kept,
    entryOf: (user) => entries.get(userKey(user)),
    begun(user, entry) {
      begin();
      enter(user, { ...entry, step: "begun" }, { begun: user, picture: entry.picture, id: entry.userId });
    },
    done(user, entry, facts) {
      begin();
      enter(user, { ...entry, step: "done" }, { done: user, picture: entry.picture, id: entry.userId, ...facts });
    },
    failed(user, reason) {
      begin();
      const { picture = "", userId = "" } = entries.get(userKey(user)) ?? {};
      enter(user, { step: "failed", picture, userId }, { failed: user, reason });
    },
    keep(fact) {
      begin();
      write({ kept: fact });
      kept.push(fact);
    },
    finish(facts) {
      if (isBegun) write({ finished: new Date().toISOString(), ...facts });
    },
    close: () =>
      (closed ??= (async () => {
        clearInterval(syncing);
        await file.sync().catch(() => undefined);
        await file.close();
        await lock.release();
      })()),
  };
}
