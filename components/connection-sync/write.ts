// The write of one connection's sync flag: what is read is merged, written, read again and compared, and nothing else changes.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { answerOf, describeApiError, describeWithoutValues, withoutStack } from "../auth0/api-error.ts";
import { newTurns, sayRateLimit } from "../auth0/management-client.ts";
import type { ManagementApi } from "../auth0/management-client.ts";
import { retryDelay } from "../auth0/retrying-fetch.ts";
import {
  encryptedValues,
  flag,
  flagOf,
  getConnection,
  hasEncryptedValues,
  isSame,
  SetUserRootAttributes,
} from "./connection.ts";
import type { Connection } from "./connection.ts";

/** On these `on_each_login` is the key's absence (terraform-provider-auth0, internal/auth0/connection/expand.go). */
const strategiesWithoutOnEachLogin: readonly string[] = ["google-apps", "ad", "waad", "samlp", "adfs", "pingfederate"];

/**
 * Options that Auth0 itself changes when others are written, by strategy: no alarm. `computed` ones it makes anew from others, `completed` ones
 * only where they were not set, and `scopes` it completes from the switches beside them, `{ "profile": true }`, in any order.
 * (auth0-deploy-cli's and terraform-provider-auth0's recordings of the Management API.)
 */
const derivedOptions: Readonly<Record<string, Readonly<Record<string, "computed" | "completed" | "scopes">>>> = {
  auth0: { authentication_methods: "completed", brute_force_protection: "completed", passkey_options: "completed" },
  "google-oauth2": { scope: "scopes" },
  oidc: { oidc_metadata: "computed", schema_version: "completed" },
  okta: { oidc_metadata: "computed", schema_version: "completed" },
  samlp: {
    ...{ bindingMethod: "completed", cert: "computed", expires: "computed" },
    ...{ subject: "computed", thumbprints: "computed" },
  },
};

/** Whether Auth0 itself makes this change of an option. */
function isDerived({ strategy, options }: Connection, key: string, after: unknown): boolean {
  const before = options[key];
  switch (derivedOptions[strategy]?.[key]) {
    case undefined:
      return false;
    case "computed":
      return true;
    case "completed":
      return before === undefined;
    case "scopes": {
      if (!Array.isArray(after) || !(before === undefined || Array.isArray(before))) return false;
      const scopes: readonly unknown[] = before ?? [];
      const added = after.filter((scope) => !scopes.includes(scope));
      return scopes.every((scope) => after.includes(scope)) && added.every((scope) => options[String(scope)] === true);
    }
  }
}

/** Nothing was written that is left: the flag is as others have it. */
export class NothingWritten extends Error {
  constructor(message: string) {
    super(message);
    // Pulumi prints it as well as the message.
    this.stack = "";
  }
}

/**
 * Read-merge-write of one key: the API replaces a connection's whole `options` (Auth0 Management API, "Update a connection"),
 * so everything that was read is written back, then read again and compared.
 * @returns the connection as it was before
 * @throws NothingWritten, or else Error, with the keys that changed meanwhile. It never writes old options back: that would undo somebody's work.
 */
export async function changeFlag(
  api: ManagementApi,
  connection: Connection,
  value: string | undefined,
): Promise<Connection> {
  if (isWritten(connection, value)) return connection;
  if (hasEncryptedValues(connection)) throw new NothingWritten(encryptedValues(connection));
  const before = await write(api, connection, value);
  const after = await getConnection(api, connection.id).catch((error: unknown) => {
    throw withoutStack(
      `${flag} of the connection "${connection.name}" was written, but its options could not be read again: ${describeApiError(error)} ` +
        `Compare them with what you expect in Auth0's dashboard, then run "pulumi up" again.`,
    );
  });
  if (after === undefined) throw new NothingWritten(goneMeanwhile(connection));
  const changed = [...new Set([...Object.keys(before.options), ...Object.keys(after.options)])]
    .filter((key) => key !== flag && !isDeepStrictEqual(before.options[key], after.options[key]))
    .filter((key) => !isDerived(before, key, after.options[key]))
    .sort();
  if (changed.length > 0)
    throw withoutStack(
      `After ${flag} of the connection "${connection.name}" was written, other options differ from before: ${changed.join(", ")}. ` +
        `Nothing was written back. Compare them with what you expect in Auth0's dashboard, then run "pulumi up" again.`,
    );
  if (!isSame(after, value))
    throw withoutStack(
      `${flag} of the connection "${connection.name}" was written as ${value ?? "on_each_login"}, but reads ${flagOf(after)}. ` +
        `Somebody else may be setting it: one connection has one owner.`,
    );
  return before;
}

/** Whether the flag is as wanted. `undefined` is the key's absence; else the same meaning is enough. */
function isWritten(connection: Connection, value: string | undefined): boolean {
  return value === undefined ? !(flag in connection.options) : isSame(connection, value);
}

const goneMeanwhile = ({ name }: Connection) => `The connection "${name}" was deleted while it was being changed.`;

/** Answers the connection as it was read for the write that took effect. */
async function write(api: ManagementApi, connection: Connection, value: string | undefined): Promise<Connection> {
  const refusal = await patch(api, connection, value);
  return refusal === undefined ? connection : inTurn(() => writeAgain(api, connection, value, refusal.error));
}

/** Merged anew each time: what was read before the wait would undo what others did meanwhile. */
async function writeAgain(
  api: ManagementApi,
  connection: Connection,
  value: string | undefined,
  refusal: unknown,
): Promise<Connection> {
  let [read, error, failures] = [connection, refusal, 0];
  // Auth0 has answered each write so far that it did nothing; after an error of the server or the network nobody knows.
  let isRefused = true;
  const ended = (message: string) => (isRefused ? new NothingWritten(message) : withoutStack(message));
  for (let attempt = 0; ; attempt++) {
    const answer = answerOf(error);
    isRefused &&= answer !== undefined && answer.status < 500;
    const delay = retryDelay(answer, failures);
    if (delay === undefined) throw ended(describeWithoutValues(error, keysOf(read.options)));
    if (answer?.status === 429) sayRateLimit();
    else failures++;
    // Each time longer: the limit has to allow two calls, the read and the write.
    await sleep(delay + Math.min(5000, 500 * attempt));
    const again = await getConnection(api, connection.id).catch((cause: unknown) => {
      throw ended(describeApiError(cause));
    });
    if (again === undefined) throw new NothingWritten(goneMeanwhile(connection));
    // The answer was lost, not the write; or somebody else has written the same.
    if (isWritten(again, value)) return isRefused ? again : read;
    if (hasEncryptedValues(again)) throw ended(encryptedValues(again));
    read = again;
    const refused = await patch(api, read, value);
    if (refused === undefined) return read;
    error = refused.error;
  }
}

/** Those that the rate limit has refused would take each other's turns, and read for nothing. */
const inTurn = newTurns();

/** Answers why it was refused. */
async function patch(
  { client }: ManagementApi,
  { id, strategy, options: { [flag]: _, ...others } }: Connection,
  value: string | undefined,
): Promise<{ readonly error: unknown } | undefined> {
  const absent =
    value === undefined ||
    (value === SetUserRootAttributes.OnEachLogin && strategiesWithoutOnEachLogin.includes(strategy));
  const options = absent ? others : { ...others, [flag]: value };
  return client.connections.update(id, { options }).then(
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
