// /authorize: whoever has a session, or is named by the request, is logged in at once; else a page asks who it is.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate } from "../authenticate.ts";
import type { Authentication } from "../authenticate.ts";
import { OAuthError } from "../errors.ts";
import { leadsTo, organizationClaims, requireMembership } from "../organization-login.ts";
import { tokenLifetimeOf } from "../resource-servers.ts";
import { logIn } from "../tenant-login.ts";
import { findResponseTarget, readAuthorizationRequest } from "./authorization-request.ts";
import type { AuthorizationRequest, ResponseTarget } from "./authorization-request.ts";
import { sendAuthorizationResponse } from "./authorization-response.ts";
import { eventSession } from "./browser-sessions.ts";
import type { BrowserSession } from "./browser-sessions.ts";
import type { AuthorizationCodes } from "./codes.ts";
import type { LoginForm } from "./login-form.ts";
import { eventRequest, parameters, scopesOf } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { tokenClaims } from "./tokens.ts";

export function registerAuthorize(
  app: FastifyInstance,
  context: OAuthContext,
  codes: AuthorizationCodes,
  loginForm: LoginForm,
): void {
  const { state, sessions } = context;

  app.get<{ Querystring: Parameters }>("/authorize", { schema: { querystring: parameters } }, (request, reply) => {
    const target = findResponseTarget(state, request.query);
    return answer(reply, target, async () => {
      const asked = readAuthorizationRequest({ state, issuer: context.issuer() }, target, request.query);
      const { prompt, connection, loginHint } = asked;
      if (connection !== undefined && loginHint !== undefined && !prompt.has("none")) {
        return finish(request, reply, asked, authenticate(state, connection, loginHint));
      }
      const known = prompt.has("login") ? undefined : sessions.find(request);
      if (known && isFresh(asked, known.authentication)) {
        return issueCode(request, asked, known.session, known.authentication);
      }
      if (prompt.has("none")) throw new OAuthError("login_required", "Login required");
      return loginForm.ask(reply, asked, (later, laterReply, authentication) =>
        answer(laterReply, asked, () => finish(later, laterReply, asked, authentication)),
      );
    });
  });

  /** Sends the code that `act` returns, or its error; or what `act` has sent itself. */
  async function answer(
    reply: FastifyReply,
    target: ResponseTarget,
    act: () => Promise<string | FastifyReply>,
  ): Promise<FastifyReply> {
    try {
      const result = await act();
      return typeof result === "string" ? sendAuthorizationResponse(reply, target, { code: result }) : result;
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return sendAuthorizationResponse(reply, target, { error: error.error, error_description: error.message });
    }
  }

  /** The session begins before the Actions run: a user whom they deny is logged in at the tenant all the same. */
  function finish(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: AuthorizationRequest,
    authentication: Authentication,
  ): Promise<string> {
    return issueCode(request, asked, sessions.begin(request, reply, authentication), authentication);
  }

  async function issueCode(
    request: FastifyRequest,
    asked: AuthorizationRequest,
    session: BrowserSession,
    authentication: Authentication,
  ): Promise<string> {
    const { client, redirectUri, scope, audience, organization } = asked;
    const { user, connection } = authentication;
    const clientId = client.client_id;
    if (organization) requireMembership(state, organization, authentication);
    sessions.touch(request, session, clientId);
    const claims = await logIn(state, context.memory, {
      ...{ client, authentication, protocol: "oidc-basic-profile", scopes: scopesOf(scope) },
      ...(audience !== undefined && { audience }),
      ...(organization && { organization }),
      transaction: {
        ...{ redirect_uri: redirectUri, response_type: ["code"], response_mode: asked.responseMode },
        ...(asked.state !== undefined && { state: asked.state }),
        ...(asked.loginHint !== undefined && { login_hint: asked.loginHint }),
        prompt: [...asked.prompt],
        acr_values: scopesOf(asked.query["acr_values"] ?? ""),
        ui_locales: scopesOf(asked.query["ui_locales"] ?? ""),
      },
      request: { ...eventRequest(request, asked.query, {}), method: "GET" },
      session: eventSession(session),
    });
    context.userInfo.set(user.user_id, { ...claims.idTokenClaims, sub: user.user_id });
    const accessTokenSeconds = audience === undefined ? undefined : tokenLifetimeOf(state, context.issuer(), audience);
    const authTime = asked.maxAge === undefined ? undefined : authentication.at;
    const userAgent = request.headers["user-agent"];
    return codes.issue({
      ...{ clientId, redirectUri, codeChallenge: asked.codeChallenge },
      claims: tokenClaims(
        {
          ...{ issuer: context.issuer(), client, userId: user.user_id, scope, audience, nonce: asked.nonce },
          accessTokenSeconds,
          ...{ sessionId: session.id, authTime, organization: organization && organizationClaims(state, organization) },
        },
        claims,
      ),
      refresh: mayRefresh(asked)
        ? {
            ...{ userId: user.user_id, connection: connection.name, clientId, scope, sessionId: session.id },
            ...{
              authenticatedAt: authentication.at,
              device: { ip: request.ip, ...(userAgent !== undefined && { userAgent }) },
            },
            ...(audience !== undefined && { audience }),
            ...(organization && { organizationId: organization.id }),
          }
        : undefined,
    });
  }
}

/** Whether a session can stand for a login: of the connection that is asked for, and young enough. */
function isFresh(asked: AuthorizationRequest, known: Authentication): boolean {
  const { connection, organization, maxAge = Infinity } = asked;
  return (
    (connection === undefined || connection === known.connection.name) &&
    leadsTo(organization, known.connection) &&
    Date.parse(known.at) + maxAge * 1000 >= Date.now()
  );
}

function mayRefresh({ scope, client }: AuthorizationRequest): boolean {
  const grants = client["grant_types"];
  return scopesOf(scope).includes("offline_access") && (!Array.isArray(grants) || grants.includes("refresh_token"));
}
