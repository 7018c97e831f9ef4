// The tenant's endpoints of OAuth 2.0 and OpenID Connect: discovery, keys, /authorize (code with PKCE), /oauth/token
// and /userinfo.
import { hash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { JWTPayload } from "jose";
import { OAuthError } from "./errors.ts";
import { managementAudience } from "./management-api.ts";
import { bearerToken } from "./requests.ts";
import type { CacheRecords } from "./run-actions.ts";
import type { SigningKey } from "./signing-key.ts";
import { newId } from "./tenant-state.ts";
import type { Application, State } from "./tenant-state.ts";
import { logIn } from "./tenant-login.ts";

type Parameters = Partial<Record<string, string>>;

const strings = { type: "object", additionalProperties: { type: "string" } };

/** What a code is exchanged for. */
interface Grant {
  clientId: string;
  redirectUri: string;
  codeChallenge: string;
  scope: string;
  /** Absent without the scope `openid`. */
  idToken?: JWTPayload;
  accessToken: JWTPayload;
  expiresAt: number;
}

/** Auth0's defaults: an access token is valid for a day, an ID token for ten hours. */
const accessTokenSeconds = 86_400;
const idTokenSeconds = 36_000;
const codeMs = 60_000;

export function registerOAuth(app: FastifyInstance, state: State, signingKey: SigningKey): void {
  const grants = new Map<string, Grant>();
  const userInfo = new Map<string, JWTPayload>();
  const actionsCache: CacheRecords = {};

  app.get("/.well-known/openid-configuration", ({ host }) => {
    const issuer = `https://${host}/`;
    return {
      issuer,
      authorization_endpoint: `${issuer}authorize`,
      token_endpoint: `${issuer}oauth/token`,
      userinfo_endpoint: `${issuer}userinfo`,
      jwks_uri: `${issuer}.well-known/jwks.json`,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "client_credentials"],
      code_challenge_methods_supported: ["S256"],
      subject_types_supported: ["public"],
      scopes_supported: ["openid", "profile", "email", "address", "phone"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    };
  });

  app.get("/.well-known/jwks.json", () => signingKey.jwks);

  app.get<{ Querystring: Parameters }>("/authorize", { schema: { querystring: strings } }, async (request, reply) => {
    const { query } = request;
    const client = state.applications.find(({ client_id }) => client_id === query["client_id"]);
    const redirectUri = query["redirect_uri"] ?? "";
    // The tenant must not redirect to an address that is not the application's (RFC 6749, section 4.1.2.1).
    if (!client) throw new OAuthError("invalid_request", "Unknown client", 403);
    if (client.callbacks?.includes(redirectUri) !== true) {
      throw new OAuthError("invalid_request", "Callback URL mismatch.", 403);
    }
    const callback = new URL(redirectUri);
    if (query["state"] !== undefined) callback.searchParams.set("state", query["state"]);
    try {
      const code = newId(32);
      grants.set(code, await authorize(request, client, redirectUri));
      callback.searchParams.set("code", code);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      callback.searchParams.set("error", error.error);
      callback.searchParams.set("error_description", error.message);
    }
    return reply.redirect(callback.href);
  });

  async function authorize(
    { query, host, ip, headers }: FastifyRequest<{ Querystring: Parameters }>,
    client: Application,
    redirectUri: string,
  ): Promise<Grant> {
    const { connection, login_hint: loginHint, code_challenge: codeChallenge, scope = "", state: stateValue } = query;
    if (query["response_type"] !== "code") {
      throw new OAuthError("unsupported_response_type", "The sandbox has the response type code only");
    }
    if (codeChallenge === undefined || query["code_challenge_method"] !== "S256") {
      throw new OAuthError("invalid_request", "PKCE with S256 is required");
    }
    const api = query["audience"];
    // Auth0 docs, "Troubleshooting the 'access_denied' Error".
    if (api !== undefined && !state.apis?.includes(api)) {
      throw new OAuthError("access_denied", `Service not found: ${api}`);
    }
    // There is no login page, and there are no passwords: the hint names the user who logs in.
    if (connection === undefined || loginHint === undefined) {
      throw new OAuthError("login_required", "The sandbox needs the parameters connection and login_hint");
    }
    const { userId, idTokenClaims, accessTokenClaims } = await logIn(state, actionsCache, {
      ...{ client, connection, loginHint, redirectUri, hostname: host, ip },
      scopes: scope.split(" "),
      ...(stateValue !== undefined && { state: stateValue }),
      ...(headers["user-agent"] !== undefined && { userAgent: headers["user-agent"] }),
    });
    const issuer = `https://${host}/`;
    const subject = { iss: issuer, sub: userId };
    // /userinfo also returns the custom claims that the last run of the Actions set (docs, "Create Custom Claims").
    userInfo.set(userId, { ...idTokenClaims, sub: userId });
    const nonce = query["nonce"] === undefined ? {} : { nonce: query["nonce"] };
    return {
      clientId: client.client_id,
      redirectUri,
      codeChallenge,
      scope,
      ...(scope.split(" ").includes("openid") && {
        idToken: { ...idTokenClaims, ...subject, aud: client.client_id, ...nonce },
      }),
      // At Auth0 an access token for /userinfo only is opaque. Here it is a JWT, to show what an Action set in it.
      accessToken: {
        ...accessTokenClaims,
        ...subject,
        aud: api === undefined ? `${issuer}userinfo` : [api, `${issuer}userinfo`],
        azp: client.client_id,
        scope,
      },
      expiresAt: Date.now() + codeMs,
    };
  }

  app.post<{ Body: Parameters }>("/oauth/token", { schema: { body: strings } }, (request, reply) => {
    reply.header("cache-control", "no-store");
    const parameters = { ...request.body, ...basicCredentials(request) };
    const grantType = parameters["grant_type"];
    if (grantType === "client_credentials") return clientCredentials(request.host, parameters);
    if (grantType === "authorization_code") return authorizationCode(parameters);
    throw new OAuthError("unsupported_grant_type", "Unsupported grant type", 403);
  });

  async function clientCredentials(host: string, parameters: Parameters) {
    const client = state.managementClients.find(({ clientId }) => clientId === parameters["client_id"]);
    if (!client || client.clientSecret !== parameters["client_secret"]) {
      throw new OAuthError("access_denied", "Unauthorized", 401);
    }
    const { audience = "" } = parameters;
    if (audience !== managementAudience(host)) {
      throw new OAuthError("access_denied", `Service not found: ${audience}`, 403);
    }
    const scope = client.scopes.join(" ");
    const { clientId } = client;
    const claims = { iss: `https://${host}/`, sub: `${clientId}@clients`, aud: audience, azp: clientId, scope };
    return {
      access_token: await signingKey.sign({ ...claims, gty: "client-credentials" }, accessTokenSeconds, "at+jwt"),
      scope,
      expires_in: accessTokenSeconds,
      token_type: "Bearer",
    };
  }

  async function authorizationCode(parameters: Parameters) {
    const grant = grants.get(parameters["code"] ?? "");
    grants.delete(parameters["code"] ?? ""); // A code is valid for one attempt.
    const challenge = hash("sha256", parameters["code_verifier"] ?? "", "base64url");
    if (
      !grant ||
      grant.expiresAt < Date.now() ||
      parameters["client_id"] !== grant.clientId ||
      parameters["redirect_uri"] !== grant.redirectUri
    ) {
      throw new OAuthError("invalid_grant", "Invalid authorization code", 403);
    }
    if (challenge !== grant.codeChallenge) throw new OAuthError("invalid_grant", "Failed to verify code verifier", 403);
    return {
      access_token: await signingKey.sign(grant.accessToken, accessTokenSeconds, "at+jwt"),
      ...(grant.idToken && { id_token: await signingKey.sign(grant.idToken, idTokenSeconds) }),
      scope: grant.scope,
      expires_in: accessTokenSeconds,
      token_type: "Bearer",
    };
  }

  // By GET or POST (OpenID Connect Core, section 5.3.1).
  const userInfoOf = async ({ headers, host }: FastifyRequest) => {
    const token = bearerToken(headers) ?? "";
    const issuer = `https://${host}/`;
    const { sub = "" } = await signingKey.verify(token, { issuer, audience: `${issuer}userinfo` }).catch(() => {
      throw new OAuthError("invalid_token", "Unauthorized", 401);
    });
    return userInfo.get(sub) ?? { sub };
  };
  app.get("/userinfo", userInfoOf);
  app.post("/userinfo", userInfoOf);
}

/** The client's credentials in an `Authorization: Basic` header (RFC 6749, section 2.3.1). */
function basicCredentials({ headers }: FastifyRequest): Parameters {
  const encoded = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return {};
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString().split(":");
  return { client_id: decodeURIComponent(id), client_secret: decodeURIComponent(secret) };
}
