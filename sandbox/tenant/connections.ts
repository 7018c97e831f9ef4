// The Management API's connections: a write replaces all `options`, scopes hide them, and a setting syncs profiles.
import { hash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { absentMeansEachLogin, storedOptions } from "./connection-options.ts";
import { ManagementApiError } from "./errors.ts";
import { needs, nonEmptyText, requireScope, selectFields, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, now, removeUsers, removeWhere } from "./tenant-state.ts";
import type { Connection, State, SyncMode } from "./tenant-state.ts";

const passwordless = new Set(["email", "sms"]);

const enterprise = new Set([...absentMeansEachLogin, "oidc", "okta", "auth0-adldap", "office365", "sharepoint", "ip"]);

export const isDatabase = ({ strategy }: Connection) => strategy === "auth0";

export const isSocial = ({ strategy }: Connection) =>
  strategy !== "auth0" && !passwordless.has(strategy) && !enterprise.has(strategy);

/** Whether user ids contain the connection's name, because the provider's subjects are unique in one directory only. */
export const qualifiesUserIds = ({ strategy }: Connection) =>
  ["samlp", "oidc", "okta", "adfs", "pingfederate", "ad"].includes(strategy);

/** Auth0 docs, "Configure Connection Sync with Auth0": by default, profiles are synced at each login. */
export const syncMode = ({ options }: Connection): SyncMode =>
  (options["set_user_root_attributes"] ?? "on_each_login") as SyncMode;

/** Whether the Management API may set root attributes (the same page). */
export const ownsRootAttributes = (connection: Connection) =>
  isDatabase(connection) || passwordless.has(connection.strategy) || syncMode(connection) !== "on_each_login";

/** Management API, "Create a connection": letters, digits and, between these, hyphens. */
const connectionName = { type: "string", maxLength: 128, pattern: "^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$" };
const purpose = { type: "object", required: ["active"], properties: { active: { type: "boolean" } } };
const changeable = {
  display_name: nonEmptyText,
  options: {
    type: "object",
    properties: {
      set_user_root_attributes: { enum: ["on_each_login", "on_first_login", "never_on_login"] satisfies SyncMode[] },
    },
  },
  metadata: { type: "object" },
  is_domain_connection: { type: "boolean" },
  show_as_button: { type: "boolean" },
  realms: { type: "array", items: nonEmptyText },
  enabled_clients: { type: "array", items: nonEmptyText },
  // Management API, "Create a connection". The recordings TestAccConnectionConnectedAccounts and
  // TestAccConnectionCrossAppAccessRequestingApp have them in responses, as they were sent.
  authentication: purpose,
  connected_accounts: purpose,
  cross_app_access_requesting_app: purpose,
  cross_app_access_resource_app: {
    type: ["object", "null"],
    required: ["status"],
    properties: { status: { enum: ["enabled", "disabled"] } },
  },
};
const changeSchema = { type: "object", additionalProperties: false, properties: changeable };
const createSchema = {
  ...changeSchema,
  required: ["name", "strategy"],
  properties: { ...changeable, name: connectionName, strategy: nonEmptyText },
};

type Change = Partial<Omit<Connection, "id" | "name" | "strategy">>;

export function registerConnections(api: FastifyInstance, state: State): void {
  api.get<{ Querystring: Query }>("/connections", needs("read:connections"), (request) => {
    const { query } = request;
    const strategies = query["strategy"] === undefined ? undefined : [query["strategy"]].flat();
    const found = state.connections.filter(
      ({ name, strategy }) =>
        (query["name"] === undefined || name === query["name"]) && (strategies?.includes(strategy) ?? true),
    );
    return showList("connections", found, query, {
      idOf: ({ id }) => id,
      show: (connection) => selectFields(visible(connection, request), query),
    });
  });

  api.post<{ Body: Change & Pick<Connection, "name" | "strategy"> }>(
    "/connections",
    needs("create:connections", createSchema),
    (request, reply) => reply.code(201).send(visible(createConnection(state, request.body), request)),
  );

  api.get<{ Params: { id: string }; Querystring: Query }>("/connections/:id", needs("read:connections"), (request) =>
    selectFields(visible(findConnection(state, request.params.id), request), request.query),
  );

  api.patch<{ Params: { id: string }; Body: Change }>(
    "/connections/:id",
    needs("update:connections", changeSchema),
    (request) => {
      const connection = findConnection(state, request.params.id);
      const { options, ...rest } = request.body;
      // Auth0 docs, "Migrate to the New Connection Options Scopes".
      if (options) requireScope(request.tokenScopes, ["update:connections_options"]);
      // Management API, "Update a connection": "the entire options object is overridden".
      if (options) connection.options = storedOptions(connection.strategy, options, connection.options);
      return visible(Object.assign(connection, rest), request);
    },
  );

  // Management API, "Delete a connection": it also deletes the connection's users.
  api.delete<{ Params: { id: string } }>("/connections/:id", needs("delete:connections"), ({ params }, reply) => {
    const { id, name } = findConnection(state, params.id);
    const users = state.users.all.filter(({ identities }) => identities[0]?.connection === name);
    removeUsers(
      state,
      users.map(({ user_id }) => user_id),
    );
    removeWhere(state.connections, (connection) => connection.id === id);
    for (const { enabledConnections } of state.organizations) {
      removeWhere(enabledConnections, ({ connection_id }) => connection_id === id);
    }
    return reply.code(202).send({ deleted_at: now() });
  });
}

export function createConnection(state: State, body: Change & Pick<Connection, "name" | "strategy">): Connection {
  if (state.connections.some(({ name }) => name === body.name)) {
    throw new ManagementApiError(409, "A connection with the same name already exists", "conflict");
  }
  const connection: Connection = {
    enabled_clients: [],
    is_domain_connection: false,
    realms: [body.name],
    ...defaultsOf(body),
    ...body,
    id: `con_${newId(16)}`,
    options: storedOptions(body.strategy, body.options ?? {}),
  };
  state.connections.push(connection);
  return connection;
}

/** Recordings TestAccConnectionConnectedAccounts and TestAccConnectionAzureAD. */
function defaultsOf({ name, strategy }: Pick<Connection, "name" | "strategy">): Change {
  if (strategy === "oidc") return { show_as_button: false };
  return strategy === "waad" ? { display_name: name } : {};
}

export function findConnection(state: State, id: string): Connection {
  const connection = state.connections.find((candidate) => candidate.id === id);
  if (!connection) throw new ManagementApiError(404, "The connection does not exist", "inexistent_connection");
  return connection;
}

/**
 * For the administrator of a directory, who sets it up there: the recordings TestAccConnectionSAML, AD, ADFS, AzureAD,
 * GoogleApps and PingFederate have an address of this form in every response.
 */
const provisioned = new Set(["samlp", "ad", "adfs", "waad", "google-apps", "pingfederate"]);

/**
 * The connection as a client sees it: `options` need a scope (docs, "Migrate to the New Connection Options Scopes").
 */
function visible(
  { options, ...connection }: Connection,
  { host, tokenScopes }: Pick<FastifyRequest, "host" | "tokenScopes">,
): object {
  const { id, strategy } = connection;
  const ticket = hash("sha256", id).slice(0, 8);
  return {
    authentication: { active: true },
    connected_accounts: { active: false },
    ...connection,
    ...(provisioned.has(strategy) && { provisioning_ticket_url: `https://${host}/p/${strategy}/${ticket}` }),
    ...(tokenScopes.has("read:connections_options") && { options }),
  };
}
