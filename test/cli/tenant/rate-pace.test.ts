// The commands' calls and the tenant's rate limit: none is refused that need not be, and a wait can be ended.
import { afterEach, describe, expect, it } from "vitest";
import { createTenantClock } from "../../../cli/tenant/tenant-clock.ts";
import { tokenBucket } from "../../../sandbox/tenant/rate-limit.ts";
import { isRare } from "../../rare.ts";
import { runApi, through } from "./running-api.ts";

const running = runApi({
  connections: [{ name: "db", strategy: "auth0" }],
  users: [{ connection: "db", email: "ada@example.org", user_id: "ada" }],
});
const ada = "auth0|ada";

afterEach(() => {
  running.tenant.limitRate();
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});

const many = (count: number, api = running.open()) =>
  Promise.all(Array.from({ length: count }, () => api.users.getUser(ada)));

describe("the rate limit", () => {
  it("is kept by calls that are made at once: few are refused, and all are answered", async () => {
    running.tenant.limitRate({ perSecond: 20, burst: 10 });
    const users = await many(30);
    expect(users.every((user) => user?.user_id === ada)).toBe(true);
    // Without a pace it would be 20 and more.
    expect(running.answers(429)).toBeLessThan(4);
  });

  it("lets calls overlap as far as the tenant allows", async () => {
    let [underWay, most] = [0, 0];
    const fetch = through(running.tenant.fetch, async (send, url, init) => {
      most = Math.max(most, ++underWay);
      return send(url, init).finally(() => (underWay -= 1));
    });
    await many(200, running.open({ fetch }));
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThanOrEqual(50);
    expect(running.answers(429)).toBe(0);
  });

  it.each([3600, -3600])("is kept where the tenant's clock is %d s ahead", async (ahead) => {
    running.tenant.limitRate({ perSecond: 20, burst: 5 });
    const fetch = through(running.tenant.fetch, async (send, url, init) => {
      const response = await send(url, init);
      const headers = new Headers([...response.headers]);
      headers.set("date", new Date(Date.parse(headers.get("date") ?? "") + ahead * 1000).toUTCString());
      const reset = headers.get("x-ratelimit-reset");
      if (reset !== null) headers.set("x-ratelimit-reset", String(Number(reset) + ahead));
      return new Response(await response.arrayBuffer(), { status: response.status, headers });
    });
    await many(12, running.open({ fetch }));
    expect(running.answers(429)).toBeLessThan(6);
  });

  it("is kept for each group of endpoints that has a limit of its own", async () => {
    const [reads, writes] = [tokenBucket({ perSecond: 100, burst: 40 }), tokenBucket({ perSecond: 10, burst: 4 })];
    let refused = 0;
    const fetch = through(running.tenant.fetch, async (send, url, init) => {
      if (!url.pathname.startsWith("/api/v2/")) return send(url, init);
      const { granted, headers } = (init.method === "PATCH" ? writes : reads)();
      if (!granted) refused += 1;
      if (!granted) return Response.json({ statusCode: 429 }, { status: 429, headers });
      const response = await send(url, init);
      const shown = { date: response.headers.get("date") ?? "", ...headers };
      return new Response(await response.arrayBuffer(), { status: response.status, headers: shown });
    });
    const { users } = running.open({ fetch });
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        await users.getUser(ada);
        await users.updateUser(ada, { picture: null });
        await users.getUser(ada);
      }),
    );
    // What reads are told is left is not taken for writes.
    expect(refused).toBeLessThan(4);
  });

  it("is waited for by every call after a 429 that came all the same", async () => {
    running.tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { path: /users/, times: 3 });
    expect(await many(10)).toHaveLength(10);
    expect(running.answers(429)).toBe(3);
  });

  it("is told to who shows it, once for each wait", async () => {
    const told: unknown[] = [];
    running.tenant.limitRate({ perSecond: 20, burst: 2 });
    await many(6, running.open({ onWait: (reason) => told.push(reason) }));
    expect(told).toEqual(["Auth0's rate limit", undefined]);
  });

  it.runIf(isRare)("is waited for where no answer says until when", async () => {
    running.tenant.faults.inject({ kind: "too many requests", resetHeader: false }, { path: /users/ });
    expect(await many(3)).toHaveLength(3);
  });
});

describe("an abort", () => {
  it("ends every wait, and lets a change be made that was asked for", async () => {
    const controller = new AbortController();
    const waiting = Promise.withResolvers<unknown>();
    const api = running.open({ signal: controller.signal, onWait: waiting.resolve });
    running.tenant.limitRate({ perSecond: 1, burst: 1 });
    await api.users.getUser(ada);
    const [first, second] = [api.users.getUser(ada), api.users.findByEmail("ada@example.org")];
    const change = api.users.updateUser(ada, { picture: "https://pictures.example.org/changed.png" });
    const why = new Error("Ctrl-C");
    expect(await waiting.promise).toBe("Auth0's rate limit");
    controller.abort(why);
    await expect(first).rejects.toBe(why);
    await expect(second).rejects.toBe(why);
    await expect(api.users.getUser(ada)).rejects.toBe(why);
    // And one that is asked for by what is under way.
    expect(await api.users.updateUser(ada, { user_metadata: { picture: null } })).toBeDefined();
    expect(await change).toMatchObject({ picture: "https://pictures.example.org/changed.png" });
  });
});

describe("the tenant's clock", () => {
  const headersAt = (time: number) => new Headers({ date: new Date(time).toUTCString() });

  it("is this machine's where nothing says that it is not", () => {
    const clock = createTenantClock(() => 10_500);
    expect(clock.until(11)).toBe(500);
    expect(clock.until(10)).toBe(0);
    clock.note(new Headers(), 10_400);
    clock.note(new Headers({ date: "soon" }), 10_400);
    clock.note(headersAt(10_000), 10_400);
    expect(clock.until(11)).toBe(500);
    // An answer that was dated late says little.
    clock.note(headersAt(9000), 10_100);
    expect(clock.until(11)).toBe(500);
  });

  it("is found to within a fraction of a second by the dates of answers", () => {
    let now = 0;
    const clock = createTenantClock(() => now);
    // It is 7.3 s behind.
    for (now = 1_000_000; now < 1_010_000; now += 130) clock.note(headersAt(now - 7300), now - 20);
    now = 1_010_000;
    // The tenant's second 1010 begins at 1,017,300.
    expect(Math.abs(clock.until(1010) - 7300)).toBeLessThan(300);
  });

  it("is found anew when it is set", () => {
    let now = 1_000_000;
    const clock = createTenantClock(() => now);
    clock.note(headersAt(now), now);
    now += 5000;
    for (const at of [0, 100, 900]) clock.note(headersAt(now + 60_000 + at), now + at);
    expect(clock.until(1065 + 2)).toBeLessThan(3000);
  });
});
