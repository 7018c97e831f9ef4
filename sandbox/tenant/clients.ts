// The Management API's clients: the tenant's applications, with the callbacks that a login may return to.
import type { FastifyInstance } from "fastify";
import { isObject } from "../json.ts";
import { ManagementApiError, payloadError } from "./errors.ts";
import { needs, nonEmptyText, requireScope, selectFields, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, removeWhere } from "./tenant-state.ts";
import type { Application, Json, JsonObject, State } from "./tenant-state.ts";

const credentials = {
  type: "array",
  minItems: 1,
  maxItems: 2,
  items: { type: "object", additionalProperties: false, required: ["id"], properties: { id: nonEmptyText } },
};
/** Those of mutual TLS are not simulated. */
const authenticationMethods = {
  type: ["object", "null"],
  additionalProperties: false,
  required: ["private_key_jwt"],
  properties: {
    private_key_jwt: {
      type: "object",
      additionalProperties: false,
      required: ["credentials"],
      properties: { credentials },
    },
  },
};
const urls = { type: "array", items: nonEmptyText };
const object = { type: ["object", "null"] };
const boolean = { type: "boolean" };
const text = { type: "string" };

/** Those of the properties in the API's description whose types matter here; the others are kept as they are sent. */
const changeSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    name: { ...nonEmptyText, pattern: "^[^<>]+$" },
    ...{ callbacks: urls, allowed_logout_urls: urls, web_origins: urls, allowed_origins: urls },
    ...{ allowed_clients: urls, client_aliases: urls, grant_types: urls },
    app_type: { enum: ["native", "spa", "regular_web", "non_interactive", "resource_server", "sso_integration"] },
    token_endpoint_auth_method: { enum: ["none", "client_secret_post", "client_secret_basic", null] },
    client_authentication_methods: authenticationMethods,
    client_secret: nonEmptyText,
    client_metadata: { type: "object", maxProperties: 10, additionalProperties: { type: ["string", "null"] } },
    ...{ is_first_party: boolean, oidc_conformant: boolean, sso: boolean, sso_disabled: boolean },
    ...{ cross_origin_authentication: boolean, custom_login_page_on: boolean },
    ...{ is_token_endpoint_ip_header_trusted: boolean, require_pushed_authorization_requests: boolean },
    ...{ description: text, logo_uri: text, initiate_login_uri: text, cross_origin_loc: text },
    ...{ jwt_configuration: object, refresh_token: object, oidc_logout: object, addons: object, mobile: object },
    ...{ native_social_login: object, default_organization: object, organization_usage: {} },
    organization_require_behavior: {},
  },
};
const createSchema = { ...changeSchema, required: ["name"] };

export function registerClients(api: FastifyInstance, state: State): void {
  const { applications } = state;
  const isAsked = (value: Json | undefined, asked: Query[string]) =>
    asked === undefined || asked === `${value === true}`;
  const readable = { config: { scopes: ["read:clients", "read:client_keys"] } };
  // Management API, "Get a client by ID": the secret needs a scope of its own. In the recording
  // TestAccClientAuthenticationMethodsPrivateKeyJWT a client that signs has none, and of two ways to authenticate only
  // the one that is used is shown.
  const show = ({ client_secret, ...client }: Application, scopes: ReadonlySet<string>, query: Query) => {
    const { client_authentication_methods: methods, token_endpoint_auth_method: method, ...others } = client;
    const isShown = scopes.has("read:client_keys") && !methods;
    const authentication = {
      ...(methods && { client_authentication_methods: methods }),
      ...(!methods && method !== undefined && { token_endpoint_auth_method: method }),
    };
    return selectFields({ ...others, ...authentication, ...(isShown && { client_secret }) }, query);
  };

  api.get<{ Querystring: Query }>("/clients", readable, ({ query, tokenScopes }) => {
    const types = query["app_type"] === undefined ? undefined : [query["app_type"]].flat().join().split(",");
    const found = applications.filter(
      ({ app_type, is_first_party, global }) =>
        (types?.includes(app_type as string) ?? true) &&
        isAsked(global, query["is_global"]) &&
        isAsked(is_first_party, query["is_first_party"]),
    );
    return showList("clients", found, query, {
      idOf: ({ client_id }) => client_id,
      show: (client) => show(client, tokenScopes, query),
    });
  });

  // Who creates a client is told its secret.
  api.post<{ Body: JsonObject & { name: string } }>(
    "/clients",
    needs("create:clients", createSchema),
    ({ body }, reply) => reply.code(201).send(addApplication(applications, body)),
  );

  api.get<{ Params: { id: string }; Querystring: Query }>("/clients/:id", readable, ({ params, query, tokenScopes }) =>
    show(findApplication(state, params.id), tokenScopes, query),
  );

  api.patch<{ Params: { id: string }; Body: JsonObject & { client_metadata?: JsonObject } }>(
    "/clients/:id",
    needs("update:clients", changeSchema),
    ({ params, body, tokenScopes }) => {
      const client = findApplication(state, params.id);
      const { client_metadata: change, ...others } = body;
      // Management API, "Update a client": a secret needs a scope of its own.
      if (others["client_secret"] !== undefined) requireScope(tokenScopes, ["update:client_keys"]);
      checkAuthentication(state, client, others);
      Object.assign(client, others);
      if (change) client.client_metadata = withoutNulls({ ...client.client_metadata, ...change });
      return show(client, tokenScopes, {});
    },
  );

  api.delete<{ Params: { id: string } }>("/clients/:id", needs("delete:clients"), ({ params: { id } }, reply) => {
    removeWhere(applications, ({ client_id }) => client_id === id);
    removeWhere(state.managementClients, ({ clientId }) => clientId === id);
    removeWhere(state.clientGrants, ({ client_id }) => client_id === id);
    removeWhere(state.clientCredentials, ({ client_id }) => client_id === id);
    for (const connection of state.connections) removeWhere(connection.enabled_clients, (enabled) => enabled === id);
    return reply.code(204).send();
  });
}

/**
 * A client authenticates in one way. "API doesn't accept nil on both" is what terraform-provider-auth0 says of a PATCH
 * (`detachCredentialsFromClient`), and to attach a key it takes the other way's name away.
 */
function checkAuthentication({ clientCredentials }: State, client: Application, change: JsonObject): void {
  const { client_authentication_methods: methods, token_endpoint_auth_method: method } = { ...client, ...change };
  if (change["client_authentication_methods"] === undefined && change["token_endpoint_auth_method"] === undefined)
    return;
  if (methods && method) {
    throw payloadError("client_authentication_methods and token_endpoint_auth_method exclude each other");
  }
  if (change["client_authentication_methods"] === null && !method) {
    throw payloadError("token_endpoint_auth_method is required where client_authentication_methods is null");
  }
  const ids = credentialIdsOf({ ...client, ...change });
  if (ids.some((id) => !clientCredentials.some((one) => one.id === id && one.client_id === client.client_id))) {
    throw new ManagementApiError(404, "The credential does not exist", "inexistent_credential");
  }
}

/** The ids of the keys that the client authenticates with; none where it has a secret. */
export function credentialIdsOf({ client_authentication_methods: methods }: Application): readonly string[] {
  const byKey = isObject(methods) ? methods["private_key_jwt"] : undefined;
  const attached = isObject(byKey) ? byKey["credentials"] : undefined;
  if (!Array.isArray(attached)) return [];
  return attached.flatMap((one) => (isObject(one) && typeof one["id"] === "string" ? [one["id"]] : []));
}

/** With the defaults of the recording TestAccClientMetadataBehavior, in terraform-provider-auth0's tests. */
export function addApplication(applications: Application[], given: JsonObject & { name: string }): Application {
  const { client_metadata, ...others } = given;
  const application: Application = {
    client_id: newId(32),
    client_secret: newId(64),
    global: false,
    ...{ is_first_party: true, is_token_endpoint_ip_header_trusted: false, oidc_conformant: false },
    jwt_configuration: { secret_encoded: false, lifetime_in_seconds: 36000 },
    ...{ sso_disabled: false, cross_origin_authentication: false, custom_login_page_on: true },
    grant_types: ["authorization_code", "implicit", "refresh_token", "client_credentials"],
    refresh_token: {
      ...{ rotation_type: "non-rotating", expiration_type: "non-expiring", leeway: 0, token_lifetime: 2592000 },
      ...{ infinite_token_lifetime: true, infinite_idle_token_lifetime: true, idle_token_lifetime: 1296000 },
    },
    ...others,
    ...(client_metadata !== undefined && { client_metadata: withoutNulls(client_metadata as JsonObject) }),
  };
  applications.push(application);
  return application;
}

/** The same recording: a key of the metadata that is null is removed. */
const withoutNulls = (metadata: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));

export function findApplication({ applications }: State, id: string): Application {
  const application = applications.find(({ client_id }) => client_id === id);
  if (!application) throw new ManagementApiError(404, "The client does not exist", "inexistent_client");
  return application;
}
