// The logouts: they end the browser's session, and return to a URL that the application has listed. Refresh tokens live
// on, as at Auth0.
import type { FastifyInstance, FastifyReply } from "fastify";
import { decodeJwt } from "jose";
import { OAuthError } from "../errors.ts";
import type { Application, State } from "../tenant-state.ts";
import { isLogoutUrl, urlsOf } from "./application-urls.ts";
import { parameters } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { messagePage, sendPage } from "./pages.ts";

type Query = { Querystring: Parameters };
const options = { schema: { querystring: parameters } };

export function registerLogout(app: FastifyInstance, { state, sessions }: OAuthContext): void {
  // Auth0 docs, "Log Users Out of Auth0".
  app.get<Query>("/v2/logout", options, (request, reply) => {
    const { client_id, returnTo } = request.query;
    const target = returnTo ?? firstLogoutUrl(state, client_id);
    requireLogoutUrl("returnTo", returnTo, allowedBy(state, client_id));
    sessions.end(request, reply);
    return leave(reply, target);
  });

  // OpenID Connect RP-Initiated Logout 1.0. Auth0 asks the person if the request has no ID token; the sandbox does not.
  app.get<Query>("/oidc/logout", options, (request, reply) => {
    const { id_token_hint, client_id, post_logout_redirect_uri: uri, state: stateValue } = request.query;
    const clientId = client_id ?? clientOf(id_token_hint);
    requireLogoutUrl("post_logout_redirect_uri", uri, allowedBy(state, clientId));
    sessions.end(request, reply);
    if (uri === undefined) return leave(reply, undefined);
    const url = new URL(uri);
    if (stateValue !== undefined) url.searchParams.set("state", stateValue);
    return leave(reply, url.href);
  });
}

const leave = (reply: FastifyReply, url: string | undefined) =>
  url === undefined ? sendPage(reply, messagePage("You are logged out")) : reply.redirect(url);

const find = ({ applications }: State, clientId: string | undefined): Application | undefined =>
  applications.find(({ client_id }) => client_id === clientId);

function allowedBy(state: State, clientId: string | undefined): string[] {
  const client = find(state, clientId);
  return client ? urlsOf(client, "allowed_logout_urls") : [];
}

const firstLogoutUrl = (state: State, clientId: string | undefined) => allowedBy(state, clientId)[0];

/** It only names the client: whose URLs are listed is checked against the list. */
function clientOf(idToken: string | undefined): string | undefined {
  if (idToken === undefined) return undefined;
  try {
    return [decodeJwt(idToken).aud].flat()[0];
  } catch {
    throw new OAuthError("invalid_request", "Invalid id_token_hint");
  }
}

function requireLogoutUrl(parameter: string, url: string | undefined, allowed: readonly string[]): void {
  if (url === undefined || isLogoutUrl(url, allowed)) return;
  const description = `The "${parameter}" parameter "${url}" is not defined as a valid URL in "Allowed Logout URLs".`;
  throw new OAuthError("invalid_request", description);
}
