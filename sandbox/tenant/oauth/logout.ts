// The logouts: they end the browser's session, and return to a URL that the application has listed. Refresh tokens live
// on, as at Auth0.
import type { FastifyInstance, FastifyReply } from "fastify";
import { decodeJwt } from "jose";
import { OAuthError } from "../errors.ts";
import type { State } from "../tenant-state.ts";
import { isListed, urlsOf } from "./application-urls.ts";
import { parameters } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { messagePage, sendPage } from "./pages.ts";

type Query = { Querystring: Parameters };
const options = { schema: { querystring: parameters } };

export function registerLogout(app: FastifyInstance, { state, sessions }: OAuthContext): void {
  // Auth0 docs, "Redirect Users After Logout".
  app.get<Query>("/v2/logout", options, (request, reply) => {
    const { client_id, returnTo } = request.query;
    // The same page: the query and the fragment do not count.
    const isAllowed = (url: string) => isListed(bare(url), allowedBy(state, client_id).map(bare));
    if (returnTo !== undefined && !(isAllowed(returnTo) && URL.canParse(returnTo))) {
      throw refused(`"returnTo" querystring parameter "${returnTo}"`);
    }
    sessions.end(request, reply);
    const first = client_id === undefined ? undefined : allowedBy(state, client_id)[0];
    return leave(reply, returnTo === undefined ? first : new URL(returnTo).href);
  });

  // OpenID Connect RP-Initiated Logout 1.0. Auth0 asks the person if the request has no ID token; the sandbox does not.
  app.get<Query>("/oidc/logout", options, (request, reply) => {
    const { id_token_hint, client_id, post_logout_redirect_uri: uri, state: stateValue } = request.query;
    const clientId = client_id ?? clientOf(id_token_hint);
    if (uri !== undefined && !(isListed(uri, allowedBy(state, clientId)) && URL.canParse(uri))) {
      throw refused(`"post_logout_redirect_uri" parameter "${uri}"`);
    }
    sessions.end(request, reply);
    if (uri === undefined) return leave(reply, undefined);
    const url = new URL(uri);
    if (stateValue !== undefined) url.searchParams.set("state", stateValue);
    return leave(reply, url.href);
  });
}

const leave = (reply: FastifyReply, url: string | undefined) =>
  url === undefined ? sendPage(reply, messagePage("You are logged out")) : reply.redirect(url);

const bare = (url: string) => url.replace(/[?#].*/s, "");

/** The application's or, without one, the tenant's. */
function allowedBy(state: State, clientId: string | undefined): string[] {
  if (clientId === undefined) return state.settings?.allowed_logout_urls ?? [];
  const client = state.applications.find(({ client_id }) => client_id === clientId);
  return client ? urlsOf(client, "allowed_logout_urls") : [];
}

/** It only names the client: whose URLs are listed is checked against the list. */
function clientOf(idToken: string | undefined): string | undefined {
  if (idToken === undefined) return undefined;
  try {
    return [decodeJwt(idToken).aud].flat()[0];
  } catch {
    throw new OAuthError("invalid_request", "Invalid id_token_hint");
  }
}

const refused = (what: string) =>
  new OAuthError("invalid_request", `The ${what} is not defined as a valid URL in "Allowed Logout URLs".`);
