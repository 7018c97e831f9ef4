// The My Account API's profile: who may call it, what a user sees and may change, and what becomes of a picture that a
// user sets there, in a login with the Action of this package.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { RootPictureMode } from "../../../actions/user-picture/picture.ts";
import { LoginError, logIn } from "../../../sandbox/tenant/login.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import { bindActions, deployAction, runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
    { name: "corporate", strategy: "samlp", options: { set_user_root_attributes: "on_first_login" } },
  ],
});

const jo = "jo@example.com";
let joId = "";

beforeAll(async () => {
  const user = { connection: "users", email: jo, password: "x", user_metadata: { color: "red", size: 1 } };
  joId = (await running.management.users.create(user)).user_id ?? "";
  const profile = { email: "g@example.com", name: "Grace", picture: "https://idp.example/1" };
  running.tenant.identityProvider.setProfile("google-oauth2", { ...profile, sub: "g1" });
  running.tenant.identityProvider.setProfile("corporate", { ...profile, sub: "c1" });
});

const audience = () => `${running.tenant.issuer}me/`;
const both = "openid read:me:profile update:me:profile";

async function tokenOf(loginHint = jo, connection = "users", scope = both, forAudience = audience()): Promise<string> {
  const who = { connection, loginHint, scope, audience: forAudience, ca: running.ca };
  return (await logIn(running.tenant, who)).accessToken;
}

interface Answer {
  status: number;
  body: Record<string, unknown> & { profile_policy?: Record<string, unknown> };
}

async function call(
  token: string | undefined,
  init: { method?: string; body?: string } = {},
  query = "",
): Promise<Answer> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(init.body !== undefined && { "content-type": "application/json" }),
  };
  const response = await running.fetch(`${running.tenant.issuer}me/v1/profile${query}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const patch = (token: string, change: unknown) => call(token, { method: "PATCH", body: JSON.stringify(change) });

const problem = (status: number, code: string, title: string, detail: unknown, validation_errors?: unknown) => ({
  status,
  body: {
    ...{ type: `https://auth0.com/api-errors/A0E-${code}`, status, title, detail },
    ...(validation_errors !== undefined && { validation_errors }),
  },
});

describe("off, as at Auth0", () => {
  test("there is no such API, and no token for it", async () => {
    await expect(tokenOf()).rejects.toMatchObject({
      error: "access_denied",
      errorDescription: `Service not found: ${audience()}`,
    });
    expect(await call(undefined)).toEqual(problem(401, "401-0001", "Unauthorized", "Missing or invalid token."));
  });

  test("a client's grants are written and read by the Management API, and go with the client", async () => {
    const { clients, clientGrants, resourceServers } = running.management;
    const api = await resourceServers.create({ name: "Orders", identifier: "https://orders.example/" });
    const { client_id = "" } = await clients.create({ name: "With a grant" });
    const grant = { client_id, audience: "https://orders.example/" };
    const created = await clientGrants.create({ ...grant, scope: ["read:orders"] });
    expect(created).toEqual({ ...grant, id: created.id, scope: ["read:orders"], subject_type: "client" });
    await expect(clientGrants.create({ ...grant, scope: [] })).rejects.toMatchObject({ statusCode: 409 });
    await expect(clientGrants.create({ ...grant, audience: "https://none/" })).rejects.toMatchObject({
      statusCode: 404,
    });
    await clientGrants.update(created.id ?? "", { scope: [] });
    expect((await clientGrants.list({ client_id })).data).toEqual([{ ...created, scope: [] }]);
    expect((await resourceServers.get(api.id ?? "")).name).toBe("Orders");
    const again = resourceServers.create({ identifier: "https://orders.example/" });
    await expect(again).rejects.toMatchObject({ statusCode: 409 });
    await clients.delete(client_id);
    expect((await clientGrants.list({ client_id })).data).toEqual([]);
  });

  test("once the API is created, an application needs a grant; and the profile is still off", async () => {
    const { resourceServers, clientGrants } = running.management;
    const { clientId } = running.tenant.application;
    const created = await resourceServers.create({ name: "Auth0 My Account API", identifier: audience() });
    expect(created).toMatchObject({
      identifier: audience(),
      is_system: true,
      scopes: [{ value: "read:me:profile" }, { value: "update:me:profile" }],
      subject_type_authorization: { user: { policy: "require_client_grant" }, client: { policy: "deny_all" } },
    });
    const denied = `Client "${clientId}" is not authorized to access resource server "${audience()}".`;
    await expect(tokenOf()).rejects.toMatchObject({ error: "invalid_request", errorDescription: denied });

    const grant = { client_id: clientId, audience: audience(), subject_type: "user" as const };
    await clientGrants.create({ ...grant, scope: ["read:me:profile"] });
    const token = await tokenOf();
    expect(await call(token)).toEqual(problem(404, "404-0001", "Not Found", "The profile endpoint is not enabled."));
    expect((await patch(token, {})).status).toBe(404);

    running.tenant.setMyAccountProfile(true);
    expect((await call(token)).status).toBe(200);
    // The grant has no more.
    expect((await patch(token, { nickname: "x" })).status).toBe(403);
    await resourceServers.update(created.id ?? "", { subject_type_authorization: { user: { policy: "deny_all" } } });
    await expect(tokenOf()).rejects.toBeInstanceOf(LoginError);
    await resourceServers.delete(audience());
    expect((await clientGrants.list({ client_id: clientId })).data).toEqual([]);
    running.tenant.setMyAccountProfile(false);
    expect((await call(token)).status).toBe(404);
  });
});

describe("on", () => {
  beforeEach(() => {
    running.tenant.setMyAccountProfile(true);
  });

  test("a user sees their profile, and what of it they may change", async () => {
    const { body, status } = await call(await tokenOf());
    const user = await running.management.users.get(joId);
    const own = { access: "read_write", source: "user" };
    const identifier = { access: "read_only", source: "user", reason: "managed_via_me_identifiers" };
    const system = { access: "read_only", source: "system", reason: "system_field" };
    expect([status, body]).toEqual([
      200,
      {
        ...{ user_id: joId, email: jo, email_verified: false, name: jo, nickname: "jo", picture: user.picture },
        ...{ created_at: user.created_at, updated_at: user.updated_at, user_metadata: { color: "red", size: 1 } },
        profile_policy: {
          ...{ "/name": own, "/given_name": own, "/family_name": own, "/nickname": own, "/picture": own },
          ...{ "/user_metadata": own, "/email": identifier, "/email_verified": identifier },
          ...{ "/created_at": system, "/updated_at": system },
        },
      },
    ]);
  });

  test("by fields, or without them", async () => {
    const token = await tokenOf();
    expect((await call(token, {}, "?fields=email,picture")).body).toEqual({
      email: jo,
      picture: expect.any(String) as string,
    });
    const without = (await call(token, {}, "?fields=email,profile_policy&include_fields=false")).body;
    expect(Object.keys(without)).not.toEqual(expect.arrayContaining(["email"]));
    expect(without).toHaveProperty("picture");
    for (const query of ["?fields=passwords", "?fields=email&include_fields=1", "?fields=email&fields=name"]) {
      expect(await call(token, {}, query)).toMatchObject({ status: 400, body: { title: "validation_error" } });
    }
  });

  test("a user changes it: root attributes, and metadata merged at the first level", async () => {
    const token = await tokenOf();
    const picture = "https://pictures.example/jo.png";
    const { status, body } = await patch(token, {
      ...{ name: "Jo Doe", given_name: "Jo", family_name: "Doe", nickname: "jojo", picture },
      user_metadata: { color: { deep: true }, size: null, lang: "de" },
    });
    expect(status).toBe(200);
    const changed = { name: "Jo Doe", given_name: "Jo", family_name: "Doe", nickname: "jojo", picture };
    expect(body).toMatchObject({ ...changed, email: jo, user_metadata: { color: { deep: true }, lang: "de" } });
    expect(body["user_metadata"]).not.toHaveProperty("size");
    expect(await running.management.users.get(joId)).toMatchObject(changed);
    expect(await running.logIn("users", jo)).toMatchObject({ picture, name: "Jo Doe" });
    expect(await patch(token, {})).toEqual({ status: 200, body });
    await running.restart();
    expect((await call(token)).body).toMatchObject(changed);
  });

  test("pages of the applications may call it, and those of others may not", async () => {
    const origin = "http://localhost:3000";
    await running.management.clients.create({ name: "Page", web_origins: [origin], app_type: "spa" });
    const ask = (from: string) =>
      running.fetch(`${running.tenant.issuer}me/v1/profile`, {
        method: "OPTIONS",
        headers: { origin: from, "access-control-request-method": "PATCH" },
      });
    const { headers } = await ask(origin);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-methods")).toContain("PATCH");
    expect((await ask("http://localhost:3001")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("what the identity provider writes at each login is not the user's", async () => {
    const token = await tokenOf("g1", "google-oauth2");
    const { body } = await call(token);
    const provider = { access: "read_only", source: "idp", reason: "managed_by_identity_provider" };
    for (const name of ["name", "given_name", "family_name", "nickname", "picture"]) {
      expect(body.profile_policy?.[`/${name}`]).toEqual(provider);
    }
    expect(body.profile_policy?.["/email"]).toMatchObject({ access: "read_only", source: "idp" });
    const before = await running.management.users.get("google-oauth2|g1");
    const change = { picture: "https://evil.example/x.png", nickname: "g", user_metadata: { color: "blue" } };
    const detail = "Field is managed by the identity provider.";
    const source = "managed_by_identity_provider";
    expect(await patch(token, change)).toEqual(
      problem(400, "400-0008", "read_only_field", "The field '/picture' is read-only.", [
        { detail, pointer: "/picture", source },
        { detail, pointer: "/nickname", source },
      ]),
    );
    // All or nothing.
    expect(await running.management.users.get("google-oauth2|g1")).toEqual(before);
    expect((await patch(token, { user_metadata: { color: "blue" } })).status).toBe(200);
    expect(await patch(token, { email: "x@example.com" })).toMatchObject({
      body: {
        title: "read_only_field",
        validation_errors: [{ pointer: "/email", source: "managed_via_me_identifiers" }],
      },
    });
  });

  test("where the provider writes at the first login only, it is the user's from then on", async () => {
    const token = await tokenOf("c1", "corporate");
    expect((await call(token)).body.profile_policy?.["/picture"]).toEqual({ access: "read_write", source: "user" });
    const picture = "https://pictures.example/c.png";
    expect((await patch(token, { picture })).status).toBe(200);
    expect(await running.logIn("corporate", "c1")).toMatchObject({ picture });
  });

  test.each([
    ["a picture without TLS", { picture: "http://p.example/x" }, "/picture"],
    ["a script", { picture: "javascript:alert(1)" }, "/picture"],
    ["no picture", { picture: "" }, "/picture"],
    ["null", { picture: null }, "/picture"],
    ["no URL", { picture: "https://" }, "/picture"],
    ["a picture of 2,049 characters", { picture: `https://p.example/${"x".repeat(2031)}` }, "/picture"],
    ["a name of blanks", { name: "  " }, "/name"],
    ["a given name of 151 characters", { given_name: "x".repeat(151) }, "/given_name"],
    ["a number", { nickname: 1 }, "/nickname"],
    ["metadata that is a list", { user_metadata: [] }, "/user_metadata"],
    ["metadata with a dollar", { user_metadata: { $a: 1 } }, "/user_metadata"],
    ["app_metadata", { app_metadata: { admin: true } }, "/app_metadata"],
    ["an unknown key", { "a/b~c": 1 }, "/a~1b~0c"],
    ["a key of every object", { constructor: "x" }, "/constructor"],
    ["a list", [1], ""],
    ["a text", "x", ""],
  ])("%s is refused, and nothing changes", async (_, change, pointer) => {
    const token = await tokenOf();
    const before = await running.management.users.get(joId);
    const body = Array.isArray(change) || typeof change !== "object" ? change : { ...change, family_name: "Changed" };
    expect(await patch(token, body)).toEqual(
      problem(400, "400-0003", "validation_error", "Invalid request.", [
        { detail: expect.any(String) as string, pointer },
      ]),
    );
    expect(await running.management.users.get(joId)).toEqual({ ...before, last_login: expect.any(String) as string });
  });

  test("a picture of 2,048 characters is none too many", async () => {
    const picture = `https://p.example/${"x".repeat(2030)}`;
    expect((await patch(await tokenOf(), { picture })).body["picture"]).toBe(picture);
  });

  test("bodies that are no JSON, or huge, are refused in the same form", async () => {
    const token = await tokenOf();
    const broken = await call(token, { method: "PATCH", body: "{" });
    expect(broken).toMatchObject({ status: 400, body: { status: 400, title: "Bad Request" } });
    for (const none of [null, [], "x"]) {
      expect((await patch(token, none)).body["validation_errors"]).toEqual([{ detail: "must be object", pointer: "" }]);
    }
    const body = JSON.stringify({ user_metadata: { x: "x".repeat(2_000_000) } });
    const huge = await call(token, { method: "PATCH", body }).catch(() => undefined);
    if (huge) expect(huge).toMatchObject({ status: 413, body: { status: 413 } });
    expect((await call(token)).status).toBe(200);
  });

  test("needs a token of this tenant, for this API, with the scope, that has not expired", async () => {
    const unauthorized = problem(401, "401-0001", "Unauthorized", "Missing or invalid token.");
    for (const token of [undefined, "", "x.y.z", await strangersToken()])
      expect(await call(token)).toEqual(unauthorized);
    const forUserInfo = (await logIn(running.tenant, { connection: "users", loginHint: jo, ca: running.ca }))
      .accessToken;
    expect(await call(forUserInfo)).toEqual(unauthorized);
    const { idToken } = await logIn(running.tenant, { connection: "users", loginHint: jo, ca: running.ca });
    expect(await call(idToken)).toEqual(unauthorized);
    expect(await call(await signed({ aud: audience(), sub: joId, scope: both }, -60))).toEqual(unauthorized);
    expect(await call(await signed({ aud: audience(), sub: "auth0|gone", scope: both }, 60))).toEqual(unauthorized);

    const readOnly = await tokenOf(jo, "users", "openid read:me:profile");
    expect((await call(readOnly)).status).toBe(200);
    const lacks = (scope: string) =>
      problem(403, "403-0002", "insufficient_scope", `Token lacks required scope: ${scope}`);
    expect(await patch(readOnly, { nickname: "x" })).toEqual(lacks("update:me:profile"));
    const writeOnly = await tokenOf(jo, "users", "openid update:me:profile");
    expect(await call(writeOnly)).toEqual(lacks("read:me:profile"));
    const other = await tokenOf(jo, "users", "openid read:me:factors delete:me:authentication_methods");
    expect(await call(other)).toEqual(lacks("read:me:profile"));
  });

  /** A token as this tenant would sign it. */
  async function signed(
    { aud, sub, scope }: Record<"aud" | "sub" | "scope", string>,
    seconds: number,
  ): Promise<string> {
    const { openSigningKey } = await import("../../../sandbox/tenant/signing-key.ts");
    const key = await openSigningKey(running.folder);
    return key.sign({ iss: running.tenant.issuer, aud, sub, scope }, seconds, "at+jwt");
  }

  /** The same token, signed by somebody else. */
  async function strangersToken(): Promise<string> {
    const { mkdtemp, rm } = await import("node:fs/promises");
    const { openSigningKey } = await import("../../../sandbox/tenant/signing-key.ts");
    const folder = await mkdtemp(`${running.folder}-stranger-`);
    const key = await openSigningKey(folder);
    await rm(folder, { recursive: true });
    return key.sign({ iss: running.tenant.issuer, aud: audience(), sub: joId, scope: both }, 60, "at+jwt");
  }
});

test("a seed switches it on", async () => {
  await using tenant = await startTenant({
    connections: [{ name: "users", strategy: "auth0" }],
    users: [{ connection: "users", email: jo }],
    myAccountProfile: true,
  });
  const login = { connection: "users", loginHint: jo, scope: both, audience: `${tenant.issuer}me/` };
  const { accessToken } = await tenant.logIn(login);
  const headers = { authorization: `Bearer ${accessToken}` };
  expect(await (await tenant.fetch(`${tenant.issuer}me/v1/profile`, { headers })).json()).toMatchObject({ email: jo });
});

describe("a foreign picture that a user sets as their root picture", () => {
  const foreign = "https://tracker.example/mallory.png";
  const defaultUrl = "https://pictures.example.org/d/default.png";
  const settings = {
    allowedUrlPrefixes: ["https://pictures.example.org/u/", "https://pictures.example.org/d/"],
    defaultPictures: { general: defaultUrl },
  };

  test.each([
    [RootPictureMode.Guarded, defaultUrl],
    [RootPictureMode.Trusted, foreign],
    [undefined, foreign],
  ])("is, where root pictures are %s, shown as %s", async (rootPicture, shown) => {
    running.tenant.setMyAccountProfile(true);
    const code = bundleAction({ ...settings, ...(rootPicture && { rootPicture }) });
    await bindActions(running, [await deployAction(running, `User picture ${String(rootPicture)}`, code)]);
    expect((await patch(await tokenOf(), { picture: foreign })).status).toBe(200);
    expect((await running.logIn("users", jo))["picture"]).toBe(shown);
    // One under an allowed prefix is the user's choice in every mode.
    const chosen = "https://pictures.example.org/u/jo.png";
    expect((await patch(await tokenOf(), { picture: chosen })).status).toBe(200);
    expect((await running.logIn("users", jo))["picture"]).toBe(chosen);
  });
});
