// One user's pictures in the bucket, and what becomes of them.
//
// A picture is three objects, and two services have to agree on it: S3 has it, Auth0 names it. Nothing locks both, a
// user can upload twice at once, and the function can end between any two calls. What holds is this.
//
//   An upload:  1 put the objects, tagged `new`      (what is there already is tagged `new` again, and is as new)
//               2 write user_metadata.picture
//               3 tag the objects `set`, but only what has not been changed since 1
//               4 settle the folder
//   Settling:   1 list the objects and their tags
//               2 read the user's pictures: user_metadata.picture, and the root picture, which others write
//               3 of each picture that they do not name: `set` becomes `replaced`, and so does `new` after an hour;
//                 but only what has not been changed since 1
//                 of those that they name: `replaced` becomes `set`, and so does `new` after an hour
//
// What is `replaced` expires, a month later by default.
//
// A picture that is named is there. It was put before it was named, and only what is `replaced` ever goes. It was not
// `replaced` while it was named: who made it so saw it `set`, so whoever had put it had already named it, and read
// afterwards that another is named. Only another upload of it can name it again. That tags it `new` before: after the
// list, so that the change is refused, or after the change, so that it is undone. This needs no step that comes later,
// so it holds wherever an upload ends. What is `new` may still be named by an upload that is under way; an hour is more
// than the longest takes, and than a page that writes the metadata itself. Of two uploads of the same picture the one
// that put it last tags it `set`, so that it is not said of the one that is still under way.
//
// A picture that is not named goes. The upload that named another after it lists it then as `set`, or as `new`, and
// then its own upload is still under way and settles the folder itself. Where an upload ended before it did, the next
// one of the user does, and the sweep, which settles every folder.
//
// What is left, for as long as the sweep needs, which is less than a picture takes to expire: a write of step 2 that
// Auth0 carries out long after its caller has given it up, and what happens within the same second, because S3's times
// have no parts of one.
import { contentName } from "../../components/picture-store/content-name.ts";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { taggedState, taggedUser, UploadState, uploadTags } from "../../components/picture-store/picture-tags.ts";
import { inTurns } from "./in-turns.ts";
import type { ListedObject, ObjectHeaders, ObjectStore } from "./object-store.ts";

/** In milliseconds: an upload that began before is over, whatever became of it. */
export const longestUpload = 60 * 60_000;

/**
 * A week, at the edge too. What a lifecycle rule lets go is then gone everywhere a week later; and for as long as an
 * edge can have a picture, the bucket has an earlier version of it, by which the sweep finds the folder of a user who
 * has been deleted.
 */
export const uploadCacheControl = "public, max-age=604800, immutable";

/** `u/<user>/<the picture's hash>`, with which the names of all of its objects begin. */
const pictureName = /^(u\/[0-9a-f]{32}\/[0-9a-f]{64})(?:-96)?\.(webp|jpg|png|gif)$/;

const contentTypes = { webp: "image/webp", jpg: "image/jpeg", png: "image/png", gif: "image/gif" } as const;

/** The common part of the keys of a picture's objects; undefined for the key of what is no picture. */
export const stemOf = (key: string): string | undefined => pictureName.exec(key)?.[1];

/**
 * The picture of the user's folder that a URL names, by its stem. The host does not matter: a store may have had
 * another, and what a URL still names must stay.
 */
export function namedStem(userId: string, url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  const { pathname = "" } = URL.parse(url) ?? {};
  const at = pathname.indexOf(userFolder(userId));
  return at < 0 ? undefined : stemOf(pathname.slice(at));
}

/** The pictures of the user's folder that any of these URLs names. */
export const namedStems = (userId: string, urls: readonly unknown[]): ReadonlySet<string> =>
  new Set(urls.flatMap((url) => namedStem(userId, url) ?? []));

/** A picture and its variants: the hash of the first names all three. */
export interface PictureBytes {
  readonly webp: Uint8Array;
  readonly smallWebp: Uint8Array;
  readonly jpeg: Uint8Array;
}

/** The keys of a picture's objects: the picture itself, which metadata names, comes first. */
export function pictureObjects(userId: string, { webp, smallWebp, jpeg }: PictureBytes) {
  const key = `${userFolder(userId)}${contentName(webp, "webp")}`;
  const stem = key.slice(0, -".webp".length);
  return { key, stem, objects: { [key]: webp, [`${stem}-96.webp`]: smallWebp, [`${stem}.jpg`]: jpeg } };
}

/** How many different pictures the folder has, those that expire too. */
export async function picturesIn(store: ObjectStore, userId: string): Promise<ReadonlySet<string>> {
  const objects = await store.list(userFolder(userId));
  return new Set(objects.flatMap(({ key }) => stemOf(key) ?? []));
}

/** A picture that was put, by its objects' keys. */
export type PutPicture = ReadonlyMap<string, PutObject>;

interface PutObject {
  readonly at: Date;
  /** The version that it is, if there was no object before. */
  readonly created?: string;
}

/**
 * Step 1 of an upload. What is there already keeps its bytes, and does not expire any more.
 *
 * @param present keys whose bytes need not be sent, if they are there still. @default none
 */
export async function putPicture(
  store: ObjectStore,
  userId: string,
  objects: Readonly<Record<string, Uint8Array>>,
  present: ReadonlySet<string> = new Set(),
): Promise<PutPicture> {
  return new Map(
    await Promise.all(
      Object.entries(objects).map(async ([key, bytes]) => {
        const headers = headersOf(userId, key, UploadState.New);
        const at = present.has(key) ? await store.rewrite(key, headers) : undefined;
        return [key, at === undefined ? await put(store, key, bytes, headers) : { at }] as const;
      }),
    ),
  );
}

async function put(store: ObjectStore, key: string, bytes: Uint8Array, headers: ObjectHeaders): Promise<PutObject> {
  // It may expire between the two.
  for (let tries = 0; tries < 3; tries += 1) {
    const written = await store.putIfAbsent(key, Uint8Array.from(bytes), headers);
    if (written !== undefined) return { at: written.at, created: written.versionId };
    const at = await store.rewrite(key, headers);
    if (at !== undefined) return { at };
  }
  throw new Error("An object is there, and is not there.");
}

/**
 * Where the user has been deleted: takes away what step 1 has made. What was there before, another user can name to
 * whom this one was linked, and an edge can have: that is for the sweep.
 */
export async function removePicture(store: ObjectStore, picture: PutPicture): Promise<void> {
  await Promise.all(
    [...picture].map(async ([key, { created }]) => created !== undefined && store.deleteVersion(key, created)),
  );
}

/** Step 3 of an upload. */
export async function markSet(store: ObjectStore, userId: string, picture: PutPicture): Promise<void> {
  await Promise.all(
    [...picture].map(([key, { at }]) => store.rewrite(key, headersOf(userId, key, UploadState.Set), at)),
  );
}

/**
 * Settles a user's folder. Returns what `readPictures` did, by its stems.
 *
 * @param readPictures returns every URL that the user may name a picture by; it is called once, after the folder has
 * been read
 * @param now milliseconds since the epoch
 */
export async function settleFolder(
  store: ObjectStore,
  userId: string,
  readPictures: () => Promise<readonly unknown[]>,
  now: number = Date.now(),
): Promise<ReadonlySet<string>> {
  const seen = await readTags(store, await store.list(userFolder(userId)));
  const named = namedStems(userId, await readPictures());
  await settleSeen(store, userId, changesOf(seen, named, now));
  return named;
}

/** What is changed meanwhile stays as it is. @param changes those of `changesOf` */
export async function settleSeen(
  store: ObjectStore,
  userId: string,
  changes: ReturnType<typeof changesOf>,
): Promise<void> {
  await inTurns(changes, 32, ({ key, lastModified, next }) =>
    store.rewrite(key, headersOf(userId, key, next), lastModified),
  );
}

/** An object of a picture, and what its tags say. */
export interface SeenObject extends ListedObject {
  readonly stem: string;
  readonly state: UploadState;
  /** Undefined where the tags say none: no upload put it there. */
  readonly user: string | undefined;
}

/** What is no picture stays as it is, and what is gone meanwhile is gone. */
export async function readTags(store: ObjectStore, listed: readonly ListedObject[]): Promise<SeenObject[]> {
  const seen = await inTurns(listed, 32, async ({ key, lastModified }) => {
    const stem = stemOf(key);
    const tags = stem === undefined ? undefined : await store.tagsOf(key);
    if (stem === undefined || tags === undefined) return [];
    // What another program put there is as what an upload did.
    const state = taggedState(tags) ?? UploadState.New;
    return [{ key, lastModified, stem, state, user: taggedUser(tags) }];
  });
  return seen.flat();
}

/** What is to be tagged anew, so that the folder is settled. @param named of the pictures that the user names */
export function changesOf(seen: readonly SeenObject[], named: ReadonlySet<string>, now: number) {
  return [...Map.groupBy(seen, ({ stem }) => stem)].flatMap(([stem, objects]) => {
    const isNamed = named.has(stem);
    // One object tells for all three: of two uploads of a picture, each can have been the last to put some of them.
    if (!isNamed && objects.some((object) => isUnderWay(object, now))) return [];
    const next = isNamed ? UploadState.Set : UploadState.Replaced;
    return objects
      .filter((object) => object.state !== next && !isUnderWay(object, now))
      .map(({ key, lastModified }) => ({ key, lastModified, next }));
  });
}

const isUnderWay = ({ state, lastModified }: SeenObject, now: number) =>
  state === UploadState.New && now - lastModified.getTime() <= longestUpload;

function headersOf(userId: string, key: string, state: UploadState): ObjectHeaders {
  const extension = pictureName.exec(key)?.[2] as keyof typeof contentTypes;
  return {
    contentType: contentTypes[extension],
    cacheControl: uploadCacheControl,
    cacheTag: cacheTag(userId),
    tags: uploadTags(userId, state),
  };
}
