// `user-pictures erase USER`: nothing of the user's folder is left, and nothing names what was there. The folders of
// the accounts that are linked to the user are the same person's, and go too.
//
//   1 take away what names the folder's pictures: the user's metadata and root, and those of the user to whom this one
//     is linked
//   2 delete every version of every object that is in the folder then
//   3 look again: an upload that was under way can have named one meanwhile, or put one; then again from 1
//   4 make the edges forget the folder, by its cache tag
//
// So a picture is named only while it is there, and the edges are told when the bucket has nothing more to give them.
// A run that was cut off anywhere is repeated from the beginning: each step does nothing to what is done, and the last
// one is always done, because nothing says whether it was.
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { inTurns } from "../../functions/services/in-turns.ts";
import type { ObjectVersion, VersionPlace } from "../../functions/services/object-store.ts";
import { namedStem, stemOf } from "../../functions/services/user-folder.ts";
import { identityOf, linkedQuery } from "../../functions/services/user-query.ts";
import type { CommandContext } from "../command-context.ts";
import { attributeOf, changeOf } from "../store/assign-picture.ts";
import type { PictureAttribute } from "../store/assign-picture.ts";
import type { PictureBucket } from "../store/picture-bucket.ts";
import { resolveUser, UnknownUserError } from "../tenant/resolve-user.ts";
import { asCommandError } from "../tenant/tenant-error.ts";
import { ReadOnlyPictureError } from "../tenant/users-api.ts";
import type { TenantIdentity, TenantUser } from "../tenant/users-api.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { attributeNames } from "./attribute-names.ts";
import { counted, jsonOf, titleOf } from "./described-user.ts";

/** An attribute that names a picture which is to go. */
interface Naming {
  readonly user: TenantUser;
  readonly attribute: PictureAttribute;
  readonly value: unknown;
}

interface Erasure {
  readonly context: CommandContext;
  readonly bucket: PictureBucket;
  readonly userId: string;
  /** The user's, and those of the accounts that are linked to it. */
  readonly accountIds: readonly string[];
}

const attributes: readonly PictureAttribute[] = ["metadata", "root"];
/** Then an upload is made again and again, and somebody has to see to that first. */
const mostRounds = 3;

export async function erasePictures(
  context: CommandContext,
  { user: text }: { user: string },
): Promise<CommandOutcome> {
  const { signal, isDryRun } = context;
  const bucket = context.bucket();
  const given = await resolveOrDeleted(context, text);
  const { user_id: userId, linked = [] } = given;
  const erasure = { context, bucket, userId, accountIds: [userId, ...linked] };
  signal.throwIfAborted();
  if (isDryRun) return foresee(erasure, given);

  const unset: Naming[] = [];
  const readOnly: Naming[] = [];
  const deleted: ObjectVersion[] = [];
  let isEmpty = false;
  for (let round = 1; round <= mostRounds && !isEmpty; round += 1) {
    for (const naming of (await namingsOf(erasure)).filter((one) => !isKnown(one))) {
      const isDone = await takeAway(erasure, naming);
      (isDone ? unset : readOnly).push(naming);
    }
    const versions = await versionsOf(erasure);
    await deleteAll(bucket, versions);
    deleted.push(...versions);
    isEmpty = (await versionsOf(erasure)).length === 0 && (await namingsOf(erasure)).every(isKnown);
  }
  const edge = await forget(erasure);
  const notes = given.isThere ? [] : await profileNotes(erasure);

  const problems = [
    ...readOnly.map(
      ({ user, value }) =>
        `The root picture of ${titleOf(user)} still names ${printable(value, 500)}, which is gone: the connection ` +
        `writes it at each login, so nobody else can. The next login does.`,
    ),
    ...(isEmpty ? [] : ["Pictures were uploaded while they were erased. Run the command again."]),
    ...(edge.problem === undefined ? [] : [edge.problem]),
  ];
  return {
    json: {
      ...jsonOfErasure(given, unset, deleted),
      ...{ dryRun: false, edge: edge.state, complete: problems.length === 0, problems, notes },
    },
    text: [
      ...describeErasure(given, unset, deleted, { isDryRun }),
      edge.text,
      ...notes.map((note) => paint.doubtful(note)),
      ...problems.map((problem) => paint.bad(problem)),
    ].join("\n"),
    hasFailed: problems.length > 0,
  };

  function isKnown({ user, attribute }: Naming): boolean {
    return readOnly.some((one) => one.user.user_id === user.user_id && one.attribute === attribute);
  }
}

async function foresee(erasure: Erasure, given: Given): Promise<CommandOutcome> {
  const namings = await namingsOf(erasure);
  const versions = await versionsOf(erasure);
  return {
    json: { ...jsonOfErasure(given, namings, versions), dryRun: true },
    text: [
      ...describeErasure(given, namings, versions, { isDryRun: true }),
      paint.doubtful("Nothing was changed (--dry-run)."),
    ].join("\n"),
  };
}

interface Given {
  readonly user_id: string;
  readonly email?: string;
  /** Whether the tenant has such a user. */
  readonly isThere: boolean;
  /** The ids that accounts had before they were linked to this one. */
  readonly linked?: readonly string[];
}

/** What is no user's, but can be an id, is the id of one who was deleted: the folder can be there all the same. */
async function resolveOrDeleted({ tenant }: CommandContext, text: string): Promise<Given> {
  try {
    const user = await resolveUser(tenant.users, text);
    const linked = user.identities?.slice(1).map(({ provider, user_id }) => `${provider}|${user_id}`) ?? [];
    return { ...user, isThere: true, linked };
  } catch (error) {
    const id = text.trim();
    if (!(error instanceof UnknownUserError) || !/^[^|@\s]+\|./.test(id)) throw error;
    // Two users have it as their address.
    if (id.includes("@") && (await tenant.users.findByEmail(id)).length > 0) throw error;
    return { user_id: id, isThere: false };
  }
}

async function namingsOf({ context, userId, accountIds }: Erasure): Promise<Naming[]> {
  const { users } = context.tenant;
  const own = await users.getUser(userId);
  const user = own ?? (await linkedTo(context, userId));
  if (user === undefined) return [];
  return attributes.flatMap((attribute) => {
    const value = attributeOf(user, attribute);
    const isOwnMetadata = own !== undefined && attribute === "metadata" && value !== undefined && value !== null;
    const isNamed = accountIds.some((id) => namedStem(id, value) !== undefined);
    return isOwnMetadata || isNamed ? [{ user, attribute, value }] : [];
  });
}

/** The user who has this one as an identity, as it is now. */
async function linkedTo({ tenant }: CommandContext, userId: string): Promise<TenantUser | undefined> {
  const own = identityOf(userId);
  const page = await tenant.management.users
    .list({ q: linkedQuery(userId), search_engine: "v3", fields: "user_id", include_fields: true })
    .catch((error: unknown) => {
      throw asCommandError(error);
    });
  for (const { user_id } of page.data) {
    const found = user_id === undefined ? undefined : await tenant.users.getUser(user_id);
    const isLinked = ({ provider, user_id: id }: TenantIdentity) => provider === own.provider && id === own.user_id;
    if (found?.identities?.some(isLinked)) return found;
  }
  return undefined;
}

/** What nobody can take away: the profile that the account had when it was linked. */
async function profileNotes({ context, userId }: Erasure): Promise<string[]> {
  const user = await linkedTo(context, userId);
  const pictures = user?.identities?.map(({ profileData }) => profileData?.["picture"]) ?? [];
  return pictures
    .filter((picture) => namedStem(userId, picture) !== undefined)
    .map(
      (picture) =>
        `The profile data of an identity of ${user ? titleOf(user) : ""} still has ${printable(picture, 500)}, which ` +
        "is gone. Auth0 lets nobody change that; a login shows it only where linkedIdentityPicture is on.",
    );
}

/** @returns false where nobody may */
async function takeAway({ context }: Erasure, { user, attribute }: Naming): Promise<boolean> {
  try {
    await context.tenant.users.updateUser(user.user_id, changeOf(attribute, null));
    return true;
  } catch (error) {
    if (error instanceof ReadOnlyPictureError) return false;
    throw error;
  }
}

async function versionsOf({ bucket, accountIds }: Erasure): Promise<ObjectVersion[]> {
  const versions: ObjectVersion[] = [];
  for (const id of accountIds) {
    let place: VersionPlace | undefined;
    do {
      const page = await bucket.objects.listVersions(userFolder(id), place);
      versions.push(...page.versions);
      place = page.next;
    } while (place !== undefined);
  }
  return versions;
}

/** Without its marker an object would be there again. */
async function deleteAll({ objects }: PictureBucket, versions: readonly ObjectVersion[]): Promise<void> {
  const { markers = [], contents = [] } = Object.groupBy(versions, ({ isMarker }) =>
    isMarker ? "markers" : "contents",
  );
  for (const those of [contents, markers])
    await inTurns(those, 16, ({ key, versionId }) => objects.deleteVersion(key, versionId));
}

async function forget({ context, bucket, accountIds }: Erasure) {
  if (context.target.store?.distributionId === undefined)
    return {
      state: "not-told",
      text: "No distribution is named, so no edge was told. What has cached a picture keeps it for a week at most.",
    };
  try {
    await bucket.forget(accountIds.map(cacheTag));
    return { state: "told", text: "The edges are told to forget them, which takes them a moment." };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      state: "failed",
      text: "The edges were not told.",
      problem:
        `The bucket has nothing of the user any more, but the edges can show what they have cached for another week. ` +
        `When this is mended, run the command again: ${printable(reason, 1000)}`,
    };
  }
}

const picturesAmong = (versions: readonly ObjectVersion[]) =>
  new Set(versions.flatMap(({ key }) => stemOf(key) ?? [])).size;

const jsonOfErasure = (given: Given, namings: readonly Naming[], versions: readonly ObjectVersion[]) => ({
  user: { ...jsonOf(given), exists: given.isThere },
  unset: namings.map(({ user, attribute, value }) => ({ user_id: user.user_id, attribute, before: value })),
  pictures: picturesAmong(versions),
  versions: versions.length,
});

function describeErasure(
  given: Given,
  namings: readonly Naming[],
  versions: readonly ObjectVersion[],
  { isDryRun }: { readonly isDryRun: boolean },
): string[] {
  const [unset, erased] = isDryRun ? ["Would unset", "Would erase"] : ["Unset", "Erased"];
  return [
    `${paint.strong(titleOf(given))}${given.isThere ? "" : ", whom the tenant does not have (any more)"}`,
    ...namings.map(
      ({ user, attribute, value }) =>
        `  ${unset} ${attributeNames[attribute]}${ownerOf(user)}: ${printable(value, 500)}`,
    ),
    `  ${erased} ${counted(picturesAmong(versions), "picture")} in ${counted(versions.length, "version")} of objects`,
    ...(given.isThere || versions.length > 0 ? [] : ["  Neither the tenant nor the store has anything of this id."]),
  ];

  function ownerOf(user: TenantUser): string {
    return user.user_id === given.user_id ? "" : ` of ${titleOf(user)}, to whom this user is linked`;
  }
}
