// Users' folders in the bucket, one after another, with every version that they have.
import { userFolder } from "../../components/picture-store/image.ts";
import { taggedUser } from "../../components/picture-store/picture-tags.ts";
import { inTurns } from "../services/in-turns.ts";
import type { ObjectStore, ObjectVersion, VersionPlace } from "../services/object-store.ts";
import type { SeenObject } from "../services/user-folder.ts";

export interface BucketFolder {
  /** `u/<hash>/` */
  readonly folder: string;
  /** Of all of its objects, markers too; by key, and of each key the latest first. */
  readonly versions: readonly ObjectVersion[];
}

const folderName = /^u\/[0-9a-f]{32}\//;

/**
 * All folders with anything in them, also with earlier versions only: an edge can have a picture that the bucket has no
 * more.
 *
 * @param after a folder; those from the next one on
 */
export async function* foldersAfter(store: ObjectStore, after: string | undefined): AsyncGenerator<BucketFolder> {
  // No key of the folder's comes after this one, and every key of the next one does.
  let place: VersionPlace | undefined = after === undefined ? undefined : { key: `${after.slice(0, -1)}0` };
  let folder = "";
  let versions: ObjectVersion[] = [];
  do {
    const page = await store.listVersions("u/", place);
    for (const version of page.versions) {
      const [next = ""] = folderName.exec(version.key) ?? [];
      if (next !== folder && folder !== "") yield { folder, versions };
      if (next !== folder) [folder, versions] = [next, []];
      versions.push(version);
    }
    place = page.next;
  } while (place !== undefined);
  if (folder !== "") yield { folder, versions };
}

/** One folder, as it is now. */
export async function readVersions(store: ObjectStore, folder: string): Promise<ObjectVersion[]> {
  const versions: ObjectVersion[] = [];
  let place: VersionPlace | undefined;
  do {
    const page = await store.listVersions(folder, place);
    versions.push(...page.versions);
    place = page.next;
  } while (place !== undefined);
  return versions;
}

/** Of an application's own uploader, whose objects say no user, there can be many. */
const mostAsked = 3;

/**
 * The user whose folder it is: a tag of an object says so, or of an earlier version, and the folder's name agrees.
 * Undefined where nothing says it, as of what an application's own uploader has put.
 *
 * @param seen the tags of the current objects, which were read already
 */
export async function ownerOf(
  store: ObjectStore,
  { folder, versions }: BucketFolder,
  seen: readonly SeenObject[],
): Promise<string | undefined> {
  const user = seen.map((object) => object.user).find((one) => isOwner(one, folder));
  if (user !== undefined) return user;
  const earlier = versions.filter(({ isLatest, isMarker }) => !isLatest && !isMarker).slice(0, mostAsked);
  for (const { key, versionId } of earlier) {
    const tagged = taggedUser((await store.tagsOf(key, versionId)) ?? {});
    if (isOwner(tagged, folder)) return tagged;
  }
  return undefined;
}

/** The objects that there are, without what they were. */
export const currentOf = (versions: readonly ObjectVersion[]) =>
  versions.filter(({ isLatest, isMarker }) => isLatest && !isMarker);

const isOwner = (user: string | undefined, folder: string): user is string =>
  user !== undefined && user !== "" && userFolder(user) === folder;

/**
 * Deletes exactly these versions. A picture that was put since is another version, and stays; of a bucket that keeps no
 * versions only what is as it was listed goes.
 */
export async function deleteVersions(store: ObjectStore, versions: readonly ObjectVersion[]): Promise<void> {
  const deleteAll = (those: readonly ObjectVersion[]) =>
    inTurns(those, 16, async ({ key, versionId, lastModified }) => {
      if (versionId === "null" && !(await isAsListed(store, key, lastModified))) return;
      await store.deleteVersion(key, versionId);
    });
  // Without its marker an object would be there again.
  await deleteAll(versions.filter(({ isMarker }) => !isMarker));
  await deleteAll(versions.filter(({ isMarker }) => isMarker));
}

async function isAsListed(store: ObjectStore, key: string, lastModified: Date): Promise<boolean> {
  const found = (await store.list(key)).find((object) => object.key === key);
  return found === undefined || found.lastModified <= lastModified;
}
