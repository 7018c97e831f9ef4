// What a request does: PUT stores a picture and names it, DELETE takes its name away, GET tells it. The order of the
// steps, and why no order of their failures leaves a picture that is named and not there, is in user-folder.ts.
import { pictureVariant } from "../../components/picture-store/picture-variant.ts";
import { jsonAnswer, pictureOf, refusalAnswer, userOf } from "./http-event.ts";
import type { HttpAnswer, HttpEvent } from "./http-event.ts";
import { NoSuchUserError } from "../services/tenant-calls.ts";
import type { ObjectStore } from "../services/object-store.ts";
import type { ProcessedPicture } from "./process-picture.ts";
import { refusalTexts, UploadRefusal } from "./upload-refusal.ts";
import type { RefusalCode } from "./upload-refusal.ts";
import { markSet, namedStem, pictureObjects, picturesIn } from "../services/user-folder.ts";
import { putPicture, removePicture, settleFolder } from "../services/user-folder.ts";
import type { UserMetadata } from "../services/user-metadata.ts";

/** What an invocation works with. */
export interface Services {
  readonly store: ObjectStore;
  readonly metadata: UserMetadata;
  /** @throws UploadRefusal */
  readonly processPicture: (bytes: Uint8Array) => Promise<ProcessedPicture>;
  /** `https://…/` */
  readonly baseUrl: string;
  readonly maxPictures: number;
  /** Whether the function writes the metadata; else the page does. */
  readonly writesBack: boolean;
  /** Takes one line, for whoever operates it. It names no user. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** What the user has. Without a picture of the store's, or with none, `variants` is empty. */
interface PictureAnswer {
  readonly url: string | null;
  readonly variants: { readonly size96?: string; readonly jpeg?: string };
}

export async function handleRequest(event: HttpEvent, services: Services): Promise<HttpAnswer> {
  const { method } = event.requestContext.http;
  const steps = { PUT: putRequest, DELETE: deleteRequest, GET: getRequest };
  const log = (line: Readonly<Record<string, unknown>>) =>
    services.log({ requestId: event.requestContext.requestId, method, ...line });
  try {
    if (!Object.hasOwn(steps, method)) return jsonAnswer(405, {});
    return jsonAnswer(200, await steps[method as keyof typeof steps](event, userOf(event), { ...services, log }));
  } catch (error) {
    const code = codeOf(error, method === "GET" ? "not_read" : "busy");
    // Who is refused for the picture has no use for the reason, and who operates the function may.
    log({ level: refusalTexts[code].status < 500 ? "info" : "error", code, reason: reasonOf(error) });
    return refusalAnswer(code);
  }
}

async function putRequest(event: HttpEvent, userId: string, services: Services): Promise<PictureAnswer> {
  const { store, metadata, baseUrl, maxPictures, writesBack } = services;
  const bytes = await pictureOf(event);
  const { key, stem, objects } = pictureObjects(userId, await services.processPicture(bytes));
  const present = await picturesIn(store, userId);
  // Each picture is kept for a while after it is replaced, so this is how often a user may change it in that time.
  if (!present.has(stem) && present.size >= maxPictures) throw new UploadRefusal("too_many_pictures");
  const url = baseUrl + key;
  const picture = await putPicture(store, userId, objects);
  try {
    // Without write-back the page names it next; what it replaced before can go already.
    if (writesBack) await metadata.writePicture(userId, url);
    await afterwards(services, async () => {
      if (writesBack) await markSet(store, userId, picture);
      await settleFolder(store, userId, () => metadata.readPictures(userId));
    });
  } catch (error) {
    if (error instanceof NoSuchUserError) await afterwards(services, () => removePicture(store, picture));
    throw error;
  }
  return answerWith(url);
}

async function deleteRequest(_event: HttpEvent, userId: string, services: Services): Promise<PictureAnswer> {
  const { store, metadata, writesBack } = services;
  if (writesBack) {
    await metadata.writePicture(userId, null);
    await afterwards(services, () => settleFolder(store, userId, () => metadata.readPictures(userId)));
    return answerWith(undefined);
  }
  const named = await metadata.readPicture(userId);
  if (namedStem(userId, named) !== undefined) throw new UploadRefusal("still_set");
  await settleFolder(store, userId, () => metadata.readPictures(userId));
  return answerWith(named);
}

async function getRequest(_event: HttpEvent, userId: string, { metadata }: Services): Promise<PictureAnswer> {
  return answerWith(await metadata.readPicture(userId));
}

/** What the user asked for is done: what is left to tidy does not make it fail, and the next upload tidies it. */
async function afterwards({ log }: Services, tidy: () => Promise<unknown>): Promise<void> {
  try {
    await tidy();
  } catch (error) {
    if (error instanceof NoSuchUserError) throw error;
    log({ level: "warn", code: "not_settled", reason: reasonOf(error) });
  }
}

function answerWith(picture: unknown): PictureAnswer {
  if (typeof picture !== "string") return { url: null, variants: {} };
  const [size96, jpeg] = [pictureVariant(picture, { size: 96 }), pictureVariant(picture, { type: "jpeg" })];
  return { url: picture, variants: size96 === picture ? {} : { size96, jpeg } };
}

function codeOf(error: unknown, unknown: RefusalCode): RefusalCode {
  if (error instanceof UploadRefusal) return error.code;
  if (error instanceof NoSuchUserError) return "user_deleted";
  return unknown;
}

/** Of an error and of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error) : `${String(error)} (${reasonOf(error.cause)})`;
}
