// One login of an authenticated user: the bound Actions run, and the tokens' claims result. What the last login of each
// user was is kept, so that it can be looked at without a login.
import { runActions } from "./action-process.ts";
import { deployedVersion, findAction } from "./actions.ts";
import { bindingsOf } from "./bindings.ts";
import { OAuthError } from "./errors.ts";
import { accessTokenClaims, idTokenClaims } from "./login-claims.ts";
import { makeEvent } from "./login-event.ts";
import type { LoginRequest } from "./login-event.ts";
import type { ActionRun, CacheRecords, Flow, Outcome } from "./run-actions.ts";
import { now } from "./tenant-state.ts";
import type { JsonObject, State, User } from "./tenant-state.ts";
import { mergeMetadata } from "./users.ts";

/** What logins leave behind for later ones and for who looks at them, in memory only. */
export interface LoginMemory {
  /** `api.cache` */
  readonly cache: CacheRecords;
  /** By user id. */
  readonly lastLogins: Map<string, LastLogin>;
}

/** A user's last login, refresh-token exchange or silent authentication. */
export interface LastLogin {
  readonly userId: string;
  /** When it ended, as an ISO time. */
  readonly at: string;
  readonly protocol: LoginRequest["protocol"];
  readonly clientId: string;
  /** The connection's name. */
  readonly connection: string;
  readonly scopes: readonly string[];
  /** The organization's name. */
  readonly organization?: string;
  /** `event.user`, as the Actions saw the user. */
  readonly user: JsonObject;
  /** In the order in which they ran. Who is bound and not here did not run, because an earlier one denied or threw. */
  readonly actions: readonly ActionRun[];
  /** The claims about the user, without those of the protocol (`iss`, `aud`, …); absent if the login failed. */
  readonly claims?: { readonly idToken: JsonObject; readonly accessToken: JsonObject };
  /** What `samlResponse.setAttribute` set; absent if the login failed. */
  readonly samlAttributes?: JsonObject;
  /** Why the login failed, as the application is told. */
  readonly error?: string;
}

/** What a completed login says about its user, without the claims of the protocol (`iss`, `aud`, …). */
export interface LoginClaims {
  idTokenClaims: JsonObject;
  accessTokenClaims: JsonObject;
  /** What the Actions set of a SAML response: attributes, and settings of the application's add-on. */
  saml: { attributes: JsonObject; settings: JsonObject };
}

export const emptyLoginMemory = (): LoginMemory => ({ cache: {}, lastLogins: new Map() });

/** @throws OAuthError if an Action denies the login or throws */
export async function logIn(state: State, memory: LoginMemory, login: LoginRequest): Promise<LoginClaims> {
  const { cache, lastLogins } = memory;
  const { user, connection } = login.authentication;
  const event = makeEvent(login);
  const outcome = await runActions({ actions: boundActions(state), event, cache: { ...cache } });
  if (outcome.failed === undefined) {
    for (const key of Object.keys(cache)) Reflect.deleteProperty(cache, key);
    Object.assign(cache, outcome.cache);
    applyMetadata(user, outcome);
  }
  // Auth0 docs, "Troubleshooting the 'access_denied' Error": an error that an Action does not catch denies the login.
  const error = outcome.failed ?? outcome.denied;
  const claims = {
    idToken: idTokenClaims(user, outcome.idTokenClaims, login.scopes),
    accessToken: accessTokenClaims(outcome.accessTokenClaims, login.scopes),
  };
  lastLogins.set(user.user_id, {
    userId: user.user_id,
    at: now(),
    protocol: login.protocol,
    clientId: login.client.client_id,
    connection: connection.name,
    scopes: login.scopes,
    ...(login.organization && { organization: login.organization.name }),
    user: event["user"] as JsonObject,
    actions: outcome.runs,
    ...(error === undefined ? { claims, samlAttributes: outcome.samlAttributes } : { error }),
  });
  if (error !== undefined) throw new OAuthError("access_denied", error, 403);
  return {
    idTokenClaims: claims.idToken,
    accessTokenClaims: claims.accessToken,
    saml: { attributes: outcome.samlAttributes, settings: outcome.samlSettings },
  };
}

const boundActions = (state: State): Flow["actions"] =>
  bindingsOf(state, "post-login").flatMap(({ actionId }) => {
    const action = findAction(state, actionId);
    const version = deployedVersion(action);
    if (!version) return [];
    const secrets = Object.fromEntries(version.secrets.map(({ name, value }) => [name, value]));
    return [{ name: action.name, code: version.code, secrets }];
  });

/**
 * "Merged once at the end" (docs, "Post-login API Object", api.user), even if the login is denied (api.access.deny).
 */
function applyMetadata(user: User, { userMetadata, appMetadata }: Outcome): void {
  if (Object.keys(userMetadata).length > 0) user.user_metadata = mergeMetadata(user.user_metadata, userMetadata);
  if (Object.keys(appMetadata).length > 0) user.app_metadata = mergeMetadata(user.app_metadata, appMetadata);
}
