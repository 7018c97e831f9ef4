// How often a host of pictures is asked: politely, and not at all for a while once it has said that it is too much.
import { setTimeout as sleep } from "node:timers/promises";
import { PictureSourceError } from "../images/picture-source.ts";

export interface HostPaceOptions {
  /** Between two requests to one host, in milliseconds. @default 50 */
  readonly interval?: number;
  /** After the first refusal in a row, in milliseconds; twice that after each further one. @default 15 s */
  readonly backoff?: number;
}

/** So often in a row a host says that it is too much before it is left alone for the rest of the import. */
const mostRefusals = 6;
const longestBackoff = 5 * 60_000;

/** Google answers so where it is asked too often; another host's 403 is about the picture. */
const refusesBy403 = /(?:^|\.)(?:googleusercontent|ggpht)\.com$/;

export interface HostPace {
  /** How long the host is to be left alone, in milliseconds; 0: not at all; Infinity: for the rest of the import. */
  waitOf(url: string): number;
  /** Waits for the host's next turn, and says what became of the request. @throws what `request` throws */
  ask<Result>(url: string, request: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

interface HostState {
  nextTurn: number;
  blockedUntil: number;
  refusals: number;
}

export function createHostPace({ interval = 50, backoff = 15_000 }: HostPaceOptions = {}): HostPace {
  const hosts = new Map<string, HostState>();
  const stateOf = (url: string): HostState => {
    const { hostname = "" } = URL.parse(url) ?? {};
    const known = hosts.get(hostname) ?? { nextTurn: 0, blockedUntil: 0, refusals: 0 };
    hosts.set(hostname, known);
    return known;
  };
  return {
    waitOf(url) {
      const { blockedUntil, refusals } = stateOf(url);
      return refusals >= mostRefusals ? Infinity : Math.max(0, blockedUntil - performance.now());
    },
    async ask(url, request, signal) {
      const state = stateOf(url);
      const now = performance.now();
      const turn = Math.max(now, state.nextTurn);
      state.nextTurn = turn + interval;
      if (turn > now) await sleep(turn - now, undefined, { signal });
      const asked = performance.now();
      try {
        const result = await request();
        state.refusals = 0;
        return result;
      } catch (error) {
        if (isTooMuch(error, url)) {
          // Those that were under way together are one refusal.
          if (asked >= state.blockedUntil) {
            const wait = Math.max(error.retryAfterMs ?? 0, backoff * 2 ** state.refusals);
            state.refusals += 1;
            state.blockedUntil = performance.now() + Math.min(longestBackoff, wait);
          }
        } else if (error instanceof PictureSourceError && error.status !== undefined) state.refusals = 0;
        throw error;
      }
    },
  };
}

/** Whether the host asks to be left alone for a while. */
export function isTooMuch(error: unknown, url: string): error is PictureSourceError {
  if (!(error instanceof PictureSourceError)) return false;
  const { status } = error;
  return status === 429 || status === 503 || (status === 403 && refusesBy403.test(URL.parse(url)?.hostname ?? ""));
}
