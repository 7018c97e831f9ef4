// The sandbox's AWS edge: S3 and CloudFront for the resource types of the picture store, fed by the provider stand-in, and
// served over real HTTP and HTTPS on loopback under the distribution's own name.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "node:tls";
import { Agent, buildConnector, fetch } from "undici";
import { newCache } from "./cache.ts";
import type { Clock } from "./cache.ts";
import { answerViewer } from "./cloudfront.ts";
import { controlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import { hasCertificate, resolves } from "./domains.ts";
import { openStore } from "./edge-state.ts";

export interface Edge {
  /** S3's and CloudFront's API operations. */
  readonly controlPlane: ControlPlane;
  /** Loopback ports, for a browser that is told to resolve the distribution's name to 127.0.0.1. */
  readonly ports: { readonly http: number; readonly https: number };
  /**
   * A request to a distribution by its own URL, as `https://d111111abcdef8.cloudfront.net/d/….png`, or by an alias that a DNS record leads to
   * it: other names do not resolve, only the sandbox's certificate authority is trusted, redirects are followed unless told otherwise.
   */
  fetch(url: string, init?: EdgeRequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface EdgeRequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: "follow" | "manual" | "error";
  /** Where the viewer is, ISO 3166-1 alpha-2. @default it cannot be told */
  readonly country?: string;
}

/** Carries `EdgeRequestInit.country`. */
const countryHeader = "x-sandbox-viewer-country";

/**
 * @param options.folder holds the edge's state, which survives a restart; made if missing
 * @param options.certificate PEM; `cert` covers `*.cloudfront.net`, `ca` signed it
 * @param options.clock with one, CloudFront caches by it; without, it asks the origin each time
 */
export async function startEdge(options: {
  folder: string;
  certificate: { key: string; cert: string; ca: string };
  clock?: Clock;
}): Promise<Edge> {
  const { key, cert, ca } = options.certificate;
  const store = openStore(options.folder);
  const cache = options.clock && newCache(options.clock);
  const listener = (secure: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url: target = "/", headers } = request;
    const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const country = headers[countryHeader];
    const viewer = { secure, host, method, target, headers };
    const answer = answerViewer({ store, cache }, { ...viewer, ...(typeof country === "string" && { country }) });
    const length = answer.status === 304 ? {} : { "content-length": String(Buffer.byteLength(answer.body)) };
    response.writeHead(answer.status, { ...answer.headers, ...length }).end(answer.body);
  };
  // One certificate serves all names here; CloudFront has one for its own names, and for each alias the distribution's.
  const context = createSecureContext({ key, cert });
  const SNICallback: TlsOptions["SNICallback"] = (host, done) =>
    hasCertificate(store.state, host) ? done(null, context) : done(new Error(`no certificate for ${host}`));
  const servers = [createServer(listener(false)), createTlsServer({ key, cert, SNICallback }, listener(true))] as const;
  const [http, https] = await Promise.all(servers.map(listen));
  if (http === undefined || https === undefined) throw new Error("The edge has no port");

  const connect = buildConnector({ ca });
  const agent = new Agent({
    connect: ({ hostname, servername, ...target }, callback) => {
      if (!resolves(store.state, hostname)) {
        callback(new Error(`getaddrinfo ENOTFOUND ${hostname}`), null);
        return;
      }
      const secure = target.protocol === "https:";
      connect(
        { ...target, hostname: "127.0.0.1", port: String(secure ? https : http), servername: servername ?? hostname },
        callback,
      );
    },
  });
  return {
    controlPlane: controlPlane(store, cache),
    ports: { http, https },
    fetch: (url, { country, headers, ...init } = {}) =>
      fetch(url, {
        ...init,
        headers: { ...headers, ...(country !== undefined && { [countryHeader]: country }) },
        dispatcher: agent,
      }),
    async close() {
      await agent.close();
      await Promise.all(servers.map(close));
    },
  };
}

const listen = (server: Server) =>
  new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
