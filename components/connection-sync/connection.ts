// One connection's sync flag, by the Management API: found, read, and refused where it cannot be set. sync-write.ts writes it.
import { describeApiError, unlessGone, withoutStack } from "../auth0/api-error.ts";
import { closedSetFaults } from "../validation.ts";
import { openManagementApi } from "../auth0/management-client.ts";
import type { Auth0ProviderConfig, ManagementApi } from "../auth0/management-client.ts";

/**
 * When an identity provider writes a user's root attributes (`options.set_user_root_attributes` of a connection).
 * `never_on_login` is not among them: it also keeps new users from being created (Auth0 Management API, "Update a connection").
 */
export const SetUserRootAttributes = {
  /** Only when the profile is created, so that a changed picture stays changed. */
  OnFirstLogin: "on_first_login",
  /** At every login: Auth0's default. */
  OnEachLogin: "on_each_login",
} as const;
export type SetUserRootAttributes = (typeof SetUserRootAttributes)[keyof typeof SetUserRootAttributes];

/** A connection, by name or by id. */
export interface ConnectionTarget {
  connectionName?: string;
  connectionId?: string;
}

export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export const flag = "set_user_root_attributes";

const passwordlessStrategies: readonly string[] = ["email", "sms"];

const requiredScopes = [
  "read:connections",
  "read:connections_options",
  "update:connections",
  "update:connections_options",
] as const;

/** The fault of a flag's value, in a setting or an input of this name; none for a good one. */
export function syncValueFaults(setting: string, value: unknown): string[] {
  if (value === undefined)
    return [`${setting}: no value was given; allowed are ${Object.values(SetUserRootAttributes).join(", ")}.`];
  return value === "never_on_login"
    ? [
        `${setting}: never_on_login also keeps new users from being created at their first login. ` +
          `To keep changed pictures, set on_first_login.`,
      ]
    : closedSetFaults(setting, value, SetUserRootAttributes);
}

/** Every fault of what names a connection and its flag, as far as it shows without asking the tenant. */
export function syncFaults(args: {
  connectionName?: unknown;
  connectionId?: unknown;
  setUserRootAttributes?: unknown;
}): string[] {
  const { connectionName, connectionId } = args;
  const named = [connectionName, connectionId].filter((name) => name !== undefined).length;
  return [
    ...(named === 0 ? ["connectionName: Neither connectionName nor connectionId was given; set one."] : []),
    ...(named === 2 ? ["connectionName: Both connectionName and connectionId were given; set one."] : []),
    ...syncValueFaults("setUserRootAttributes", args.setUserRootAttributes),
  ];
}

/** A thousand calls at once would only wait for each other at the rate limit. */
const atOnce = 10;

/**
 * Why the tenant's connections cannot have these settings, a sentence each; none where they can. Pulumi ends a preview at the first
 * resource that is refused, so a program that asks before it registers anything can report all of them.
 */
export async function connectionFaults(
  connections: Readonly<Record<string, SetUserRootAttributes>>,
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string[]> {
  const names = Object.keys(connections);
  if (names.length === 0) return [];
  try {
    const api = openManagementApi(config, environment);
    const found: (Connection | string)[] = [];
    for (let start = 0; start < names.length; start += atOnce) {
      const some = names.slice(start, start + atOnce);
      found.push(...(await Promise.all(some.map((connectionName) => inspect(api, { connectionName })))));
      if (found.length % 100 === 0 && found.length < names.length)
        console.info(`${found.length} of ${names.length} connections are looked at.`);
    }
    return found.flatMap((reason, index) =>
      typeof reason === "string" ? [`connections.${names[index]}: ${reason}`] : [],
    );
  } catch (error) {
    // The tenant cannot be asked at all: that is one fault, however many connections there are.
    return [`connections: ${describeApiError(error)}`];
  }
}

/** The connection, or the sentence that refuses it. @throws what the Management API answers */
export async function inspect(api: ManagementApi, target: ConnectionTarget) {
  const found = await findConnection(api, target);
  return typeof found === "string" ? found : (refusalOf(found, api.grantedScopes()) ?? found);
}

/** Answers a sentence where there is no such connection. */
async function findConnection(
  api: ManagementApi,
  { connectionId, connectionName }: ConnectionTarget,
): Promise<Connection | string> {
  if (connectionId !== undefined)
    return (await getConnection(api, connectionId)) ?? `The tenant has no connection with the id "${connectionId}".`;
  const page = await api.client.connections.list({ name: connectionName ?? null });
  const listed = page.data.find(({ name }) => name === connectionName);
  if (listed?.id !== undefined) {
    const connection = await getConnection(api, listed.id);
    if (connection !== undefined) return connection;
  }
  return `The tenant has no connection named "${connectionName}". Names are case-sensitive; Auth0's dashboard lists them under Authentication.`;
}

export async function getConnection(api: ManagementApi, id: string): Promise<Connection | undefined> {
  const content = await unlessGone(api.client.connections.get(id));
  if (content === undefined) return undefined;
  const { name = id, strategy = "", options } = content;
  // Auth0 leaves the options out where the scope is missing: what is not seen cannot be written back.
  const isHidden =
    Object.keys(options ?? {}).length === 0 && !api.grantedScopes()?.includes("read:connections_options");
  if (options === undefined || isHidden)
    throw withoutStack(
      `The connection "${name}" was answered without its options, so they cannot be kept. ` +
        `Grant the scope read:connections_options to the Management API client.`,
    );
  return { id, name, strategy, options };
}

/** Why this connection's flag cannot or must not be set; undefined where it may be. */
function refusalOf(connection: Connection, scopes: readonly string[] | undefined): string | undefined {
  const { name, strategy, options } = connection;
  if (passwordlessStrategies.includes(strategy))
    return (
      `The connection "${name}" is passwordless (${strategy}): no identity provider writes its users' attributes, ` +
      `and Auth0 does not allow the setting there. Leave it out.`
    );
  if (hasEncryptedValues(connection)) return encryptedValues(connection);
  if (strategy === "auth0" && options["enabledDatabaseCustomization"] !== true)
    return (
      `The connection "${name}" is a database in Auth0's own store: its users' attributes can always be edited, ` +
      `and no identity provider overwrites them. Leave it out.`
    );
  const missing = scopes === undefined ? [] : requiredScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0)
    return `The Management API client lacks ${missing.join(", ")}. Grant ${missing.length === 1 ? "this scope" : "these scopes"} to it.`;
  return undefined;
}

export function flagOf({ options }: Connection): string {
  const value = options[flag];
  return typeof value === "string" ? value : SetUserRootAttributes.OnEachLogin;
}

export function isSame(connection: Connection, value: string | undefined): boolean {
  return flagOf(connection) === (value ?? SetUserRootAttributes.OnEachLogin);
}

/** What the setting means for the connection's users, for the person who reads the preview. */
export function consequenceOf({ name, strategy }: Connection, value: SetUserRootAttributes): string {
  if (value === SetUserRootAttributes.OnEachLogin)
    return `Connection "${name}": the identity provider writes picture, name, given name, family name and nickname at each login.`;
  const facebook =
    strategy === "facebook" ? " Facebook's picture URLs expire: a picture that is frozen will stop working." : "";
  return (
    `Connection "${name}": picture, name, given name, family name and nickname are written at a user's first login only, ` +
    `and then no longer follow the identity provider.${facebook}`
  );
}

/** Auth0 answers `options.configuration` encrypted. */
export function hasEncryptedValues({ options }: Connection): boolean {
  const { configuration } = options;
  return typeof configuration === "object" && configuration !== null && Object.keys(configuration).length > 0;
}

export const encryptedValues = ({ name }: Connection) =>
  `The connection "${name}" has encrypted values in options.configuration, and Auth0 does not promise that they survive ` +
  `being written back. Set "Sync user profile attributes at each login" in Auth0's dashboard instead.`;
