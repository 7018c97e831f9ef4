// What all routes of the Management API share: the rate limit, bearer tokens, scopes. Each resource has a file of its
// own.
import type { FastifyPluginCallback } from "fastify";
import { errors } from "jose";
import { registerActions } from "./actions.ts";
import { registerBindings } from "./bindings.ts";
import type { Builds } from "./builds.ts";
import { registerClientCredentials } from "./client-credentials.ts";
import { registerClientGrants } from "./client-grants.ts";
import { registerClients } from "./clients.ts";
import { registerConnectionParts } from "./connection-parts.ts";
import { registerConnections } from "./connections.ts";
import { ManagementApiError, expiredToken } from "./errors.ts";
import type { EventDelivery } from "./event-delivery.ts";
import { registerEventStreams } from "./event-streams.ts";
import { registerIdentities } from "./identities.ts";
import { registerJobs } from "./jobs/job-routes.ts";
import type { Jobs } from "./jobs/jobs.ts";
import { managementAudience } from "./management-scopes.ts";
import { registerOrganizations } from "./organizations.ts";
import { tooManyRequests } from "./rate-limit.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { bearerToken, requireScope } from "./requests.ts";
import { registerResourceServers } from "./resource-servers.ts";
import type { SigningKey } from "./signing-key.ts";
import { registerTenantSettings } from "./tenant-settings.ts";
import type { State } from "./tenant-state.ts";
import { registerUsers } from "./users.ts";
import type { UserIndex } from "./users.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route needs one of these scopes. */
    scopes?: readonly string[];
  }
  interface FastifyRequest {
    /** The scopes of the request's access token. */
    tokenScopes: ReadonlySet<string>;
  }
}

export interface ManagementApiOptions {
  readonly state: State;
  readonly signingKey: SigningKey;
  readonly rateLimiter: RateLimiter;
  readonly builds: Builds;
  readonly userIndex: UserIndex;
  readonly jobs: Jobs;
  readonly eventDelivery: EventDelivery;
}

/** The plugin for the path /api/v2. */
export function managementApi(options: ManagementApiOptions): FastifyPluginCallback {
  const { state, signingKey, rateLimiter, builds, userIndex, jobs, eventDelivery } = options;
  return (api, _options, done) => {
    api.decorateRequest("tokenScopes");

    // Auth0 docs, "Management API Access Tokens" and "Management API Error Codes".
    api.addHook("onRequest", async (request, reply) => {
      const { granted, headers } = rateLimiter.take();
      reply.headers(headers);
      if (!granted) throw tooManyRequests();
      const token = bearerToken(request.headers);
      if (token === undefined) throw new ManagementApiError(401, "Missing authentication");
      const expected = { issuer: `https://${request.host}/`, audience: managementAudience(request.host) };
      const { scope } = await signingKey.verify(token, expected).catch((error: unknown) => {
        throw error instanceof errors.JWTExpired ? expiredToken() : new ManagementApiError(401, "Invalid token");
      });
      request.tokenScopes = new Set(typeof scope === "string" ? scope.split(" ") : []);
      const { scopes = [] } = request.routeOptions.config;
      if (scopes.length > 0) requireScope(request.tokenScopes, scopes);
    });

    registerActions(api, state, builds);
    registerBindings(api, state);
    registerConnections(api, state);
    registerClients(api, state);
    registerClientCredentials(api, state);
    registerConnectionParts(api, state);
    registerUsers(api, state, userIndex);
    registerIdentities(api, state);
    registerJobs(api, state, jobs);
    registerOrganizations(api, state);
    registerResourceServers(api, state);
    registerClientGrants(api, state);
    registerEventStreams(api, state, eventDelivery);
    registerTenantSettings(api, state);
    done();
  };
}
