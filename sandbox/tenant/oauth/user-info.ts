// /userinfo: the claims of the last login, for who has its access token. They include the custom claims that the
// Actions set (Auth0 docs, "Create Custom Claims").
import type { FastifyInstance, FastifyRequest } from "fastify";
import { OAuthError } from "../errors.ts";
import { bearerToken } from "../requests.ts";
import type { OAuthContext } from "./oauth-context.ts";

export function registerUserInfo(app: FastifyInstance, { issuer: issuerOf, signingKey, userInfo }: OAuthContext): void {
  const config = { cors: true };
  const userInfoOf = async ({ headers }: FastifyRequest) => {
    const issuer = issuerOf();
    const token = bearerToken(headers) ?? "";
    const { sub = "" } = await signingKey.verify(token, { issuer, audience: `${issuer}userinfo` }).catch(() => {
      throw new OAuthError("invalid_token", "Unauthorized", 401);
    });
    return userInfo.get(sub) ?? { sub };
  };
  // By GET or POST (OpenID Connect Core, section 5.3.1).
  app.get("/userinfo", { config }, userInfoOf);
  app.post("/userinfo", { config }, userInfoOf);
}
