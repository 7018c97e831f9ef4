// The tenant's clients, through the official SDK: applications, their callbacks in a login, and the connections that
// are enabled for them.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { olderManagementScopes } from "../../../sandbox/tenant/management-scopes.ts";
import { deployAction, bindActions, runTenant } from "./running-tenant.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });

test("a client gets a secret and Auth0's defaults; a PATCH merges its metadata and keeps the rest", async () => {
  const { clients } = running.management;
  const created = await clients.create({ name: "App", callbacks: ["https://a.example/"], client_metadata: { a: "1" } });
  expect(created).toMatchObject({
    client_id: expect.stringMatching(/^\w{32}$/) as unknown,
    client_secret: expect.stringMatching(/^\w{64}$/) as unknown,
    is_first_party: true,
    oidc_conformant: false,
    grant_types: ["authorization_code", "implicit", "refresh_token", "client_credentials"],
    jwt_configuration: { secret_encoded: false, lifetime_in_seconds: 36000 },
    refresh_token: { rotation_type: "non-rotating", token_lifetime: 2592000 },
  });
  const id = created.client_id ?? "";
  const changed = await clients.update(id, { client_metadata: { a: null, b: "2" } });
  expect(changed).toEqual({ ...created, client_metadata: { b: "2" } });
  expect(await clients.get(id)).toEqual(changed);
  await clients.update(id, { callbacks: ["https://b.example/"] });
  expect(await clients.get(id, { fields: "callbacks,name" })).toEqual({
    name: "App",
    callbacks: ["https://b.example/"],
  });
});

test("clients are listed with the tenant's own, by kind, by offset and by checkpoint", async () => {
  const { clients } = running.management;
  for (const name of ["One", "Two", "Three"]) await clients.create({ name, app_type: "regular_web" });
  const names = (await clients.list({ app_type: "regular_web" })).data.map(({ name }) => name);
  expect(names).toEqual(["One", "Two", "Three"]);
  const own = (await clients.list({ app_type: "spa,non_interactive" })).data.map(({ client_id }) => client_id);
  expect(own).toEqual([running.tenant.application.clientId, running.tenant.managementClient.clientId]);
  expect((await clients.list({ is_global: true })).data).toEqual([]);
  const query = "app_type=regular_web&fields=name";
  expect(await running.get(`clients?${query}&per_page=2&page=1&include_totals=true`)).toEqual({
    clients: [{ name: "Three" }],
    ...{ start: 2, limit: 2, length: 1, total: 3 },
  });
  const first = (await running.get(`clients?${query}&take=2`)) as { clients: unknown[]; next: string };
  expect(first.clients).toEqual([{ name: "One" }, { name: "Two" }]);
  expect(await running.get(`clients?${query}&take=2&from=${first.next}`)).toEqual({ clients: [{ name: "Three" }] });
});

test("secrets need a scope of their own, and what Auth0 does not take is refused", async () => {
  const { clients } = running.management;
  const { client_id = "" } = await clients.create({ name: "Secret" });
  const reader = running.managementOf(running.tenant.createManagementClient(["read:clients"]));
  expect(await reader.clients.get(client_id)).not.toHaveProperty("client_secret");
  for (const { client_secret } of (await reader.clients.list()).data) expect(client_secret).toBeUndefined();
  await expect(reader.clients.create({ name: "x" })).rejects.toMatchObject({ statusCode: 403 });
  const invalid = { statusCode: 400, body: { errorCode: "invalid_body" } };
  await expect(clients.create({} as never)).rejects.toMatchObject(invalid);
  await expect(clients.create({ name: "<b>" })).rejects.toMatchObject(invalid);
  await expect(clients.create({ name: "x", colour: "red" } as never)).rejects.toMatchObject(invalid);
  await expect(clients.create({ name: "x", app_type: "toaster" } as never)).rejects.toMatchObject(invalid);
  await expect(clients.update(client_id, { client_id: "other" } as never)).rejects.toMatchObject(invalid);
  const missing = { statusCode: 404, body: { errorCode: "inexistent_client" } };
  await expect(clients.get("none")).rejects.toMatchObject(missing);
  await expect(clients.update("none", {})).rejects.toMatchObject(missing);
});

test("connections are enabled for clients, one by one, until the client is deleted", async () => {
  const { clients, connections } = running.management;
  const [users] = (await connections.list({ name: "users" })).data;
  const id = users?.id ?? "";
  const enabled = async () => {
    const all: unknown[] = [];
    for await (const { client_id } of await connections.clients.get(id, { take: 2 })) all.push(client_id);
    return all;
  };
  const ids: string[] = [];
  for (const name of ["A", "B", "C"]) ids.push((await clients.create({ name })).client_id ?? "");
  const [a = "", b = "", c = ""] = ids;
  await connections.clients.update(
    id,
    ids.map((client_id) => ({ client_id, status: true })),
  );
  expect(await enabled()).toEqual(ids);
  expect((await connections.get(id)).enabled_clients).toEqual(ids);
  await connections.clients.update(id, [
    { client_id: b, status: false },
    { client_id: a, status: true },
  ]);
  expect(await enabled()).toEqual([a, c]);
  await clients.delete(c);
  expect(await enabled()).toEqual([a]);
  await expect(clients.get(c)).rejects.toMatchObject({ statusCode: 404 });
  await expect(connections.clients.get("con_none", {})).rejects.toMatchObject({ statusCode: 404 });
  await expect(connections.clients.update(id, [])).rejects.toMatchObject({ statusCode: 400 });
  await expect(connections.clients.update(id, [{ client_id: "none", status: true }])).rejects.toMatchObject({
    statusCode: 404,
  });
});

test("a login returns to a callback of its own client only, and the Actions are told which client it is", async () => {
  const { clients, users } = running.management;
  const callback = "https://app.example/callback";
  const created = await clients.create({ name: "Web", callbacks: [callback], client_metadata: { tier: "gold" } });
  const client_id = created.client_id ?? "";
  await users.create({ connection: "users", email: "web@example.com", password: "x" });
  const claim = `api.idToken.setCustomClaim("client", event.client)`;
  const id = await deployAction(running, "client", `exports.onExecutePostLogin = async (event, api) => { ${claim}; };`);
  await bindActions(running, [id]);
  const verifier = "v".repeat(43);
  const authorize = async (changed: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      ...{ response_type: "code", client_id, redirect_uri: callback, scope: "openid", connection: "users" },
      ...{ login_hint: "web@example.com", code_challenge_method: "S256" },
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      ...changed,
    });
    const url = `${running.tenant.issuer}authorize?${query.toString()}`;
    const { status, headers } = await running.fetch(url, { redirect: "manual" });
    return { status, location: headers.get("location") ?? "" };
  };
  const redeem = async (code: string, client: string, redirect_uri = callback) => {
    const { client_secret = "" } = client === client_id ? created : {};
    const proof = { client_id: client, client_secret, code_verifier: verifier };
    const body = new URLSearchParams({ grant_type: "authorization_code", redirect_uri, code, ...proof });
    const response = await running.fetch(`${running.tenant.issuer}oauth/token`, { method: "POST", body });
    return (await response.json()) as Record<string, string>;
  };
  const codeOf = async () => new URL((await authorize()).location).searchParams.get("code") ?? "";

  const { clientId, redirectUri } = running.tenant.application;
  expect(await authorize({ redirect_uri: redirectUri })).toEqual({ status: 403, location: "" });
  expect(await authorize({ client_id: clientId })).toEqual({ status: 403, location: "" });
  expect((await authorize({ client_id: clientId, redirect_uri: redirectUri })).location).toMatch(/[?&]code=/);
  expect((await redeem(await codeOf(), clientId))["error"]).toBe("invalid_grant");
  expect((await redeem(await codeOf(), client_id, redirectUri))["error"]).toBe("invalid_grant");
  const tokens = await redeem(await codeOf(), client_id);
  const claims = JSON.parse(Buffer.from(tokens["id_token"]?.split(".")[1] ?? "", "base64url").toString()) as object;
  expect(claims).toMatchObject({ aud: client_id, client: { client_id, name: "Web", metadata: { tier: "gold" } } });

  for (const method of ["GET", "POST"]) {
    const headers = { authorization: `Bearer ${tokens["access_token"]}` };
    const response = await running.fetch(`${running.tenant.issuer}userinfo`, { method, headers });
    expect(await response.json()).toMatchObject({ sub: expect.stringMatching(/^auth0\|/) as unknown });
  }
});

test("what is not there is empty: modules of Actions, provisioning from directories and by SCIM", async () => {
  const { actions, connections } = running.management;
  expect((await actions.modules.list()).data).toEqual([]);
  expect((await connections.directoryProvisioning.list()).data).toEqual([]);
  const { id = "" } = await connections.create({ name: "saml", strategy: "samlp" });
  await expect(connections.scimConfiguration.get(id)).rejects.toMatchObject({ statusCode: 404 });
});

test("a tenant of an older sandbox has no applications yet: its own are shown, and it may do what is new", async () => {
  const file = join(running.folder, "tenant.json");
  await running.tenant.close();
  const { applications, organizations, ...older } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  expect([applications, organizations]).toEqual([expect.any(Array), expect.any(Array)]);
  const [first, ...others] = older["managementClients"] as object[];
  const state = { ...older, managementClients: [{ ...first, scopes: olderManagementScopes }, ...others] };
  await writeFile(file, JSON.stringify(state));
  await running.restart();
  const { clientId, redirectUri } = running.tenant.application;
  expect(await running.management.clients.get(clientId)).toMatchObject({ app_type: "spa", callbacks: [redirectUri] });
  expect(await running.logIn("users", "web@example.com")).toMatchObject({ aud: clientId });
  const limited = running.managementOf(running.tenant.createManagementClient(["read:users"]));
  await expect(limited.clients.list()).rejects.toMatchObject({ statusCode: 403 });
});
