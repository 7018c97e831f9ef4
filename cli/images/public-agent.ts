// Connects to hosts of the public internet, and to no other.
import type { LookupAddress } from "node:dns";
import { lookup as lookUp } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { PictureSourceError } from "./picture-source.ts";
import { isPublicAddress } from "./public-address.ts";

/** How hosts are found and reached. */
export interface PictureNetwork {
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  /** Where a connection to a public address goes. @default there */
  readonly route?: (address: LookupAddress) => LookupAddress;
  /** @default 443 */
  readonly port?: number;
  /** Certificate authorities, as PEM. @default Node's own */
  readonly ca?: string;
}

export const internet: PictureNetwork = { resolve: (host) => lookUp(host, { all: true }) };

export interface ConnectionLimits {
  /** To resolve, to connect and to agree on TLS, in milliseconds. */
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly silence: number;
}

/**
 * It does not go through a proxy, whatever HTTPS_PROXY says: a proxy resolves the host itself, so that nothing here
 * would know which address is asked, and a proxy can often reach more of a private network than this computer.
 */
export function connectOnlyToPublic(network: PictureNetwork, limits: ConnectionLimits): Agent {
  const { resolve, route = (address) => address, port = 443, ca } = network;
  // What was checked is what is connected to: there is no second resolution that could say something else.
  const lookup: LookupFunction = (host, options, done) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        const other = addresses.find(({ address }) => !isPublicAddress(address));
        if (first === undefined) done(notFound(host), "");
        else if (other) done(notPublic(host, other), "");
        else if (options.all) done(null, addresses.map(route));
        else done(null, route(first).address, route(first).family);
      },
      (error: unknown) => done(error as NodeJS.ErrnoException, ""),
    );
  };
  const connect = buildConnector({
    lookup,
    timeout: limits.connect,
    allowH2: false,
    ...(ca !== undefined && { ca }),
  });
  return new Agent({
    connect: (options, done) => connect({ ...options, port: String(port) }, done),
    // A connection for each request: one that is kept may be closed by its host while the next request is on its way.
    pipelining: 0,
    headersTimeout: limits.headers,
    bodyTimeout: limits.silence,
  });
}

function notFound(host: string): PictureSourceError {
  return new PictureSourceError(`The host ${host} has no address; it must have a public one.`, { isGone: true });
}

/** One is enough: which of them is asked is not for this side to choose. */
function notPublic(host: string, { address }: LookupAddress): PictureSourceError {
  return new PictureSourceError(
    `The host ${host} has the address ${address}, which is not public; only such are asked.`,
  );
}
