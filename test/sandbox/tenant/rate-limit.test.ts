// The tenant's rate limit: the bucket by a clock of the test, and what the official SDK sees of it.
import { ManagementClient } from "auth0";
import { afterEach, expect, test } from "vitest";
import { freeTenantRateLimit, tokenBucket } from "../../../sandbox/tenant/rate-limit.ts";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });

afterEach(() => running.tenant.limitRate());

test("a free tenant's bucket grants two calls at once and two a second", () => {
  let time = 1_000_000;
  const take = tokenBucket(freeTenantRateLimit, () => time);
  const granted = (count: number) => Array.from({ length: count }, () => take().granted);
  expect(granted(3)).toEqual([true, true, false]);
  time += 499;
  expect(granted(1)).toEqual([false]);
  time += 1;
  expect(granted(2)).toEqual([true, false]);
  time += 1000;
  expect(granted(3)).toEqual([true, true, false]);
  time += 60_000;
  expect(granted(3)).toEqual([true, true, false]);
});

test("the headers say how many calls are left, and from which second on the next is granted", () => {
  let time = 1_000_200;
  const take = tokenBucket({ perSecond: 0.5, burst: 3 }, () => time);
  const remaining = () => take().headers["x-ratelimit-remaining"];
  expect([remaining(), remaining()]).toEqual(["2", "1"]);
  expect(take()).toEqual({
    granted: true,
    headers: { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1003" },
  });
  expect(take()).toMatchObject({ granted: false, headers: { "x-ratelimit-reset": "1003" } });
  time = 1_003_000;
  expect(take().granted).toBe(true);
  expect(() => tokenBucket({ perSecond: 0, burst: 1 })).toThrow(RangeError);
});

test.each([
  [16, 50],
  [2, 10],
  [200 / 60, 20],
])(
  "who heeds the headers of %d a second, %d at once, gets all that the limit gives, and no refusal",
  (perSecond, burst) => {
    let time = 1_000_300;
    const take = tokenBucket({ perSecond, burst }, () => time);
    const [seconds, end] = [60, time + 60_000];
    let granted = 0;
    while (time < end) {
      const verdict = take();
      expect(verdict.granted).toBe(true);
      granted += 1;
      expect(verdict.headers["x-ratelimit-limit"]).toBe(String(burst));
      if (verdict.headers["x-ratelimit-remaining"] !== "0") continue;
      const reset = Number(verdict.headers["x-ratelimit-reset"]) * 1000;
      // It is not later than it has to be, for a time in whole seconds.
      expect(reset - time).toBeLessThan(1000 + 1000 / perSecond);
      time = Math.max(time, reset);
    }
    const most = burst + seconds * perSecond;
    expect(granted).toBeLessThanOrEqual(most);
    expect(granted).toBeGreaterThan(most - 2 * Math.max(1, perSecond));
  },
);

test("calls beyond the limit are 429 without effect, until there is no limit", async () => {
  const { connections } = running.management;
  const { id = "" } = (await connections.list()).data[0] ?? {};
  running.tenant.limitRate({ perSecond: 0.0001, burst: 1 });
  const second = Math.floor(Date.now() / 1000);
  await connections.update(id, { display_name: "Granted" });
  const error: unknown = await connections.update(id, { display_name: "Refused" }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    statusCode: 429,
    body: {
      statusCode: 429,
      error: "Too Many Requests",
      message: "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.",
      errorCode: "too_many_requests",
    },
  });
  const { headers } = (error as { rawResponse: { headers: Headers } }).rawResponse;
  expect(headers.get("x-ratelimit-limit")).toBe("1");
  expect(headers.get("x-ratelimit-remaining")).toBe("0");
  expect(Number(headers.get("x-ratelimit-reset"))).toBeGreaterThan(second + 1000);
  expect(running.tenant.snapshot().connections["users"]).toMatchObject({ display_name: "Granted" });
  running.tenant.limitRate();
  expect(await connections.get(id)).toMatchObject({ display_name: "Granted" });
});

test("a client that waits for the second that is named gets through", async () => {
  const { domain, managementClient, faults } = running.tenant;
  const fetch = running.fetch as unknown as typeof globalThis.fetch;
  const client = new ManagementClient({ domain, ...managementClient, fetch, maxRetries: 20 });
  await client.connections.list();
  running.tenant.limitRate({ perSecond: 1, burst: 1 });
  faults.resetCalls();
  await Promise.all([client.connections.list(), client.connections.list()]);
  const statuses = faults.calls.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  expect(statuses).toContain(429);
});
