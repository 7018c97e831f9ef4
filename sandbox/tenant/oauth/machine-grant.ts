// The grant of client credentials: a machine's token for an API, with what its client grant allows (Auth0 docs, "Client
// Credentials Flow" and "Application Access to APIs: Client Grants").
import { OAuthError, notSimulated } from "../errors.ts";
import { managementAudience } from "../management-scopes.ts";
import { authorizeMachine, tokenLifetimeOf } from "../resource-servers.ts";
import { authenticateClient, isSecret } from "./client-authentication.ts";
import type { ClientCredentialsGiven } from "./client-authentication.ts";
import { scopesOf } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { defaultAccessTokenSeconds } from "./tokens.ts";

/** @throws OAuthError if the client is another, or may not call the API */
export async function grantToMachine(
  context: OAuthContext,
  host: string,
  given: ClientCredentialsGiven,
  body: Parameters,
) {
  const { state, signingKey } = context;
  const { audience = "", organization } = body;
  if (organization !== undefined) throw notSimulated("POST", "/oauth/token with an organization, for a machine,");
  const { clientId, scopes, seconds } = authorized();
  const scope = scopes.join(" ");
  const claims = {
    ...{ iss: context.issuer(), sub: `${clientId}@clients`, aud: audience, azp: clientId },
    ...(scope !== "" && { scope }),
    gty: "client-credentials",
  };
  return {
    access_token: await signingKey.sign(claims, seconds, "at+jwt"),
    ...(scope !== "" && { scope }),
    expires_in: seconds,
    token_type: "Bearer",
  };

  function authorized() {
    const own = state.managementClients.find((one) => one.clientId === given.clientId);
    if (own) {
      if (!isSecret(own.clientSecret, given.secret)) throw new OAuthError("access_denied", "Unauthorized", 401);
      if (audience !== managementAudience(host)) {
        throw new OAuthError("access_denied", `Service not found: ${audience}`, 403);
      }
      return { clientId: own.clientId, scopes: own.scopes, seconds: own.tokenSeconds ?? defaultAccessTokenSeconds };
    }
    const client = authenticateClient(context, given);
    const { client_id, grant_types } = client;
    // Auth0 community, "Grant type client_credentials not allowed for the client".
    if (!Array.isArray(grant_types) || !grant_types.includes("client_credentials")) {
      const description = "Grant type 'client_credentials' not allowed for the client.";
      throw new OAuthError("unauthorized_client", description, 403);
    }
    const allowed = authorizeMachine(state, context.issuer(), client, audience);
    const asked = scopesOf(body["scope"] ?? "");
    // Seen in a public gist of a request for a scope that was not granted.
    const missing = asked.filter((one) => !allowed.includes(one));
    if (missing.length > 0) {
      throw new OAuthError("access_denied", `Client has not been granted scopes: ${missing.join(", ")}`, 403);
    }
    const seconds = tokenLifetimeOf(state, context.issuer(), audience) ?? defaultAccessTokenSeconds;
    return { clientId: client_id, scopes: asked.length > 0 ? asked : allowed, seconds };
  }
}
