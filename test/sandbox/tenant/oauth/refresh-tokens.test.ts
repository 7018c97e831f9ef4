// Refresh tokens: who gets one, what an exchange does, rotation, the end of a family, and revocation.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bindActions, deployAction, runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf, tokensOf } from "./application.ts";

const running = runTenant({
  connections: [{ name: "google-oauth2", strategy: "google-oauth2" }],
  apis: ["https://api/"],
});

let app: Application;
const invalid = {
  status: 403,
  error: "invalid_grant",
  error_description: "Unknown or invalid refresh token.",
};

beforeAll(async () => {
  app = await Application.create(running);
});

beforeEach(async () => {
  running.tenant.identityProvider.setProfile("google-oauth2", {
    sub: "g",
    email: "g@example.com",
    picture: "https://p/1",
  });
  await bindActions(running, []);
});

const logIn = (changed: Record<string, string> = {}) => app.inAnotherBrowser().logIn("google-oauth2", "g", changed);
const setRefreshToken = (settings: object) =>
  running.management.clients.update(app.clientId, { refresh_token: settings as never });
const rotating = { rotation_type: "rotating", expiration_type: "expiring", leeway: 0 };

test("the scope offline_access is what brings one, if the application may have it", async () => {
  expect((await logIn()).refresh_token).toMatch(/^\w{64}$/);
  expect(await logIn({ scope: "openid" })).not.toHaveProperty("refresh_token");
  await running.management.clients.update(app.clientId, { grant_types: ["authorization_code"] });
  expect(await logIn()).not.toHaveProperty("refresh_token");
  await running.management.clients.update(app.clientId, { grant_types: ["authorization_code", "refresh_token"] });
});

describe("an exchange", () => {
  test("brings new tokens, and fewer scopes if it asks for fewer", async () => {
    const first = await logIn({ audience: "https://api/" });
    const second = tokensOf(await app.refresh(first.refresh_token ?? ""));
    expect(second.scope).toBe(first.scope);
    expect(claimsOf(second)).toMatchObject({ sub: "google-oauth2|g", email: "g@example.com", aud: app.clientId });
    expect(claimsOf(second)).not.toHaveProperty("nonce");
    expect(claimsOf(second)["sid"]).toBe(claimsOf(first)["sid"]);
    const fewer = tokensOf(await app.refresh(second.refresh_token ?? "", { scope: "openid address" }));
    expect(fewer.scope).toBe("openid");
    expect(claimsOf(fewer)).not.toHaveProperty("email");
    expect(tokensOf(await app.refresh(fewer.refresh_token ?? "")).scope).toBe(first.scope);
  });

  test("runs the Actions, tells them of the token, and does not ask the identity provider", async () => {
    const { refresh_token = "" } = await logIn({ audience: "https://api/" });
    running.tenant.identityProvider.setProfile("google-oauth2", {
      sub: "g",
      email: "g@example.com",
      picture: "https://p/2",
    });
    const code = `exports.onExecutePostLogin = async (event, api) => {
      api.idToken.setCustomClaim("https://t.example/event", event);
    };`;
    await bindActions(running, [await deployAction(running, "event", code)]);
    const first = tokensOf(await app.refresh(refresh_token));
    const claims = claimsOf(first);
    expect(claims["picture"]).toBe("https://p/1");
    expect(claims["https://t.example/event"]).toMatchObject({
      transaction: {
        protocol: "oauth2-refresh-token",
        requested_scopes: expect.arrayContaining(["openid"]) as unknown,
      },
      request: { method: "POST", body: { grant_type: "refresh_token", client_id: app.clientId }, query: {} },
      refresh_token: {
        ...{ client_id: app.clientId, user_id: "google-oauth2|g", rotating: true, session_id: claims["sid"] },
        id: expect.stringMatching(/^\w+$/) as unknown,
        created_at: expect.stringMatching(/^\d{4}-/) as unknown,
        resource_servers: [{ audience: "https://api/", scopes: first.scope }],
        device: { initial_ip: "127.0.0.1", last_ip: "127.0.0.1" },
      },
      session: { id: claims["sid"] },
      resource_server: { identifier: "https://api/" },
    });
    const event = claims["https://t.example/event"] as { refresh_token: object };
    expect(event.refresh_token).not.toHaveProperty("last_exchanged_at");
    expect(JSON.stringify(event)).not.toContain(refresh_token);
    const second = claimsOf(tokensOf(await app.refresh(first.refresh_token ?? "")));
    expect(second["https://t.example/event"]).toMatchObject({
      refresh_token: { last_exchanged_at: expect.stringMatching(/^\d{4}-/) as unknown },
    });
  });

  test("that an Action denies leaves the token as it was", async () => {
    const { refresh_token = "" } = await logIn();
    const code = `exports.onExecutePostLogin = async (event, api) => { api.access.deny("closed"); };`;
    await bindActions(running, [await deployAction(running, "denial", code)]);
    expect(errorOf(await app.refresh(refresh_token))).toMatchObject({
      error: "access_denied",
      error_description: "closed",
    });
    await bindActions(running, []);
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });
});

describe("rotation", () => {
  test("a token that comes again ends the family", async () => {
    const { refresh_token: first = "" } = await logIn();
    const { refresh_token: second = "" } = tokensOf(await app.refresh(first));
    const { refresh_token: third = "" } = tokensOf(await app.refresh(second));
    expect(new Set([first, second, third]).size).toBe(3);
    expect(errorOf(await app.refresh(first))).toEqual(invalid);
    expect(errorOf(await app.refresh(third))).toEqual(invalid);
    expect((await app.refresh((await logIn()).refresh_token ?? "")).status).toBe(200);
  });

  test("of two exchanges at the same time one is a reuse, and the family ends", async () => {
    const { refresh_token = "" } = await logIn();
    const answers = await Promise.all([app.refresh(refresh_token), app.refresh(refresh_token)]);
    const successes = answers.filter(({ status }) => status === 200).map(tokensOf);
    expect(successes.length).toBeLessThan(2);
    for (const { refresh_token: next = "" } of successes) expect(errorOf(await app.refresh(next))).toEqual(invalid);
    expect(errorOf(await app.refresh(refresh_token))).toEqual(invalid);
  });

  test("within the leeway a token may come again", async () => {
    await setRefreshToken({ ...rotating, leeway: 60 });
    const { refresh_token = "" } = await logIn();
    const first = tokensOf(await app.refresh(refresh_token));
    const second = tokensOf(await app.refresh(refresh_token));
    expect((await app.refresh(first.refresh_token ?? "")).status).toBe(200);
    expect((await app.refresh(second.refresh_token ?? "")).status).toBe(200);
    await setRefreshToken(rotating);
  });

  test("an application without rotation keeps its token", async () => {
    await setRefreshToken({ rotation_type: "non-rotating", expiration_type: "non-expiring" });
    const { refresh_token = "" } = await logIn();
    expect(tokensOf(await app.refresh(refresh_token))).not.toHaveProperty("refresh_token");
    expect((await app.refresh(refresh_token)).status).toBe(200);
    await setRefreshToken(rotating);
  });
});

test("a family ends at its time, and for want of exchanges", async () => {
  for (const lifetime of [
    { infinite_token_lifetime: false, token_lifetime: 0 },
    { infinite_idle_token_lifetime: false, idle_token_lifetime: 0 },
  ]) {
    const { refresh_token = "" } = await logIn();
    await setRefreshToken({ ...rotating, ...lifetime });
    expect(errorOf(await app.refresh(refresh_token))).toEqual(invalid);
    await setRefreshToken(rotating);
  }
});

test("another client's token is unknown", async () => {
  const other = await Application.create(running);
  const { refresh_token = "" } = await logIn();
  expect(errorOf(await other.refresh(refresh_token))).toEqual(invalid);
  expect((await app.refresh(refresh_token)).status).toBe(200);
});

test("a revoked token ends with its family, and the revocation of an unknown one succeeds too", async () => {
  const { refresh_token: first = "" } = await logIn();
  const { refresh_token: second = "" } = tokensOf(await app.refresh(first));
  const revoke = (token: string, client_id = app.clientId) => app.post("/oauth/revoke", { client_id, token });
  const other = await Application.create(running);
  expect((await revoke(second, other.clientId)).status).toBe(200);
  const { refresh_token: third = "" } = tokensOf(await app.refresh(second));
  const { status, text } = await revoke(first);
  expect([status, text]).toEqual([200, ""]);
  expect(errorOf(await app.refresh(third))).toEqual(invalid);
  expect((await revoke("unknown")).status).toBe(200);
  expect(errorOf(await app.post("/oauth/revoke", { token: first }))).toMatchObject({
    status: 400,
    error: "invalid_request",
  });
});

test("a code that comes again ends the refresh tokens that it brought", async () => {
  const browser = app.inAnotherBrowser();
  const code = await browser.codeOf("google-oauth2", "g");
  const { refresh_token = "" } = await browser.tokens(code);
  expect(errorOf(await browser.redeem(code))).toMatchObject({ status: 403, error: "invalid_grant" });
  expect(errorOf(await browser.refresh(refresh_token))).toEqual(invalid);
});
