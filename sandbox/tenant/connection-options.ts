// How Auth0 stores a connection's options: what it derives, encrypts, reorders and refuses, by its recorded responses.
import { randomBytes } from "node:crypto";
import { byCodeUnits, isObject, sortKeys } from "../json.ts";
import { certificateOptions, samlOptions } from "./connection-certificates.ts";
import { scopeOption } from "./connection-scopes.ts";
import { ManagementApiError } from "./errors.ts";
import type { Json, JsonObject } from "./tenant-state.ts";

/** The strategies for which an absent key means "on_each_login" (terraform-provider-auth0, connection expanders). */
export const absentMeansEachLogin: ReadonlySet<string> = new Set([
  ...["google-apps", "ad", "waad", "samlp", "adfs", "pingfederate"],
]);

/**
 * The options that Auth0 stores when these are sent. Of the previous options only those remain that Auth0 itself keeps.
 *
 * @param previous the connection's options before; undefined for a new connection
 * @throws ManagementApiError 400
 */
export function storedOptions(strategy: string, sent: JsonObject, previous?: JsonObject): JsonObject {
  const { set_user_root_attributes: sync, ...others } = sent;
  const options = sync === "on_each_login" && absentMeansEachLogin.has(strategy) ? others : sent;
  const stored: JsonObject = { ...options, ...derivedOptions(strategy, options, previous) };
  return inStoredOrder(Object.fromEntries(Object.entries(stored).filter(([option]) => writeOnly[strategy] !== option)));
}

/**
 * Options that are taken and never returned: recording TestAccConnectionPingFederate, of which every response has the
 * certificate under `cert` only; and the official SDK's documentation of `metadataXml`, which is "deleted after
 * parsing".
 */
const writeOnly: Readonly<Record<string, string>> = { pingfederate: "signingCert", samlp: "metadataXml" };

function derivedOptions(strategy: string, options: JsonObject, previous: JsonObject | undefined): JsonObject {
  switch (strategy) {
    case "auth0":
      return databaseOptions(options, previous);
    case "oidc":
      return { schema_version: options["schema_version"] ?? "oidc-V4", ...oidcOptions(options, previous) };
    case "okta":
      return { type: options["type"] ?? "back_channel", schema_version: "oidc-V4", ...oidcMetadata(options) };
    case "samlp":
      return samlOptions(options, previous);
    case "pingfederate":
      return { ...initiatedByProvider(options), ...certificateOptions(options) };
    case "google-apps":
      return previous ? {} : { ...googleAppsOptions, ...options };
    case "waad":
      return entraOptions(options, previous);
    // Recording TestAccConnectionADFS: none are found in its metadata.
    case "adfs":
      return previous ? {} : { thumbprints: options["thumbprints"] ?? [] };
    default:
      return scopeOption(strategy, options);
  }
}

/**
 * Recordings TestAccConnection and TestAccConnectionConfiguration: some defaults are set at the creation only, and two
 * options survive a PATCH.
 */
function databaseOptions(options: JsonObject, previous: JsonObject | undefined): JsonObject {
  if (options["attributes"] !== undefined && options["validation"] !== undefined) {
    throw new ManagementApiError(400, "Cannot set both options.attributes and options.validation", "invalid_body");
  }
  // terraform-provider-auth0 #1646: a PATCH cannot make the e-mail address unique, and leaving `unique` out would do
  // so.
  if (previous && emailUnique(previous) === false && emailUnique(options) !== false) {
    throw new ManagementApiError(400, "cannot patch unique property on email attribute", "invalid_body");
  }
  const created: JsonObject = {
    mfa: { active: true, return_enroll_settings: true },
    passwordPolicy: "good",
    strategy_version: 2,
  };
  const always: JsonObject = {
    brute_force_protection: true,
    authentication_methods: previous?.["authentication_methods"] ?? {
      password: { enabled: true },
      passkey: { enabled: false },
    },
    passkey_options: previous?.["passkey_options"] ?? {
      challenge_ui: "both",
      progressive_enrollment_enabled: true,
      local_enrollment_enabled: true,
    },
  };
  const { configuration } = options;
  const encrypted = isObject(configuration) ? { configuration: encryptValues(configuration) } : {};
  return { ...(!previous && created), ...always, ...options, ...encrypted };
}

function emailUnique({ attributes }: JsonObject): Json | undefined {
  const email = isObject(attributes) ? attributes["email"] : undefined;
  return isObject(email) ? (email["unique"] ?? true) : undefined;
}

/** A custom database's `configuration` is returned encrypted, and each write encrypts the same value differently. */
const encryptValues = (configuration: JsonObject): JsonObject =>
  Object.fromEntries(Object.keys(configuration).map((key) => [key, randomBytes(96).toString("base64")]));

/**
 * `attribute_map` and `connection_settings` are in every response. Where a new connection leaves them out, they get
 * defaults (recording TestAccConnectionConnectedAccounts). Where a PATCH leaves them out, it keeps them, unless it
 * changes `type`: then they are the new type's defaults (TestAccConnectionOIDC, 8). No recording has a PATCH that
 * leaves out others than the defaults and keeps `type`. Nothing was seen of a connection without `type`.
 */
function oidcOptions(options: JsonObject, previous: JsonObject | undefined): JsonObject {
  const { type, attribute_map, connection_settings } = options;
  const kept = previous && previous["type"] === type ? previous : {};
  const defaults =
    type === "back_channel" || type === "front_channel"
      ? {
          attribute_map: { mapping_mode: "bind_all" },
          connection_settings: { pkce: type === "back_channel" ? "auto" : "disabled" },
        }
      : {};
  return {
    ...defaults,
    ...definedOf({ attribute_map: kept["attribute_map"], connection_settings: kept["connection_settings"] }),
    ...definedOf({ attribute_map, connection_settings }),
    ...oidcMetadata(options),
  };
}

const definedOf = (options: Record<string, Json | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as JsonObject;

/**
 * At each write Auth0 fetches the provider's discovery document. There is no network here: the options give its
 * content.
 */
function oidcMetadata(options: JsonObject): JsonObject {
  if (options["issuer"] === undefined) return {};
  const names = ["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"];
  const known = Object.entries(options).filter(([name]) => names.includes(name));
  return { oidc_metadata: Object.fromEntries(known) };
}

/** Recording TestAccConnectionPingFederate: who sends the client that a provider may sign users in to, enables it. */
const initiatedByProvider = ({ idpinitiated }: JsonObject): JsonObject =>
  isObject(idpinitiated) ? { idpinitiated: { enabled: true, ...idpinitiated } } : {};

/** Recording TestAccConnectionGoogleApps, which has no PATCH. */
const googleAppsOptions: JsonObject = {
  ...{ email: true, profile: true, scope: ["email", "profile"] },
  handle_login_from_social: true,
};

/**
 * Recording TestAccConnectionAzureAD: two options have an older twin, made at each write. A new connection also gets
 * the thumbprints of Microsoft's certificates, which nobody asks for here.
 */
function entraOptions(options: JsonObject, previous: JsonObject | undefined): JsonObject {
  const { useCommonEndpoint, user_id_attribute, thumbprints = [], app_domain = "localhost" } = options;
  return {
    ...(useCommonEndpoint !== undefined && { waad_common_endpoint: useCommonEndpoint }),
    ...(user_id_attribute !== undefined && { userid_attribute: user_id_attribute === "oid" ? "oid" : null }),
    ...(!previous && { thumbprints, app_domain }),
  };
}

/**
 * Auth0 does not keep the order of keys: in every recording shorter keys come first, and equally long ones are sorted.
 */
const inStoredOrder = (options: JsonObject) =>
  sortKeys(options, (a, b) => a.length - b.length || byCodeUnits(a, b)) as JsonObject;
