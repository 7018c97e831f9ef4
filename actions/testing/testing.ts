// A test kit for teams: what would a login with these settings set? The published package exports it as
// `auth0-user-pictures/testing`.
import { Console } from "node:console";
import { Writable } from "node:stream";
import { bundleAction } from "../bundle/bundle.ts";
import type { BundleOptions } from "../bundle/bundle.ts";
import { loadAction, loadOwnAction } from "./load-action.ts";
import { recordingApi } from "./recording-api.ts";
import type { ApiRecord } from "./recording-api.ts";
import { PictureSettingsError, validatePictureSettings } from "../bundle/picture-settings.ts";
import { refusalText } from "../bundle/schema.ts";
import type { PictureSettings } from "../user-picture/picture.ts";
import type { PostLoginEvent } from "../user-picture/post-login.ts";

export { ActionBundleError } from "../bundle/bundle-error.ts";
export type { BundleOptions } from "../bundle/bundle.ts";
export { PictureSettingsError } from "../bundle/picture-settings.ts";
export type { PictureSettings } from "../user-picture/picture.ts";
export type { ApiCall, ApiRecord, CustomClaims } from "./recording-api.ts";

/** What the Action did in one login. */
export interface SimulatedLogin extends ApiRecord {
  /** What was logged by `console`, one string a call, as Node would print it. */
  readonly logs: readonly string[];
}

/** An event as Auth0 hands it to an Action: JSON values. */
export interface LoginEvent {
  readonly user?: object;
  readonly transaction?: object;
  readonly [field: string]: unknown;
}

/**
 * Runs one login through the code that would be deployed. Ours runs in a bare JavaScript context with nothing but
 * `exports`, `module`, `console` and `URL`; an Action of your own among Node's globals, without environment variables
 * and with a `fetch` that rejects.
 *
 * @example const settings: PictureSettings = { allowedUrlPrefixes: ["https://pictures.example.org/"] }; const login =
 * await simulateLogin(settings, events.googleUser({ user_metadata: { picture: "https://evil.example/x.png" } }));
 * assert.equal(login.idToken.picture, undefined); // not an allowed prefix: Google's own picture stands
 *
 * @param options `entry`: the file of an Action of your own, relative to the working directory
 * @throws PictureSettingsError with every refusal of the settings; ActionBundleError; what an Action of your own throws
 */
export async function simulateLogin(
  settings: PictureSettings,
  event: LoginEvent,
  options: BundleOptions = {},
): Promise<SimulatedLogin> {
  const refusals = validatePictureSettings(settings);
  if (refusals.length > 0) throw new PictureSettingsError(refusals.map(refusalText).join("\n"));
  const logs: string[] = [];
  const load = options.entry === undefined ? loadAction : loadOwnAction;
  const action = load(bundleAction(settings, options), recordingConsole(logs));
  const { api, record } = recordingApi();
  await action.onExecutePostLogin(action.parse(JSON.stringify(event)), api);
  return { ...record, logs };
}

function recordingConsole(logs: string[]): Console {
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      logs.push(text.replace(/\n$/, ""));
      done();
    },
  });
  return new Console({ stdout, colorMode: false });
}

const emailHash = "0bc83cb571cd1c50ba6f3e8a78ef1346";

/** The picture that Auth0 generates for a user who has none (Auth0 docs, "Normalized User Profiles"). */
const generatedPicture =
  `https://s.gravatar.com/avatar/${emailHash}?s=480&r=pg` + `&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fan.png`;

function fixture(provider: string, connection: string, ownFields: object, protocol = "oidc-basic-profile") {
  const event = {
    user: {
      user_id: `${provider}|62f1a2b3c4d5e6f7a8b9c0d1`,
      name: "Ana Example",
      nickname: "ana",
      email: "ana@example.org",
      email_verified: true,
      user_metadata: {},
      app_metadata: {},
      identities: [
        { provider, connection, userId: "62f1a2b3c4d5e6f7a8b9c0d1", isSocial: provider === "google-oauth2" },
      ],
      ...ownFields,
    },
    connection: { id: "con_0123456789abcdef", name: connection, strategy: provider },
    client: { client_id: "0123456789abcdefghijklmnopqrstuv", name: "Example application", metadata: {} },
    transaction: { protocol, requested_scopes: ["openid", "profile", "email"], acr_values: [], ui_locales: [] },
    request: { ip: "203.0.113.7", method: "GET", hostname: "example.auth0.com", query: {}, body: {}, geoip: {} },
    authorization: { roles: [] },
    tenant: { id: "example" },
    stats: { logins_count: 1 },
    secrets: {},
  } satisfies PostLoginEvent;
  return (user?: object): LoginEvent => structuredClone({ ...event, user: { ...event.user, ...user } });
}

const database = "Username-Password-Authentication";

function organizationFixture(user?: object): LoginEvent {
  const organization = { id: "org_0123456789abcdef", name: "acme", display_name: "Acme", metadata: {} };
  return { ...fixture("samlp", "acme-saml", {})(user), organization };
}

/**
 * Logins as Auth0 reports them. Each takes the user's fields that differ: `events.googleUser({ user_metadata: { picture
 * } })`.
 */
export const events = {
  /**
   * A database user: the picture is the one that Auth0 generates, a Gravatar address with the initials as its fallback.
   */
  databaseUser: fixture("auth0", database, { picture: generatedPicture }),
  /** A user without any picture, e.g. of a custom database. */
  userWithoutPicture: fixture("auth0", database, {}),
  /** A passwordless user with a telephone number: Auth0's initials, and no e-mail address to ask Gravatar about. */
  smsUser: fixture("sms", "sms", { picture: "https://cdn.auth0.com/avatars/an.png" }),
  /** A user with Google's picture. */
  googleUser: fixture("google-oauth2", "google-oauth2", { picture: "https://lh3.googleusercontent.com/a/ana=s96-c" }),
  /** A user who chose a Gravatar address: its fallback is not Auth0's, so Auth0 did not generate it. */
  gravatarUser: fixture("auth0", database, { picture: `https://www.gravatar.com/avatar/${emailHash}?d=identicon` }),
  /** A database user to whom a Google identity is linked; the root profile stays the database user's. */
  linkedUser: fixture("auth0", database, {
    picture: generatedPicture,
    identities: [
      { provider: "auth0", connection: database, userId: "62f1a2b3c4d5e6f7a8b9c0d1", isSocial: false },
      {
        provider: "google-oauth2",
        connection: "google-oauth2",
        userId: "108204268033311374519",
        isSocial: true,
        profileData: { name: "Ana Example", picture: "https://lh3.googleusercontent.com/a/linked-ana=s96-c" },
      },
    ],
  }),
  /** A login to a SAML application. */
  samlLogin: fixture("auth0", database, { picture: generatedPicture }, "samlp"),
  /** A login to a WS-Federation application. */
  wsFederationLogin: fixture("auth0", database, { picture: generatedPicture }, "wsfed"),
  /** A login to the organization `acme`, through its own connection `acme-saml`. */
  organizationLogin: organizationFixture,
} as const;
