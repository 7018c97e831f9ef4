// Auth0's event that a user was deleted, as EventBridge brings it (Auth0 docs, "Event Streams"). It can come twice, or
// late, or for a user who is there again or was only linked to another: it is a reason to look, and nothing else.
import { userFolder } from "../../components/picture-store/image.ts";
import { pause } from "../services/deadline.ts";
import { readTags } from "../services/user-folder.ts";
import { currentOf, readVersions } from "./bucket-folders.ts";
import { finishErasures, noteErasure } from "./erasures.ts";
import { decideFolder, eraseFolder } from "./folder-decision.ts";
import type { Verdict } from "./folder-decision.ts";
import type { SweepServices } from "./sweep-bucket.ts";

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
 * Looks at the folder of a user who is said to be deleted. To be called again if it throws.
 *
 * @returns undefined where there is nothing
 */
export async function lookAtDeletedUser(services: SweepServices, userId: string): Promise<Verdict | undefined> {
  const { store, searchLag, deadline, now } = services;
  const folder = userFolder(userId);
  const versions = await readVersions(store, folder);
  if (versions.length === 0) return undefined;
  const seen = await readTags(store, currentOf(versions));
  const verdict = await decideFolder(services, { folder, versions, seen, userId }, userId);
  if (verdict !== "gone") return verdict;
  const noted = await noteErasure(store, { folder, userId }, now());
  await pause(deadline, searchLag);
  let found: Verdict = verdict;
  const erase = async () => (found = await eraseFolder(services, folder, userId));
  await finishErasures(services, [noted], erase, (_, error) => {
    throw error;
  });
  return found;
}
