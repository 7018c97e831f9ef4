// The retries of the auth0 provider (terraform-provider-auth0 v1.53, go-auth0 v1.45), around any fetch.
import { setTimeout as sleep } from "node:timers/promises";

const retriedStatuses = [500, 502, 503, 504, 524];
const mostRetries = 3;

/**
 * Milliseconds to wait before a call is made again; undefined where it is not. 429 is retried without limit, when `X-RateLimit-Reset` (epoch
 * seconds) says, or after 5 s where it says nothing; server and network errors three times, with jitter.
 *
 * @param answer undefined where the network failed
 * @param failures how often it has failed before, 429 not counted
 */
export function retryDelay(
  answer: Pick<Response, "status" | "headers"> | undefined,
  failures: number,
): number | undefined {
  if (answer?.status === 429) {
    const reset = Number(answer.headers.get("x-ratelimit-reset"));
    // A clock that is ahead of Auth0's would make it ask at once, again and again; one that is behind, wait for long.
    return reset > 0 ? Math.min(60_000, Math.max(100, reset * 1000 - Date.now())) : 5000;
  }
  const isRetried = answer === undefined || retriedStatuses.includes(answer.status);
  return isRetried && failures < mostRetries ? Math.random() * 500 * 2 ** failures : undefined;
}

/**
 * Writes are retried too. Every body here is text, so it can be sent again.
 *
 * @param onRateLimit is called before each wait for the rate limit
 */
export function retryingFetch(fetchOnce: typeof fetch, onRateLimit: () => void = () => undefined): typeof fetch {
  return async (input, init) => {
    for (let failures = 0; ;) {
      const response = await fetchOnce(input, init).catch((error: unknown) => {
        if (init?.signal?.aborted || retryDelay(undefined, failures) === undefined) throw error;
        return undefined;
      });
      const delay = retryDelay(response, failures);
      if (response && delay === undefined) return response;
      await response?.body?.cancel();
      if (response?.status === 429) onRateLimit();
      else failures++;
      await sleep(delay);
    }
  };
}
