// Auth0's rate limit: a bucket of tokens that refills with time, said in the X-RateLimit headers (docs, "Rate Limit Policy").
import { ManagementApiError } from "./errors.ts";

export interface RateLimit {
  /** Tokens that the bucket gains: calls that go on for ever. */
  readonly perSecond: number;
  /** Tokens that the bucket holds: calls at once. */
  readonly burst: number;
}

/** The Management API of a free tenant (docs, "Rate Limit Configurations"). */
export const freeTenantRateLimit: RateLimit = { perSecond: 2, burst: 2 };

interface Verdict {
  readonly granted: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A bucket that is full at first; each call of the function takes a token or is refused.
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
  /** A limit on all clients together, its bucket full; none without an argument. */
  set(limit?: RateLimit): void;
  take(): Verdict;
}

/** Announces a limit and does not enforce one until one is set. */
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

/** @param reset epoch second from which a call is granted again */
export const rateLimitHeaders = (limit: number, remaining: number, reset: number) => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String(reset),
});

export const nextSecond = () => Math.floor(Date.now() / 1000) + 1;

/** Management API description, responses of status 429. */
export const tooManyRequests = () =>
  new ManagementApiError(
    429,
    "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.",
    "too_many_requests",
  );
