// /oauth/revoke: ends a refresh token with its family (Auth0 docs, "Revoke Refresh Tokens"; RFC 7009).
import type { FastifyInstance } from "fastify";
import { OAuthError } from "../errors.ts";
import { authenticateClient, readCredentials } from "./client-authentication.ts";
import { parameters } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";

export function registerRevocation(app: FastifyInstance, context: OAuthContext): void {
  const options = { schema: { body: parameters }, config: { cors: true } };
  app.post<{ Body: Parameters }>("/oauth/revoke", options, ({ headers, body }, reply) => {
    const { token } = body;
    const given = readCredentials(context, headers, body);
    if (token === undefined || given.clientId === "") {
      throw new OAuthError("invalid_request", "Missing required parameter: client_id or token");
    }
    context.refreshTokens.revoke(token, authenticateClient(context, given).client_id);
    return reply.send();
  });
}
