// The Management API's resource servers: the APIs for which applications get access tokens. One of them is Auth0's own,
// the My Account API, which is there once it has been created (terraform-provider-auth0 #1431).
import type { FastifyInstance } from "fastify";
import { isObject } from "../json.ts";
import { ManagementApiError, OAuthError, notSimulated } from "./errors.ts";
import { managementScopes } from "./management-scopes.ts";
import { needs, nonEmptyText, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, removeWhere } from "./tenant-state.ts";
import type { Application, JsonObject, ResourceServer, State } from "./tenant-state.ts";

/** By whom an API may be called: for users, or by a machine-to-machine client for itself. */
type SubjectType = "user" | "client";
type Policy = "allow_all" | "deny_all" | "require_client_grant";

const policyOneOf = (...policies: readonly Policy[]) => ({
  type: "object",
  properties: { policy: { enum: policies } },
});
const seconds = { type: "integer", minimum: 0 };
const changeSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    name: { ...nonEmptyText, pattern: "^[^<>]+$" },
    scopes: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["value"],
        properties: { value: nonEmptyText, description: { type: "string" } },
      },
    },
    signing_alg: { enum: ["HS256", "RS256", "PS256"] },
    ...{ signing_secret: nonEmptyText, token_dialect: nonEmptyText },
    ...{ token_lifetime: seconds, token_lifetime_for_web: seconds },
    ...{ allow_offline_access: { type: "boolean" }, allow_online_access: { type: "boolean" } },
    ...{ enforce_policies: { type: "boolean" }, skip_consent_for_verifiable_first_party_clients: { type: "boolean" } },
    ...{ consent_policy: {}, authorization_details: {}, proof_of_possession: {}, token_encryption: {} },
    subject_type_authorization: {
      type: "object",
      additionalProperties: false,
      // Management API, "Create a resource server": no API is open to every machine.
      properties: {
        user: policyOneOf("allow_all", "deny_all", "require_client_grant"),
        client: policyOneOf("deny_all", "require_client_grant"),
      },
    },
  },
};
const createSchema = {
  ...changeSchema,
  required: ["identifier"],
  properties: { ...changeSchema.properties, identifier: nonEmptyText },
};

/** What the My Account API has here. Auth0's has more, of which nothing is simulated. */
const myAccountScopes = ["read:me:profile", "update:me:profile"];

/** The My Account API's identifier ends so after the tenant's domain, which has a port here that may change. */
const myAccountPath = "me/";
/** Every tenant has it. It is not among those that are listed here, and nobody changes it. */
const managementApi: ResourceServer = {
  ...{ id: "0".repeat(24), name: "Auth0 Management API", identifier: "api/v2/", is_system: true },
  scopes: managementScopes.map((value) => ({ value })),
  subject_type_authorization: { user: { policy: "deny_all" }, client: { policy: "require_client_grant" } },
  ...{ token_lifetime: 86400, token_lifetime_for_web: 7200, signing_alg: "RS256" },
};

export const identifierOf = ({ identifier, is_system }: ResourceServer, issuer: string): string =>
  is_system === true ? `${issuer}${identifier}` : identifier;

const findMyAccountApi = ({ resourceServers }: State) =>
  resourceServers.find(({ is_system, identifier }) => is_system === true && identifier === myAccountPath);

/** With the defaults of the recording TestAccResourceServer, in terraform-provider-auth0's tests. */
export const newResourceServer = (given: JsonObject & { identifier: string }): ResourceServer => ({
  id: newId(24),
  ...{ allow_offline_access: false, skip_consent_for_verifiable_first_party_clients: false },
  ...{ token_lifetime: 86400, token_lifetime_for_web: 7200, signing_alg: "RS256" },
  ...given,
});

/** Auth0 docs, "My Account API": who activates it gets these policies. */
const newMyAccountApi = (given: JsonObject = {}): ResourceServer =>
  newResourceServer({
    name: "Auth0 My Account API",
    scopes: myAccountScopes.map((value) => ({ value })),
    subject_type_authorization: { user: { policy: "require_client_grant" }, client: { policy: "deny_all" } },
    ...given,
    ...{ identifier: myAccountPath, is_system: true },
  });

/** Gives the tenant a My Account API, if it has none yet, that any application may call for its users. */
export function setMyAccountProfile(state: State, isOn: boolean): void {
  state.hasMyAccountProfile = isOn;
  if (!isOn || findMyAccountApi(state)) return;
  const subject_type_authorization = { user: { policy: "allow_all" }, client: { policy: "deny_all" } };
  state.resourceServers.push(newMyAccountApi({ subject_type_authorization }));
}

export function registerResourceServers(api: FastifyInstance, state: State): void {
  const { resourceServers } = state;
  const issuerOf = ({ host }: { host: string }) => `https://${host}/`;
  const show = (server: ResourceServer, issuer: string) => ({ ...server, identifier: identifierOf(server, issuer) });

  api.get<{ Querystring: Query }>("/resource-servers", needs("read:resource_servers"), (request) => {
    const { query } = request;
    const issuer = issuerOf(request);
    const asked = query["identifiers"] === undefined ? undefined : [query["identifiers"]].flat();
    const found = resourceServers.filter((server) => asked?.includes(identifierOf(server, issuer)) ?? true);
    return showList("resource_servers", found, query, { idOf: ({ id }) => id, show: (server) => show(server, issuer) });
  });

  api.post<{ Body: JsonObject & { identifier: string } }>(
    "/resource-servers",
    needs("create:resource_servers", createSchema),
    (request, reply) => {
      const { body } = request;
      const issuer = issuerOf(request);
      if ([managementApi, ...resourceServers].some((server) => identifierOf(server, issuer) === body.identifier)) {
        const message = `The resource server's identifier "${body.identifier}" is already in use.`;
        throw new ManagementApiError(409, message, "resource_server_identifier_exists");
      }
      const isMyAccount = body.identifier === `${issuer}${myAccountPath}`;
      const { scopes: _, ...others } = body;
      const server = isMyAccount ? newMyAccountApi(others) : newResourceServer(body);
      resourceServers.push(server);
      return reply.code(201).send(show(server, issuer));
    },
  );

  api.get<{ Params: { id: string } }>("/resource-servers/:id", needs("read:resource_servers"), (request) =>
    show(findResourceServer(state, request.params.id, issuerOf(request)), issuerOf(request)),
  );

  api.patch<{ Params: { id: string }; Body: JsonObject }>(
    "/resource-servers/:id",
    needs("update:resource_servers", changeSchema),
    (request) => {
      const server = findResourceServer(state, request.params.id, issuerOf(request));
      if (server === managementApi) throw notSimulated(request.method, request.url);
      return show(Object.assign(server, request.body), issuerOf(request));
    },
  );

  api.delete<{ Params: { id: string } }>(
    "/resource-servers/:id",
    needs("delete:resource_servers"),
    (request, reply) => {
      const { params } = request;
      if (isNamed(managementApi, params.id, issuerOf(request))) throw notSimulated(request.method, request.url);
      const removed = resourceServers.find((server) => isNamed(server, params.id, issuerOf(request)));
      removeWhere(resourceServers, (server) => server === removed);
      removeWhere(state.clientGrants, ({ resourceServerId }) => resourceServerId === removed?.id);
      return reply.code(204).send();
    },
  );
}

/** By its id or its identifier (Management API, "Get a resource server"). */
const isNamed = (server: ResourceServer, name: string, issuer: string) =>
  server.id === name || identifierOf(server, issuer) === name;

export function findResourceServer({ resourceServers }: State, name: string, issuer: string): ResourceServer {
  const server = [managementApi, ...resourceServers].find((one) => isNamed(one, name, issuer));
  if (!server) throw new ManagementApiError(404, "The resource server does not exist", "inexistent_resource_server");
  return server;
}

/**
 * Whether a user's login may get an access token for the API (Auth0 docs, "Application Access to APIs: Client Grants").
 *
 * @returns the scope as it is granted: the My Account API's scopes are only those that it has and, with a grant, those
 * of the grant
 * @throws OAuthError if there is no such API, or if the application may not call it
 */
export function authorizeApi(
  state: State,
  issuer: string,
  { client_id }: Application,
  audience: string,
  scope: string,
): string {
  const server = state.resourceServers.find((one) => identifierOf(one, issuer) === audience);
  // Auth0 docs, "Troubleshooting the 'access_denied' Error".
  if (!server) throw new OAuthError("access_denied", `Service not found: ${audience}`);
  const wanted = policyOf(server, "user");
  const grant = state.clientGrants.find(
    (one) => one.client_id === client_id && one.resourceServerId === server.id && one.subject_type === "user",
  );
  if (wanted === "deny_all" || (wanted === "require_client_grant" && !grant)) {
    const description = `Client "${client_id}" is not authorized to access resource server "${audience}".`;
    throw new OAuthError("invalid_request", description);
  }
  if (server["signing_alg"] !== "RS256") {
    throw notSimulated("GET", `/authorize for an API with ${JSON.stringify(server["signing_alg"])}`);
  }
  const ofGrant = wanted === "require_client_grant" && grant ? grant.scope : undefined;
  const ofApi = server.is_system === true ? myAccountScopes : scopesOf(server);
  return scope
    .split(" ")
    .filter((one) => protocolScopes.has(one) || (ofApi.includes(one) && (ofGrant?.includes(one) ?? true)))
    .join(" ");
}

/** Of OpenID Connect (Auth0 docs, "OpenID Connect Scopes"), and the one for a refresh token: they are of no API. */
const protocolScopes = new Set(["openid", "profile", "email", "address", "phone", "offline_access"]);

/** Auth0 docs, "API Scopes": an application is given those that the API defines. */
const scopesOf = ({ scopes }: ResourceServer): readonly string[] =>
  Array.isArray(scopes)
    ? scopes.flatMap((one) => (isObject(one) && typeof one["value"] === "string" ? [one["value"]] : []))
    : [];

/**
 * What a machine may ask of an API for itself.
 *
 * @returns the scopes of its client grant
 * @throws OAuthError if there is no such API, or if the application may not call it
 */
export function authorizeMachine(
  state: State,
  issuer: string,
  { client_id }: Application,
  audience: string,
): readonly string[] {
  const servers = [managementApi, ...state.resourceServers];
  const server = servers.find((one) => identifierOf(one, issuer) === audience);
  if (!server) throw new OAuthError("access_denied", `Service not found: ${audience}`, 403);
  const grant = state.clientGrants.find(
    (one) => one.client_id === client_id && one.resourceServerId === server.id && one.subject_type === "client",
  );
  if (policyOf(server, "client") === "deny_all" || !grant) {
    const description =
      `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this ` +
      "API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants";
    throw new OAuthError("access_denied", description, 403);
  }
  return server === managementApi ? grant.scope : grant.scope.filter((one) => scopesOf(server).includes(one));
}

/** How long an access token for the API is valid, in seconds; undefined if there is no such API. */
export function tokenLifetimeOf({ resourceServers }: State, issuer: string, audience: string): number | undefined {
  const server = resourceServers.find((one) => identifierOf(one, issuer) === audience);
  return server && (server["token_lifetime"] as number);
}

/**
 * An API has no policies unless it was created with them; then any application of the tenant gets tokens for users, and
 * for itself those with a client grant (Auth0 docs, "Application Access to APIs: Client Grants").
 */
function policyOf({ subject_type_authorization }: ResourceServer, subjectType: SubjectType): Policy {
  const policies = subject_type_authorization as Partial<Record<SubjectType, { policy?: Policy }>> | undefined;
  return policies?.[subjectType]?.policy ?? (subjectType === "user" ? "allow_all" : "require_client_grant");
}
