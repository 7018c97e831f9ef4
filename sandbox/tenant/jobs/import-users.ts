// What an import job does with its file (docs, "Bulk User Imports"): a record is a new user, a change of one, or an
// error, and none of these stops the others.
import type { Unchanging } from "../records.ts";
import { newId, now } from "../tenant-state.ts";
import type { ImportJob, JobSummary, RootAttributes, State, User } from "../tenant-state.ts";
import { changeUser, createUser, userIdOf } from "../users.ts";
import { errorsOfRecord, redacted } from "./import-record.ts";
import type { RecordError, UserRecord } from "./import-record.ts";

export interface FailedRecord {
  readonly user: unknown;
  readonly errors: readonly RecordError[];
}

interface Imported {
  readonly summary: JobSummary;
  readonly failed: readonly FailedRecord[];
}

/** Undefined if the text is no list in JSON. */
export function importUsers(state: State, { connection_id, upsert }: ImportJob, text: string): Imported | undefined {
  const records = parse(text);
  if (!records) return undefined;
  const failed: FailedRecord[] = [];
  const summary = { failed: 0, updated: 0, inserted: 0, total: records.length };
  // It may have been deleted since the job began.
  const connection = state.connections.find(({ id }) => id === connection_id);
  const known = new Map(
    state.users.all.flatMap((user) => emailsIn(user, connection?.name).map((one) => [one, user.user_id])),
  );
  const provided = new Set<string>();

  const importRecord = (record: unknown): readonly RecordError[] => {
    if (!connection) return [{ code: "CONNECTION_NOT_FOUND", message: "The connection does not exist." }];
    const errors = errorsOfRecord(record);
    if (errors.length > 0) return errors;
    const { email: givenEmail, user_id: givenId, email_verified = false, ...given } = record as UserRecord;
    const email = givenEmail.toLowerCase();
    // The prefix is added whatever the id is: `auth0|1` becomes `auth0|auth0|1` (the same page).
    const sub = givenId === undefined || givenId === "" ? newId(24) : givenId;
    const userId = userIdOf(connection, sub);
    if (provided.has(email) || provided.has(userId)) {
      return [{ code: "DUPLICATED_USER", message: "A user with this [email|username|user_id] was already provided." }];
    }
    provided.add(email).add(userId);
    const existing = known.get(email);
    const isKnown = existing !== undefined || state.users.has(userId);
    // Recording TestJobManager_ReadErrors of go-auth0.
    if (isKnown && !upsert) {
      return [{ code: "DUPLICATED_USER", message: "The user already exist and upsert parameter is false" }];
    }
    if (existing === undefined && isKnown) {
      return [{ code: "CONFLICT", message: "The user_id is that of a user with another email." }];
    }
    const user = existing === undefined ? undefined : state.users.get(existing);
    if (user) {
      update(user, given, email_verified);
      summary.updated += 1;
    } else {
      const { name, ...others } = given;
      changeUser(createUser(state, connection, { sub, email, email_verified, name }), attributesOf(others));
      summary.inserted += 1;
    }
    return [];
  };

  for (const record of records) {
    const errors = importRecord(record);
    if (errors.length > 0) failed.push({ user: redacted(record), errors });
  }
  return { summary: { ...summary, failed: failed.length }, failed };
}

function parse(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Given = Omit<UserRecord, "email" | "user_id">;

/** Those that an import sets, of an account that has no password here. */
const attributesOf = ({ given_name, family_name, name, nickname, picture, app_metadata, user_metadata }: Given) => ({
  ...(Object.fromEntries(
    Object.entries({ given_name, family_name, name, nickname, picture }).filter(([, value]) => value !== undefined),
  ) as RootAttributes),
  ...(app_metadata && { app_metadata }),
  ...(user_metadata && { user_metadata }),
});

/**
 * Metadata is replaced as a whole, unlike by a PATCH. An e-mail address that the record does not call verified is not
 * verified any more (Auth0 support, "How to Use Bulk Import Job with Upsert Enabled").
 */
function update(user: User, given: Given, email_verified: boolean): void {
  Object.assign(user, attributesOf(given), { email_verified, updated_at: now() });
}

/** The addresses, in lower case, of the user's accounts in this connection. */
const emailsIn = ({ email, identities }: Unchanging<User>, connection: string | undefined): string[] =>
  identities
    .filter((identity) => identity.connection === connection)
    .flatMap(({ profileData = { email } }) => {
      const address = profileData["email"];
      return typeof address === "string" ? [address.toLowerCase()] : [];
    });
