// What may be set on a connection, and why not.
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { oneOf, passing, refusalsOf, under } from "../../actions/bundle/schema.ts";
import type { Refusal, Schema } from "../../actions/bundle/schema.ts";
import { describeApiError } from "../auth0/api-error.ts";
import type { ManagementApi } from "../auth0/management-client.ts";
import type { Auth0ProviderConfig } from "../auth0/provider-settings.ts";
import { unknownValue } from "../dynamic-resource.ts";
import { findConnection, isOwnDatabase, isPasswordless, syncAttribute, syncAttributeOf } from "./connection.ts";
import type { Connection, ConnectionTarget } from "./connection.ts";
import { SetUserRootAttributes } from "./sync-values.ts";
import { writeOnlyReason } from "./write-only.ts";

export const syncValueSchema: Schema = v.pipe(
  passing(
    (value) => value !== "never_on_login",
    () =>
      "never_on_login also keeps new users from being created at their first login. " +
      "To keep changed pictures, set on_first_login.",
  ),
  oneOf(SetUserRootAttributes),
);

/** A connection is named once. */
export function validateTarget({ connectionName, connectionId }: { [Name in keyof ConnectionTarget]: unknown }) {
  const named = [connectionName, connectionId].filter((name) => name !== undefined).length;
  const which =
    named === 0 ? "Neither connectionName nor connectionId was" : "Both connectionName and connectionId were";
  return named === 1 ? [] : [{ path: ["connectionName"], message: `${which} given; set one.` }];
}

/** What shows without asking the tenant, of a resource's inputs as the engine knows them. */
export function inputFailures(
  inputs: ConnectionTarget & { readonly setUserRootAttributes: string },
): pulumi.dynamic.CheckFailure[] {
  const value = inputs.setUserRootAttributes;
  const refusals = [
    ...validateTarget(inputs),
    ...(value === unknownValue ? [] : under(["setUserRootAttributes"], refusalsOf(syncValueSchema, value))),
  ];
  return refusals.map(({ path: [property], message }) => ({ property: String(property), reason: message }));
}

const requiredScopes = [
  "read:connections",
  "read:connections_options",
  "update:connections",
  "update:connections_options",
] as const;

/** Why this connection's attribute cannot or must not have the value; undefined where it may, or has it already. */
function unsupportedReason(
  connection: Connection,
  value: unknown,
  scopes: readonly string[] | undefined,
): string | undefined {
  const { name, strategy } = connection;
  if (isPasswordless(connection))
    return (
      `The connection "${name}" is passwordless (${strategy}): no identity provider writes its users' attributes, ` +
      `and Auth0 does not allow the setting there. Leave it out.`
    );
  const found = syncAttributeOf(connection);
  const isWriteDue = value !== unknownValue && value !== found;
  const writeOnly = isWriteDue ? writeOnlyReason(connection) : undefined;
  if (writeOnly !== undefined)
    return `${writeOnly} ${syncAttribute} is ${found} there; the program declares ${String(value)}.`;
  if (isOwnDatabase(connection))
    return (
      `The connection "${name}" is a database in Auth0's own store: its users' attributes can always be edited, ` +
      `and no identity provider overwrites them. Leave it out.`
    );
  const missing = scopes === undefined ? [] : requiredScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) {
    const these = missing.length === 1 ? "this scope" : "these scopes";
    return `The Management API client lacks ${missing.join(", ")}. Grant ${these} to it.`;
  }
  return undefined;
}

/**
 * The connection, or the sentence that refuses it.
 *
 * @param value what the attribute shall be
 * @param lastId see `findConnection`
 * @throws the Management API's error
 */
export async function resolveConnection(
  api: ManagementApi,
  target: ConnectionTarget,
  value: unknown,
  lastId?: string,
): Promise<Connection | string> {
  const found = await findConnection(api, target, lastId);
  return typeof found === "string" ? found : (unsupportedReason(found, value, api.grantedScopes()) ?? found);
}

/** A thousand calls at once would only wait for each other at the rate limit. */
const atOnce = 10;

/**
 * Every reason why the tenant's connections cannot have the attribute. Pulumi ends a preview at the first resource
 * that is refused, so a program that asks before it registers anything can report all of them.
 *
 * @param connections the attribute's value, by the connection's name
 */
export async function validateConnections(
  connections: Readonly<Record<string, unknown>>,
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Refusal[]> {
  const wanted = Object.entries(connections);
  if (wanted.length === 0) return [];
  try {
    const { openManagementApi } = await import("../auth0/management-client.ts");
    const api = openManagementApi(config, environment);
    const found: (Connection | string)[] = [];
    for (let start = 0; start < wanted.length; start += atOnce) {
      const some = wanted.slice(start, start + atOnce);
      const resolve = some.map(([connectionName, value]) => resolveConnection(api, { connectionName }, value));
      found.push(...(await Promise.all(resolve)));
      if (found.length % 100 === 0 && found.length < wanted.length)
        console.info(`${found.length} of ${wanted.length} connections are looked at.`);
    }
    return wanted.flatMap(([name], index) => {
      const reason = found[index];
      return typeof reason === "string" ? [{ path: ["connections", name], message: reason }] : [];
    });
  } catch (error) {
    // The tenant cannot be asked at all: that is one refusal, however many connections there are.
    return [{ path: ["connections"], message: describeApiError(error) }];
  }
}

/** What the value means for the connection's users, for the person who reads the preview. */
export function describeEffect({ name, strategy }: Connection, value: SetUserRootAttributes): string {
  const attributes = "picture, name, given name, family name and nickname";
  if (value === SetUserRootAttributes.OnEachLogin)
    return `Connection "${name}": the identity provider writes ${attributes} at each login.`;
  const facebook =
    strategy === "facebook" ? " Facebook's picture URLs expire: a picture that is frozen will stop working." : "";
  return (
    `Connection "${name}": ${attributes} are written at a user's first login only, ` +
    `and then no longer follow the identity provider.${facebook}`
  );
}

/** That the attribute is not what this stack has written, for the person who reads the preview. */
export function describeDrift(connection: Connection, value: SetUserRootAttributes): string {
  const { name, options } = connection;
  const seen = syncAttribute in options ? `is ${syncAttributeOf(connection)}` : `is gone, which means on_each_login`;
  return (
    `Connection "${name}": somebody has changed it, ${syncAttribute} ${seen}. The program declares ${value}: ` +
    `"pulumi up" writes it again.`
  );
}

export const oneOwnerAdvice = "A connection has one owner, because two undo each other: leave one of them out.";

/** That the program has it twice, which the tenant shows where one names it by its name, and the other by its id. */
export function describeTwoOwners({ name, id }: Connection): string {
  return (
    `Two ConnectionSyncs of this program have the connection "${name}": one names it by its name, the other by its ` +
    `id, ${id}. ${oneOwnerAdvice}`
  );
}
