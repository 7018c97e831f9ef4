// What becomes of one user's folder. The tenant decides, as it is now: `GET /users/{id}` and nothing else.
//
//   The user is there             the folder is settled, as at the end of an upload
//   Another has it as an identity the folder is settled, by the picture that the other one names
//   The tenant has no such user   everything that was in the folder before it was asked is erased
//
// The folder is listed first and the tenant is asked second, and exactly what was listed is deleted. So a user who is
// there again, by an import, loses nothing that was put since, whatever the clocks say and however late an event is.
import { UploadState } from "../../components/picture-store/picture-tags.ts";
import { NoSuchUserError } from "../services/tenant-calls.ts";
import type { ObjectStore, ObjectVersion } from "../services/object-store.ts";
import { changesOf, namedStems, readTags, settleFolder, stemOf } from "../services/user-folder.ts";
import type { SeenObject } from "../services/user-folder.ts";
import { currentOf, deleteVersions, ownerOf, readVersions } from "./bucket-folders.ts";
import type { BucketFolder } from "./bucket-folders.ts";
import type { TenantUsers } from "./tenant-users.ts";

/** A folder, and what its objects' tags say. */
export interface InspectedFolder extends BucketFolder {
  readonly seen: readonly SeenObject[];
  /** Undefined where no tag says whose it is: nothing is decided on a guess. */
  readonly userId: string | undefined;
}

export interface Rules {
  readonly store: ObjectStore;
  readonly users: TenantUsers;
  /** In days; undefined where a lifecycle rule deletes what is replaced. */
  readonly replacedDays: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export async function inspectFolder(store: ObjectStore, { folder, versions }: BucketFolder): Promise<InspectedFolder> {
  const seen = await readTags(store, currentOf(versions));
  return { folder, versions, seen, userId: await ownerOf(store, { folder, versions }, seen) };
}

/** Whether nothing is to be done, if the user has these. @param pictures the values that can name one */
export function isSettled(
  { seen, userId = "" }: InspectedFolder,
  pictures: readonly unknown[],
  { replacedDays, now }: Pick<Rules, "replacedDays" | "now">,
): boolean {
  const named = namedStems(userId, pictures);
  return changesOf(seen, named, now()).length === 0 && expiredOf(seen, named, replacedDays, now()).size === 0;
}

/** What `decideFolder` found the user to be. */
export type Verdict = "present" | "linked" | "gone";

/**
 * Settles the folder of a user who is there; of one who is gone it changes nothing, because that takes a second look
 * (`eraseFolder`).
 */
export async function decideFolder(rules: Rules, inspected: InspectedFolder, userId: string): Promise<Verdict> {
  const { users } = rules;
  if (await settled(rules, inspected, userId, () => users.readPictures(userId))) return "present";
  if (await settled(rules, inspected, userId, () => users.readLinkedPictures(userId))) return "linked";
  return "gone";
}

/** As `decideFolder`, and erases the folder of a user who is gone. The edge keeps what it has. */
export async function eraseFolder(rules: Rules, folder: string, userId: string): Promise<Verdict> {
  const { store } = rules;
  const versions = await readVersions(store, folder);
  const seen = await readTags(store, currentOf(versions));
  const verdict = await decideFolder(rules, { folder, versions, seen, userId }, userId);
  if (verdict === "gone") await deleteVersions(store, versions);
  return verdict;
}

/** @returns false where `readPictures` finds no user, and then nothing is changed */
async function settled(
  { store, replacedDays, now }: Rules,
  { seen, versions }: InspectedFolder,
  userId: string,
  readPictures: () => Promise<readonly unknown[]>,
): Promise<boolean> {
  try {
    const named = await settleFolder(store, userId, readPictures, now());
    await deleteVersions(store, versionsOf(versions, expiredOf(seen, named, replacedDays, now())));
    return true;
  } catch (error) {
    if (error instanceof NoSuchUserError) return false;
    throw error;
  }
}

const versionsOf = (versions: readonly ObjectVersion[], stems: ReadonlySet<string>) =>
  versions.filter(({ key }) => stems.has(stemOf(key) ?? ""));

/** The pictures that were replaced so long ago that nothing shows them any more, by their stems. */
function expiredOf(
  seen: readonly SeenObject[],
  named: ReadonlySet<string>,
  replacedDays: number | undefined,
  now: number,
): ReadonlySet<string> {
  if (replacedDays === undefined) return new Set();
  const isOld = ({ state, lastModified }: SeenObject) =>
    state === UploadState.Replaced && now - lastModified.getTime() > replacedDays * 24 * 60 * 60_000;
  const pictures = [...Map.groupBy(seen, ({ stem }) => stem)];
  return new Set(pictures.filter(([stem, objects]) => !named.has(stem) && objects.every(isOld)).map(([stem]) => stem));
}
