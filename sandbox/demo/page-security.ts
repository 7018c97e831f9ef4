// Who may call the demo's server, and what its pages may load.
import type { FastifyInstance } from "fastify";
import { RefusedCallError } from "./refused-call.ts";

/**
 * Refuses what does not come from this server's own pages: a page elsewhere that reaches this port by DNS rebinding
 * sends its own host name, and one that posts to it sends its own origin.
 */
export function refuseOtherSites(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ method, headers, socket }) => {
    const host = `localhost:${socket.localPort}`;
    if (headers.host !== host) throw new RefusedCallError(421, "This host is not served here.");
    if (method === "GET" || method === "HEAD") return;
    const site = headers["sec-fetch-site"] ?? "same-origin";
    if (headers.origin !== `http://${host}` || site !== "same-origin")
      throw new RefusedCallError(403, "Only a page of this demo may change something.");
  });
}

/** Hosts that write into `picture` where the user has none in the store. Their pictures are drawn. */
const pictureHosts = [
  "https://s.gravatar.com",
  "https://cdn.auth0.com",
  "https://lh3.googleusercontent.com",
  "https://avatars.githubusercontent.com",
];

/** @param tenantOrigin where the page gets its tokens, and where it is signed in without being left */
export function pageHeaders(tenantOrigin: string, pictureBaseUrl: string): Readonly<Record<string, string>> {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "worker-src": "'self'",
    // The service worker answers in the place of these hosts, and Firefox then asks for 'self'.
    "img-src": ["'self'", new URL(pictureBaseUrl).origin, ...pictureHosts].join(" "),
    "connect-src": `'self' ${tenantOrigin}`,
    "frame-src": tenantOrigin,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map((directive) => directive.join(" "))
      .join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
  };
}
