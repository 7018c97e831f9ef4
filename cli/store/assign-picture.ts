// A picture becomes a user's own: its objects are stored, the user names it, and what it replaces is tagged so. In the
// same steps as an upload (functions/services/user-folder.ts), so that both can happen at once:
//
//   1 list the folder's objects and their tags
//   2 put the objects, tagged `new`; of those that are there the bytes are not sent again
//   3 write the user's attribute, or see that it is written; the answer says what the user names now
//   4 tag the objects `set`, but only what has not been changed since 2
//   5 settle the folder by what 1 and 3 have seen
//
// That is one call of the tenant, whose calls are what an import waits for. The list comes before the tenant is asked,
// as settling needs it. What another upload has stored and named between 1 and 3 is not in the list, and stays `set`
// without a name until the user's next upload, or the sweep, settles the folder.
//
// A run that was cut off at any step is repeated from the first one, and sends no object twice.
import { userFolder } from "../../components/picture-store/image.ts";
import { UploadState } from "../../components/picture-store/picture-tags.ts";
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { changesOf, markSet, namedStems, pictureObjects } from "../../functions/services/user-folder.ts";
import { putPicture, readTags, removePicture, settleFolder, settleSeen } from "../../functions/services/user-folder.ts";
import type { SeenObject } from "../../functions/services/user-folder.ts";
import { picturesOf } from "../../functions/services/user-metadata.ts";
import type { ReadOnlyPictureError, TenantUser, UserChange, UsersApi } from "../tenant/users-api.ts";
import type { PictureBucket } from "./picture-bucket.ts";

export interface Assignment {
  readonly userId: string;
  readonly picture: ProcessedPicture;
  /** Which of its files the user names. @default "webp" */
  readonly format?: "webp" | "jpeg";
  /** @default "metadata" */
  readonly attribute?: PictureAttribute;
  /** As the caller has found it. Where nothing is to be done by that, nothing is. */
  readonly user?: TenantUser;
}

/** `user_metadata.picture`, or the root attribute `picture`. */
export type PictureAttribute = "metadata" | "root";

export interface AssignedPicture {
  readonly url: string;
  /** The objects that were sent; the others were there already. */
  readonly uploaded: readonly string[];
  /** Whether the user named it before: then nothing of the user was written. */
  readonly wasNamed: boolean;
}

export interface AssignmentServices {
  readonly bucket: PictureBucket;
  readonly users: Pick<UsersApi, "getUser" | "updateUser">;
  /** Milliseconds since the epoch. @default the clock's */
  readonly now?: () => number;
}

/** There is no such user any more. */
export class NoSuchUserError extends Error {
  override readonly name = "NoSuchUserError";

  constructor() {
    super("The tenant has no such user any more. What was stored of the picture is taken away again.");
  }
}

/** What the attribute has, as the Management API answers it. */
export const attributeOf = (user: TenantUser, attribute: PictureAttribute): unknown =>
  attribute === "root" ? user.picture : user.user_metadata?.["picture"];

/** @param picture `null` takes it away */
export const changeOf = (attribute: PictureAttribute, picture: string | null): UserChange =>
  attribute === "root" ? { picture } : { user_metadata: { picture } };

/** The keys that a picture's objects have, and the one that the user names. */
export function objectsOf({ userId, picture, format }: Pick<Assignment, "userId" | "picture" | "format">) {
  const { key, stem, objects } = pictureObjects(userId, picture);
  return { stem, objects, named: format === "jpeg" ? `${stem}.jpg` : key };
}

/**
 * @throws NoSuchUserError, ReadOnlyPictureError; then what was stored is never named, and goes as what an upload has
 * stored and not named. CommandError, StoreUnavailableError as the bucket does
 */
export async function assignPicture(services: AssignmentServices, assignment: Assignment): Promise<AssignedPicture> {
  const { users, now = Date.now, bucket } = services;
  const { userId, user, attribute = "metadata" } = assignment;
  const { objects: store } = bucket;
  const { stem, objects, named } = objectsOf(assignment);
  const url = bucket.urlOf(named);

  const seen = await readTags(store, await store.list(userFolder(userId)));
  if (user !== undefined && attributeOf(user, attribute) === url && isSettled(seen, user, stem, now()))
    return { url, uploaded: [], wasNamed: true };

  const put = await putPicture(store, userId, objects, new Set(seen.map(({ key }) => key)));
  const { found, wasNamed } = await nameIt();
  if (found === undefined) {
    await removePicture(store, put);
    throw new NoSuchUserError();
  }

  await markSet(store, userId, put);
  const others = seen.filter((object) => object.stem !== stem);
  await settleSeen(store, userId, changesOf(others, namedStems(userId, picturesOf(found)), now()));
  return { url, uploaded: [...put].flatMap(([key, { created }]) => (created === undefined ? [] : key)), wasNamed };

  /** What a run has written that was cut off after it is not written again. */
  async function nameIt(): Promise<{ found: TenantUser | undefined; wasNamed: boolean }> {
    if (user !== undefined && attributeOf(user, attribute) === url) {
      const found = await users.getUser(userId);
      if (found === undefined || attributeOf(found, attribute) === url) return { found, wasNamed: true };
    }
    return { found: await users.updateUser(userId, changeOf(attribute, url)), wasNamed: false };
  }
}

/**
 * The attribute is written, and what it named before goes as what an upload replaces. Undefined where there is no such
 * user.
 *
 * @param picture `null` takes it away
 */
export async function writeAttribute(
  {
    bucket,
    users,
    now = Date.now,
  }: Omit<AssignmentServices, "bucket"> & { readonly bucket: PictureBucket | undefined },
  userId: string,
  attribute: PictureAttribute,
  picture: null,
): Promise<TenantUser | undefined> {
  const write = () => users.updateUser(userId, changeOf(attribute, picture));
  if (bucket === undefined) return write();
  let changed: TenantUser | undefined;
  await settleFolder(
    bucket.objects,
    userId,
    async () => {
      changed = await write();
      if (changed === undefined) throw new NoSuchUserError();
      return picturesOf(changed);
    },
    now(),
  ).catch((error: unknown) => {
    if (!(error instanceof NoSuchUserError)) throw error;
  });
  return changed;
}

/** Whether all of the picture is there and stays, and nothing else of the folder has to change. */
function isSettled(seen: readonly SeenObject[], user: TenantUser, stem: string, now: number): boolean {
  const own = seen.filter((object) => object.stem === stem && object.state === UploadState.Set);
  const named = namedStems(user.user_id, picturesOf(user));
  return own.length === 3 && changesOf(seen, named, now).length === 0;
}

/** Why Auth0 does not let a root picture be written, and what to do. */
export const readOnlyReason = ({ connection }: ReadOnlyPictureError): string =>
  `The connection ${JSON.stringify(connection)} writes the root picture at each login, so Auth0 lets nobody else ` +
  `write it. Leave out --attribute root, so that user_metadata.picture is written; or let the connection write it at ` +
  `the first login only: pulumi config set --path 'connections["${connection}"]' on_first_login, then pulumi up.`;
