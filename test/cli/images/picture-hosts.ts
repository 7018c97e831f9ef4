// Hosts of pictures, as the internet has them: real TLS servers on this machine, found by a resolver of the test's, at
// public addresses.
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPictureRequests } from "../../../cli/images/picture-requests.ts";
import type { PictureRequests, RequestLimits } from "../../../cli/images/picture-requests.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";

export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

export interface PictureHosts {
  /** By path, such as `/a.png`. */
  readonly paths: Map<string, Respond>;
  /** By host: the addresses of the first resolution, of the second, … the last one's stay. Others have `address`. */
  readonly records: Map<string, readonly (readonly string[])[]>;
  /** What was asked of the resolver. */
  readonly resolved: string[];
  /** Where a connection was made to. */
  readonly connected: string[];
  /** What arrived. */
  readonly received: IncomingMessage[];
  readonly requests: PictureRequests;
  /** With other limits. @returns what `close` closes too */
  requestsWith(limits: Partial<RequestLimits>): PictureRequests;
  /** Whose every connection has ended. */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
}

/** Public, and of nobody here. */
export const address = "93.184.215.14";
const pictureHosts = ["pictures.example", "*.pictures.example"];

/** @param hosts that the servers have a certificate for */
export async function openPictureHosts(hosts: readonly string[] = pictureHosts): Promise<PictureHosts> {
  const folder = mkdtempSync(join(tmpdir(), "picture-hosts-"));
  const { key, cert, ca } = await obtainCertificate(folder, hosts);
  const paths = new Map<string, Respond>();
  const records = new Map<string, readonly (readonly string[])[]>();
  const [resolved, connected, received]: [string[], string[], IncomingMessage[]] = [[], [], []];
  const server = createServer({ key, cert }, (request, response) => {
    received.push(request);
    const respond = paths.get(request.url ?? "");
    if (respond) respond(request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const opened: PictureRequests[] = [];
  const requestsWith = (limits: Partial<RequestLimits>) => {
    const requests = openPictureRequests(
      {
        async resolve(host) {
          const all = records.get(host) ?? [[address]];
          const index = resolved.filter((one) => one === host).length;
          resolved.push(host);
          return (all[Math.min(index, all.length - 1)] ?? []).map((one) => ({
            address: one,
            family: one.includes(":") ? 6 : 4,
          }));
        },
        route({ address }: LookupAddress) {
          connected.push(address);
          return { address: "127.0.0.1", family: 4 };
        },
        port: (server.address() as AddressInfo).port,
        ca,
      },
      limits,
    );
    opened.push(requests);
    return requests;
  };
  return {
    ...{ paths, records, resolved, connected, received, requestsWith },
    requests: requestsWith({}),
    async whenIdle() {
      // One that the client has reset ends with an error first.
      const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));
      await Promise.all(received.flatMap(({ socket }) => (socket.destroyed ? [] : [closed(socket)])));
    },
    async close() {
      await Promise.all(opened.map((requests) => requests.close()));
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(folder, { recursive: true });
    },
  };
}
