// Options that Auth0 itself changes when others are written: no alarm is raised for them, and one for any other.
import type { Connection } from "./connection.ts";

/**
 * What Auth0 does to an option: it makes `computed` ones anew from others at each write, those `read` from metadata
 * only where the connection names the metadata's address, and `completed` ones only where they were not set. It makes
 * `scopes` from the switches beside them, such as `{ "profile": true }`.
 */
type Derivation = "computed" | "completed" | "read" | "scopes";

/** By strategy; from terraform-provider-auth0's and auth0-deploy-cli's recordings of the Management API. */
const derivedOptions: Readonly<Record<string, Readonly<Record<string, Derivation>>>> = {
  auth0: { authentication_methods: "completed", brute_force_protection: "completed", passkey_options: "completed" },
  ...Object.fromEntries(
    ["google-oauth2", "facebook", "github", "apple", "linkedin", "windowslive", "salesforce-community"].map(
      (strategy) => [strategy, { scope: "scopes" }],
    ),
  ),
  "google-apps": { email: "completed", handle_login_from_social: "completed", profile: "completed", scope: "scopes" },
  oidc: {
    ...{ attribute_map: "completed", connection_settings: "completed" },
    ...{ oidc_metadata: "computed", schema_version: "completed" },
  },
  okta: { oidc_metadata: "computed", schema_version: "completed", type: "completed" },
  samlp: {
    ...{ bindingMethod: "completed", cert: "computed", expires: "computed" },
    ...{ signInEndpoint: "read", signOutEndpoint: "read", signingCert: "read" },
    ...{ subject: "computed", thumbprints: "computed" },
  },
  waad: {
    ...{ app_domain: "completed", thumbprints: "completed" },
    ...{ userid_attribute: "computed", waad_common_endpoint: "computed" },
  },
  adfs: { thumbprints: "completed" },
};

/** Whether Auth0 itself makes this change of an option. */
export function isDerived({ strategy, options }: Connection, key: string, after: unknown): boolean {
  const before = options[key];
  switch (derivedOptions[strategy]?.[key]) {
    case undefined:
      return false;
    case "computed":
      return true;
    case "completed":
      return before === undefined;
    case "read":
      return options["metadataUrl"] !== undefined;
    case "scopes":
      return isScopesOfSwitches(before, after, options);
  }
}

/** Whether each scope that came is a switch that is on, and each that went is one that is off. Their order is free. */
function isScopesOfSwitches(before: unknown, after: unknown, options: Connection["options"]): boolean {
  const [old, made] = [scopesOf(before ?? (Array.isArray(after) ? [] : "")), scopesOf(after)];
  if (old === undefined || made === undefined || Array.isArray(before ?? after) !== Array.isArray(after)) return false;
  return (
    made.every((scope) => old.includes(scope) || options[switchOf(scope)] === true) &&
    old.every((scope) => made.includes(scope) || options[switchOf(scope)] === false)
  );
}

/** A list; of Facebook's and Apple's connections a text, with commas or spaces. */
function scopesOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return value.split(/[ ,]/).filter((scope) => scope !== "");
  if (!Array.isArray(value)) return undefined;
  const scopes = value as readonly unknown[];
  return scopes.every((scope) => typeof scope === "string") ? scopes : undefined;
}

/** The switches that are not named as their scope. GitHub's other scopes have a colon in place of an underscore. */
const switches: Readonly<Record<string, string>> = {
  "https://gdata.youtube.com": "youtube",
  "https://graph.microsoft.com/User.Read": "graph_user",
  "https://mail.google.com/mail/feed/atom": "gmail",
  r_basicprofile: "basic_profile",
  r_emailaddress: "email",
  r_liteprofile: "profile",
  "user:email": "email",
  "user:follow": "follow",
};

const switchOf = (scope: string) => switches[scope] ?? scope.replace(":", "_");
