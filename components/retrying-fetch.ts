// The retries of the auth0 provider (terraform-provider-auth0 v1.53, go-auth0 v1.45), around any fetch.
import { setTimeout as sleep } from "node:timers/promises";

const retriedStatuses = [500, 502, 503, 504, 524];
const mostRetries = 3;

/**
 * 429 is retried without limit, when `X-RateLimit-Reset` (epoch seconds) says, or after 5 s where it says nothing. Server
 * and network errors are retried three times with jitter, writes too. Every body here is text, so it can be sent again.
 *
 * @param onRateLimit is called before each wait for the rate limit
 */
export function retryingFetch(fetchOnce: typeof fetch, onRateLimit: () => void = () => undefined): typeof fetch {
  return async (input, init) => {
    for (let failures = 0; ;) {
      const response = await fetchOnce(input, init).catch((error: unknown) => {
        if (failures >= mostRetries || init?.signal?.aborted) throw error;
        return undefined;
      });
      if (response?.status === 429) {
        const reset = Number(response.headers.get("x-ratelimit-reset"));
        await response.body?.cancel();
        onRateLimit();
        // A clock that is ahead of Auth0's would make it ask at once, again and again; one that is behind, wait for long.
        await sleep(reset > 0 ? Math.min(60_000, Math.max(100, reset * 1000 - Date.now())) : 5000);
      } else if (response && (failures >= mostRetries || !retriedStatuses.includes(response.status))) {
        return response;
      } else {
        await response?.body?.cancel();
        await sleep(Math.random() * 500 * 2 ** failures++);
      }
    }
  };
}
