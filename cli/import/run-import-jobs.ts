// Rows → root pictures of one database's users, by Auth0's import jobs: two calls for a thousand users.
//
// A job makes a user of each record that it finds none for. So only users of whom the tenant has just said that they
// are there are given to it, by one export of the connection.
//
// The steps are those of an upload (functions/services/user-folder.ts): the objects are stored, tagged `new`; the job
// names them; then they are tagged `set`. What the user named before is not looked for here, because what the tenant
// has said of it is older than the folder's list: the user's next upload does that, or the sweep.
//
// The journal has each row as begun before anything is stored, and each job with its rows once Auth0 has taken it. A
// run that was cut off asks for these jobs first, and sends none of them again.
import { setTimeout as sleep } from "node:timers/promises";
import { userFolder } from "../../components/picture-store/image.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { inTurns } from "../../functions/services/in-turns.ts";
import { longestUpload, markSet, putPicture, settleFolder } from "../../functions/services/user-folder.ts";
import type { PutPicture } from "../../functions/services/user-folder.ts";
import { picturesOf } from "../../functions/services/user-metadata.ts";
import { fetchPicture } from "../images/fetch-picture.ts";
import { readPictureFile } from "../images/read-picture-file.ts";
import { objectsOf } from "../store/assign-picture.ts";
import { StoreUnavailableError } from "../store/picture-bucket.ts";
import { importRecord, mostImportBytes, mostImportJobs } from "../tenant/import-jobs.ts";
import type { ImportJobs, ImportRecord } from "../tenant/import-jobs.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";
import type { Progress } from "../terminal/terminal.ts";
import { createHostPace } from "./host-pace.ts";
import { userKey } from "./import-row.ts";
import type { ImportRow, PictureLocation } from "./import-row.ts";
import type { ImportSummary } from "./import-summary.ts";
import { rowFailure } from "./row-failure.ts";
import { doneAs, versionOf } from "./run-import.ts";
import type { ImportRun } from "./run-import.ts";

export interface JobTarget {
  readonly connection: { readonly id: string; readonly name: string };
  readonly jobs: ImportJobs;
  /** In bytes, of one job's file. @default what Auth0 takes */
  readonly mostBytes?: number;
}

/** More pictures than are decoded at once, so that decoders do not wait for the store. */
const waitingPictures = 6;

/** In milliseconds: what was stored before may have been settled since, as what is not named. */
const soonSettled = longestUpload / 2;

interface Matched {
  readonly row: ImportRow;
  readonly user: TenantUser;
}

/** A row whose picture is stored, and whose user the next job is to name it for. */
interface Stored extends Matched {
  readonly record: ImportRecord;
  readonly version: string;
  readonly put: PutPicture;
  readonly storedAt: number;
}

/** In the journal: a job that Auth0 has taken. */
interface BegunJob {
  readonly job: string;
  /** As the rows name them. */
  readonly users: readonly string[];
  readonly at: string;
}

/** @throws what ended the import before its end. `summary` has what was done until then. */
export async function runImportJobs(run: ImportRun, summary: ImportSummary, target: JobTarget): Promise<void> {
  const { context, journal, report, decoder } = run;
  const { terminal, signal, tenant } = context;
  const { connection, jobs, mostBytes = mostImportBytes } = target;
  const bucket = context.bucket();
  const store = bucket.objects;
  const pace = createHostPace(run.pace);
  const began = performance.now();
  const ending = new AbortController();
  const end = (reason: unknown) => ending.abort(reason);
  const interrupt = () => end(signal.reason);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const progress = terminal.startProgress({
    noun: "users",
    ...(run.total !== undefined && { total: run.total }),
    done: Math.min(journal?.earlier.done ?? 0, run.total ?? Infinity),
  });

  const fail = (row: Pick<ImportRow, "user" | "picture" | "place">, reason: string): void => {
    terminal.say(`${row.place}, ${printable(row.user)}: ${reason}`);
    summary.failed += 1;
    summary.failures.push({ user: row.user, picture: row.picture, place: row.place, error: reason });
    if (row.user !== "") journal?.failed(row.user, reason);
    report?.add(row, reason);
    progress.advance();
  };
  /** A row's own error; others end the import. */
  const failBy = (row: ImportRow, error: unknown): void => {
    if (ending.signal.aborted && error === ending.signal.reason) return;
    const failure = rowFailure(error);
    if (failure === undefined) throw error;
    fail(row, failure.reason);
  };

  try {
    const rows = await readRows();
    await finishEarlierJobs(rows);
    const matched = await matchRows(rows);
    const chunks = createChunks();
    const work = async () => {
      try {
        for (let next; !ending.signal.aborted && (next = matched.shift()) !== undefined;) {
          const stored = await storeRow(next);
          if (stored !== undefined) await chunks.add(stored);
        }
      } catch (error) {
        end(error);
      }
    };
    await Promise.all(Array.from({ length: decoder.concurrency + waitingPictures }, work));
    await chunks.finish();
  } catch (error) {
    end(error);
  } finally {
    summary.seconds = (performance.now() - began) / 1000;
    signal.removeEventListener("abort", interrupt);
    progress.end();
  }
  if (ending.signal.aborted) throw ending.signal.reason;

  /** By `userKey`: those that are to be imported. */
  async function readRows(): Promise<Map<string, ImportRow>> {
    const rows = new Map<string, ImportRow>();
    for await (const row of run.rows) {
      ending.signal.throwIfAborted();
      if (row.refusal !== undefined) fail(row, row.refusal);
      else if ((await doneAs(row, journal)) !== undefined) summary.skipped += 1;
      else rows.set(userKey(row.user), row);
    }
    return rows;
  }

  async function finishEarlierJobs(rows: Map<string, ImportRow>): Promise<void> {
    const facts = journal?.kept ?? [];
    const ended = new Set(facts.map(({ ended: job }) => job));
    for (const fact of facts) {
      if (!isBegunJob(fact) || ended.has(fact.job)) continue;
      const { job, users, at } = fact;
      const open = users.flatMap((user) => {
        const entry = journal?.entryOf(user);
        return entry?.step === "begun" ? [{ user, entry }] : [];
      });
      const failures = await jobs.failuresOf(
        job,
        open.map(({ entry }) => entry.userId),
      );
      if (failures !== undefined) {
        const isOld = Date.now() - Date.parse(at) > soonSettled;
        await inTurns(open, 8, async ({ user, entry }) => {
          const row = rows.get(userKey(user));
          rows.delete(userKey(user));
          const reason = failures.get(entry.userId);
          if (reason !== undefined) return fail(row ?? { user, picture: "", place: "An earlier run's row" }, reason);
          if (isOld) await settle(entry.userId);
          journal?.done(user, { picture: entry.picture, userId: entry.userId }, { job });
          // The file has been changed since: it is imported as well.
          if (row !== undefined && (await doneAs(row, journal)) === undefined) rows.set(userKey(user), row);
          else progress.advance();
          summary.done += 1;
        });
      }
      journal?.keep({ ended: job });
    }
  }

  /** The rows' users. Those that the tenant does not have fail, as do those for whom a job is not the way. */
  async function matchRows(rows: ReadonlyMap<string, ImportRow>): Promise<Matched[]> {
    if (rows.size === 0) return [];
    const open = new Map(rows);
    const matched: Matched[] = [];
    progress.wait("Auth0's export of the connection's users");
    for await (const user of tenant.users.everyUser(connection.id)) {
      const named = [user.user_id, user.email ?? ""].flatMap((text) => open.get(userKey(text)) ?? []);
      const isOwn = user.identities?.[0]?.connection === connection.name;
      const [row, other] = named.filter(({ user: text }) => isOwn || text.includes("|"));
      if (row === undefined) continue;
      open.delete(userKey(row.user));
      if (!isOwn) {
        fail(row, `The user's own account is not of the connection ${connection.name}, but linked to one of it.`);
        continue;
      }
      if (importRecord(user, "") === undefined) {
        fail(row, "The user has no e-mail address, by which an import job finds users. Import it without --job.");
        continue;
      }
      matched.push({ row, user: lightly(user) });
      if (other === undefined) continue;
      open.delete(userKey(other.user));
      fail(other, `It names the user ${printable(user.user_id)}, whose picture is that of ${row.place}. Leave one.`);
    }
    progress.wait(undefined);
    for (const row of open.values())
      fail(row, `The connection ${connection.name} has no user with the id or e-mail address ${printable(row.user)}.`);
    return matched;
  }

  async function storeRow({ row, user }: Matched): Promise<Stored | undefined> {
    try {
      // Before it is read: what is changed meanwhile is imported by the next run.
      const version = await versionOf(row);
      const { picture, bytes } = await obtain(row.source);
      if (ending.signal.aborted) return undefined;
      const assignment = { userId: user.user_id, picture, format: run.format };
      const { objects, named } = objectsOf(assignment);
      const url = bucket.urlOf(named);
      summary.bytesBefore += bytes;
      summary.bytesAfter += picture.webp.length;
      summary.bytesStored += picture.webp.length + picture.smallWebp.length + picture.jpeg.length;
      if (context.isDryRun) {
        if (user.picture === url) summary.unchanged += 1;
        else {
          const from = typeof user.picture === "string" ? user.picture : undefined;
          summary.changes.push({ user: user.user_id, from, to: url });
          summary.done += 1;
        }
        progress.advance();
        return undefined;
      }
      const present = new Set((await store.list(userFolder(user.user_id))).map(({ key }) => key));
      if (user.picture === url && Object.keys(objects).every((key) => present.has(key))) {
        summary.unchanged += 1;
        journal?.done(row.user, { picture: version, userId: user.user_id }, { url, uploaded: 0, wasNamed: true });
        progress.advance();
        return undefined;
      }
      const record = importRecord(user, url);
      if (record === undefined) throw new TypeError("Only users whom a job can find are matched.");
      journal?.begun(row.user, { picture: version, userId: user.user_id });
      const put = await putPicture(store, user.user_id, objects, present);
      return { row, user, record, version, put, storedAt: Date.now() };
    } catch (error) {
      failBy(row, error);
      return undefined;
    }
  }

  async function obtain(source: PictureLocation | undefined): Promise<{ picture: ProcessedPicture; bytes: number }> {
    if (source === undefined) throw new TypeError("A row without a picture has a refusal.");
    let bytes = 0;
    const read = async () => {
      const content =
        "file" in source ? await readPictureFile(source.file, { within: source.within }) : await fetchFrom(source.url);
      bytes = content.length;
      return content;
    };
    return { picture: await decoder.process("file" in source ? read : await read()), bytes };
  }

  async function fetchFrom(url: string): Promise<Uint8Array> {
    for (let wait; (wait = pace.waitOf(url)) > 0 && wait < Infinity;)
      await sleep(Math.min(wait, 1000), undefined, { signal: ending.signal });
    const options = { ...run.fetching, signal: ending.signal };
    return (await pace.ask(url, () => fetchPicture(url, options), ending.signal)).bytes;
  }

  function createChunks() {
    const underWay = new Set<Promise<void>>();
    let chunk: Stored[] = [];
    let bytes = 2;
    const send = async (): Promise<void> => {
      const stored = chunk;
      [chunk, bytes] = [[], 2];
      while (underWay.size >= mostImportJobs) await Promise.race(underWay);
      if (stored.length === 0 || ending.signal.aborted) return;
      const sending: Promise<void> = sendChunk(stored)
        .catch(end)
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    };
    return {
      async add(stored: Stored): Promise<void> {
        const length = Buffer.byteLength(JSON.stringify(stored.record)) + 1;
        const isFull = bytes + length > mostBytes;
        const sent = isFull ? send() : undefined;
        chunk.push(stored);
        bytes += length;
        await sent;
      },
      async finish(): Promise<void> {
        await send();
        await Promise.all(underWay);
      },
    };
  }

  async function sendChunk(stored: readonly Stored[]): Promise<void> {
    const job = await jobs.begin(
      stored.map(({ record }) => record),
      (isWaiting) => tellWait(progress, isWaiting),
    );
    journal?.keep({ job, users: stored.map(({ row }) => row.user), at: new Date().toISOString() } satisfies BegunJob);
    const failures = await jobs.failuresOf(
      job,
      stored.map(({ user }) => user.user_id),
    );
    await inTurns(stored, 8, async ({ row, user, record, version, put, storedAt }) => {
      const reason = failures === undefined ? "Auth0 has forgotten its import job." : failures.get(user.user_id);
      if (reason !== undefined) return fail(row, printable(reason, 500));
      try {
        if (Date.now() - storedAt > soonSettled) await settle(user.user_id);
        else await markSet(store, user.user_id, put);
      } catch (error) {
        // The user names it, and the sweep tags it so in an hour.
        if (!(error instanceof StoreUnavailableError)) throw error;
      }
      const uploaded = [...put.values()].filter(({ created }) => created !== undefined).length;
      journal?.done(row.user, { picture: version, userId: user.user_id }, { url: record.picture, uploaded, job });
      summary.done += 1;
      progress.advance();
    });
    journal?.keep({ ended: job });
  }

  async function settle(userId: string): Promise<void> {
    await settleFolder(store, userId, async () => picturesOf((await tenant.users.getUser(userId)) ?? {}));
  }
}

const tellWait = (progress: Progress, isWaiting: boolean) =>
  progress.wait(isWaiting ? "the tenant's import jobs: two at a time, others' too" : undefined);

const isBegunJob = (fact: object): fact is BegunJob =>
  "job" in fact && typeof fact.job === "string" && "users" in fact && Array.isArray(fact.users) && "at" in fact;

/** Of many users at once: without what other commands need. */
const lightly = ({ user_id, email, email_verified, picture }: TenantUser): TenantUser => ({
  user_id,
  ...(email !== undefined && { email }),
  ...(email_verified !== undefined && { email_verified }),
  ...(picture !== undefined && { picture }),
});
