// A server with openid-client, the certified client: all that it does with the tenant over https, as a confidential
// client, in each response mode that it has.
import * as oidc from "openid-client";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTenant } from "../running-tenant.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
const callback = "http://localhost:3456/callback";
let agent: Agent;
let config: oidc.Configuration;
let clientId = "";

beforeAll(async () => {
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
  const { client_id = "", client_secret = "" } = await running.management.clients.create({
    ...{ name: "Server", app_type: "regular_web", token_endpoint_auth_method: "client_secret_basic" },
    ...{ callbacks: [callback], allowed_logout_urls: ["http://localhost:3456/"] },
    refresh_token: { rotation_type: "rotating", expiration_type: "expiring" },
  });
  clientId = client_id;
  agent = new Agent({ connect: { ca: running.ca } });
  const customFetch: oidc.CustomFetch = async (url, { body, ...options }) =>
    await fetch(url, {
      ...options,
      dispatcher: agent,
      ...(body != null && { body: body as string | URLSearchParams }),
    });
  config = await oidc.discovery(
    new URL(running.tenant.issuer),
    clientId,
    undefined,
    oidc.ClientSecretBasic(client_secret),
    { [oidc.customFetch]: customFetch, execute: [oidc.enableNonRepudiationChecks] },
  );
});
afterAll(() => agent.close());

async function authorize(changed: Record<string, string> = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    ...{ redirect_uri: callback, scope: "openid email offline_access", state: expectedState, nonce: expectedNonce },
    ...{ connection: "users", login_hint: "ada@example.com" },
    ...{ code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256" },
    ...changed,
  });
  const response = await fetch(url, { dispatcher: agent, redirect: "manual" });
  return { response, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

test("logs in, asks for the user, refreshes, revokes and logs out", async () => {
  const { response, checks } = await authorize({ max_age: "300" });
  const location = new URL(response.headers.get("location") ?? "");
  const tokens = await oidc.authorizationCodeGrant(config, location, { ...checks, maxAge: 300 });
  const { sub = "", email, auth_time, sid }: Partial<oidc.IDToken> = tokens.claims() ?? {};
  expect({ email, auth_time, sid }).toEqual({
    ...{ email: "ada@example.com", auth_time: expect.any(Number) as unknown },
    sid: expect.stringMatching(/^\w{32}$/) as unknown,
  });
  expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, email });

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
  expect(refreshed.claims()).toMatchObject({ sub, sid });
  await oidc.tokenRevocation(config, refreshed.refresh_token ?? "");
  await expect(oidc.refreshTokenGrant(config, refreshed.refresh_token ?? "")).rejects.toMatchObject({
    ...{ status: 403, error: "invalid_grant", error_description: "Unknown or invalid refresh token." },
  });

  const bye = "http://localhost:3456/";
  const logout = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: bye, state: "s" };
  const left = await fetch(oidc.buildEndSessionUrl(config, logout), { dispatcher: agent, redirect: "manual" });
  expect(left.headers.get("location")).toBe(`${bye}?state=s`);
});

test("takes the form that form_post sends", async () => {
  const { response, checks } = await authorize({ response_mode: "form_post" });
  const fields = [...(await response.text()).matchAll(/name="(\w+)" value="([^"]*)"/g)];
  const body = new URLSearchParams(Object.fromEntries(fields.map(([, name, value]) => [name ?? "", value ?? ""])));
  const posted = new Request(callback, { method: "POST", body });
  const tokens = await oidc.authorizationCodeGrant(config, posted, checks);
  expect(tokens.claims()).toMatchObject({ email: "ada@example.com" });
});

test("is told why a login fails", async () => {
  const { response, checks } = await authorize({ login_hint: "nobody@example.com" });
  const location = new URL(response.headers.get("location") ?? "");
  await expect(oidc.authorizationCodeGrant(config, location, checks)).rejects.toMatchObject({
    ...{ error: "access_denied", error_description: "Wrong email or password." },
  });
});
