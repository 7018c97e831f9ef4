// How Auth0 stores a connection's options: what it derives, encrypts, reorders and refuses, by its recorded responses.
import { X509Certificate, randomBytes } from "node:crypto";
import { byCodeUnits, isObject, sortKeys } from "../json.ts";
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
    case "google-oauth2":
      return { scope: googleScope(options) };
    case "oidc":
      return { schema_version: options["schema_version"] ?? "oidc-V4", ...oidcMetadata(options) };
    case "samlp": {
      const described = metadataOptions(options);
      const { bindingMethod = httpRedirect } = options;
      const certificate = certificateOptions({ ...options, ...described });
      return { ...described, ...certificate, ...("cert" in certificate && { bindingMethod }) };
    }
    case "pingfederate":
      return certificateOptions(options);
    default:
      return {};
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

/** The flags and their scopes (recording TestAccConnectionGoogleOAuth2). */
const googleScopes = {
  email: "email",
  profile: "profile",
  gmail: "https://mail.google.com/mail/feed/atom",
  youtube: "https://gdata.youtube.com",
};

/** If a flag is sent, the flags decide on their scopes, and a list that contradicts them is changed. */
function googleScope(options: JsonObject): Json {
  const flags = Object.entries(googleScopes);
  if (flags.every(([flag]) => options[flag] === undefined)) return options["scope"] ?? [];
  const sent = Array.isArray(options["scope"]) ? options["scope"] : [];
  const others = sent.filter((scope) => flags.every(([, known]) => known !== scope));
  return [...flags.filter(([flag]) => options[flag] === true).map(([, scope]) => scope), ...others];
}

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

const httpRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/** Recording TestAccConnectionSAML: what Auth0 reads from an identity provider's metadata. */
function metadataOptions({ metadataXml }: JsonObject): JsonObject {
  if (typeof metadataXml !== "string") return {};
  const [signInEndpoint, signOutEndpoint] = ["SingleSignOnService", "SingleLogoutService"].map(
    (service) => new RegExp(`<(?:\\w+:)?${service}\\s[^>]*\\bLocation="([^"]*)"`).exec(metadataXml)?.[1],
  );
  const der = /X509Certificate>([^<]*)</.exec(metadataXml)?.[1];
  return {
    ...(signInEndpoint !== undefined && { signInEndpoint }),
    ...(signOutEndpoint !== undefined && { signOutEndpoint }),
    ...(der !== undefined && {
      signingCert: Buffer.from(new X509Certificate(Buffer.from(der, "base64")).toString()).toString("base64"),
    }),
  };
}

/**
 * Recordings TestAccConnectionSAML and TestAccConnectionPingFederate. `signingCert` is a PEM, or a PEM in base64. From
 * other values nothing is derived.
 */
function certificateOptions({ signingCert }: JsonObject): JsonObject {
  if (typeof signingCert !== "string") return {};
  const pem = signingCert.startsWith("-----BEGIN") ? signingCert : Buffer.from(signingCert, "base64");
  try {
    const certificate = new X509Certificate(pem);
    return {
      cert: certificate.toString(),
      expires: certificate.validToDate.toISOString(),
      subject: subjectOf(certificate),
      thumbprints: [certificate.fingerprint.replaceAll(":", "").toLowerCase()],
    };
  } catch {
    return {};
  }
}

const subjectAttributes: Readonly<Record<string, string>> = {
  C: "countryName",
  ST: "stateOrProvinceName",
  L: "localityName",
  O: "organizationName",
  OU: "organizationalUnitName",
  CN: "commonName",
};

/** From lines such as `CN=localhost`. */
const subjectOf = ({ subject }: X509Certificate): JsonObject =>
  Object.fromEntries(
    subject.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [subjectAttributes[name] ?? name, value.join("=")];
    }),
  );

/**
 * Auth0 does not keep the order of keys: in every recording shorter keys come first, and equally long ones are sorted.
 */
const inStoredOrder = (options: JsonObject) =>
  sortKeys(options, (a, b) => a.length - b.length || byCodeUnits(a, b)) as JsonObject;
