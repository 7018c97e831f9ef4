// The retries of the auth0 provider (terraform-provider-auth0 v1.53, go-auth0 v1.45), around any fetch, or around a
// call that its caller repeats itself.
import { setTimeout as sleep } from "node:timers/promises";

const retriedStatuses = [500, 502, 503, 504, 524];
const mostRetries = 3;

/** In milliseconds: how long a call is made again for the rate limit. No limit of Auth0's is as long as that. */
export const longestRateLimit = 15 * 60_000;

/** What the calls of one process know together of the rate limit. */
export interface SharedLimit {
  /** Is called for each 429. */
  readonly onReached: () => void;
  /** Whether a call was made again in vain for so long, and none has been answered since: then no other waits too. */
  isEndless: boolean;
}

/** What the policy looks at. */
export type Outcome = Pick<Response, "status" | "headers">;

/**
 * The retries of one call. Returns a function that is given each outcome, and undefined where the network failed,
 * and returns how many milliseconds to wait before the call is made again; undefined where it is not made again.
 *
 * 429 is retried when `X-RateLimit-Reset` (epoch seconds) says, or after 5 s where it says nothing, however often, for
 * a quarter of an hour: then it is no limit that passes, and the response is what the caller has to know. Server and
 * network errors are retried three times, with jitter.
 *
 * @param limit is told of each outcome
 */
export function startRetries(limit: SharedLimit): (outcome: Outcome | undefined) => number | undefined {
  let failures = 0;
  let since: number | undefined;
  return (outcome) => {
    if (outcome?.status === 429) {
      limit.onReached();
      const reset = Number(outcome.headers.get("x-ratelimit-reset"));
      // This machine's clock may be ahead of Auth0's, which would mean to ask again and again without a pause, or
      // behind, which would mean to wait for long.
      const delay = reset > 0 ? Math.min(60_000, Math.max(100, reset * 1000 - Date.now())) : 5000;
      const now = performance.now();
      since ??= now;
      limit.isEndless ||= now + delay - since > longestRateLimit;
      return limit.isEndless ? undefined : delay;
    }
    if (outcome !== undefined) limit.isEndless = false;
    const isRetried = outcome === undefined || retriedStatuses.includes(outcome.status);
    return isRetried && failures < mostRetries ? Math.random() * 500 * 2 ** failures++ : undefined;
  };
}

/** Writes are retried too. Every body here is text, so it can be sent again. */
export function retryingFetch(
  fetchOnce: typeof fetch,
  limit: SharedLimit = { onReached: () => undefined, isEndless: false },
): typeof fetch {
  return async (input, init) => {
    const delayAfter = startRetries(limit);
    for (;;) {
      let delay: number | undefined;
      const response = await fetchOnce(input, init).catch((error: unknown) => {
        delay = init?.signal?.aborted ? undefined : delayAfter(undefined);
        if (delay === undefined) throw error;
        return undefined;
      });
      if (response !== undefined) {
        delay = delayAfter(response);
        if (delay === undefined) return response;
        await response.body?.cancel();
      }
      await sleep(delay);
    }
  };
}
