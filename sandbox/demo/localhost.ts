// A port of localhost, by both addresses that a browser may take for it: else another server could have the one that
// the browser prefers.
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { close } from "../edge/loopback.ts";
import { hasErrorCode } from "../private-file.ts";

/** Cookies of localhost are sent to each of its ports: a developer may have more than Node's default of 16 KiB. */
export const maxHeaderSize = 64 * 1024;

/**
 * @param port 0 takes any free one
 * @returns the origin, `http://localhost:PORT`
 * @throws Error with the code EADDRINUSE if another server has the port
 */
export async function listenOnLocalhost(app: FastifyInstance, port: number): Promise<string> {
  const second = createServer({ maxHeaderSize }, (request, response) => app.routing(request, response));
  app.addHook("onClose", () => close(second));
  const url = new URL(await app.listen({ host: "127.0.0.1", port }));
  await listenOnIpv6(second, Number(url.port));
  return `http://localhost:${url.port}`;
}

/** @throws Error with the code EADDRINUSE if another server has the port */
export async function assertPortIsFree(port: number): Promise<void> {
  const first = createServer();
  const second = createServer();
  try {
    await new Promise<void>((resolve, reject) => first.once("error", reject).listen(port, "127.0.0.1", resolve));
    await listenOnIpv6(second, port);
  } finally {
    await Promise.all([first, second].map(close));
  }
}

/** Resolves without listening where there is no IPv6. */
const listenOnIpv6 = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (hasErrorCode(error, "EADDRNOTAVAIL") || hasErrorCode(error, "EAFNOSUPPORT")) resolve();
      else reject(error);
    });
    server.listen(port, "::1", resolve);
  });
