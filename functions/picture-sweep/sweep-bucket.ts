// One run of the sweep: it finishes what earlier runs have left and events have noted, and goes on through the bucket
// from where the last one came to, until its time is nearly over. A pass through the whole bucket begins once a day, or
// when the last one ends.
import { DeadlineError, pause } from "../services/deadline.ts";
import type { Deadline } from "../services/deadline.ts";
import { inTurns } from "../services/in-turns.ts";
import type { LogLine } from "../services/invocation.ts";
import { TenantError } from "../services/tenant-calls.ts";
import { foldersAfter, readVersions } from "./bucket-folders.ts";
import type { BucketFolder } from "./bucket-folders.ts";
import type { EdgeCache } from "./edge-cache.ts";
import { finishErasures, isAllErased, leftErasures, noteErasure } from "./erasures.ts";
import type { Erasure } from "./erasures.ts";
import { decideFolder, eraseFolder, inspectFolder, isSettled } from "./folder-decision.ts";
import type { InspectedFolder, Rules } from "./folder-decision.ts";
import { noCounts, readPosition, writePosition } from "./sweep-position.ts";
import type { SweepCounts, SweepPosition } from "./sweep-position.ts";
import { mostIds } from "./tenant-users.ts";

export interface SweepServices extends Rules {
  readonly edge: EdgeCache | undefined;
  /** In milliseconds: how far the tenant's search can be behind. */
  readonly searchLag: number;
  readonly deadline: Deadline;
  /** The store until after the deadline, for the position. */
  readonly lastStore: Rules["store"];
  readonly log: (line: LogLine) => void;
  /** Is told of each run where it came to, also of one that fails. */
  readonly report: (position: SweepPosition) => void;
}

/** In milliseconds: a day, and a schedule can be a little early. */
const passEvery = 23.5 * 60 * 60_000;
/** In milliseconds: how often the position is written on the way. */
const writtenEvery = 60_000;
/** Folders in a row, on the way: then it is no folder's fault. */
const mostFailures = 5;
/** Folders that are tried again by each run. */
const mostFailed = 100;

interface Sweep {
  readonly services: SweepServices;
  position: SweepPosition;
  /** What this run has noted and not finished. */
  noted: Erasure[];
}

/** @throws Error where something was not done; what was done is done */
export async function sweepBucket(services: SweepServices): Promise<void> {
  const { store, lastStore, now } = services;
  const began = new Date(now()).toISOString();
  const found = await readPosition(store);
  const sweep: Sweep = { services, position: found ?? newPass(began), noted: [] };
  const failedBefore = sweep.position.failed;
  try {
    await finish(sweep, await leftErasures(store, now(), services.searchLag));
    sweep.position = dueAgain(sweep.position, now()) ? newPass(began, sweep.position) : sweep.position;
    if (sweep.position.ended === undefined) await goOn(sweep);
    await finishNoted(sweep);
    await tryAgain(sweep, failedBefore);
    await finishNoted(sweep);
    sweep.position = await end(sweep);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
  } finally {
    services.report(sweep.position);
    if (sweep.position !== found) await writePosition(lastStore, sweep.position);
  }
  const { length } = sweep.position.failed;
  if (length > 0) throw new Error(`${length} folders could not be swept.`);
}

/** A pass from the beginning, which keeps what is still to be tried again. */
const newPass = (started: string, before?: SweepPosition): SweepPosition => ({
  started,
  counts: noCounts,
  failed: before?.failed ?? [],
  clean: before?.clean ?? started,
});

const dueAgain = ({ started, ended }: SweepPosition, now: number) =>
  ended !== undefined && now - Date.parse(started) >= passEvery;

async function end({ services, position }: Sweep): Promise<SweepPosition> {
  const { started, ended = new Date(services.now()).toISOString(), failed, clean } = position;
  const isAll = async () => isAllErased(services.store, Date.parse(started));
  const isClean = failed.length === 0 && (clean === started || (await isAll()));
  if (ended === position.ended && isClean === (clean === started)) return position;
  return { ...position, ended, clean: isClean ? started : clean };
}

/** Through the bucket, to its end. */
async function goOn(sweep: Sweep): Promise<void> {
  const { store, lastStore, searchLag, now } = sweep.services;
  let written = now();
  const sweepBatch = async (batch: readonly BucketFolder[]) => {
    const { counts, failed } = await decideBatch(sweep, batch, mostFailures);
    const after = batch.at(-1)?.folder ?? "";
    sweep.position = { ...sweep.position, after, counts: sum(sweep.position.counts, counts) };
    keepFailed(sweep, failed);
    if (now() - written >= writtenEvery) {
      await writePosition(lastStore, sweep.position);
      written = now();
    }
    await finishNoted(sweep, now() - searchLag);
  };
  let batch: BucketFolder[] = [];
  for await (const folder of foldersAfter(store, sweep.position.after)) {
    batch.push(folder);
    if (batch.length < mostIds) continue;
    await sweepBatch(batch);
    batch = [];
  }
  if (batch.length > 0) await sweepBatch(batch);
}

/** @param folders that an earlier run could not do */
async function tryAgain(sweep: Sweep, folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return;
  const { store } = sweep.services;
  const batch = await inTurns(folders, 4, async (folder) => ({ folder, versions: await readVersions(store, folder) }));
  const { failed } = await decideBatch(sweep, batch, Infinity);
  const others = sweep.position.failed.filter((folder) => !folders.includes(folder));
  sweep.position = { ...sweep.position, failed: [...others, ...failed] };
}

/**
 * @param most failures in a row
 * @throws Error after so many, and DeadlineError: then the batch is to be repeated as a whole
 */
async function decideBatch(sweep: Sweep, batch: readonly BucketFolder[], most: number) {
  const { services } = sweep;
  const counts = { ...noCounts, folders: batch.length };
  const failed: string[] = [];
  let inARow = 0;
  const fail = (folder: string, error: unknown) => {
    inARow += 1;
    if (error instanceof DeadlineError || inARow >= most) throw error;
    failed.push(folder);
    logFailure(services, folder, error);
  };

  const inspected = await inTurns(batch, 4, async (one) =>
    inspectFolder(services.store, one).catch((error: unknown) => fail(one.folder, error)),
  );
  const owned = inspected.filter((one) => one?.userId !== undefined) as OwnedFolder[];
  counts.unowned = batch.length - failed.length - owned.length;
  const hits = await search(services, owned);
  for (const folder of owned)
    try {
      counts[await decideOne(sweep, folder, hits)] += 1;
      inARow = 0;
    } catch (error) {
      fail(folder.folder, error);
    }
  return { counts, failed };
}

type OwnedFolder = InspectedFolder & { readonly userId: string };

/** What the tenant's search knows of the folders' users: nothing, where it does not answer. */
async function search({ users, log }: SweepServices, folders: readonly OwnedFolder[]) {
  try {
    return await users.search(folders.map(({ userId }) => userId));
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    log({ level: "warn", code: "no_search", reason: String(error) });
    return new Map<string, readonly unknown[]>();
  }
}

async function decideOne(
  sweep: Sweep,
  folder: OwnedFolder,
  hits: ReadonlyMap<string, readonly unknown[]>,
): Promise<Exclude<keyof SweepCounts, "folders" | "unowned">> {
  const { services } = sweep;
  const { userId } = folder;
  const pictures = hits.get(userId);
  if (pictures !== undefined && isSettled(folder, pictures, services)) return "settled";
  const verdict = await decideFolder(services, folder, userId);
  if (verdict === "gone") sweep.noted.push(await noteErasure(services.store, folder, services.now()));
  return verdict === "present" ? "asked" : verdict;
}

/** Erases what this run has noted up to a time; without one all of it, as soon as that may be. */
async function finishNoted(sweep: Sweep, until = Infinity): Promise<void> {
  const { searchLag, deadline, now } = sweep.services;
  const due = sweep.noted.filter(({ since }) => since <= until);
  const wait = Math.max(0, ...due.map(({ since }) => since)) + searchLag - now();
  if (due.length > 0 && wait > 0) await pause(deadline, wait);
  sweep.noted = sweep.noted.filter((erasure) => !due.includes(erasure));
  await finish(sweep, due);
}

async function finish(sweep: Sweep, erasures: readonly Erasure[]): Promise<void> {
  const { services } = sweep;
  const erase = ({ folder, userId }: Erasure) => eraseFolder(services, folder, userId);
  await finishErasures(services, erasures, erase, ({ folder }, error) => {
    if (error instanceof DeadlineError) throw error;
    logFailure(services, folder, error);
    keepFailed(sweep, [folder]);
  });
}

/** @throws Error if they are too many to be the folders' own fault */
function keepFailed(sweep: Sweep, folders: readonly string[]): void {
  const failed = [...new Set([...sweep.position.failed, ...folders])];
  if (failed.length > mostFailed) throw new Error(`${failed.length} folders could not be swept.`);
  sweep.position = { ...sweep.position, failed };
}

function logFailure({ log }: SweepServices, folder: string, error: unknown): void {
  log({ level: "error", code: "folder_failed", folder, reason: String(error) });
}

const sum = (a: SweepCounts, b: SweepCounts) =>
  Object.fromEntries(
    Object.entries(a).map(([name, count]) => [name, count + b[name as keyof SweepCounts]]),
  ) as unknown as SweepCounts;
