// Requests that no application should send: each is refused with OAuth's error, and the tenant goes on.
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SignJWT, generateKeyPair, importJWK } from "jose";
import type { JWTPayload } from "jose";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { runTenant } from "../running-tenant.ts";
import { Application, errorOf, tokensOf } from "./application.ts";
import type { Tokens } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }], apis: ["https://api/"] });
const asAda = { connection: "users", login_hint: "ada@example.com" };
const invalidRequest = (status: number) => ({ status, error: "invalid_request" });

let app: Application;
let tokens: Tokens;

beforeAll(async () => {
  app = await Application.create(running);
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
  tokens = await app.logIn("", "", asAda);
});

afterEach(async () => {
  expect((await app.inAnotherBrowser().authorize(asAda)).location?.searchParams.get("code")).toMatch(/./);
});

/** Sends what no client library would, and returns the response. */
async function raw(request: string): Promise<string> {
  const socket = connect(Number(new URL(app.tenant).port), "127.0.0.1");
  // The tenant may end the connection before all of it is sent.
  socket.on("error", () => undefined).end(request);
  return text(socket).catch(() => "reset");
}
const get = (target: string, headers = "") =>
  raw(`GET ${target} HTTP/1.1\r\nhost: ${new URL(app.tenant).host}\r\nconnection: close\r\n${headers}\r\n`);

describe("tokens", () => {
  const userInfo = (token: string) => app.request("/userinfo", { headers: { authorization: `Bearer ${token}` } });
  const ownKey = async () => {
    const jwk = JSON.parse(await readFile(join(running.folder, "signing-key.json"), "utf8")) as object;
    return importJWK(jwk, "RS256");
  };
  const sign = (claims: JWTPayload, key: Parameters<SignJWT["sign"]>[0], header: object = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "at+jwt", ...header }).sign(key);
  const claims = (changed: JWTPayload = {}): JWTPayload => {
    const { issuer } = running.tenant;
    return { iss: issuer, aud: `${issuer}userinfo`, sub: "x", exp: Math.floor(Date.now() / 1000) + 60, ...changed };
  };

  test("that are expired, another's, of another issuer or for another audience are refused", async () => {
    const key = await ownKey();
    expect((await userInfo(await sign(claims(), key))).status).toBe(200);
    const { privateKey } = await generateKeyPair("RS256");
    const refused = {
      expired: await sign(claims({ exp: Math.floor(Date.now() / 1000) - 1 }), key),
      "not valid yet": await sign(claims({ nbf: Math.floor(Date.now() / 1000) + 600 }), key),
      "of another key": await sign(claims(), privateKey),
      "of another issuer": await sign(claims({ iss: "https://other.auth0.com/" }), key),
      "of the plain listener": await sign(claims({ iss: `${app.tenant}/` }), key),
      "for an API": await sign(claims({ aud: "https://api/" }), key),
      "an ID token": tokens.id_token ?? "",
      "a refresh token": tokens.refresh_token ?? "",
      unsigned: `${btoa(`{"alg":"none"}`)}.${btoa(JSON.stringify(claims()))}.`,
      "changed afterwards": `${tokens.access_token.slice(0, -8)}AAAAAAAA`,
      empty: "",
      "30 kB": "x".repeat(30_000),
    };
    for (const [kind, token] of Object.entries(refused)) {
      expect(errorOf(await userInfo(token)), kind).toEqual({
        ...{ status: 401, error: "invalid_token", error_description: "Unauthorized" },
      });
    }
    expect((await app.request("/userinfo")).status).toBe(401);
  });

  test("of users are none for the Management API", async () => {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await running.fetch(`${running.tenant.issuer}api/v2/users`, { headers })).status).toBe(401);
  });
});

describe("codes", () => {
  test("that are unknown, or sent with another redirect URI, verifier or client, end", async () => {
    const other = await Application.create(running);
    const attempts = [
      { redirect_uri: "http://localhost:4010/" },
      { redirect_uri: "" },
      { code_verifier: "w".repeat(43) },
      { code_verifier: "" },
      { client_id: other.clientId },
    ];
    for (const changed of attempts) {
      const code = await app.codeOf("", "", asAda);
      expect(errorOf(await app.redeem(code, changed))).toMatchObject({ status: 403, error: "invalid_grant" });
      expect(errorOf(await app.redeem(code))).toMatchObject({ status: 403, error: "invalid_grant" });
    }
    expect(errorOf(await app.redeem("none"))).toMatchObject({ status: 403, error: "invalid_grant" });
    const lacking = await app.post("/oauth/token", { grant_type: "authorization_code", client_id: app.clientId });
    expect(errorOf(lacking)).toMatchObject({ status: 403, error: "invalid_grant" });
  });

  test("of two exchanges at the same time one fails, and the refresh token ends", async () => {
    const code = await app.codeOf("", "", asAda);
    const answers = await Promise.all([app.redeem(code), app.redeem(code)]);
    const [success, ...others] = answers.filter(({ status }) => status === 200);
    expect([success?.status, others]).toEqual([200, []]);
    const { refresh_token = "" } = success ? tokensOf(success) : tokens;
    expect(errorOf(await app.refresh(refresh_token))).toMatchObject({ status: 403, error: "invalid_grant" });
  });
});

describe("redirect URIs", () => {
  test.each([
    ["http://localhost:*/cb", "http://localhost:5000/cb"],
    ["https://*/cb", "https://evil/cb"],
    ["https://*.com/cb", "https://evil.com/cb"],
    ["https://app.*/cb", "https://app.evil/cb"],
    ["https://sub.*.example.com/cb", "https://sub.a.example.com/cb"],
    ["https://*.*.example.com/cb", "https://a.b.example.com/cb"],
    ["https://user@*.example.com/cb", "https://user@a.example.com/cb"],
  ])("an asterisk stands for nothing in %s", async (listed, uri) => {
    await running.management.clients.update(app.clientId, { callbacks: [app.callback, listed] });
    const answer = await app.authorize({ redirect_uri: uri, ...asAda });
    expect(errorOf(answer)).toMatchObject(invalidRequest(403));
  });

  test("an asterisk can be a part of a label, and a port can follow", async () => {
    const callbacks = [app.callback, "https://pr-*-app.example.com:8443/cb"];
    await running.management.clients.update(app.clientId, { callbacks });
    expect((await app.authorize({ redirect_uri: "https://pr-1-app.example.com:8443/cb", ...asAda })).status).toBe(302);
  });

  test("are compared as they are, but for the label that an asterisk stands for", async () => {
    const callbacks = [app.callback, "https://*.example.com/cb", "com.example.app://cb", "not a URL", "https://a/*"];
    await running.management.clients.update(app.clientId, { callbacks });
    const statusOf = async (redirect_uri: string) => (await app.authorize({ redirect_uri, ...asAda })).status;
    for (const uri of [app.callback, "https://shop.example.com/cb", "com.example.app://cb"]) {
      expect(await statusOf(uri), uri).toBe(302);
    }
    for (const uri of [
      ...[`${app.callback}/`, `${app.callback}?a=b`, `${app.callback}#f`, app.callback.toUpperCase(), ""],
      ...[
        "https://a.b.example.com/cb",
        "https://example.com/cb",
        "https://evil.org/?.example.com/cb",
        "https://*.example.com/cb",
      ],
      ...[
        "https://evil.org#.example.com/cb",
        "not a URL",
        "javascript:alert(1)",
        "https://a/b",
        "https://shop.example.com/cb/x",
      ],
    ]) {
      expect(errorOf(await app.authorize({ redirect_uri: uri, ...asAda })), uri).toMatchObject(invalidRequest(403));
    }
  });
});

describe("requests of /authorize", () => {
  test("with what the sandbox lacks are told to the application", async () => {
    const problem = async (changed: Record<string, string>) => {
      const { location } = await app.inAnotherBrowser().authorize({ ...asAda, ...changed });
      return location?.searchParams.get("error");
    };
    expect(await problem({ response_type: "token" })).toBe("unsupported_response_type");
    expect(await problem({ response_type: "" })).toBe("unsupported_response_type");
    expect(await problem({ code_challenge_method: "plain" })).toBe("invalid_request");
    expect(await problem({ audience: "https://none/" })).toBe("access_denied");
    expect(await problem({ connection: "none" })).toBe("invalid_request");
    expect(await problem({ login_hint: "nobody@example.com" })).toBe("access_denied");
    expect((await app.authorize({ request_uri: "urn:x" })).status).toBe(501);
  });

  test("with a parameter twice are refused", async () => {
    const query = `client_id=${app.clientId}&redirect_uri=${encodeURIComponent(app.callback)}`;
    for (const path of [`/authorize?${query}&scope=a&scope=b`, `/authorize?${query}&${query}`]) {
      expect(errorOf(await app.request(path)), path).toMatchObject(invalidRequest(400));
    }
    expect(errorOf(await app.request("/u/login?state=a&state=b"))).toMatchObject(invalidRequest(400));
    expect(errorOf(await app.request("/v2/logout?returnTo=a&returnTo=b"))).toMatchObject(invalidRequest(400));
  });

  test("bring back a state of 10 kB, and one of 100 kB is too much", async () => {
    const state = `"'<&é${"s".repeat(10_000)}`;
    const { location } = await app.authorize({ state, ...asAda });
    expect(location?.searchParams.get("state")).toBe(state);
    expect(await get(`/authorize?state=${"s".repeat(100_000)}`)).toMatch(/^HTTP\/1.1 431 |^reset$/);
  });
});

describe("bodies", () => {
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const bad: [string, number, Record<string, string>, string | undefined][] = [
    ["none", 400, {}, undefined],
    ["broken JSON", 400, json, `{"grant_type":`],
    ["a list", 400, json, "[]"],
    ["a number", 400, json, "1"],
    ["null", 400, json, "null"],
    ["a prototype", 400, json, `{"__proto__":{"grant_type":"refresh_token"}}`],
    ["values that are no texts", 400, json, `{"grant_type":["refresh_token"],"client_id":{}}`],
    ["a parameter twice", 400, form, "grant_type=refresh_token&grant_type=refresh_token"],
    ["another type", 415, { "content-type": "text/xml" }, "<grant/>"],
    ["2 MB", 413, form, `grant_type=${"x".repeat(2_000_000)}`],
  ];

  test.each(bad)("%s: %i", async (_, status, headers, body) => {
    for (const path of ["/oauth/token", "/oauth/revoke", "/u/login"]) {
      const answer = await app.request(path, { method: "POST", headers, ...(body !== undefined && { body }) });
      expect(errorOf(answer), path).toMatchObject(invalidRequest(status));
    }
  });

  test("an unknown grant and no grant are told apart from a malformed request, and from what is not simulated", async () => {
    const unsupported = { status: 403, error: "unsupported_grant_type" };
    expect(errorOf(await app.post("/oauth/token", { grant_type: "pass" }))).toMatchObject(unsupported);
    for (const grant_type of ["password", "urn:ietf:params:oauth:grant-type:device_code"]) {
      const message = `POST /oauth/token with the grant ${grant_type} is not simulated by the sandbox`;
      expect(errorOf(await app.post("/oauth/token", { grant_type }))).toMatchObject({ status: 501, message });
    }
    expect(errorOf(await app.post("/oauth/token", {}))).toMatchObject(unsupported);
  });
});

describe("paths and hosts", () => {
  test("that lead elsewhere over plain HTTP lead nowhere", async () => {
    const targets = [
      ...["/u/../api/v2/users", "//api/v2/users", "/%61pi/v2/users", "/API/v2/users", "/authorize/../../etc/passwd"],
      ...["/api/v2/users?/authorize", "/api/v2/users%3f/authorize", "/u/login/..%2f..%2fapi/v2/users"],
    ];
    for (const target of targets) expect(await get(target), target).toMatch(/^HTTP\/1.1 421 /);
    expect(await get("/%E0%A4%A")).toMatch(/^HTTP\/1.1 4\d\d /);
  });

  test("of others are not served, also in the request's first line", async () => {
    for (const path of ["/authorize", "/u/login", "/oauth/token", "/.well-known/jwks.json"]) {
      const other = await raw(`GET ${path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`);
      expect(other, path).toMatch(/^HTTP\/1.1 421 /);
    }
    expect(await get("http://evil.example/api/v2/users")).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await raw("GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw("nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  });

  test("a forwarded host or scheme changes nothing", async () => {
    const forwarded = "x-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\nforwarded: host=evil.example\r\n";
    expect(await get("/.well-known/openid-configuration", forwarded)).not.toContain("evil.example");
    expect(await get("/api/v2/users", forwarded)).toMatch(/^HTTP\/1.1 421 /);
  });
});

test("cookies that are no session's are none", async () => {
  for (const cookie of [
    "auth0_1=x",
    `auth0_${new URL(running.tenant.issuer).port}=x`,
    "=;;=",
    `a=${"x".repeat(40_000)}`,
  ]) {
    const browser = app.inAnotherBrowser();
    browser.cookie = cookie;
    const { location } = await browser.authorize({ prompt: "none" });
    expect(location?.searchParams.get("error"), cookie.slice(0, 20)).toBe("login_required");
  }
});

test("logins that nobody asked for are over", async () => {
  const body = { state: "none", ...asAda };
  expect(errorOf(await app.post("/u/login", body))).toMatchObject(invalidRequest(400));
  expect((await app.request("/u/login")).status).toBe(400);
});
