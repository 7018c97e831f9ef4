// Calls of browsers' pages at other origins (CORS), for the endpoints that a single-page application calls.
import type { FastifyInstance } from "fastify";
import type { State } from "../tenant-state.ts";
import { mayCall } from "./application-urls.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Pages of the applications' origins may call the route by fetch. */
    cors?: boolean;
  }
}

/** Adds hooks to the routes that are registered after this call, and a preflight's response to those with `cors`. */
export function answerCors(app: FastifyInstance, { applications }: State): void {
  app.addHook("onRoute", ({ url, config, method }) => {
    if (config?.cors !== true || [method].flat().includes("OPTIONS") || app.hasRoute({ method: "OPTIONS", url }))
      return;
    app.options(url, { config }, ({ headers }, reply) => {
      const asked = headers["access-control-request-headers"];
      if (asked !== undefined) reply.header("access-control-allow-headers", asked);
      return reply
        .header("access-control-allow-methods", "GET, PATCH, POST")
        .header("access-control-max-age", 600)
        .code(204)
        .send();
    });
  });

  // A preflight does not say which application asks, so the lists of all count.
  app.addHook("onRequest", (request, reply, done) => {
    if (request.routeOptions.config.cors) {
      reply.header("vary", "Origin");
      const { origin } = request.headers;
      if (origin !== undefined && applications.some((application) => mayCall(origin, application))) {
        reply.header("access-control-allow-origin", origin);
      }
    }
    done();
  });
}
