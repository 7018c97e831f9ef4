// Tokens that end, and credentials that are wrong: renewed where that can help, and said in words where not.
import { afterEach, expect, it } from "vitest";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { tenantFetch } from "../../../cli/tenant/tenant-fetch.ts";
import { shortWaits } from "../../short-waits.ts";
import { runApi, through } from "./running-api.ts";

shortWaits();
const running = runApi({
  connections: [{ name: "db", strategy: "auth0" }],
  users: [{ connection: "db", email: "ada@example.org", user_id: "ada" }],
});
const ada = "auth0|ada";

afterEach(() => {
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});

/** A client's tokens of one second are the same text: signed by RS256, they say the same. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1005 - (Date.now() % 1000)));

/** The Management API gets this token in the first calls. */
const withToken = (token: string, calls: number) =>
  through(running.tenant.fetch, (send, url, init) => {
    if (!url.pathname.startsWith("/api/v2/") || calls-- <= 0) return send(url, init);
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    return nextSecond().then(() => send(url, { ...init, headers }));
  });

const tokensAsked = () => running.tenant.faults.calls.filter(({ path }) => path === "/oauth/token").length;

it("asks for one token, however many calls there are", async () => {
  const { users } = running.open();
  await Promise.all(Array.from({ length: 20 }, () => users.getUser(ada)));
  expect(tokensAsked()).toBe(1);
});

it("renews a token that Auth0 does not take any more, once for all calls", async () => {
  const { users } = running.open();
  await users.getUser(ada);
  await nextSecond();
  running.tenant.faults.inject({ kind: "expired token" }, { path: /users/ });
  const found = await Promise.all(Array.from({ length: 20 }, () => users.getUser(ada)));
  expect(found.every((user) => user?.user_id === ada)).toBe(true);
  expect(running.answers(401)).toBeGreaterThan(1);
  expect(tokensAsked()).toBe(2);
});

it("renews it for the SDK's other calls too", async () => {
  const { management } = running.open({ fetch: withToken("expired", 1) });
  expect((await management.connections.list()).data).toHaveLength(1);
});

it("says so where new tokens are refused too", async () => {
  const { users } = running.open({ fetch: withToken("wrong", Infinity) });
  const failure = await users.getUser(ada).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toContain(running.tenant.managementClient.clientId);
  expect(tokensAsked()).toBe(2);
});

const expiredToken = ["{}", JSON.stringify({ exp: 1_700_000_000 }), "-"].map((part) => btoa(part)).join(".");

it.each([
  [expiredToken, "expired at 2023-11-14T22:13:20.000Z"],
  ["opaque", "expired, revoked, or another tenant's"],
])("does not renew a token that was given: %#", async (token, reason) => {
  const failure = await running
    .open({ credentials: { token } })
    .users.getUser(ada)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toContain("AUTH0_API_TOKEN");
  expect(String(failure)).toContain(reason);
  expect(tokensAsked()).toBe(0);
});

it("names what to check where Auth0 gives no token", async () => {
  const credentials = { clientId: "no-such-client", clientSecret: "wrong" };
  const failure = await running
    .open({ credentials })
    .users.getUser(ada)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toMatch(/no-such-client.*401.*AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET/);
  expect(String(failure)).not.toContain("wrong");
});

it("names the host where nothing answers", async () => {
  const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
  const failure = await running
    .open({ fetch })
    .users.getUser(ada)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toMatch(/localhost:\d+ could not be reached: connect ECONNREFUSED\. Check AUTH0_DOMAIN/);
});

it("names the scope that the client lacks", async () => {
  const { users } = running.open({ credentials: running.tenant.createManagementClient(["read:users"]) });
  expect(await users.getUser(ada)).toBeDefined();
  const failure = await users.updateUser(ada, { picture: null }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toContain("update:users");
});

it("asks again after faults that pass, of the token endpoint too", async () => {
  const { faults } = running.tenant;
  faults.inject({ kind: "server error", status: 503 }, { path: /oauth/ });
  faults.inject({ kind: "connection reset", when: "before effect" }, { path: /users/ });
  faults.inject({ kind: "server error", status: 502 }, { path: /users/, nth: 2 });
  expect(await running.open().users.getUser(ada)).toBeDefined();
  expect(faults.pending).toBe(0);
});

it("gives up one call after faults that stay, and it alone", async () => {
  const { faults } = running.tenant;
  const { users } = running.open();
  faults.inject({ kind: "server error", status: 500 }, { path: /users.auth0/, times: 4 });
  await expect(users.getUser(ada)).rejects.toMatchObject({ name: "TenantCallError", status: 500 });
  expect(await users.getUser(ada)).toBeDefined();
});

it("ends a command whose limit does not end", async () => {
  const { signal } = new AbortController();
  const fetchWith429 = tenantFetch({
    settings: { domain: running.tenant.domain, credentials: { token: "" } },
    pace: { send: (call) => call() },
    token: { get: () => Promise.resolve("token"), forget: () => false },
    signal,
    fetchOnce: () => Promise.resolve(new Response("", { status: 429 })),
    limit: { isEndless: true, onReached: () => undefined },
  });
  const failure = await fetchWith429("https://tenant.example/api/v2/users").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toContain("15 minutes");
});
