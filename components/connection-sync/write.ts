// The write of one connection's sync attribute: what is read is merged, written, read again and compared, and
// nothing else changes.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { describeApiError, describeWithoutValues, outcomeOf, withoutStack } from "../auth0/api-error.ts";
import type { ManagementApi } from "../auth0/management-client.ts";
import { rateLimit } from "../auth0/rate-limited-queue.ts";
import { startRetries } from "../auth0/retrying-fetch.ts";
import { createSerialQueue } from "../auth0/serial-queue.ts";
import { getConnection, hasSyncAttribute, syncAttribute, syncAttributeOf } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { SetUserRootAttributes } from "./sync-values.ts";
import { isDerived } from "./derived-options.ts";
import { writeOnlyReason } from "./write-only.ts";

/** On these `on_each_login` is the key's absence (terraform-provider-auth0, internal/auth0/connection/expand.go). */
const strategiesWithoutOnEachLogin: readonly string[] = ["google-apps", "ad", "waad", "samlp", "adfs", "pingfederate"];

/** The attribute is as others have it: this resource has written nothing that is left. */
export class NothingWritten extends Error {
  constructor(message: string) {
    super(message);
    // Pulumi prints it as well as the message.
    this.stack = "";
  }
}

/**
 * Read-merge-write of one key: the API replaces a connection's whole `options` (Auth0 Management API, "Update a
 * connection"), so everything that was read is written back, then read again and compared. It never writes old
 * options back: that would undo somebody's work.
 *
 * @returns the connection as it was before
 * @throws NothingWritten, or else Error, with the keys that changed meanwhile
 */
export async function changeSyncAttribute(
  api: ManagementApi,
  connection: Connection,
  value: string | undefined,
): Promise<Connection> {
  if (isWritten(connection, value)) return connection;
  const writeOnly = writeOnlyReason(connection);
  if (writeOnly !== undefined) throw new NothingWritten(writeOnly);
  const before = await write(api, connection, value);
  const subject = `${syncAttribute} of the connection "${connection.name}"`;
  const compare = `Compare them with what you expect in Auth0's dashboard, then run "pulumi up" again.`;
  const after = await getConnection(api, connection.id).catch((error: unknown) => {
    const cause = describeApiError(error);
    throw withoutStack(`${subject} was written, but its options could not be read again: ${cause} ${compare}`);
  });
  if (after === undefined) throw new NothingWritten(goneMeanwhile(connection));
  const changed = [...new Set([...Object.keys(before.options), ...Object.keys(after.options)])]
    .filter((key) => key !== syncAttribute && !isDeepStrictEqual(before.options[key], after.options[key]))
    .filter((key) => !isDerived(before, key, after.options[key]))
    .sort();
  if (changed.length > 0)
    throw withoutStack(
      `After ${subject} was written, other options differ from before: ${changed.join(", ")}. ` +
        `Nothing was written back. ${compare}`,
    );
  if (!hasSyncAttribute(after, value))
    throw withoutStack(
      `${subject} was written as ${value ?? SetUserRootAttributes.OnEachLogin}, but reads ${syncAttributeOf(after)}. ` +
        `Somebody else may be setting it: one connection has one owner.`,
    );
  return before;
}

/** Whether the attribute is as wanted. `undefined` is the key's absence; otherwise the same meaning is enough. */
function isWritten(connection: Connection, value: string | undefined): boolean {
  return value === undefined ? !(syncAttribute in connection.options) : hasSyncAttribute(connection, value);
}

const goneMeanwhile = ({ name }: Connection) => `The connection "${name}" was deleted while it was being changed.`;

/**
 * Writes that are repeated. If they overlapped, each would use up the limit that another has waited for, and what
 * it has read would be too old once it may write.
 */
const repeatedWrites = createSerialQueue();

/** Returns the connection as it was read for the write that took effect. */
async function write(api: ManagementApi, connection: Connection, value: string | undefined): Promise<Connection> {
  const refusal = await patch(api, connection, value);
  if (refusal === undefined) return connection;
  return repeatedWrites.run(() => writeAgain(api, connection, value, refusal.error));
}

/** Merges anew for each write: what was read before the wait would undo what others did meanwhile. */
async function writeAgain(
  api: ManagementApi,
  connection: Connection,
  value: string | undefined,
  refusal: unknown,
): Promise<Connection> {
  const delayAfter = startRetries(rateLimit);
  let [read, error] = [connection, refusal];
  // Each response so far has said that the write did nothing. After an error of the server or the network it may
  // have done its work.
  let isRefused = true;
  const ended = (message: string) => (isRefused ? new NothingWritten(message) : withoutStack(message));
  for (let attempt = 0; ; attempt++) {
    const outcome = outcomeOf(error);
    isRefused &&= outcome !== undefined && outcome.status < 500;
    const delay = delayAfter(outcome);
    if (delay === undefined) throw ended(describeWithoutValues(error, keysOf({ options: read.options })));
    // Each time longer: the limit has to allow two calls, the read and the write.
    await sleep(delay + Math.min(5000, 500 * attempt));
    const again = await getConnection(api, connection.id).catch((cause: unknown) => {
      throw ended(describeApiError(cause));
    });
    if (again === undefined) throw new NothingWritten(goneMeanwhile(connection));
    // The response was lost, not the write; or somebody else has written the same.
    if (isWritten(again, value)) return isRefused ? again : read;
    const writeOnly = writeOnlyReason(again);
    if (writeOnly !== undefined) throw ended(writeOnly);
    read = again;
    const refused = await patch(api, read, value);
    if (refused === undefined) return read;
    error = refused.error;
  }
}

/** Writes once. Returns the error where the write was not confirmed. */
async function patch(
  { clientWithoutRetries }: ManagementApi,
  { id, strategy, options: { [syncAttribute]: _, ...others } }: Connection,
  value: string | undefined,
): Promise<{ readonly error: unknown } | undefined> {
  const isAbsent =
    value === undefined ||
    (value === SetUserRootAttributes.OnEachLogin && strategiesWithoutOnEachLogin.includes(strategy));
  const options = isAbsent ? others : { ...others, [syncAttribute]: value };
  return clientWithoutRetries.connections.update(id, { options }).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}

/** The names at every depth. */
function keysOf(value: unknown): Set<string> {
  if (typeof value !== "object" || value === null) return new Set();
  return new Set([
    ...(Array.isArray(value) ? [] : Object.keys(value)),
    ...Object.values(value).flatMap((one) => [...keysOf(one)]),
  ]);
}
