// What a login's Actions are told: Auth0's event for post-login v3 (docs, "Actions Triggers: post-login - Event
// Object").
import type { Authentication } from "./authenticate.ts";
import { isDatabase } from "./connections.ts";
import type { Application, JsonObject, Organization } from "./tenant-state.ts";

/** A login of a user who is authenticated: what its protocol knows about it. */
export interface LoginRequest {
  readonly client: Pick<Application, "client_id" | "name" | "client_metadata">;
  readonly authentication: Authentication;
  /** `event.transaction.protocol` */
  readonly protocol: "oidc-basic-profile" | "oauth2-refresh-token" | "samlp";
  readonly scopes: readonly string[];
  /** The identifier of the API that the access token is for. */
  readonly audience?: string;
  readonly organization?: Organization;
  /** The other properties of `event.transaction`: what the application asked for. */
  readonly transaction: JsonObject;
  /** `event.request`, of which `geoip` is added. */
  readonly request: JsonObject;
  /** `event.session` */
  readonly session?: JsonObject;
  /** `event.refresh_token` */
  readonly refreshToken?: JsonObject;
}

export function makeEvent(login: LoginRequest): JsonObject {
  const { user, connection, at } = login.authentication;
  const { logins_count, last_login: _, ...profile } = user;
  const { id, name, strategy, metadata = {} } = connection;
  const { client, organization } = login;
  const event = {
    // Docs, "Metadata Field Names and Data Types": the keys of app_metadata are merged into the profile's root.
    user: { ...profile, ...user.app_metadata },
    client: { client_id: client.client_id, name: client.name, metadata: client.client_metadata ?? {} },
    connection: { id, name, strategy, metadata },
    request: { ...login.request, geoip: {} },
    transaction: {
      protocol: login.protocol,
      requested_scopes: login.scopes,
      ...{ acr_values: [], prompt: [], ui_locales: [], locale: "en" },
      ...login.transaction,
    },
    authentication: { methods: [{ name: isDatabase(connection) ? "pwd" : "federated", timestamp: at }] },
    stats: { logins_count },
    tenant: { id: "sandbox" },
    resource_server: login.audience === undefined ? undefined : { identifier: login.audience },
    organization: organization && {
      ...{ id: organization.id, name: organization.name, display_name: organization.display_name },
      metadata: organization.metadata ?? {},
    },
    session: login.session,
    refresh_token: login.refreshToken,
  };
  return JSON.parse(JSON.stringify(event)) as JsonObject; // As JSON, which leaves out what is undefined.
}
