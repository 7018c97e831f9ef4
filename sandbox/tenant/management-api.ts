// The frame of the Management API: the rate limit, bearer tokens, scopes. The resources are in files of their own.
import type { FastifyPluginCallback } from "fastify";
import { registerActions } from "./actions.ts";
import { registerBindings } from "./bindings.ts";
import { registerConnections } from "./connections.ts";
import { ManagementApiError } from "./errors.ts";
import { tooManyRequests } from "./rate-limit.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { requireScope } from "./requests.ts";
import type { SigningKey } from "./signing-key.ts";
import type { State } from "./tenant-state.ts";
import { registerUsers } from "./users.ts";

/** What the tenant grants to its first machine-to-machine client: every scope that a route asks for. */
export const managementScopes = [
  ...["create", "read", "update", "delete"].flatMap((verb) =>
    ["actions", "connections", "users"].map((resource) => `${verb}:${resource}`),
  ),
  "read:connections_options",
  "update:connections_options",
] as const;

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route needs any of these. */
    scopes?: readonly string[];
  }
  interface FastifyRequest {
    /** The scopes of the request's access token. */
    tokenScopes: ReadonlySet<string>;
  }
}

export const managementAudience = (host: string) => `https://${host}/api/v2/`;

export interface ManagementApiOptions {
  readonly state: State;
  readonly signingKey: SigningKey;
  readonly rateLimiter: RateLimiter;
  readonly buildFails: (action: string) => boolean;
}

/** The plugin that is registered under /api/v2. */
export function managementApi(options: ManagementApiOptions): FastifyPluginCallback {
  const { state, signingKey, rateLimiter, buildFails } = options;
  return (api, _options, done) => {
    api.decorateRequest("tokenScopes");

    // Auth0 docs, "Management API Access Tokens" and "Management API Error Codes".
    api.addHook("onRequest", async (request, reply) => {
      const { granted, headers } = rateLimiter.take();
      reply.headers(headers);
      if (!granted) throw tooManyRequests();
      const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
      if (bearer === undefined) throw new ManagementApiError(401, "Missing authentication");
      const expected = { issuer: `https://${request.host}/`, audience: managementAudience(request.host) };
      const { scope } = await signingKey.verify(bearer, expected).catch(() => {
        throw new ManagementApiError(401, "Invalid token");
      });
      request.tokenScopes = new Set(typeof scope === "string" ? scope.split(" ") : []);
      const { scopes = [] } = request.routeOptions.config;
      if (scopes.length > 0) requireScope(request.tokenScopes, scopes);
    });

    registerActions(api, state, buildFails);
    registerBindings(api, state);
    registerConnections(api, state);
    registerUsers(api, state);
    done();
  };
}
