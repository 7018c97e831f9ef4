// Access tokens of the Management API that expire in the middle of a run, as the official SDK sees it: by their
// lifetime, and by a fault at a chosen call.
import { ManagementClient } from "auth0";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [{ name: "users", strategy: "auth0" }],
  users: [{ connection: "users", email: "ada@example.com", user_id: "ada" }],
});
const scopes = ["read:users", "update:users"];
const message = "Expired token received for JSON Web Token validation";
const expired = {
  statusCode: 401,
  body: { statusCode: 401, error: "Unauthorized", message, attributes: { error: message } },
};

let time = 0;
beforeEach(() => {
  time = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: time });
});
afterEach(() => {
  vi.useRealTimers();
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});
const pass = (seconds: number) => vi.setSystemTime((time += seconds * 1000));

/** A token, and a client that has no other. */
async function clientWithToken(tokenSeconds?: number) {
  const { clientId: client_id, clientSecret: client_secret } = running.tenant.createManagementClient(
    scopes,
    tokenSeconds === undefined ? {} : { tokenSeconds },
  );
  const grant = { grant_type: "client_credentials", audience: `${running.tenant.issuer}api/v2/` };
  const body = new URLSearchParams({ ...grant, client_id, client_secret });
  const response = await running.fetch(`${running.tenant.issuer}oauth/token`, { method: "POST", body });
  const { access_token: token, expires_in } = (await response.json()) as { access_token: string; expires_in: number };
  const { domain, fetch } = running.tenant;
  return { expires_in, client: new ManagementClient({ domain, token, fetch, maxRetries: 0 }) };
}

test("a client's tokens can be made to live shortly; an expired one is 401, in Auth0's words, without effect", async () => {
  const { client, expires_in } = await clientWithToken(30);
  expect(expires_in).toBe(30);
  pass(29);
  expect(await client.users.update("auth0|ada", { nickname: "in time" })).toMatchObject({ nickname: "in time" });
  pass(1);
  await expect(client.users.update("auth0|ada", { nickname: "too late" })).rejects.toMatchObject(expired);
  expect(await (await clientWithToken(30)).client.users.get("auth0|ada")).toMatchObject({ nickname: "in time" });
  const { client: usual, expires_in: day } = await clientWithToken();
  expect(day).toBe(86_400);
  pass(86_399);
  expect(await usual.users.get("auth0|ada")).toMatchObject({ nickname: "in time" });
});

test("the lifetime is that of a client, and is kept", async () => {
  const create = (options: { tokenSeconds?: number }) => running.tenant.createManagementClient(scopes, options);
  const short = create({ tokenSeconds: 30 });
  expect(create({ tokenSeconds: 30 })).toEqual(short);
  expect(create({})).not.toEqual(short);
  expect(create({ tokenSeconds: 31 })).not.toEqual(short);
  await running.restart();
  expect(create({ tokenSeconds: 30 })).toEqual(short);
  expect((await clientWithToken(30)).expires_in).toBe(30);
});

test("a fault lets the token of one call expire, and with it every later call that has it", async () => {
  const { faults } = running.tenant;
  const [first, second] = [await clientWithToken(), await clientWithToken(40)];
  faults.inject({ kind: "expired token" }, { nth: 2 });
  expect(await first.client.users.get("auth0|ada")).toMatchObject({ user_id: "auth0|ada" });
  await expect(first.client.users.update("auth0|ada", { nickname: "lost" })).rejects.toMatchObject(expired);
  await expect(first.client.users.get("auth0|ada")).rejects.toMatchObject(expired);
  expect(await second.client.users.get("auth0|ada")).not.toMatchObject({ nickname: "lost" });
  const statuses = faults.calls.filter(({ method }) => method !== "POST").map(({ status, fault }) => [status, fault]);
  expect(statuses).toEqual([
    [200, undefined],
    [401, "expired token"],
    [401, undefined],
    [200, undefined],
  ]);
  expect(faults.pending).toBe(0);
  // It is none of the call that asks for a token.
  const asking = running.managementOf(running.tenant.createManagementClient(scopes));
  faults.inject({ kind: "expired token" });
  await expect(asking.users.get("auth0|ada")).rejects.toMatchObject(expired);
});

test("a forged token is still invalid", async () => {
  const { domain, fetch } = running.tenant;
  const client = new ManagementClient({ domain, token: "a.b.c", fetch, maxRetries: 0 });
  await expect(client.users.get("auth0|ada")).rejects.toMatchObject({
    statusCode: 401,
    body: { message: "Invalid token" },
  });
});
