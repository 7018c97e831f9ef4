// The resource types of the auth0 stand-in for an application and what it may ask of an API, with
// terraform-provider-auth0's calls (internal/auth0/client).
import type { Management, ManagementClient } from "auth0";
import { isObject } from "../json.ts";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { notEvaluated, oneOf, unmarked } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

export const clientResources = (client: () => ManagementClient): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/client:Client": application(client),
  "auth0:index/clientGrant:ClientGrant": grant(client),
});

/** Of the 48 inputs those that are given as they are: by the API's name each. */
const plain: Readonly<Record<string, string>> = {
  ...{ name: "name", description: "description", appType: "app_type", logoUri: "logo_uri" },
  ...{ isFirstParty: "is_first_party", oidcConformant: "oidc_conformant", clientAliases: "client_aliases" },
  ...{ callbacks: "callbacks", allowedLogoutUrls: "allowed_logout_urls", allowedOrigins: "allowed_origins" },
  ...{ allowedClients: "allowed_clients", grantTypes: "grant_types", organizationUsage: "organization_usage" },
  ...{ organizationRequireBehavior: "organization_require_behavior", webOrigins: "web_origins", sso: "sso" },
  ...{ ssoDisabled: "sso_disabled", crossOriginAuth: "cross_origin_authentication" },
  ...{ crossOriginLoc: "cross_origin_loc", customLoginPageOn: "custom_login_page_on" },
  ...{ initiateLoginUri: "initiate_login_uri" },
  isTokenEndpointIpHeaderTrusted: "is_token_endpoint_ip_header_trusted",
  requirePushedAuthorizationRequests: "require_pushed_authorization_requests",
};
const nested: Readonly<Record<string, string>> = {
  jwtConfiguration: "jwt_configuration",
  refreshToken: "refresh_token",
};
const evaluated = new Set([...Object.keys(plain), ...Object.keys(nested), "clientMetadata"]);

/** In the schema each is "Optional" and "Computed", or only the latter. */
const computed = [
  ...["clientId", "signingKeys", "isFirstParty", "isTokenEndpointIpHeaderTrusted", "oidcConformant", "grantTypes"],
  ...["jwtConfiguration", "refreshToken", "customLoginPageOn", "description", "callbacks", "organizationUsage"],
  "organizationRequireBehavior",
];

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const renamed = (value: unknown, rename: (name: string) => string) =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [rename(name), inner])) : value;

function application(client: () => ManagementClient): ResourceImplementation {
  function body(inputs: Properties, state?: Properties): Properties {
    const given = Object.entries(plain).filter(([name]) => (inputs[name] ?? undefined) !== undefined);
    const objects = Object.entries(nested).filter(([name]) => (inputs[name] ?? undefined) !== undefined);
    return {
      ...Object.fromEntries(given.map(([name, key]) => [key, inputs[name]])),
      ...Object.fromEntries(objects.map(([name, key]) => [key, renamed(unmarked(inputs[name]), snake)])),
      ...metadataOf(inputs, state),
      // A new client gets the method of its kind; later that is the matter of ClientCredentials.
      ...(!state && methods[inputs["appType"] as string] && { token_endpoint_auth_method: methods[inputs["appType"] as string] }), // prettier-ignore
    };
  }
  const outputsOf = (found: Management.GetClientResponseContent, known: Properties): Properties => {
    const properties = found as unknown as Properties;
    const kept = Object.entries({ ...plain, ...nested }).flatMap(([name, key]) => {
      const value = name in nested ? renamed(properties[key], camel) : properties[key];
      // What is off is the same as absent to the Terraform SDK, where nobody says it.
      const isSaid = value !== false || computed.includes(name) || known[name] !== undefined;
      return value === undefined || !isSaid ? [] : [[name, value] as const];
    });
    return {
      ...{ description: "", callbacks: [], organizationUsage: "", organizationRequireBehavior: "" },
      ...Object.fromEntries(kept),
      ...{ clientId: found.client_id, signingKeys: found.signing_keys ?? [] },
      ...(found.client_metadata && { clientMetadata: found.client_metadata }),
    };
  };
  const read = async (id: string, known: Properties): Promise<Created | undefined> => {
    const found = await unlessGone(client().clients.get(id));
    return found && { id, outputs: outputsOf(found, known) };
  };

  return {
    computed,
    replaceOnChanges: [],
    autoname: { property: "name" },
    goneWarning: goneWarning("auth0_client"),
    check: (inputs) => [
      ...oneOf(inputs, "appType", ["native", "spa", "regular_web", "non_interactive", "sso_integration"]),
      ...oneOf(inputs, "organizationUsage", ["deny", "allow", "require"]),
      ...notEvaluated(
        inputs,
        Object.keys(inputs).filter((name) => !name.startsWith("__") && !evaluated.has(name)),
      ),
    ],
    async create(inputs) {
      const created = client().clients.create(body(inputs) as unknown as Management.CreateClientRequestContent);
      const { client_id: id = "" } = await withProviderErrors(created);
      return afterCreation(id, () => read(id, inputs));
    },
    read,
    async update(id, state, inputs) {
      const changed = client().clients.update(id, body(inputs, state));
      return (await unlessGone(changed)) && (await read(id, inputs))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().clients.delete(id));
    },
  };
}

const methods: Readonly<Record<string, string>> = {
  ...{ native: "none", spa: "none" },
  ...{ regular_web: "client_secret_post", non_interactive: "client_secret_post" },
};

/** Only where it changes; a key that is gone is null. */
function metadataOf({ clientMetadata: after = {} }: Properties, state: Properties = {}): Properties {
  const { clientMetadata: before = {} } = state;
  const [old, wanted] = [unmarked(before) as Properties, unmarked(after) as Properties];
  if (JSON.stringify(old) === JSON.stringify(wanted)) return {};
  const gone = Object.keys(old).filter((key) => !(key in wanted));
  return { client_metadata: { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) } };
}

function grant(client: () => ManagementClient): ResourceImplementation {
  interface Inputs {
    readonly clientId: string;
    readonly audience: string;
    readonly scopes: string[];
    readonly subjectType?: "client" | "user";
  }
  const read = async (id: string): Promise<Created | undefined> => {
    const found = await unlessGone(client().clientGrants.get(id));
    if (!found) return undefined;
    const { client_id: clientId, audience, scope: scopes = [], subject_type: subjectType } = found;
    return { id, outputs: { clientId, audience, scopes, subjectType, isSystem: false, allowAllScopes: false } };
  };

  return {
    computed: ["subjectType", "isSystem"],
    defaults: { allowAllScopes: false },
    replaceOnChanges: ["clientId", "audience", "subjectType"],
    goneWarning: goneWarning("auth0_client_grant"),
    check: (inputs) => [
      ...notEvaluated(inputs, ["allowAnyOrganization", "authorizationDetailsTypes", "defaultFor", "organizationUsage"]),
      ...(inputs["allowAllScopes"] === true ? notEvaluated(inputs, ["allowAllScopes"]) : []),
      ...oneOf(inputs, "subjectType", ["client", "user"]),
      ...(inputs["clientId"] === undefined ? notEvaluated({ clientId: "none" }, ["clientId"]) : []),
      ...(inputs["scopes"] === undefined
        ? [{ property: "scopes", reason: "either `scopes` or `allow_all_scopes` must be set" }]
        : []),
    ],
    async create(inputs) {
      const { clientId: client_id, audience, scopes, subjectType } = inputs as unknown as Inputs;
      // One that is there already is adopted as it is, with its own scopes.
      const [existing] = (await withProviderErrors(client().clientGrants.list({ client_id, audience }))).data;
      if (existing?.id !== undefined) return withProviderErrors(read(existing.id));
      const wanted = { client_id, audience, scope: [...scopes], ...(subjectType && { subject_type: subjectType }) };
      const { id = "" } = await withProviderErrors(client().clientGrants.create(wanted));
      return afterCreation(id, () => read(id));
    },
    read,
    async update(id, _state, inputs) {
      const { scopes } = inputs as unknown as Inputs;
      return (await unlessGone(client().clientGrants.update(id, { scope: [...scopes] }))) && (await read(id))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().clientGrants.delete(id));
    },
  };
}
