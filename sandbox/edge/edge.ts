// The sandbox's AWS edge: S3 and CloudFront for the resource types of the picture store, fed by the provider stand-in, and
// served over real HTTP and HTTPS on loopback under the distribution's own name.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Agent, buildConnector, fetch } from "undici";
import { answerViewer } from "./cloudfront.ts";
import { controlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import { openStore } from "./state.ts";

export interface Edge {
  /** S3's and CloudFront's API operations. */
  readonly controlPlane: ControlPlane;
  /** Loopback ports, for a browser that is told to resolve the distribution's name to 127.0.0.1. */
  readonly ports: { readonly http: number; readonly https: number };
  /**
   * A request to a distribution by its own URL, as `https://d111111abcdef8.cloudfront.net/d/….png`: every name resolves to
   * this edge, only the sandbox's certificate authority is trusted, redirects are followed unless told otherwise.
   */
  fetch(url: string, init?: EdgeRequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface EdgeRequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: "follow" | "manual" | "error";
}

/**
 * @param options.folder holds the edge's state, which survives a restart; made if missing
 * @param options.certificate PEM; `cert` covers `*.cloudfront.net`, `ca` signed it
 */
export async function startEdge(options: {
  folder: string;
  certificate: { key: string; cert: string; ca: string };
}): Promise<Edge> {
  const { key, cert, ca } = options.certificate;
  const store = openStore(options.folder);
  const listener = (secure: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url: target = "/", headers } = request;
    const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const answer = answerViewer(store, { secure, host, method, target, headers });
    const length = answer.status === 304 ? {} : { "content-length": String(Buffer.byteLength(answer.body)) };
    response.writeHead(answer.status, { ...answer.headers, ...length }).end(answer.body);
  };
  const servers = [createServer(listener(false)), createTlsServer({ key, cert }, listener(true))] as const;
  const [http, https] = await Promise.all(servers.map(listen));
  if (http === undefined || https === undefined) throw new Error("The edge has no port");

  const connect = buildConnector({ ca });
  const agent = new Agent({
    connect: ({ hostname, servername, ...target }, callback) => {
      const secure = target.protocol === "https:";
      connect(
        { ...target, hostname: "127.0.0.1", port: String(secure ? https : http), servername: servername ?? hostname },
        callback,
      );
    },
  });
  return {
    controlPlane: controlPlane(store),
    ports: { http, https },
    fetch: (url, init) => fetch(url, { ...init, dispatcher: agent }),
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
