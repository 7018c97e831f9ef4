// When a call of the Management API is made again: the auth0 provider's own policy.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { retryingFetch, startRetries } from "../../../components/auth0/retrying-fetch.ts";
import type { SharedLimit } from "../../../components/auth0/retrying-fetch.ts";

const onRateLimit = vi.fn();
let limit: SharedLimit;
const outcome = (status: number, reset?: number) =>
  new Response(null, { status, headers: reset === undefined ? {} : { "x-ratelimit-reset": String(reset) } });

beforeEach(() => {
  onRateLimit.mockClear();
  limit = { onReached: onRateLimit, isEndless: false };
  // No jitter: a call is made again at once.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("startRetries", () => {
  it.each([
    ["when the header says", 7, 7000],
    ["after a moment, where this machine's clock is ahead", -7, 100],
    ["after a minute, where it is behind", 3600, 60_000],
    ["after 5 s, where the header is missing", undefined, 5000],
  ])("repeats a call that the rate limit refused %s, however often", (_, seconds, delay) => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
    const delayAfter = startRetries(limit);
    const reset = seconds === undefined ? undefined : 1_700_000_000 + seconds;
    const delays = Array.from({ length: 10 }, () => delayAfter(outcome(429, reset)));

    expect(delays).toEqual(delays.map(() => delay));
    expect(onRateLimit).toHaveBeenCalledTimes(10);
  });

  it.each([
    ["the header says", 1_700_000_007],
    ["the header is far away", 1_700_003_600],
    ["this machine's clock is ahead", 1_600_000_000],
    ["the header is missing", undefined],
  ])("gives up after a quarter of an hour of it, where %s", (_, reset) => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date", "performance"] });
    const delayAfter = startRetries(limit);
    let waited = 0;
    for (let delay; waited < 7_200_000 && (delay = delayAfter(outcome(429, reset))) !== undefined; waited += delay) {
      expect(delay).toBeGreaterThan(0);
      vi.advanceTimersByTime(delay);
    }

    expect(waited).toBeGreaterThan(13 * 60_000);
    expect(waited).toBeLessThanOrEqual(15 * 60_000);
  });

  it("counts what its caller does besides: a read before each write, and a longer wait", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const delayAfter = startRetries(limit);
    let calls = 0;
    for (; calls < 1000 && delayAfter(outcome(429)) !== undefined; calls++) vi.advanceTimersByTime(60_000);

    expect(calls).toBe(15);
  });

  it("lets no other call wait as long once one has waited in vain, until one is answered", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const [first, second, third] = [startRetries(limit), startRetries(limit), startRetries(limit)];
    expect([first(outcome(429)), second(outcome(429))]).toEqual([5000, 5000]);
    vi.advanceTimersByTime(15 * 60_000);

    expect(first(outcome(429))).toBeUndefined();
    expect([second(outcome(429)), third(outcome(429))]).toEqual([undefined, undefined]);
    expect(third(undefined)).toBeDefined();
    expect(startRetries(limit)(outcome(429))).toBeUndefined();
    third(outcome(200));
    expect(startRetries(limit)(outcome(429))).toBe(5000);
  });

  it.each([500, 502, 503, 504, 524, undefined])("repeats a call three times after %s, each time later", (status) => {
    vi.mocked(Math.random).mockReturnValue(1);
    const delayAfter = startRetries(limit);
    const failed = status === undefined ? undefined : outcome(status);

    expect([1, 2, 3, 4].map(() => delayAfter(failed))).toEqual([500, 1000, 2000, undefined]);
    expect(onRateLimit).not.toHaveBeenCalled();
  });

  it("does not count what the rate limit refused", () => {
    const delayAfter = startRetries(limit);
    for (const status of [429, 503, 429, 503, 429, 503]) expect(delayAfter(outcome(status))).toBeDefined();
    expect(delayAfter(outcome(503))).toBeUndefined();
  });

  it.each([200, 204, 400, 401, 403, 404, 409, 501])("does not repeat a call after %i", (status) => {
    expect(startRetries(limit)(outcome(status))).toBeUndefined();
  });
});

describe("retryingFetch", () => {
  const call = (fetchOnce: typeof fetch, init?: RequestInit) =>
    retryingFetch(fetchOnce, limit)("https://tenant.example/", init).then(
      ({ status }) => status,
      (error: unknown) => error,
    );

  it("counts the retries of each call on their own", async () => {
    const statuses = [503, 503, 503, 200, 503, 429, 503, 503, 503];
    const fetchOnce = vi.fn(async () => outcome(statuses.shift() ?? expect.unreachable(), 1));

    expect(await call(fetchOnce)).toBe(200);
    expect(await call(fetchOnce)).toBe(503);
    expect(statuses).toEqual([]);
  });

  it("throws the network's error after the fourth", async () => {
    const error = new Error("reset");
    const fetchOnce = vi.fn(() => Promise.reject(error));

    expect(await call(fetchOnce)).toBe(error);
    expect(fetchOnce).toHaveBeenCalledTimes(4);
  });

  it("makes no call again that its caller has aborted", async () => {
    const fetchOnce = vi.fn(() => Promise.reject(new Error("aborted")));

    await call(fetchOnce, { signal: AbortSignal.abort() });
    expect(fetchOnce).toHaveBeenCalledTimes(1);
  });
});
