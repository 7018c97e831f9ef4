// `user-pictures unset USER`
import { userFolder } from "../../components/picture-store/image.ts";
import { settleFolder } from "../../functions/services/user-folder.ts";
import { picturesOf } from "../../functions/services/user-metadata.ts";
import type { CommandContext } from "../command-context.ts";
import { attributeOf, readOnlyReason, writeAttribute } from "../store/assign-picture.ts";
import type { PictureAttribute } from "../store/assign-picture.ts";
import type { PictureBucket } from "../store/picture-bucket.ts";
import { resolveUser } from "../tenant/resolve-user.ts";
import { ReadOnlyPictureError } from "../tenant/users-api.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { paint } from "../terminal/paint.ts";
import { attributeNames } from "./attribute-names.ts";
import { jsonOf, shownValue, titleOf } from "./described-user.ts";
import { describeLogin, readLoginSettings } from "./login-settings.ts";

export interface UnsetPictureArgs {
  /** An id, or an e-mail address. */
  readonly user: string;
  readonly attribute: PictureAttribute;
}

export async function unsetPicture(
  context: CommandContext,
  { user: text, attribute }: UnsetPictureArgs,
): Promise<CommandOutcome> {
  const { tenant, isDryRun, signal, target } = context;
  const bucket = target.store === undefined ? undefined : context.bucket();
  const user = await resolveUser(tenant.users, text);
  const before = attributeOf(user, attribute);
  const hasChanged = before !== undefined && before !== null;
  signal.throwIfAborted();

  const after = await afterwards();
  const login = describeLogin(await readLoginSettings(context), after);
  const name = attributeNames[attribute];
  const has = isDryRun ? "would have" : "has";
  return {
    json: {
      ...{ user: jsonOf(user), attribute, before: before ?? null, changed: hasChanged, dryRun: isDryRun },
      login: login.json,
    },
    text: [
      hasChanged
        ? `${paint.strong(titleOf(user))} ${has} ${name} no more; it was ${shownValue(before)}`
        : `${paint.strong(titleOf(user))} has nothing as ${name}`,
      login.text,
      ...(isDryRun ? [paint.doubtful("Nothing was changed (--dry-run).")] : []),
    ].join("\n"),
  };

  async function afterwards(): Promise<TenantUser> {
    if (isDryRun) return without(user, attribute);
    try {
      const changed = hasChanged
        ? await writeAttribute({ bucket, users: tenant.users }, user.user_id, attribute, null)
        : await settle(bucket, user);
      if (changed !== undefined) return changed;
    } catch (error) {
      if (error instanceof ReadOnlyPictureError) throw new CommandError(readOnlyReason(error), { cause: error });
      throw error;
    }
    throw new CommandError(`The tenant has no user ${titleOf(user)} any more.`);
  }

  /** What an earlier run has not finished. */
  async function settle(store: PictureBucket | undefined, { user_id }: TenantUser): Promise<TenantUser | undefined> {
    let found: TenantUser | undefined = user;
    if (store === undefined || (await store.objects.list(userFolder(user_id))).length === 0) return found;
    await settleFolder(store.objects, user_id, async () => {
      found = await tenant.users.getUser(user_id);
      // Of a user who is not there any more nothing is decided here.
      if (found === undefined) throw new CommandError(`The tenant has no user ${titleOf(user)} any more.`);
      return picturesOf(found);
    });
    return found;
  }
}

function without(user: TenantUser, attribute: PictureAttribute): TenantUser {
  if (attribute === "root") return { ...user, picture: undefined };
  return { ...user, user_metadata: { ...user.user_metadata, picture: undefined } };
}
