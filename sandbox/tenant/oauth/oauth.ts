// The tenant's endpoints of OAuth 2.0, OpenID Connect and SAML, and the pages of their logins.
import type { FastifyError, FastifyInstance } from "fastify";
import { OAuthError, sendError } from "../errors.ts";
import { registerMyAccount } from "../my-account.ts";
import { registerSaml } from "../saml/saml.ts";
import { registerAuthorize } from "./authorize.ts";
import { BrowserSessions } from "./browser-sessions.ts";
import { clientAssertions } from "./client-assertion.ts";
import { AuthorizationCodes } from "./codes.ts";
import { answerCors } from "./cors.ts";
import { registerDiscovery } from "./discovery.ts";
import { registerLoginForm } from "./login-form.ts";
import { registerLogout } from "./logout.ts";
import type { OAuthOptions } from "./oauth-context.ts";
import { messagePage, sendPage } from "./pages.ts";
import { RefreshTokens } from "./refresh-tokens.ts";
import { registerRevocation } from "./revocation.ts";
import { registerTokenEndpoint } from "./token-endpoint.ts";
import { registerUserInfo } from "./user-info.ts";

export async function registerOAuth(root: FastifyInstance, options: OAuthOptions): Promise<void> {
  await root.register((app, _options, done) => {
    const cookieName = () => `auth0_${new URL(options.issuer()).port}`;
    const sessions = new BrowserSessions(options.state, cookieName);
    const context = {
      ...{ ...options, sessions, refreshTokens: new RefreshTokens(), userInfo: new Map<string, object>() },
      assertions: clientAssertions(options.state, options.issuer),
    };
    const codes = new AuthorizationCodes(context.refreshTokens);

    app.addHook("onRoute", (route) => {
      route.config = { ...route.config, overPlainHttp: true };
    });
    answerCors(app, options.state);
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      const shown = asOAuthError(error);
      // Who is at one of the pages is a person.
      const isPerson = request.method === "GET" && /\btext\/html\b/.test(request.headers.accept ?? "");
      if (shown && isPerson) {
        return sendPage(reply.code(shown.statusCode), messagePage("Something went wrong", shown.message));
      }
      return sendError(shown ?? error, request, reply);
    });
    registerDiscovery(app, context);
    const loginForm = registerLoginForm(app, context);
    registerAuthorize(app, context, codes, loginForm);
    registerTokenEndpoint(app, context, codes);
    registerUserInfo(app, context);
    registerRevocation(app, context);
    registerLogout(app, context);
    registerSaml(app, context, loginForm);
    registerMyAccount(app, context);
    done();
  });
}

/** What Fastify refuses by itself is a malformed request; anything else that is no OAuthError is a fault of ours. */
function asOAuthError(error: FastifyError): (OAuthError & FastifyError) | undefined {
  if (error instanceof OAuthError) return error;
  const { validation, statusCode = 500 } = error;
  if (!validation && (statusCode < 400 || statusCode >= 500)) return undefined;
  return new OAuthError("invalid_request", error.message, validation ? 400 : statusCode) as OAuthError & FastifyError;
}
