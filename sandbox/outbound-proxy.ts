// An HTTP proxy on the loopback address, through which any program that honours HTTPS_PROXY sees the sandbox's hosts
// under the names that they have elsewhere. Every other name is refused, so nothing leaves this machine.
import { createServer, request as requestOf } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { AwsServices } from "./aws/aws-services.ts";
import type { Edge } from "./edge/edge.ts";
import { listen } from "./edge/loopback.ts";
import type { Tenant } from "./tenant/tenant.ts";

export interface OutboundProxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/** The port of the loopback address that serves a host and port; undefined for what the sandbox does not have. */
type PortOf = (host: string, port: number) => number | undefined;

/** The tenant under its domain, and what AWS serves to everybody: pictures, and HTTP APIs. */
export function sandboxHosts(parts: {
  tenant: Pick<Tenant, "domain">;
  edge: Pick<Edge, "portOf">;
  aws?: Pick<AwsServices, "portOf">;
}): PortOf {
  const { tenant, edge, aws } = parts;
  return (host, port) => {
    if (tenant.domain === `${host}:${port}`) return port;
    if (port !== 443 && port !== 80) return undefined;
    const secure = port === 443;
    return aws?.portOf(host, secure) ?? edge.portOf(host, secure);
  };
}

export async function startOutboundProxy(portOf: PortOf): Promise<OutboundProxy> {
  /** Both ends of each tunnel, which the server knows no more of. */
  const tunnels = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    tunnels.add(socket);
    // Who goes away in the middle harms nobody.
    socket.on("error", () => socket.destroy()).once("close", () => tunnels.delete(socket));
  };

  function open(request: IncomingMessage, client: Duplex, head: Buffer): void {
    keep(client);
    const { host, port } = targetOf(`http://${request.url ?? ""}`) ?? {};
    const local = host === undefined || port === undefined ? undefined : portOf(host, port);
    if (local === undefined) {
      const body = refusal(request.url ?? "");
      const length = `content-length: ${Buffer.byteLength(body)}`;
      client.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n${length}\r\nconnection: close\r\n\r\n${body}`);
      return;
    }
    const server: Socket = connect(local, "127.0.0.1");
    keep(server);
    server.once("connect", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      server.write(head);
      client.pipe(server).pipe(client);
    });
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
  }

  /** Without TLS a proxy gets the request itself, with the whole URL. */
  function pass(request: IncomingMessage, response: ServerResponse): void {
    const { host, port } = targetOf(request.url ?? "") ?? {};
    const local = host === undefined || port === undefined ? undefined : portOf(host, port);
    if (local === undefined) {
      response.writeHead(403, { "content-type": "text/plain" }).end(refusal(request.url ?? ""));
      return;
    }
    const { method, url = "", headers } = request;
    const { pathname, search } = new URL(url);
    const sent = { host: "127.0.0.1", port: local, method, path: pathname + search, headers, agent: false };
    const passed = requestOf(sent, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once("error", () => response.destroy());
    response.once("close", () => passed.destroy());
    request.pipe(passed);
  }

  const server = createServer(pass).on("connect", open);
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of tunnels) socket.destroy();
      }),
  };
}

/** Of `http://host:port/…`; undefined for what is none. */
function targetOf(text: string): { host: string; port: number } | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== "http:") return undefined;
  return { host: url.hostname.replace(/\.$/, ""), port: Number(url.port || 80) };
}

const refusal = (name: string) => `${name} is not in the sandbox, and nothing leaves this machine.\n`;
