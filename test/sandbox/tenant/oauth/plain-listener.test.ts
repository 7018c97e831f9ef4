// The listener without TLS, for browsers: what it serves, to whom, and to which pages.
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTenant } from "../running-tenant.ts";
import { Application } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
let app: Application;
const taken = createServer();

beforeAll(async () => {
  app = await Application.create(running);
  await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
});
afterAll(() => taken.close());

test("it serves the paths of OAuth with the issuer's name, and no others", async () => {
  const metadata = JSON.parse((await app.request("/.well-known/openid-configuration")).text) as object;
  const { issuer } = running.tenant;
  expect(metadata).toMatchObject({
    issuer,
    ...{ end_session_endpoint: `${issuer}oidc/logout`, revocation_endpoint: `${issuer}oauth/revoke` },
    grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
    scopes_supported: expect.arrayContaining(["offline_access"]) as unknown,
  });
  for (const path of ["/api/v2/users", "/api/v2/nothing", "/", "/elsewhere"]) {
    expect((await app.request(path)).status, path).toBe(421);
  }
  expect((await running.fetch(`${issuer}api/v2/users`)).status).toBe(401);
});

test("a foreign Host header is refused", async () => {
  const { port } = new URL(app.tenant);
  const statusFor = (host: string) =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: "/.well-known/jwks.json", headers: { host } };
      request(options, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
  expect(await statusFor(`localhost:${port}`)).toBe(200);
  for (const host of [`rebound.example:${port}`, "localhost", running.tenant.domain]) {
    expect(await statusFor(host), host).toBe(421);
  }
});

test.each(["before effect", "after effect"] as const)("an injected reset %s ends the connection", async (when) => {
  running.tenant.faults.inject({ kind: "connection reset", when }, { path: /^\/oauth\/token$/ });
  await expect(app.post("/oauth/token", { grant_type: "x" })).rejects.toThrow(/fetch failed/);
  expect(running.tenant.faults.pending).toBe(0);
  expect((await app.post("/oauth/token", { grant_type: "x" })).status).toBe(403);
});

test("a port that is taken is said, and the tenant goes on", async () => {
  const { port } = taken.address() as AddressInfo;
  await expect(running.tenant.listenPlain(port)).rejects.toMatchObject({ code: "EADDRINUSE", port });
  expect((await app.request("/.well-known/jwks.json")).status).toBe(200);
});

test("pages of the application's origins may call it, and those of others may not", async () => {
  const preflight = (path: string, origin: string) =>
    app.request(path, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "auth0-client" },
    });
  const origins = { web: "http://localhost:4010", callback: "https://a.example", allowed: "https://b.example" };
  const callbacks = [app.callback, `${origins.callback}/cb`];
  await running.management.clients.update(app.clientId, { callbacks, allowed_origins: [origins.allowed] });
  for (const origin of Object.values(origins)) {
    for (const path of ["/oauth/token", "/oauth/revoke", "/userinfo"]) {
      const { status, headers } = await preflight(path, origin);
      expect([status, headers.get("access-control-allow-origin"), headers.get("vary")]).toEqual([
        204,
        origin,
        "Origin",
      ]);
      expect(headers.get("access-control-allow-headers")).toBe("auth0-client");
    }
  }
  const refused = await app.post("/oauth/token", { grant_type: "x" }, { origin: origins.web });
  expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, origins.web]);
  for (const origin of ["https://evil.example", "null", "http://localhost:4011", "https://localhost:4010"]) {
    const { headers } = await preflight("/oauth/token", origin);
    expect(headers.get("access-control-allow-origin"), origin).toBeNull();
  }
  const { headers } = await preflight("/authorize", origins.web);
  expect(headers.get("access-control-allow-origin")).toBeNull();
});
