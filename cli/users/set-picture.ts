// `user-pictures set USER FILE|URL`
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import type { CommandContext } from "../command-context.ts";
import { fetchPicture } from "../images/fetch-picture.ts";
import { openPictureDecoder } from "../images/picture-decoder.ts";
import { PictureSourceError } from "../images/picture-source.ts";
import { readPictureFile } from "../images/read-picture-file.ts";
import { refusalReason } from "../images/refusal-reason.ts";
import { assignPicture, attributeOf, changeOf, NoSuchUserError, objectsOf } from "../store/assign-picture.ts";
import { readOnlyReason } from "../store/assign-picture.ts";
import type { PictureAttribute } from "../store/assign-picture.ts";
import { resolveUser } from "../tenant/resolve-user.ts";
import { ReadOnlyPictureError } from "../tenant/users-api.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { userFolder } from "../../components/picture-store/image.ts";
import { attributeNames } from "./attribute-names.ts";
import { counted, jsonOf, shownValue, titleOf } from "./described-user.ts";
import { describeLogin, readLoginSettings } from "./login-settings.ts";

export interface SetPictureArgs {
  /** An id, or an e-mail address. */
  readonly user: string;
  /** A file, or an https URL. */
  readonly source: string;
  readonly format: "webp" | "jpeg";
  readonly attribute: PictureAttribute;
}

/** @param fetchOnce gets the file of a URL. @default from the internet */
export async function setPicture(
  context: CommandContext,
  { user: text, source, format, attribute }: SetPictureArgs,
  fetchOnce: typeof fetchPicture = fetchPicture,
): Promise<CommandOutcome> {
  const { tenant, isDryRun, signal } = context;
  const bucket = context.bucket();
  const user = await resolveUser(tenant.users, text);
  const bytes = await readSource(source, signal, fetchOnce);
  const picture = await decode(bytes, source);
  signal.throwIfAborted();

  const assignment = { userId: user.user_id, picture, format, attribute, user };
  const before = attributeOf(user, attribute);
  const { url, uploaded } = isDryRun
    ? await foresee(context, assignment)
    : await assignPicture({ bucket, users: tenant.users }, assignment).catch(refused);
  const after = { ...user, ...changedBy(user, attribute, url) };
  const login = describeLogin(await readLoginSettings(context), after);

  const hasChanged = before !== url;
  const sizes = { webp: picture.webp.length, smallWebp: picture.smallWebp.length, jpeg: picture.jpeg.length };
  const has = isDryRun ? "would have" : "has";
  return {
    json: {
      ...{ user: jsonOf(user), attribute, url, before: before ?? null, changed: hasChanged, dryRun: isDryRun },
      ...{ uploaded, bytes: { before: bytes.length, ...sizes }, login: login.json },
    },
    text: [
      `${paint.strong(titleOf(user))} ${has} ${hasChanged ? "the picture" : "the same picture as before"}`,
      `  ${paint.good(url)}`,
      `  as ${attributeNames[attribute]}${hasChanged ? `, instead of ${shownValue(before)}` : ""}`,
      `  ${counted(sizes.webp, "byte")} as WebP, ${counted(sizes.jpeg, "byte")} as JPEG, ` +
        `${counted(sizes.smallWebp, "byte")} at 96 pixels; the file had ${counted(bytes.length, "byte")}`,
      `  ${counted(uploaded.length, "object")} ${isDryRun ? "would be stored" : "stored"}` +
        (uploaded.length < 3 ? "; the others were there already" : ""),
      login.text,
      ...(isDryRun ? [paint.doubtful("Nothing was changed (--dry-run).")] : []),
    ].join("\n"),
  };
}

const isUrl = (source: string) => /^[a-z][a-z\d+.-]*:\/\//i.test(source);

async function readSource(source: string, signal: AbortSignal, fetchOnce: typeof fetchPicture): Promise<Uint8Array> {
  try {
    return isUrl(source) ? (await fetchOnce(source, { signal })).bytes : await readPictureFile(source);
  } catch (error) {
    throw error instanceof PictureSourceError ? ofSource(source, error.message, error) : error;
  }
}

const ofSource = (source: string, reason: string, cause: Error) =>
  new CommandError(`${printable(source)}: ${reason}`, { cause });

async function decode(bytes: Uint8Array, source: string): Promise<ProcessedPicture> {
  const decoder = openPictureDecoder({ processes: 1 });
  try {
    return await decoder.process(bytes);
  } catch (error) {
    throw error instanceof UploadRefusal ? ofSource(source, refusalReason(error), error) : error;
  } finally {
    await decoder.close();
  }
}

/** What would be stored and named. */
async function foresee(context: CommandContext, assignment: Parameters<typeof objectsOf>[0]) {
  const bucket = context.bucket();
  const { objects, named } = objectsOf(assignment);
  const present = new Set((await bucket.objects.list(userFolder(assignment.userId))).map(({ key }) => key));
  return { url: bucket.urlOf(named), uploaded: Object.keys(objects).filter((key) => !present.has(key)) };
}

function refused(error: unknown): never {
  if (error instanceof ReadOnlyPictureError) throw new CommandError(readOnlyReason(error), { cause: error });
  if (error instanceof NoSuchUserError) throw new CommandError(error.message, { cause: error });
  throw error;
}

function changedBy(user: TenantUser, attribute: PictureAttribute, picture: string): Partial<TenantUser> {
  const change = changeOf(attribute, picture);
  return "picture" in change ? change : { user_metadata: { ...user.user_metadata, ...change.user_metadata } };
}
