// The tenant as a server: who may call it, what it persists, its token endpoint and its OpenID Connect endpoints.
import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [{ name: "users", strategy: "auth0" }],
  actions: [{ name: "other team", code: "exports.onExecutePostLogin = async () => {};" }],
});

const database = { connection: "users", password: "not kept" };

const token = async (init: { headers?: Record<string, string>; body: string }) => {
  const response = await running.fetch(`${running.tenant.issuer}oauth/token`, { method: "POST", ...init });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const form = (fields: Record<string, string>) => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});
const audience = () => `${running.tenant.issuer}api/v2/`;

test("a client that trusts the public authorities only does not talk to it", async () => {
  await expect(fetch(running.tenant.issuer)).rejects.toMatchObject({
    cause: { code: expect.stringMatching(/CERT|VERIFY/) as unknown },
  });
});

test("a foreign Host header is refused", async () => {
  const port = Number(new URL(running.tenant.issuer).port);
  const statusFor = (host: string) =>
    new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        servername: "localhost",
        port,
        ca: running.ca,
        path: "/.well-known/jwks.json",
      };
      request({ ...options, headers: { host } }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
  expect(await statusFor(`localhost:${port}`)).toBe(200);
  expect(await statusFor(`rebound.example:${port}`)).toBe(421);
  expect(await statusFor("localhost")).toBe(421);
});

test("the token endpoint takes Basic, form and JSON credentials and grants the client's scopes", async () => {
  const { clientId, clientSecret } = running.tenant.managementClient;
  const grant = { grant_type: "client_credentials", audience: audience() };
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
  const inHeader = form(grant);
  const responses = [
    await token({ ...inHeader, headers: { ...inHeader.headers, authorization: basic } }),
    await token(form({ ...grant, ...credentials })),
    await token({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...grant, ...credentials }),
    }),
  ];
  for (const { status, body } of responses) {
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 86400 });
    expect(String(body["scope"]).split(" ")).toContain("update:connections_options");
  }
});

test("the token endpoint refuses wrong secrets, unknown audiences and unknown grants", async () => {
  const { clientId: client_id, clientSecret: client_secret } = running.tenant.managementClient;
  const grant = { grant_type: "client_credentials", audience: audience(), client_id };
  expect(await token(form({ ...grant, client_secret: "wrong" }))).toEqual({
    status: 401,
    body: { error: "access_denied", error_description: "Unauthorized" },
  });
  expect(await token(form({ ...grant, client_secret, audience: "https://other/" }))).toMatchObject({
    status: 403,
    body: { error: "access_denied", error_description: "Service not found: https://other/" },
  });
  expect((await token(form({ ...grant, client_secret, grant_type: "pass" }))).body["error"]).toBe(
    "unsupported_grant_type",
  );
});

test("the Management API wants its own token, and a scope that it names", async () => {
  const get = (authorization?: string) =>
    running.fetch(`${running.tenant.issuer}api/v2/users`, {
      ...(authorization !== undefined && { headers: { authorization } }),
    });
  expect((await get()).status).toBe(401);
  expect((await get("Bearer not.a.token")).status).toBe(401);
  const reader = running.managementOf(running.tenant.createManagementClient(["read:users"]));
  await expect(reader.users.list()).resolves.toBeDefined();
  await expect(reader.actions.list()).rejects.toMatchObject({
    statusCode: 403,
    body: {
      statusCode: 403,
      error: "Forbidden",
      message: "Insufficient scope, expected any of: read:actions",
      errorCode: "insufficient_scope",
    },
  });
});

test("responses have rate limit headers, and what does not exist is 404", async () => {
  const { rawResponse } = await running.management.connections
    .list()
    .then(() => running.management.actions.triggers.list().withRawResponse());
  for (const name of ["limit", "remaining", "reset"]) {
    expect(Number(rawResponse.headers.get(`x-ratelimit-${name}`))).toBeGreaterThan(0);
  }
  const body = { statusCode: 404, error: "Not Found", errorCode: "inexistent_connection" };
  await expect(running.management.connections.get("con_none")).rejects.toMatchObject({ statusCode: 404, body });
});

test.each([
  ["GET", "api/v2/log-streams?per_page=1", "/api/v2/log-streams"],
  ["PUT", "api/v2/connections/con_1", "/api/v2/connections/con_1"],
  ["GET", "api/v2/actions/actions/1/nothing", "/api/v2/actions/actions/1/nothing"],
  ["POST", "passwordless/start", "/passwordless/start"],
  ["GET", "..%2f..%2fetc", "/..%2f..%2fetc"],
  ["GET", "/elsewhere.example/?a=?", "//elsewhere.example/"],
])("%s %s, which is not served, is 501 and named", async (method, path, named) => {
  const response = await running.fetch(running.tenant.issuer + path, { method });
  const message = `${method} ${named} is not simulated by the sandbox`;
  expect(await response.json()).toEqual({ statusCode: 501, error: "Not Implemented", message });
  expect(response.status).toBe(501);
});

test("a restart loses nothing and applies no seed", async () => {
  const { management, tenant } = running;
  const { user_id = "" } = await management.users.create({ ...database, email: "kept@example.com" });
  const keys = () => running.fetch(`${running.tenant.issuer}.well-known/jwks.json`).then((response) => response.json());
  const before = { keys: await keys(), managementClient: tenant.managementClient, application: tenant.application };

  await running.restart();

  const { managementClient, application } = running.tenant;
  expect({ keys: await keys(), managementClient, application }).toEqual(before);
  expect((await running.management.users.get(user_id)).email).toBe("kept@example.com");
  expect((await running.management.connections.list()).data.map(({ name }) => name)).toEqual(["users"]);
  const bindings = await running.management.actions.triggers.bindings.list("post-login");
  expect(bindings.data.map(({ display_name }) => display_name)).toEqual(["other team"]);
  expect(await running.logIn("users", "kept@example.com")).toMatchObject({ sub: user_id });
});

test("the folder holds private files, no temporary ones, and no password", async () => {
  await running.management.users.create({ ...database, email: "private@example.com" });
  expect((await readdir(running.folder)).sort()).toEqual([
    ...["lock", "signing-certificate.pem", "signing-key.json", "tenant-changes.jsonl", "tenant.json"],
  ]);
  for (const name of await readdir(running.folder)) {
    const file = join(running.folder, name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).not.toContain(database.password);
  }
});

test("a code needs PKCE, is for one use, and only goes to the application", async () => {
  await running.management.users.create({ ...database, email: "code@example.com" });
  const { issuer, application } = running.tenant;
  const verifier = "v".repeat(43);
  const parameters = {
    response_type: "code",
    client_id: application.clientId,
    redirect_uri: application.redirectUri,
    scope: "openid",
    connection: "users",
    login_hint: "code@example.com",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  const authorize = async (changed: Record<string, string> = {}) => {
    const query = new URLSearchParams({ ...parameters, ...changed }).toString();
    const response = await running.fetch(`${issuer}authorize?${query}`, { redirect: "manual" });
    const location = response.headers.get("location");
    return { status: response.status, result: location === null ? undefined : new URL(location).searchParams };
  };
  const redeem = (code: string, code_verifier: string) => {
    const { clientId: client_id, redirectUri: redirect_uri } = application;
    return token(form({ grant_type: "authorization_code", client_id, redirect_uri, code, code_verifier }));
  };
  const codeOf = async () => (await authorize()).result?.get("code") ?? "";

  expect(await authorize({ redirect_uri: "https://evil.example/" })).toEqual({ status: 403, result: undefined });
  expect(await authorize({ client_id: "other" })).toEqual({ status: 403, result: undefined });
  expect((await authorize({ code_challenge_method: "plain" })).result?.get("error")).toBe("invalid_request");
  expect((await authorize({ login_hint: "nobody@example.com" })).result?.get("error")).toBe("access_denied");
  expect((await authorize({ audience: "https://api/" })).result?.get("error_description")).toBe(
    "Service not found: https://api/",
  );

  expect((await redeem(await codeOf(), "w".repeat(43))).body["error"]).toBe("invalid_grant");
  const code = await codeOf();
  const { status, body } = await redeem(code, verifier);
  expect(status).toBe(200);
  expect(typeof body["id_token"]).toBe("string");
  expect((await redeem(code, verifier)).body["error"]).toBe("invalid_grant");

  const userInfo = await running.fetch(`${issuer}userinfo`, {
    headers: { authorization: `Bearer ${String(body["access_token"])}` },
  });
  expect(await userInfo.json()).toMatchObject({ sub: expect.stringMatching(/^auth0\|/) as unknown });
  expect((await running.fetch(`${issuer}userinfo`)).status).toBe(401);
  const withApiToken = { headers: { authorization: `Bearer ${String(body["access_token"])}` } };
  expect((await running.fetch(`${issuer}api/v2/users`, withApiToken)).status).toBe(401);
});
