// Auth0's rate limit: a bucket of tokens that refills with time. The X-RateLimit headers show it (docs, "Rate Limit
// Policy").
import { ManagementApiError } from "./errors.ts";

export interface RateLimit {
  /** How many tokens the bucket gains in a second: the calls that are possible in the long run. */
  readonly perSecond: number;
  /** How many tokens the full bucket has: the calls that are possible at once. */
  readonly burst: number;
}

/** The limit of a free tenant's Management API (docs, "Rate Limit Configurations"). */
export const freeTenantRateLimit: RateLimit = { perSecond: 2, burst: 2 };

interface Verdict {
  readonly granted: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A bucket, full at first. Each call of the returned function takes a token, or is refused if there is no token.
 *
 * @param now milliseconds since the epoch
 */
export function tokenBucket({ perSecond, burst }: RateLimit, now: () => number = Date.now): () => Verdict {
  if (!(perSecond > 0 && burst >= 1)) throw new RangeError("A rate limit is above 0 a second and at least 1 at once");
  let tokens = burst;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (Math.max(0, time - filledAt) / 1000) * perSecond);
    filledAt = time;
    const granted = tokens >= 1;
    if (granted) tokens -= 1;
    const untilNextMs = (Math.max(0, 1 - tokens) / perSecond) * 1000;
    return { granted, headers: rateLimitHeaders(burst, Math.floor(tokens), Math.ceil((time + untilNextMs) / 1000)) };
  };
}

export interface RateLimiter {
  /** Sets a limit for all clients together, with a full bucket; without an argument, removes the limit. */
  set(limit?: RateLimit): void;
  take(): Verdict;
}

/** Until a limit is set, the headers show one, and no call is refused. */
export function openRateLimiter(): RateLimiter {
  const unlimited: RateLimiter["take"] = () => ({ granted: true, headers: rateLimitHeaders(50, 49, nextSecond()) });
  let take = unlimited;
  return {
    set: (limit) => {
      take = limit ? tokenBucket(limit) : unlimited;
    },
    take: () => take(),
  };
}

/** @param reset the second, since the epoch, from which on a call is granted again */
export const rateLimitHeaders = (limit: number, remaining: number, reset: number) => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String(reset),
});

export const nextSecond = () => Math.floor(Date.now() / 1000) + 1;

/** The Management API's description of its responses with status 429. */
export const tooManyRequests = () =>
  new ManagementApiError(
    429,
    "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.",
    "too_many_requests",
  );
