// Asks for what is at a URL that a user, a table or an identity provider names: public hosts only, by https.
import { request } from "undici";
import type { Dispatcher } from "undici";
import { acceptAnswer, answerFailure, textOf } from "./picture-answer.ts";
import type { PictureAnswer } from "./picture-answer.ts";
import { PictureSourceError } from "./picture-source.ts";
import { checkPictureUrl } from "./picture-url.ts";
import { connectOnlyToPublic, internet } from "./public-agent.ts";
import type { ConnectionLimits, PictureNetwork } from "./public-agent.ts";

export interface AskOptions {
  /** Its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Asked of the URL's host, and of each that it redirects to. @default every host */
  readonly isAllowedHost?: (host: string) => boolean;
}

export interface RequestLimits extends ConnectionLimits {
  readonly maxRedirects: number;
  /** Of all together, in milliseconds. */
  readonly total: number;
}

const standardLimits: RequestLimits = {
  maxRedirects: 3,
  total: 60_000,
  connect: 10_000,
  headers: 15_000,
  silence: 15_000,
};

export interface PictureRequests {
  /**
   * @param use what is left of the answer when it ends is not read
   * @throws PictureSourceError
   */
  ask<Result>(url: string, options: AskOptions, use: (answer: PictureAnswer) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const redirectCodes = new Set([301, 302, 303, 307, 308]);

/** Nothing else goes along: no cookie, no referrer. A compressed body could be of any size when it is unpacked. */
const headers = {
  accept: "image/webp, image/jpeg, image/png, image/gif, image/*;q=0.5",
  "accept-encoding": "identity",
  "user-agent": "auth0-user-pictures-cli",
};

/** @param network another than the internet is for tests: no option and no variable of the command line leads here */
export function openPictureRequests(network: PictureNetwork, changed: Partial<RequestLimits> = {}): PictureRequests {
  const limits = { ...standardLimits, ...changed };
  const dispatcher = connectOnlyToPublic(network, limits);
  return {
    async ask(text, { signal, isAllowedHost = () => true }, use) {
      signal?.throwIfAborted();
      const timeout = AbortSignal.timeout(limits.total);
      const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
      let url = checkPictureUrl(text);
      try {
        for (let hops = 0; ; hops += 1) {
          if (!isAllowedHost(url.hostname))
            throw new PictureSourceError(`The host ${url.hostname} is none of those that may be asked.`);
          const response = await request(url, { dispatcher, headers, signal: either });
          try {
            if (!redirectCodes.has(response.statusCode)) return await use(acceptAnswer(response, url));
            url = redirected(response, url, hops, limits.maxRedirects);
          } finally {
            // Closes the connection, whatever is still to come.
            response.body.on("error", () => undefined).destroy();
          }
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (timeout.aborted && !(error instanceof PictureSourceError))
          throw new PictureSourceError(
            `The host ${url.hostname} took longer than ${limits.total / 1000} s, the most that a picture may take.`,
            { cause: error },
          );
        throw answerFailure(error, url.hostname);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** It keeps no connection, so it need not be closed. */
export const internetRequests: PictureRequests = openPictureRequests(internet);

function redirected(response: Dispatcher.ResponseData, from: URL, hops: number, maxRedirects: number): URL {
  const status = response.statusCode;
  const refuse = (what: string): never => {
    throw new PictureSourceError(`The host ${from.hostname} redirects ${what}.`, { status });
  };
  if (hops === maxRedirects) refuse(`after ${maxRedirects} redirects, the most that are followed`);
  const location = textOf(response.headers["location"]) ?? refuse("without saying where to");
  try {
    return checkPictureUrl(location, from);
  } catch (error) {
    if (!(error instanceof PictureSourceError)) throw error;
    throw new PictureSourceError(`${error.message} The host ${from.hostname} redirects there.`, { status });
  }
}
