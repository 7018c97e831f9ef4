// Auth0's event that a user was deleted, as EventBridge brings it (Auth0 docs, "Event Streams"). It can come twice, or
// late, or for a user who is there again or was only linked to another: it is a reason to look, and nothing else.
import { userFolder } from "../../components/picture-store/image.ts";
import type { ObjectStore } from "../services/object-store.ts";
import { noteTold } from "./erasures.ts";

/** Of Auth0, or of a schedule. No page shows how EventBridge wraps an event of Auth0's: both ways are read. */
export interface IncomingEvent {
  readonly source?: unknown;
  readonly "detail-type"?: unknown;
  readonly detail?: unknown;
  readonly type?: unknown;
  readonly data?: unknown;
  readonly a0purpose?: unknown;
}

export interface Auth0Event {
  readonly type: string;
  /** Whether somebody has sent it to see whether it arrives. */
  readonly isTest: boolean;
  readonly userId: string | undefined;
}

/** Undefined for what is no event of Auth0's. */
export function readAuth0Event(event: IncomingEvent): Auth0Event | undefined {
  const { source } = event;
  const isAuth0 = typeof source === "string" && /^(?:aws\.partner\/auth0\.com\/|urn:auth0:)/.test(source);
  if (!isAuth0) return undefined;
  const detail = objectOf(event.detail);
  const type = String(detail["type"] ?? event.type ?? event["detail-type"]);
  const user = objectOf(objectOf(detail["data"] ?? event.data ?? detail)["object"])["user_id"];
  const isTest = (detail["a0purpose"] ?? event.a0purpose) === "test";
  return { type, isTest, userId: typeof user === "string" && user !== "" ? user : undefined };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/**
 * Notes that somebody has to look at the folder of a user who is said to be deleted. Nothing else: thousands can be
 * deleted at once, and each event is a call of the function's own. The next run of the sweep asks for them one after
 * the other. To be called again if it throws.
 *
 * @returns whether there is anything to look at
 */
export async function noteDeletedUser(store: ObjectStore, userId: string): Promise<boolean> {
  const folder = userFolder(userId);
  const { versions } = await store.listVersions(folder);
  if (versions.length === 0) return false;
  await noteTold(store, { folder, userId });
  return true;
}
