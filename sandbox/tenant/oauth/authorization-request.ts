// What an application asks of /authorize, read and checked.
import { isObject } from "../../json.ts";
import { OAuthError, notSimulated } from "../errors.ts";
import { findLoginOrganization } from "../organization-login.ts";
import { authorizeApi } from "../resource-servers.ts";
import type { Application, Organization, State } from "../tenant-state.ts";
import { isListed, originOf, urlsOf } from "./application-urls.ts";
import type { Parameters } from "./oauth-context.ts";
import { authenticationMethodOf } from "./client-authentication.ts";

const responseModes = ["query", "fragment", "form_post", "web_message"] as const;

/** Where a response goes, and how. */
export interface ResponseTarget {
  readonly client: Application;
  readonly redirectUri: string;
  readonly responseMode: (typeof responseModes)[number];
  readonly state?: string;
}

export interface AuthorizationRequest extends ResponseTarget {
  readonly scope: string;
  readonly prompt: ReadonlySet<string>;
  readonly codeChallenge?: string;
  readonly audience?: string;
  readonly nonce?: string;
  /** Seconds since the credentials were given. */
  readonly maxAge?: number;
  readonly connection?: string;
  readonly loginHint?: string;
  readonly organization?: Organization;
  /** All parameters, as they came. */
  readonly query: Parameters;
}

/**
 * The tenant must not send anything to an address that is not the application's (RFC 6749, section 4.1.2.1).
 *
 * @throws OAuthError for the person, not for the application
 */
export function findResponseTarget({ applications }: State, query: Parameters): ResponseTarget {
  const client = applications.find(({ client_id }) => client_id === query["client_id"]);
  const redirectUri = query["redirect_uri"] ?? "";
  if (!client) throw new OAuthError("invalid_request", "Unknown client", 403);
  if (!isListed(redirectUri, urlsOf(client, "callbacks")) || !URL.canParse(redirectUri)) {
    throw new OAuthError("invalid_request", "Callback URL mismatch.", 403);
  }
  const responseMode = responseModes.find((mode) => mode === (query["response_mode"] ?? "query"));
  if (!responseMode) throw new OAuthError("invalid_request", "Unsupported response mode", 403);
  if (responseMode === "web_message" && !isListed(originOf(redirectUri) ?? "", urlsOf(client, "web_origins"))) {
    const description = `The specified redirect_uri '${redirectUri}' does not have a registered origin.`;
    throw new OAuthError("invalid_request", description);
  }
  return { client, redirectUri, responseMode, ...(query["state"] !== undefined && { state: query["state"] }) };
}

/** @throws OAuthError for the application */
export function readAuthorizationRequest(
  { state, issuer }: { readonly state: State; readonly issuer: string },
  target: ResponseTarget,
  query: Parameters,
): AuthorizationRequest {
  if (query["response_type"] !== "code") {
    throw new OAuthError("unsupported_response_type", "The sandbox has the response type code only");
  }
  for (const name of ["invitation", "request", "request_uri"]) {
    if (query[name] !== undefined) throw notSimulated("GET", `/authorize with the parameter ${name}`);
  }
  const { jwt_configuration: jwt } = target.client;
  const algorithm = isObject(jwt) ? (jwt["alg"] ?? "RS256") : "RS256";
  if (algorithm !== "RS256") throw notSimulated("GET", `/authorize for a client with ${JSON.stringify(algorithm)}`);
  const { code_challenge, code_challenge_method, audience, nonce, max_age, connection, login_hint } = query;
  const isPublic = authenticationMethodOf(target.client) === "none";
  const needsChallenge = isPublic || code_challenge !== undefined || code_challenge_method !== undefined;
  if (needsChallenge && (code_challenge === undefined || code_challenge_method !== "S256")) {
    throw new OAuthError("invalid_request", "PKCE with S256 is required");
  }
  const asked = query["scope"] ?? "";
  const scope = audience === undefined ? asked : authorizeApi(state, issuer, target.client, audience, asked);
  if (max_age !== undefined && !/^\d{1,9}$/.test(max_age)) throw new OAuthError("invalid_request", "Invalid max_age");
  const organization = findLoginOrganization(state, target.client, query["organization"] || undefined);
  return {
    ...target,
    scope,
    prompt: new Set((query["prompt"] ?? "").split(" ").filter((one) => one !== "")),
    ...(code_challenge !== undefined && { codeChallenge: code_challenge }),
    ...(audience !== undefined && { audience }),
    ...(nonce !== undefined && { nonce }),
    ...(max_age !== undefined && { maxAge: Number(max_age) }),
    ...(connection && { connection }),
    ...(login_hint && { loginHint: login_hint }),
    ...(organization && { organization }),
    query,
  };
}
