// The OpenID Connect client: what it verifies, and what it reports of a login that fails.
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";
import { LoginError, logIn } from "../../../sandbox/tenant/login.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../../sandbox/tenant/tenant.ts";
import { withSigningKey } from "./signing-key.ts";

const denial = `exports.onExecutePostLogin = async (event, api) => {
  api.accessToken.setCustomClaim("https://t.example/seen", true);
  if (event.user.email.startsWith("denied")) api.access.deny("not today");
};`;

let root: string;
let certificate: Certificate;
let tenant: Tenant;
const options = () => ({ connection: "google-oauth2", loginHint: "1", ca: certificate.ca });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "login-test-"));
  certificate = await obtainCertificate(join(root, "certificate"), ["localhost"]);
  const connections = [{ name: "google-oauth2", strategy: "google-oauth2" }];
  const seed = { connections, actions: [{ name: "denial", code: denial }] };
  tenant = await startTenant({ folder: await withSigningKey(join(root, "tenant")), certificate, ...seed });
  tenant.identityProvider.setProfile("google-oauth2", { sub: "1", email: "jo@example.com", name: "Jo" });
  tenant.identityProvider.setProfile("google-oauth2", { sub: "2", email: "denied@example.com" });
});

afterAll(async () => {
  await tenant.close();
  await rm(root, { recursive: true });
});

/** Serves the tenant at another address, with changed responses: a tenant that claims to be another one. */
async function impersonate(
  change: (path: string, body: string) => string,
): Promise<{ server: Server; issuer: string }> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void (async () => {
        const dispatcher = new Agent({ connect: { ca: certificate.ca } });
        const { method = "GET", url = "/" } = request;
        const body = method === "GET" ? {} : { body: Buffer.concat(chunks) };
        const headers = { "content-type": request.headers["content-type"] ?? "text/plain" };
        const original = await fetch(new URL(url, tenant.issuer), {
          method,
          headers,
          ...body,
          redirect: "manual",
          dispatcher,
        });
        const location = original.headers.get("location");
        response.writeHead(original.status, {
          "content-type": original.headers.get("content-type") ?? "",
          ...(location !== null && { location }),
        });
        response.end(change(url, await original.text()));
        await dispatcher.close();
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, issuer: `https://localhost:${(server.address() as AddressInfo).port}/` };
}

test("returns the claims of an RS256 ID token for this application", async () => {
  const { claims, idToken, accessToken } = await logIn(tenant, options());
  expect(decodeProtectedHeader(idToken)).toMatchObject({ alg: "RS256", typ: "JWT" });
  expect(decodeJwt(idToken)).toEqual(claims);
  expect(claims).toMatchObject({
    iss: tenant.issuer,
    aud: tenant.application.clientId,
    sub: "google-oauth2|1",
    name: "Jo",
  });
  expect(decodeJwt(accessToken)).toMatchObject({ sub: "google-oauth2|1", "https://t.example/seen": true });
});

test("asks for the scopes that it is told", async () => {
  expect((await logIn(tenant, { ...options(), scope: "openid" })).claims).not.toHaveProperty("name");
});

test("a denied login says why", async () => {
  const login = logIn(tenant, { ...options(), loginHint: "2" });
  await expect(login).rejects.toBeInstanceOf(LoginError);
  await expect(login).rejects.toHaveProperty("name", "LoginError");
  await expect(login).rejects.toMatchObject({
    message: "The login failed: access_denied: not today",
    error: "access_denied",
    errorDescription: "not today",
  });
  const unknown = { ...tenant, application: { ...tenant.application, clientId: "other" } };
  await expect(logIn({ ...unknown, issuer: tenant.issuer }, options())).rejects.toThrow(/Unknown client/);
});

test("trusts the authority that it is given, and no other", async () => {
  const other = await obtainCertificate(join(root, "other"), ["localhost"]);
  await expect(logIn(tenant, { ...options(), ca: other.ca })).rejects.toMatchObject({
    cause: { code: expect.stringMatching(/CERT|VERIFY/) as unknown },
  });
});

test("an ID token whose signature is not of the tenant's key is refused", async () => {
  const change = (forge: (token: string) => string) => (path: string, body: string) => {
    const ours = body.replaceAll(tenant.issuer, issuer);
    if (path !== "/oauth/token") return ours;
    const tokens = JSON.parse(ours) as { id_token: string };
    return JSON.stringify({ ...tokens, id_token: forge(tokens.id_token) });
  };
  let forge = (token: string) => token;
  let issuer = "";
  const impostor = await impersonate((path, body) => change(forge)(path, body));
  issuer = impostor.issuer;
  const attempt = () => logIn({ issuer, application: tenant.application }, options());
  try {
    // The claims name the impostor as issuer, and the signature is that of the tenant's claims: only a check of the
    // signature notices it.
    forge = (token) => {
      const [header = "", , signature = ""] = token.split(".");
      const payload = Buffer.from(JSON.stringify({ ...decodeJwt(token), iss: issuer })).toString("base64url");
      return [header, payload, signature].join(".");
    };
    await expect(attempt()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/signature/) as unknown },
    });
    // Nothing is forged: then the token's issuer is the tenant, not the impostor that the client called.
    forge = (token) => token;
    await expect(attempt()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/"iss"/) as unknown } });
  } finally {
    impostor.server.closeAllConnections();
    await new Promise((resolve) => impostor.server.close(resolve));
  }
});
