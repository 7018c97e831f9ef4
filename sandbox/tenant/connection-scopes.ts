// The scopes of social connections: Auth0 makes the option `scope` from switches such as `"email": true`, also where it
// was not sent. Only what recorded responses show is here: without a known switch, `scope` stays as it was sent.
import type { Json, JsonObject } from "./tenant-state.ts";

interface Scopes {
  /** The scope of each switch, in the order of the recorded responses; undefined if the switch has none. */
  readonly switches: Readonly<Record<string, string | undefined>>;
  /** Between scopes that are one text. @default none: they are a list */
  readonly separator?: string;
  /** `scope` is a list without any scope if nothing is sent. */
  readonly neverAbsent?: boolean;
}

const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]));

/** By strategy. The names of the recordings are those of terraform-provider-auth0's tests. */
const scopesOf: Readonly<Record<string, Scopes>> = {
  // TestAccConnectionGoogleOAuth2
  "google-oauth2": {
    switches: {
      ...named("email", "profile"),
      gmail: "https://mail.google.com/mail/feed/atom",
      youtube: "https://gdata.youtube.com",
    },
    neverAbsent: true,
  },
  // TestAccConnectionFacebook
  facebook: {
    switches: named("email", "groups_access_member_info", "user_birthday", "public_profile"),
    separator: ",",
  },
  // TestAccConnectionApple
  apple: { switches: named("name", "email"), separator: " " },
  // TestAccConnectionLinkedin
  linkedin: { switches: { email: "r_emailaddress", profile: "r_liteprofile", basic_profile: "r_basicprofile" } },
  // TestAccConnectionWindowslive
  windowslive: { switches: { graph_user: "https://graph.microsoft.com/User.Read", signin: undefined } },
  // TestAccConnectionSalesforce
  "salesforce-community": { switches: {}, neverAbsent: true },
  // TestAccConnectionGitHub
  github: {
    switches: {
      ...{ email: "user:email", read_user: "read:user", follow: "user:follow" },
      ...named("public_repo", "repo", "repo_deployment"),
      repo_status: "repo:status",
      ...named("delete_repo", "notifications", "gist"),
      ...{ read_repo_hook: "read:repo_hook", write_repo_hook: "write:repo_hook", admin_repo_hook: "admin:repo_hook" },
      ...{ read_org: "read:org", admin_org: "admin:org", read_public_key: "read:public_key" },
      ...{ write_public_key: "write:public_key", admin_public_key: "admin:public_key", write_org: "write:org" },
      profile: undefined,
    },
  },
};

/** If a switch is sent, the switches decide on their scopes, and a `scope` that contradicts them is changed. */
export function scopeOption(strategy: string, options: JsonObject): JsonObject {
  const scopes = Object.hasOwn(scopesOf, strategy) ? scopesOf[strategy] : undefined;
  if (!scopes) return {};
  const { switches, separator, neverAbsent = false } = scopes;
  const sent = options["scope"];
  if (Object.keys(switches).every((name) => typeof options[name] !== "boolean")) {
    return sent === undefined && neverAbsent ? { scope: [] } : {};
  }
  const known = new Set(Object.values(switches));
  const others = listOf(sent, separator).filter((scope) => typeof scope !== "string" || !known.has(scope));
  const on = Object.entries(switches).flatMap(([name, scope]) =>
    options[name] === true && scope !== undefined ? [scope] : [],
  );
  const all = [...on, ...others];
  return { scope: separator === undefined ? all : all.map(String).join(separator) };
}

function listOf(scope: Json | undefined, separator: string | undefined): Json[] {
  if (Array.isArray(scope)) return scope;
  if (typeof scope !== "string" || separator === undefined) return [];
  return scope.split(separator).filter((one) => one !== "");
}
