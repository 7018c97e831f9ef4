// The tenant's metadata as an OpenID provider (OpenID Connect Discovery 1.0), and its keys.
import type { FastifyInstance } from "fastify";
import type { OAuthContext } from "./oauth-context.ts";

export function registerDiscovery(app: FastifyInstance, { issuer: issuerOf, signingKey }: OAuthContext): void {
  const config = { cors: true };
  app.get("/.well-known/openid-configuration", { config }, () => {
    const issuer = issuerOf();
    return {
      issuer,
      authorization_endpoint: `${issuer}authorize`,
      token_endpoint: `${issuer}oauth/token`,
      userinfo_endpoint: `${issuer}userinfo`,
      jwks_uri: `${issuer}.well-known/jwks.json`,
      revocation_endpoint: `${issuer}oauth/revoke`,
      end_session_endpoint: `${issuer}oidc/logout`,
      response_types_supported: ["code"],
      response_modes_supported: ["query", "form_post", "web_message"],
      grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      subject_types_supported: ["public"],
      scopes_supported: ["openid", "profile", "offline_access", "email", "address", "phone"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
      token_endpoint_auth_signing_alg_values_supported: ["RS256", "RS384", "PS256"],
    };
  });
  app.get("/.well-known/jwks.json", { config }, () => signingKey.jwks);
}
