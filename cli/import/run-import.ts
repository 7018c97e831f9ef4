// Rows → users' pictures. A few are in memory at a time, however many there are; each row's failure is its own; and
// what ends the import leaves nothing half-done, so that the same command goes on from there.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import type { CommandContext } from "../command-context.ts";
import { fetchPicture } from "../images/fetch-picture.ts";
import type { FetchOptions } from "../images/fetch-picture.ts";
import type { PictureDecoder } from "../images/picture-decoder.ts";
import { PictureSourceError } from "../images/picture-source.ts";
import { readPictureFile } from "../images/read-picture-file.ts";
import { assignPicture, attributeOf, objectsOf } from "../store/assign-picture.ts";
import type { PictureAttribute } from "../store/assign-picture.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { Progress } from "../terminal/terminal.ts";
import { printable } from "../terminal/printable.ts";
import { createHostPace, isTooMuch } from "./host-pace.ts";
import type { HostPaceOptions } from "./host-pace.ts";
import type { ImportJournal, JournalEntry } from "./import-journal.ts";
import type { ImportReport } from "./import-report.ts";
import type { ImportRow, PictureLocation } from "./import-row.ts";
import { emptySummary } from "./import-summary.ts";
import type { ImportSummary } from "./import-summary.ts";
import { resolveRows } from "./resolve-rows.ts";
import type { ResolvedRow } from "./resolve-rows.ts";
import { rowFailure } from "./row-failure.ts";
import type { RowFailure } from "./row-failure.ts";

export interface ImportRun {
  readonly context: CommandContext;
  readonly decoder: PictureDecoder;
  readonly rows: AsyncIterable<ImportRow>;
  /** @default not known */
  readonly total?: number;
  readonly format: "webp" | "jpeg";
  readonly attribute: PictureAttribute;
  /** Undefined in a dry run, which writes nothing. */
  readonly journal: ImportJournal | undefined;
  readonly report: ImportReport | undefined;
  /** Why a user, as found just before the picture is taken, is left alone. @default nobody is */
  readonly leaveAlone?: (user: TenantUser) => string | undefined;
  /** How URLs are fetched, beside its guard. */
  readonly fetching?: FetchOptions;
  readonly pace?: HostPaceOptions;
}

/** So many pictures more than are decoded at once, so that decoders never wait for the tenant, the store or a host. */
const waitingPictures = 6;

/** So many failures in a row, for which no row can do anything, are an outage. */
const mostOutages = 20;

/** Rows whose host is left alone for a while. More wait in the table. */
const mostPostponed = 1000;

/** @throws what ended the import before its end. `summary` has what was done until then. */
export async function runImport(run: ImportRun, summary: ImportSummary = emptySummary()): Promise<ImportSummary> {
  const { context, journal, decoder } = run;
  const { terminal, signal } = context;
  const began = performance.now();
  const ending = new AbortController();
  const end = (reason: unknown) => ending.abort(reason);
  const interrupt = () => end(signal.reason);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const total = run.total === undefined ? {} : { total: run.total };
  const done = Math.min(journal?.earlier.done ?? 0, run.total ?? Infinity);
  const progress = terminal.startProgress({ noun: "users", ...total, done });
  const looked = resolveRows(run.rows, {
    users: context.tenant.users,
    doneAs: (row) => doneAs(row, journal),
    wasBegun: (row) => wasCutOff(journal?.entryOf(row.user)),
    signal: ending.signal,
  });
  const tasks = createTasks(looked, { run, summary, progress, ending });
  const work = async () => {
    try {
      for (let task; (task = await tasks.next()) !== undefined;) await tasks.carryOut(task);
    } catch (error) {
      end(error);
    }
  };
  try {
    await Promise.all(Array.from({ length: decoder.concurrency + waitingPictures }, work));
  } finally {
    summary.seconds = (performance.now() - began) / 1000;
    signal.removeEventListener("abort", interrupt);
    progress.end();
    // Its last look-ups may still be refused for the same reason.
    await looked.return(undefined).catch(() => undefined);
  }
  if (ending.signal.aborted) throw ending.signal.reason;
  return summary;
}

/** Whether a run before ended, or failed, between a row's first step and its last: the user may name the picture. */
export const wasCutOff = (entry: JournalEntry | undefined): boolean =>
  entry?.step === "begun" || (entry?.step === "failed" && entry.picture !== "");

/** Undefined for a row that is to be imported, again if its picture has been changed since. */
export async function doneAs(row: ImportRow, journal: ImportJournal | undefined): Promise<string | undefined> {
  const entry = journal?.entryOf(row.user);
  if (entry?.step !== "done") return undefined;
  return entry.picture === (await versionOf(row)) ? entry.userId : undefined;
}

/**
 * Of a row's picture: another after a change of the file. Its size and time can be those of the file before, as copies
 * and archives keep them; when it came into its place, no program can set.
 */
export async function versionOf({ picture, source }: ImportRow): Promise<string> {
  const found = source !== undefined && "file" in source ? await stat(source.file).catch(() => undefined) : undefined;
  const text = JSON.stringify([picture, found?.size, found && [found.mtimeMs, found.ctimeMs].map(Math.floor)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

interface Tasks {
  /** Undefined where nothing is left, or the import ends. */
  next(): Promise<Task | undefined>;
  /** @throws what ends the import */
  carryOut(task: Task): Promise<void>;
}

interface Task extends ResolvedRow {
  /** How often its host has said that it is too much. */
  readonly refusals: number;
}

interface Obtained {
  readonly picture: ProcessedPicture;
  /** Of what was read. */
  readonly bytes: number;
  /** As it was before it was read: what is changed meanwhile is imported by the next run. */
  readonly version: string;
}

interface TaskSurroundings {
  readonly run: ImportRun;
  readonly summary: ImportSummary;
  readonly progress: Progress;
  readonly ending: AbortController;
}

function createTasks(looked: ReturnType<typeof resolveRows>, surroundings: TaskSurroundings): Tasks {
  const { run, summary, progress, ending } = surroundings;
  const { context, journal, report, leaveAlone = () => undefined } = run;
  const pace = createHostPace(run.pace);
  const postponed: Task[] = [];
  let outages = 0;

  const fail = (row: ImportRow, { reason, isOutage }: RowFailure): void => {
    context.terminal.say(`${row.place}, ${printable(row.user)}: ${reason}`);
    summary.failed += 1;
    summary.failures.push({ user: row.user, picture: row.picture, place: row.place, error: reason });
    if (row.user !== "") journal?.failed(row.user, reason);
    report?.add(row, reason);
    progress.advance();
    outages = isOutage ? outages + 1 : outages;
    if (outages >= mostOutages)
      throw new CommandError(
        `${outages} pictures in a row failed for what is no fault of theirs, so the import stopped: ${reason} ` +
          `Run the same command again when that works: it goes on from there.`,
      );
  };

  const leave = (reason: string): void => {
    summary.leftAlone[reason] = (summary.leftAlone[reason] ?? 0) + 1;
    progress.advance();
  };

  const nextResolved = async (): Promise<Task | undefined> => {
    for (;;) {
      const next = await looked.next();
      if (next.done || ending.signal.aborted) return undefined;
      const one = next.value;
      if ("failure" in one) fail(one.row, one.failure);
      else if ("doneAs" in one) summary.skipped += 1;
      else {
        const reason = leaveAlone(one.user);
        // What the user names may be this import's own: that is known when there is the picture.
        if (reason === undefined || wasCutOff(journal?.entryOf(one.row.user))) return { ...one, refusals: 0 };
        leave(reason);
      }
    }
  };

  const takePostponed = (): Task | undefined => {
    const at = postponed.findIndex(({ row }) => [0, Infinity].includes(waitOf(row.source)));
    return at < 0 ? undefined : postponed.splice(at, 1)[0];
  };
  const waitOf = (source: PictureLocation | undefined) =>
    source !== undefined && "url" in source ? pace.waitOf(source.url) : 0;

  let isDrained = false;
  const next = async (): Promise<Task | undefined> => {
    while (!ending.signal.aborted) {
      const ready = takePostponed();
      if (ready !== undefined) return ready;
      if (!isDrained && postponed.length < mostPostponed) {
        const task = await nextResolved();
        if (task === undefined) isDrained = true;
        else if (waitOf(task.row.source) === 0) return task;
        else postponed.push(task);
        continue;
      }
      const [first] = postponed;
      // What others have under way they take up again themselves.
      if (first === undefined) return undefined;
      const longest = Math.min(...postponed.map(({ row }) => waitOf(row.source)));
      progress.wait(`${hostOf(first.row)} asks to be left alone for a while`);
      await sleep(Math.min(longest, 1000), undefined, { signal: ending.signal }).catch(() => undefined);
      progress.wait(undefined);
    }
    return undefined;
  };

  /** Undefined: its host is to be asked later. */
  const obtain = async (task: Task): Promise<Obtained | undefined> => {
    const { source } = task.row;
    if (source === undefined) throw new TypeError("A row without a picture has a refusal.");
    const version = await versionOf(task.row);
    if ("file" in source) {
      let bytes = 0;
      const read = async () => {
        const content = await readPictureFile(source.file, { within: source.within });
        bytes = content.length;
        return content;
      };
      return { picture: await run.decoder.process(read), bytes, version };
    }
    if (pace.waitOf(source.url) === Infinity)
      throw new PictureSourceError(
        `${hostOf(task.row)} has said too often that it is asked too much. Import the report in an hour.`,
      );
    try {
      const content = await fetchFrom(source);
      return { picture: await run.decoder.process(content), bytes: content.length, version };
    } catch (error) {
      if (!isTooMuch(error, source.url) || task.refusals >= 2) throw error;
      postponed.push({ ...task, refusals: task.refusals + 1 });
      return undefined;
    }
  };
  const fetchFrom = async ({
    url,
    original,
  }: Extract<PictureLocation, { readonly url: string }>): Promise<Uint8Array> => {
    const options = { ...run.fetching, signal: ending.signal };
    const ask = async (one: string) => (await pace.ask(one, () => fetchPicture(one, options), ending.signal)).bytes;
    try {
      return await ask(url);
    } catch (error) {
      const isOther = original !== undefined && error instanceof PictureSourceError && !isTooMuch(error, url);
      if (!isOther) throw error;
      return await ask(original);
    }
  };

  const assign = async ({ row, user }: Task, { picture, version }: Obtained): Promise<boolean> => {
    const { format, attribute } = run;
    const userId = user.user_id;
    if (context.isDryRun) {
      // What is named nowhere else, the root has.
      const named = (attribute === "root" ? undefined : user.user_metadata?.["picture"]) ?? user.picture;
      const to = context.bucket().urlOf(objectsOf({ userId, picture, format }).named);
      const from = named === undefined || named === null ? undefined : textOf(named);
      if (from !== to) summary.changes.push({ user: userId, from, to });
      return from !== to;
    }
    const entry = { picture: version, userId };
    journal?.begun(row.user, entry);
    const services = { bucket: context.bucket(), users: context.tenant.users };
    const { url, uploaded, wasNamed } = await assignPicture(services, { userId, picture, format, attribute, user });
    journal?.done(row.user, entry, { url, uploaded: uploaded.length, wasNamed });
    return !wasNamed;
  };

  const isNamed = (user: TenantUser, picture: ProcessedPicture): boolean => {
    const { named } = objectsOf({ userId: user.user_id, picture, format: run.format });
    return attributeOf(user, run.attribute) === context.bucket().urlOf(named);
  };

  const carryOut = async (task: Task): Promise<void> => {
    try {
      const obtained = await obtain(task);
      if (obtained === undefined) return;
      // Nothing of it is begun, so it is for the next run.
      if (ending.signal.aborted) return;
      const { picture, bytes } = obtained;
      const reason = leaveAlone(task.user);
      if (reason !== undefined && !isNamed(task.user, picture)) return leave(reason);
      const isChanged = await assign(task, obtained);
      outages = 0;
      if (isChanged) summary.done += 1;
      else summary.unchanged += 1;
      summary.bytesBefore += bytes;
      summary.bytesAfter += (run.format === "jpeg" ? picture.jpeg : picture.webp).length;
      summary.bytesStored += picture.webp.length + picture.smallWebp.length + picture.jpeg.length;
      progress.advance();
    } catch (error) {
      if (ending.signal.aborted && error === ending.signal.reason) return;
      const failure = rowFailure(error);
      if (failure === undefined) throw error;
      fail(task.row, failure);
    }
  };
  return { next, carryOut };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const hostOf = ({ source }: ImportRow) =>
  source !== undefined && "url" in source ? printable(URL.parse(source.url)?.hostname ?? source.url) : "The store";
