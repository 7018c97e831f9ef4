// The Management API's rate limit, which all work of one process shares.
import type { SharedLimit } from "./retrying-fetch.ts";
import { createSerialQueue } from "./serial-queue.ts";
import type { SerialQueue } from "./serial-queue.ts";

export interface RateLimit extends SharedLimit {
  /**
   * Lets work overlap until the limit is reached, and never from then on: between a read and the write that is
   * merged from it, the calls of others would use up the limit.
   */
  readonly queue: SerialQueue;
}

export function createRateLimit(): RateLimit {
  const serialQueue = createSerialQueue();
  const logRateLimitOnce = logOnce("Auth0's rate limit is reached: this goes on as fast as the tenant allows.");
  let isReached = false;
  return {
    onReached: () => {
      isReached = true;
      logRateLimitOnce();
    },
    isEndless: false,
    queue: { run: (work) => (isReached ? serialQueue.run(work) : work()) },
  };
}

/** Of this process. */
export const rateLimit = createRateLimit();

function logOnce(message: string): () => void {
  let isLogged = false;
  return () => {
    if (!isLogged) console.info(message);
    isLogged = true;
  };
}
