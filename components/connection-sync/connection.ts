// One connection, found and read by the Management API.
import { unlessGone, withoutStack } from "../auth0/api-error.ts";
import type { ManagementApi } from "../auth0/management-client.ts";
import { SetUserRootAttributes } from "./sync-values.ts";

/** The option of a connection that holds it. */
export const syncAttribute = "set_user_root_attributes";

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

/**
 * The connection, or a sentence where there is no such connection.
 *
 * @param lastId the id that the name had before, which spares a call as long as it has it
 */
export async function findConnection(
  api: ManagementApi,
  { connectionId, connectionName }: ConnectionTarget,
  lastId?: string,
): Promise<Connection | string> {
  if (connectionId !== undefined)
    return (await getConnection(api, connectionId)) ?? `The tenant has no connection with the id "${connectionId}".`;
  const last = lastId === undefined ? undefined : await getConnection(api, lastId);
  if (last !== undefined && last.name === connectionName) return last;
  const page = await api.client.connections.list({ name: connectionName ?? null });
  const listed = page.data.find(({ name }) => name === connectionName);
  if (listed?.id !== undefined) return visibleConnection(api, listed.id, listed);
  return (
    `The tenant has no connection named "${connectionName}". Names are case-sensitive; ` +
    `Auth0's dashboard lists them under Authentication.`
  );
}

/** Undefined where there is no such connection. @throws Error where its options are not visible */
export async function getConnection(api: ManagementApi, id: string): Promise<Connection | undefined> {
  const content = await unlessGone(api.client.connections.get(id));
  return content && visibleConnection(api, id, content);
}

/** As the API returns it, alone and in a list. */
interface Content {
  readonly name?: string | undefined;
  readonly strategy?: string | undefined;
  readonly options?: object | undefined;
}

/** @throws Error where its options are not visible */
function visibleConnection(api: ManagementApi, id: string, content: Content): Connection {
  const { name = id, strategy = "", options } = content;
  // Auth0 leaves the options out where the scope is missing: what is not seen cannot be written back.
  const isHidden =
    Object.keys(options ?? {}).length === 0 && !api.grantedScopes()?.includes("read:connections_options");
  if (options === undefined || isHidden)
    throw withoutStack(
      `The connection "${name}" was answered without its options, so they cannot be kept. ` +
        `Grant the scope read:connections_options to the Management API client.`,
    );
  return { id, name, strategy, options: { ...options } };
}

export function syncAttributeOf({ options }: Connection): string {
  const value = options[syncAttribute];
  return typeof value === "string" ? value : SetUserRootAttributes.OnEachLogin;
}

const passwordlessStrategies: readonly string[] = ["email", "sms"];

/** No identity provider writes its users' attributes, and Auth0 does not allow the setting there. */
export const isPasswordless = ({ strategy }: Pick<Connection, "strategy">) => passwordlessStrategies.includes(strategy);

/** A database in Auth0's own store: its users' attributes can always be edited. */
export const isOwnDatabase = ({ strategy, options }: Pick<Connection, "strategy" | "options">) =>
  strategy === "auth0" && options["enabledDatabaseCustomization"] !== true;

/** Whether the attribute has the same meaning as the value. `undefined` stands for the attribute's absence. */
export function hasSyncAttribute(connection: Connection, value: string | undefined): boolean {
  return syncAttributeOf(connection) === (value ?? SetUserRootAttributes.OnEachLogin);
}
