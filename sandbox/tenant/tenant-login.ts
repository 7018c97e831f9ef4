// One login: the identity provider's profile is synced to the user, the bound Actions run, and the tokens' claims
// result.
import { fork } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { deployedVersion, findAction } from "./actions.ts";
import { bindingsOf } from "./bindings.ts";
import { isDatabase, syncMode } from "./connections.ts";
import { OAuthError } from "./errors.ts";
import type { CacheRecords, Flow, Outcome } from "./run-actions.ts";
import { now, rootAttributes } from "./tenant-state.ts";
import type { Application, Connection, JsonObject, Profile, State, User } from "./tenant-state.ts";
import { createUser, findByEmail, findByIdentity, generatedAttributes, mergeMetadata } from "./users.ts";

export interface LoginRequest {
  client: Pick<Application, "client_id" | "name" | "client_metadata">;
  connection: string;
  /** The user: the e-mail address or, with an identity provider, the subject. */
  loginHint: string;
  scopes: readonly string[];
  redirectUri: string;
  state?: string;
  hostname: string;
  ip: string;
  userAgent?: string;
}

/** The claims of a completed login, without those of the protocol (`iss`, `aud`, …). */
export interface LoginClaims {
  userId: string;
  idTokenClaims: JsonObject;
  accessTokenClaims: JsonObject;
}

/** @throws OAuthError if the user is not found or may not be created, or if an Action denies the login or throws */
export async function logIn(state: State, cache: CacheRecords, request: LoginRequest): Promise<LoginClaims> {
  const connection = state.connections.find(({ name }) => name === request.connection);
  if (!connection) throw new OAuthError("invalid_request", "the connection was not found");
  const user = isDatabase(connection)
    ? findByEmail(state, connection, request.loginHint)
    : syncUser(state, connection, findProfile(state, connection, request.loginHint));
  if (!user) throw new OAuthError("access_denied", "Wrong email or password.");
  user.logins_count += 1;
  user.last_login = now();

  const outcome = await runActions({
    actions: bindingsOf(state, "post-login").flatMap(({ actionId }) => {
      const action = findAction(state, actionId);
      const version = deployedVersion(action);
      if (!version) return [];
      const secrets = Object.fromEntries(version.secrets.map(({ name, value }) => [name, value]));
      return [{ name: action.name, code: version.code, secrets }];
    }),
    event: makeEvent(state, connection, user, request),
    cache,
  });
  // Auth0 docs, "Troubleshooting the 'access_denied' Error": an error that an Action does not catch denies the login.
  if (outcome.failed !== undefined) throw new OAuthError("access_denied", outcome.failed);
  for (const key of Object.keys(cache)) Reflect.deleteProperty(cache, key);
  Object.assign(cache, outcome.cache);
  applyMetadata(user, outcome);
  if (outcome.denied !== undefined) throw new OAuthError("access_denied", outcome.denied);
  return {
    userId: user.user_id,
    idTokenClaims: selectClaims({ ...userClaims(user), ...allowed(outcome.idTokenClaims) }, request.scopes),
    accessTokenClaims: selectClaims(allowed(outcome.accessTokenClaims), request.scopes),
  };
}

function findProfile(state: State, { name }: Connection, hint: string): Profile {
  const profile = state.profiles[name]?.find(({ sub, email }) => sub === hint || email === hint);
  if (!profile) throw new OAuthError("access_denied", `The identity provider of ${name} does not know ${hint}`);
  return profile;
}

/** Auth0 docs, "Configure Connection Sync with Auth0", and the Management API's description of the three values. */
function syncUser(state: State, connection: Connection, profile: Profile): User {
  const { sub, email } = profile;
  const mode = syncMode(connection);
  const found = findByIdentity(state, connection, sub);
  const known = found?.user;
  if (known && mode !== "on_each_login") return known;
  // Auth0 docs, "User Account Linking": root attributes are the primary account's; a linked one has its own.
  if (found?.identity.profileData) {
    const { sub: _, ...attributes } = profile;
    found.identity.profileData = { ...found.identity.profileData, ...attributes };
    return found.user;
  }
  if (mode === "never_on_login") throw new OAuthError("access_denied", "The connection does not create users at login");
  const user = known ?? createUser(state, connection, { sub, email, email_verified: true });
  const attributes = { ...generatedAttributes(email, profile.name), ...profile };
  for (const name of rootAttributes) {
    const value = attributes[name];
    if (value === undefined) delete user[name];
    else user[name] = value;
  }
  if (known) user.updated_at = now();
  return user;
}

/**
 * "Merged once at the end" (docs, "Post-login API Object", api.user), even if the login is denied (api.access.deny).
 */
function applyMetadata(user: User, { userMetadata, appMetadata }: Outcome): void {
  if (Object.keys(userMetadata).length > 0) user.user_metadata = mergeMetadata(user.user_metadata, userMetadata);
  if (Object.keys(appMetadata).length > 0) user.app_metadata = mergeMetadata(user.app_metadata, appMetadata);
}

/** Auth0 docs, "Actions Triggers: post-login - Event Object". */
function makeEvent(state: State, connection: Connection, user: User, request: LoginRequest): JsonObject {
  const { logins_count, last_login, ...profile } = user;
  const { id, name, strategy, metadata = {} } = connection;
  const { client } = request;
  const event = {
    // Docs, "Metadata Field Names and Data Types": the keys of app_metadata are merged into the profile's root.
    user: { ...profile, ...user.app_metadata },
    client: { client_id: client.client_id, name: client.name, metadata: client.client_metadata ?? {} },
    connection: { id, name, strategy, metadata },
    request: {
      ip: request.ip,
      method: "GET",
      hostname: request.hostname,
      user_agent: request.userAgent,
      query: { connection: name, login_hint: request.loginHint, scope: request.scopes.join(" ") },
      body: {},
      geoip: {},
    },
    transaction: {
      protocol: "oidc-basic-profile",
      requested_scopes: request.scopes,
      redirect_uri: request.redirectUri,
      response_type: ["code"],
      state: request.state,
      login_hint: request.loginHint,
      acr_values: [],
      prompt: [],
      ui_locales: [],
      locale: "en",
    },
    authentication: { methods: [{ name: isDatabase(connection) ? "pwd" : "federated", timestamp: last_login }] },
    stats: { logins_count },
    tenant: { id: "sandbox" },
  };
  return JSON.parse(JSON.stringify(event)) as JsonObject; // As JSON, which leaves out what is undefined.
}

/** Auth0 docs, "Actions Limitations": 20 seconds for all of a trigger's Actions together. */
const timeLimitMs = 20_000;

/**
 * Runs a flow's Actions in a process of their own. It has no environment variables and may not write files, and it is
 * killed at the time limit.
 */
export function runActions(flow: Flow, limitMs = timeLimitMs): Promise<Outcome> {
  const script = fileURLToPath(new URL("run-actions.ts", import.meta.url));
  const child = fork(script, {
    env: {},
    execArgv: ["--permission", `--allow-fs-read=${dirname(script)}`, "--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const fail = (failed: string) => {
    const nothing = { idTokenClaims: {}, accessTokenClaims: {}, userMetadata: {}, appMetadata: {} };
    resolve({ ...nothing, transactionMetadata: {}, cache: flow.cache, failed });
  };
  const timer = setTimeout(() => {
    fail(`The Actions ran longer than ${limitMs / 1000} s`);
  }, limitMs);
  child.once("message", (message) => {
    resolve(JSON.parse(message as string) as Outcome);
  });
  child.once("error", (error) => {
    fail(`The Actions could not be run: ${error.message}`);
  });
  child.once("exit", () => {
    fail("The process of the Actions ended before they did");
  });
  child.send(flow);
  return promise.finally(() => {
    clearTimeout(timer);
    child.kill("SIGKILL"); // Even after a result: Auth0 does not wait for what an Action has left running.
  });
}

const userClaims = ({ name, given_name, family_name, nickname, picture, email, email_verified, updated_at }: User) => ({
  ...(name !== undefined && { name }),
  ...(given_name !== undefined && { given_name }),
  ...(family_name !== undefined && { family_name }),
  ...(nickname !== undefined && { nickname }),
  ...(picture !== undefined && { picture }),
  ...{ updated_at, email, email_verified },
});

/** The restricted claims, which setCustomClaim ignores (Auth0 docs, "Create Custom Claims"). */
const restrictedClaims = new Set(
  (
    "acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest " +
    "entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf " +
    "nonce object_id org_id org_name orig origid permissions roles rph s_hash sid sub sub_jwk toe txn typ uuid vot " +
    "vtm x5t#S256"
  ).split(" "),
);

const allowed = (claims: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(claims).filter(([name]) => !restrictedClaims.has(name) && !name.startsWith("sip_")),
  );

/** A standard claim needs its scope, even if an Action has set it (Auth0 docs, "OpenID Connect Scopes"). */
const claimsOfScopes = {
  profile: (
    "name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate " +
    "zoneinfo locale updated_at"
  ).split(" "),
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

function selectClaims(claims: JsonObject, scopes: readonly string[]): JsonObject {
  const withheld = new Set(
    Object.entries(claimsOfScopes).flatMap(([scope, names]) => (scopes.includes(scope) ? [] : names)),
  );
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !withheld.has(name)));
}
