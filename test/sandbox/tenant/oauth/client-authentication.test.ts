// How a client proves at the token endpoint who it is, as its token_endpoint_auth_method says.
import { beforeAll, describe, expect, test } from "vitest";
import { runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf, tokensOf } from "./application.ts";
import type { Fields } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
const asAda = { connection: "users", login_hint: "ada@example.com" };

beforeAll(async () => {
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
});

type Way = "header" | "body" | "none";
const ways: readonly Way[] = ["header", "body", "none"];

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

/** Exchanges a new code, with the client's credentials where `way` says. */
async function exchange(app: Application, secret: string, way: Way, changed: Fields = {}) {
  const fields = {
    ...{ grant_type: "authorization_code", redirect_uri: app.callback, code: await app.codeOf("", "", asAda) },
    code_verifier: app.verifier,
    ...(way === "none" && { client_id: app.clientId }),
    ...(way === "body" && { client_id: app.clientId, client_secret: secret }),
    ...changed,
  };
  return app.post("/oauth/token", fields, way === "header" ? basic(app.clientId, secret) : {});
}

const create = async (changed: object) => {
  const app = await Application.create(running, changed);
  const { client_secret = "" } = await running.management.clients.get(app.clientId);
  return { app, secret: client_secret };
};
const unauthorized = { status: 401, error: "access_denied", error_description: "Unauthorized" };

describe.each([
  ["client_secret_basic", "regular_web", ["header"]],
  ["client_secret_post", "regular_web", ["body"]],
  ["none", "regular_web", ways],
  [null, "regular_web", ["header", "body"]],
  [null, "spa", ways],
  [null, "native", ways],
] as const)("the method %s of an application of the kind %s", (token_endpoint_auth_method, app_type, allowed) => {
  test(`takes: ${allowed.join(", ")}`, async () => {
    const { app, secret } = await create({ token_endpoint_auth_method, app_type });
    for (const way of ways) {
      const answer = await exchange(app, secret, way);
      if ((allowed as readonly Way[]).includes(way)) expect(answer.status, way).toBe(200);
      else expect(errorOf(answer), way).toEqual(unauthorized);
    }
    if (allowed.length === ways.length) return;
    for (const way of allowed) {
      expect(errorOf(await exchange(app, "wrong", way))).toEqual(unauthorized);
      expect(errorOf(await exchange(app, "", way))).toEqual(unauthorized);
    }
  });
});

test("refresh tokens need the secret too, and so does their revocation", async () => {
  const { app, secret } = await create({ token_endpoint_auth_method: "client_secret_post", app_type: "regular_web" });
  const { refresh_token = "" } = tokensOf(await exchange(app, secret, "body"));
  expect(errorOf(await app.refresh(refresh_token))).toEqual(unauthorized);
  const client = { client_id: app.clientId, token: refresh_token };
  expect(errorOf(await app.post("/oauth/revoke", client))).toEqual(unauthorized);
  const next = tokensOf(await app.refresh(refresh_token, { client_secret: secret }));
  const revoked = await app.post("/oauth/revoke", {
    ...client,
    token: next.refresh_token ?? "",
    client_secret: secret,
  });
  expect(revoked.status).toBe(200);
  expect(errorOf(await app.refresh(next.refresh_token ?? "", { client_secret: secret }))).toMatchObject({
    status: 403,
  });
});

test("who can keep a secret may do without PKCE, and nobody loses a challenge that was made", async () => {
  const { app, secret } = await create({ app_type: "regular_web", token_endpoint_auth_method: "client_secret_post" });
  const { clientId: client_id, callback: redirect_uri } = app;
  const query = { response_type: "code", client_id, redirect_uri, scope: "openid", ...asAda };
  const codeWithout = async () => {
    const { location } = await app.request(`/authorize?${new URLSearchParams(query).toString()}`);
    return location?.searchParams.get("code") ?? "";
  };
  const redeem = (code: string, more: Fields = {}) =>
    app.post("/oauth/token", {
      ...{ grant_type: "authorization_code", client_id, redirect_uri, client_secret: secret, code },
      ...more,
    });
  expect(claimsOf(tokensOf(await redeem(await codeWithout())))).toMatchObject({ aud: client_id });
  const mismatch = { status: 403, error: "invalid_grant", error_description: "Failed to verify code verifier" };
  expect(errorOf(await redeem(await codeWithout(), { code_verifier: app.verifier }))).toEqual(mismatch);
  expect(errorOf(await redeem(await app.codeOf("", "", asAda)))).toEqual(mismatch);
  const plain = await app.authorize({ ...asAda, code_challenge_method: "plain" });
  expect(plain.location?.searchParams.get("error")).toBe("invalid_request");
});

test("an unknown client and malformed credentials are refused", async () => {
  const { app } = await create({});
  const grant = { grant_type: "authorization_code", code: "x", redirect_uri: app.callback };
  expect(errorOf(await app.post("/oauth/token", { ...grant, client_id: "none" }))).toEqual(unauthorized);
  expect(errorOf(await app.post("/oauth/token", grant))).toEqual(unauthorized);
  for (const authorization of ["Basic !", "Basic bm9jb2xvbg==", `Basic ${btoa("a:b")}`, "Basic Og=="]) {
    expect(errorOf(await app.post("/oauth/token", grant, { authorization })), authorization).toEqual(unauthorized);
  }
  const invalid = { authorization: `Basic ${btoa("%E0%A4%A:x")}` };
  expect(errorOf(await app.post("/oauth/token", grant, invalid))).toMatchObject({
    status: 400,
    error: "invalid_request",
  });
});
