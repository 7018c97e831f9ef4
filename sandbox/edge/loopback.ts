// Servers that only this machine reaches, and clients that reach them under the names that they have elsewhere.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, buildConnector } from "undici";

/** Listens on a free port of the loopback address, and returns the port. */
export const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

/** Closes the server without waiting for its clients. */
export const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/**
 * Connects to this machine under any name that has a port here. No other name resolves, and only one certificate
 * authority is trusted.
 *
 * @param portOf undefined if the name does not resolve
 */
export function loopbackAgent(ca: string, portOf: (host: string, secure: boolean) => number | undefined): Agent {
  const connect = buildConnector({ ca });
  return new Agent({
    connect: ({ hostname, servername, ...target }, callback) => {
      const port = portOf(hostname, target.protocol === "https:");
      if (port === undefined) {
        callback(new Error(`getaddrinfo ENOTFOUND ${hostname}`), null);
        return;
      }
      const local = { hostname: "127.0.0.1", port: String(port), servername: servername ?? hostname };
      connect({ ...target, ...local }, callback);
    },
  });
}
