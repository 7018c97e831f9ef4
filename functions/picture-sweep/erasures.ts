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
// one could delete something after the edges were told.
import { randomUUID } from "node:crypto";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { inTurns } from "../services/in-turns.ts";
import type { ObjectStore } from "../services/object-store.ts";
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

const notes = "sweep/gone/";

/** In milliseconds, a Lambda's longest and some more: a run that began before is over. */
const longestRun = 20 * 60_000;

/** Step 1. Each run has notes of its own. */
export async function noteErasure(
  store: ObjectStore,
  { folder, userId }: Pick<Erasure, "folder" | "userId">,
  now: number,
): Promise<Erasure> {
  const note = `${notes}${folder.slice("u/".length)}${randomUUID()}`;
  await store.writeText(note, userId);
  return { folder, userId, note, since: now };
}

/** What earlier runs have noted and not finished. */
export async function leftErasures(store: ObjectStore, now: number): Promise<Erasure[]> {
  const left = (await store.list(notes)).filter(({ lastModified }) => now - lastModified.getTime() >= longestRun);
  const read = await inTurns(left, 16, async ({ key, lastModified }) => {
    const userId = (await store.readText(key))?.text;
    return userId ? [{ folder: userFolder(userId), userId, note: key, since: lastModified.getTime() }] : [];
  });
  return read.flat();
}

/** Whether no run has anything to finish. */
export async function isAllErased(store: ObjectStore): Promise<boolean> {
  return (await store.list(notes)).length === 0;
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
