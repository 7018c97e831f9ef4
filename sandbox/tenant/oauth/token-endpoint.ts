// /oauth/token: exchanges of codes, of refresh tokens and of a machine's credentials.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { OAuthError, notSimulated } from "../errors.ts";
import { organizationClaims, requireMembership } from "../organization-login.ts";
import { tokenLifetimeOf } from "../resource-servers.ts";
import { logIn } from "../tenant-login.ts";
import type { Application, JsonObject } from "../tenant-state.ts";
import { eventSession } from "./browser-sessions.ts";
import { authenticateClient, readCredentials } from "./client-authentication.ts";
import type { AuthorizationCodes } from "./codes.ts";
import { grantToMachine } from "./machine-grant.ts";
import { eventRequest, parameters, scopesOf } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { unknownRefreshToken } from "./refresh-tokens.ts";
import type { RefreshGrant } from "./refresh-tokens.ts";
import { signTokens, tokenClaims } from "./tokens.ts";

/** Those that Auth0 has besides (docs, "Application Grant Types"). */
const otherGrants: ReadonlySet<string> = new Set([
  "password",
  ...["password-realm", "passwordless/otp", "mfa-oob", "mfa-otp", "mfa-recovery-code"].map(
    (name) => `http://auth0.com/oauth/grant-type/${name}`,
  ),
  ...["device_code", "jwt-bearer", "token-exchange"].map((name) => `urn:ietf:params:oauth:grant-type:${name}`),
  "urn:openid:params:grant-type:ciba",
]);

const options = { schema: { body: parameters }, config: { cors: true } };

export function registerTokenEndpoint(app: FastifyInstance, context: OAuthContext, codes: AuthorizationCodes): void {
  const { state, signingKey } = context;

  app.post<{ Body: Parameters }>("/oauth/token", options, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const { body, headers } = request;
    const given = readCredentials(context, headers, body);
    const grantType = body["grant_type"];
    if (grantType === "client_credentials") return grantToMachine(context, request.host, given, body);
    if (grantType === "refresh_token") return refresh(request, authenticateClient(context, given));
    if (grantType !== undefined && otherGrants.has(grantType)) {
      throw notSimulated("POST", `/oauth/token with the grant ${grantType}`);
    }
    if (grantType !== "authorization_code") {
      throw new OAuthError("unsupported_grant_type", "Unsupported grant type", 403);
    }
    const { claims, refreshToken } = codes.redeem(authenticateClient(context, given), body);
    return signTokens(signingKey, claims, refreshToken);
  });

  async function refresh(request: FastifyRequest<{ Body: Parameters }>, client: Application) {
    const { refresh_token: value = "" } = request.body;
    const userAgent = request.headers["user-agent"];
    const device = { ip: request.ip, ...(userAgent !== undefined && { userAgent }) };
    const { result, refreshToken } = await context.refreshTokens.exchange(value, client, device, (grant, eventToken) =>
      logInAgain(request, client, grant, eventToken),
    );
    return signTokens(signingKey, result, refreshToken === value ? undefined : refreshToken);
  }

  /** The Actions run again; the identity provider is not asked. */
  async function logInAgain(
    request: FastifyRequest<{ Body: Parameters }>,
    client: Application,
    grant: RefreshGrant,
    refreshToken: JsonObject,
  ) {
    const user = state.users.get(grant.userId);
    const connection = state.connections.find(({ name }) => name === grant.connection);
    const organization = state.organizations.find(({ id }) => id === grant.organizationId);
    if (!user || !connection || (grant.organizationId !== undefined && !organization)) throw unknownRefreshToken();
    const authentication = { user, connection, at: grant.authenticatedAt };
    if (organization) requireMembership(state, organization, authentication);
    const scope = narrowed(grant.scope, request.body["scope"]);
    const session = context.sessions.byId(grant.sessionId ?? "");
    const { refresh_token: _, client_secret: __, ...body } = request.body;
    const claims = await logIn(state, context.memory, {
      ...{ client, authentication, protocol: "oauth2-refresh-token" },
      ...(organization && { organization }),
      scopes: scopesOf(scope),
      ...(grant.audience !== undefined && { audience: grant.audience }),
      transaction: {},
      request: eventRequest(request, {}, body),
      ...(session && { session: eventSession(session) }),
      refreshToken,
    });
    context.userInfo.set(user.user_id, { ...claims.idTokenClaims, sub: user.user_id });
    const { audience, sessionId } = grant;
    const accessTokenSeconds = audience === undefined ? undefined : tokenLifetimeOf(state, context.issuer(), audience);
    const subject = {
      accessTokenSeconds,
      ...{ issuer: context.issuer(), client, userId: user.user_id, scope, audience, sessionId },
      organization: organization && organizationClaims(state, organization),
    };
    return tokenClaims(subject, claims);
  }
}

/** Auth0 docs, "Use Refresh Tokens": fewer scopes can be asked for, and no more. */
function narrowed(granted: string, asked: string | undefined): string {
  if (asked === undefined) return granted;
  const wanted = new Set(scopesOf(asked));
  const both = scopesOf(granted).filter((scope) => wanted.has(scope));
  return both.length === 0 ? granted : both.join(" ");
}
