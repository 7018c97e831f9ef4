// Folders of users who are gone, from the first look until no edge has anything of them.
//
// S3 forgets at once what the edges are told to forget afterwards, and a run can end between the two; nothing in the
// bucket would say then that they were not told. So before anything is deleted there is a note outside of the users'
// folders, and it goes after the last step:
//
//   1 note that the folder's user is gone
//   2 wait until the tenant's search must know of a link that was made just before
//   3 look again, and erase the folder
//   4 make the edges forget it, by the user's cache tag
//   5 take the note away
//
// A later run finishes what is noted, from 3 on. It leaves alone what a run that may still be at work has noted: that
// one could delete something after the edges were told. What Auth0's event has noted nobody is at work on, so it waits
// for step 2 only.
import { randomUUID } from "node:crypto";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { inTurns } from "../services/in-turns.ts";
import type { ListedObject, ObjectStore } from "../services/object-store.ts";
import type { EdgeCache } from "./edge-cache.ts";
import type { Verdict } from "./folder-decision.ts";

export interface Erasure {
  /** `u/<hash>/` */
  readonly folder: string;
  /** Whose it is. */
  readonly userId: string;
  /** The note's key. */
  readonly note: string;
  /** Milliseconds since the epoch: when its user was seen to be gone. */
  readonly since: number;
}

const notes = { gone: "sweep/gone/", told: "sweep/told/" } as const;

/** In milliseconds, a Lambda's longest and some more: a run that began before is over. */
const longestRun = 20 * 60_000;

type FolderOfUser = Pick<Erasure, "folder" | "userId">;

/** Step 1. Each run has notes of its own. */
export async function noteErasure(store: ObjectStore, of: FolderOfUser, now: number): Promise<Erasure> {
  return { ...of, note: await writeNote(store, notes.gone, of), since: now };
}

/** Step 1 for a user of whom an event says so. */
export async function noteTold(store: ObjectStore, of: FolderOfUser): Promise<void> {
  await writeNote(store, notes.told, of);
}

async function writeNote(store: ObjectStore, prefix: string, { folder, userId }: FolderOfUser): Promise<string> {
  const note = `${prefix}${folder.slice("u/".length)}${randomUUID()}`;
  await store.writeText(note, userId);
  return note;
}

/** More than one run does: the next does the others. */
const mostLeft = 1000;

/**
 * What earlier runs have noted and not finished, and what events have noted.
 *
 * @param searchLag in milliseconds: how far the tenant's search can be behind
 */
export async function leftErasures(store: ObjectStore, now: number, searchLag: number): Promise<Erasure[]> {
  const [gone, told] = await Promise.all([store.list(notes.gone), store.list(notes.told)]);
  const since = (least: number) => (object: ListedObject) => now - object.lastModified.getTime() >= least;
  const left = [...gone.filter(since(longestRun)), ...told.filter(since(searchLag))].slice(0, mostLeft);
  const read = await inTurns(left, 16, async ({ key, lastModified }) => {
    const userId = (await store.readText(key))?.text;
    return userId ? [{ folder: userFolder(userId), userId, note: key, since: lastModified.getTime() }] : [];
  });
  return read.flat();
}

/**
 * Whether no run has anything to finish of users who were deleted before.
 *
 * @param before milliseconds since the epoch
 */
export async function isAllErased(store: ObjectStore, before: number): Promise<boolean> {
  const [gone, told] = await Promise.all([store.list(notes.gone), store.list(notes.told)]);
  return gone.length === 0 && told.every(({ lastModified }) => lastModified.getTime() >= before);
}

/** Tags for one invalidation. CloudFront takes 3000. */
const mostTags = 100;

/**
 * Steps 3 to 5.
 *
 * @param erase step 3, of one folder
 * @param onFailure is told of each folder that could not be erased; its note stays
 * @throws Error where the edges could not be told; the notes stay
 */
export async function finishErasures(
  { store, edge }: { readonly store: ObjectStore; readonly edge: EdgeCache | undefined },
  erasures: readonly Erasure[],
  erase: (erasure: Erasure) => Promise<Verdict>,
  onFailure: (erasure: Erasure, error: unknown) => void,
): Promise<void> {
  for (let from = 0; from < erasures.length; from += mostTags) {
    const erased: Erasure[] = [];
    for (const erasure of erasures.slice(from, from + mostTags))
      await erase(erasure).then(
        () => erased.push(erasure),
        (error: unknown) => onFailure(erasure, error),
      );
    // Where a user was there again, an earlier run can have erased something before.
    const tags = new Set(erased.map(({ userId }) => cacheTag(userId)));
    if (tags.size > 0) await edge?.forget([...tags]);
    for (const { note } of erased) await removeNote(store, note);
  }
}

async function removeNote(store: ObjectStore, note: string): Promise<void> {
  const { versions } = await store.listVersions(note);
  for (const { key, versionId } of versions) await store.deleteVersion(key, versionId);
}
