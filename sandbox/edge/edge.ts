// The sandbox's AWS edge: S3 and CloudFront for the resource types of the picture store. The provider stand-in writes
// to it; viewers get its content over real HTTP and HTTPS on the loopback address, under the distribution's own name.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "node:tls";
import { fetch } from "undici";
import { newCache } from "./cache.ts";
import type { Clock } from "./cache.ts";
import { errorPage, respondToViewer } from "./cloudfront.ts";
import { controlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import { hasCertificate, resolves } from "./domains.ts";
import { openStore } from "./edge-store.ts";
import { close, listen, loopbackAgent } from "./loopback.ts";

export interface Edge {
  /** The API operations of the AWS services. */
  readonly controlPlane: ControlPlane;
  /** Ports of the loopback address, for a browser that is told to resolve the distribution's name to 127.0.0.1. */
  readonly ports: { readonly http: number; readonly https: number };
  /** The one of these ports that a distribution's name, or an alias of one, leads to; undefined for other names. */
  portOf(host: string, secure: boolean): number | undefined;
  /**
   * Sends a request to a distribution: to its own name, such as `https://d111111abcdef8.cloudfront.net/d/….png`, or to
   * an alias that a DNS record leads to it. No other name resolves, and only the sandbox's certificate authority is
   * trusted.
   */
  fetch(url: string, init?: EdgeRequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface EdgeRequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: "follow" | "manual" | "error";
  /** The viewer's country (ISO 3166-1 alpha-2). @default unknown */
  readonly country?: string;
}

/** The header that carries `EdgeRequestInit.country`. */
const countryHeader = "x-sandbox-viewer-country";

/**
 * @param options.folder keeps the edge's state; created if missing
 * @param options.certificate PEM; `cert` covers `*.cloudfront.net`, and `ca` signed it
 * @param options.clock the clock of CloudFront's cache; without one it does not cache
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
    try {
      const viewed = respondToViewer({ store, cache }, { ...viewer, ...(typeof country === "string" && { country }) });
      const length = viewed.status === 304 ? {} : { "content-length": String(Buffer.byteLength(viewed.body)) };
      response.writeHead(viewed.status, { ...viewed.headers, ...length }).end(viewed.body);
    } catch {
      // Such as an object's file that somebody has removed: of all requests, only this one fails.
      const { status, headers: shown, body } = errorPage(500, "The sandbox's edge failed.");
      response.writeHead(status, shown).end(body);
    }
  };
  // Here one certificate serves all names. CloudFront uses its own for its names, and the distribution's for each
  // alias.
  const context = createSecureContext({ key, cert });
  const SNICallback: TlsOptions["SNICallback"] = (host, done) =>
    hasCertificate(store.state, host) ? done(null, context) : done(new Error(`no certificate for ${host}`));
  const servers = [createServer(listener(false)), createTlsServer({ key, cert, SNICallback }, listener(true))] as const;
  for (const server of servers) server.on("clientError", refuseMalformed);
  const [http, https] = await Promise.all(servers.map(listen));
  if (http === undefined || https === undefined) throw new Error("The edge has no port");

  const portOf = (host: string, secure: boolean) => {
    if (!resolves(store.state, host)) return undefined;
    return secure ? https : http;
  };
  const agent = loopbackAgent(ca, portOf);
  return {
    controlPlane: controlPlane(store, cache),
    ports: { http, https },
    portOf,
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

/** CloudFront docs, "Quotas": a URL has at most 8,192 bytes; a longer one, and what is no HTTP, is a bad request. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const { status, headers, body } = errorPage(error.code === "HPE_HEADER_OVERFLOW" ? 413 : 400, "Bad request.");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const length = `content-length: ${Buffer.byteLength(body)}`;
  socket.end([`HTTP/1.1 ${status} Bad Request`, ...lines, length, "connection: close", "", body].join("\r\n"));
}
