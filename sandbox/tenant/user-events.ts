// The events of users, whatever made them: the Management API, a login, the deletion of a connection, a link of two
// accounts (Auth0 docs, "Event Types": user.created, user.updated, user.deleted).
import { isDeepStrictEqual } from "node:util";
import type { Unchanging } from "./records.ts";
import { now } from "./tenant-state.ts";
import type { JsonObject, State, User } from "./tenant-state.ts";

export const userEventTypes = ["user.created", "user.updated", "user.deleted"] as const;
export type UserEventType = (typeof userEventTypes)[number];

/** `data` of an event. */
export interface UserEventData {
  readonly object: JsonObject;
}

/**
 * Notices what happens to users from now on.
 *
 * @param isWanted whether anybody listens: else nothing is kept
 * @returns what has happened since the last call
 */
export function watchUsers(
  { users }: Pick<State, "users">,
  isWanted: () => boolean,
): () => [UserEventType, UserEventData][] {
  /** By id: the user as it was, or null for one that was not there. */
  let before = new Map<string, User | null>();
  const keep = (record: User, was: User | null) => {
    if (isWanted() && !before.has(record.user_id)) before.set(record.user_id, was && structuredClone(was));
  };
  users.listen({
    added: (record) => keep(record, null),
    changing: (record) => keep(record, record),
    deleted: (record) => keep(record, record),
  });
  return () => {
    const changed = before;
    before = new Map();
    return [...changed].flatMap(([id, was]): [UserEventType, UserEventData][] => {
      const is = users.get(id);
      if (is && !was) return [["user.created", { object: shown(is) }]];
      if (is && was) return isDeepStrictEqual(profileOf(is), profileOf(was)) ? [] : [["user.updated", { object: shown(is) }]]; // prettier-ignore
      return was ? [["user.deleted", { object: { ...shown(was), deleted_at: now() } }]] : [];
    });
  };
}

const shown = (user: Unchanging<User>): JsonObject => JSON.parse(JSON.stringify(user)) as JsonObject;

/** A login that changes nothing else is no update of the user. */
function profileOf(user: User): JsonObject {
  const { updated_at, last_login, logins_count, ...profile } = shown(user);
  return profile;
}
