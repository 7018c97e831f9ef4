// The tenant's connections, through the official SDK: whole-options replacement, hidden options, derived options.
import { expect, test } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    {
      name: "google-oauth2",
      strategy: "google-oauth2",
      options: { client_id: "id", client_secret: "secret", email: true },
    },
  ],
});

const byName = async (name: string) => (await running.management.connections.list({ name })).data[0];
const idOf = async (name: string) => (await byName(name))?.id ?? "";

test("a PATCH with options replaces all of them; without, none", async () => {
  const { connections } = running.management;
  const id = await idOf("google-oauth2");
  await connections.update(id, { metadata: { team: "a" } });
  expect((await connections.get(id)).options).toMatchObject({ client_id: "id", client_secret: "secret" });
  const changed = await connections.update(id, { options: { set_user_root_attributes: "on_first_login" } });
  expect(changed.options).toEqual({ set_user_root_attributes: "on_first_login", scope: [] });
  expect(await connections.get(id)).toMatchObject({ metadata: { team: "a" }, options: changed.options });
});

test("options need scopes of their own, to be seen and to be changed", async () => {
  const scopes = ["read:connections", "update:connections"];
  const id = await idOf("users");
  const blind = running.managementOf(running.tenant.createManagementClient(scopes));
  expect(await blind.connections.get(id)).not.toHaveProperty("options");
  expect((await blind.connections.list()).data[0]).not.toHaveProperty("options");
  await expect(blind.connections.update(id, { options: {} })).rejects.toMatchObject({
    statusCode: 403,
    body: {
      errorCode: "insufficient_scope",
      message: "Insufficient scope, expected any of: update:connections_options",
    },
  });
  await expect(blind.connections.update(id, { display_name: "Users" })).resolves.toMatchObject({
    display_name: "Users",
  });

  const writer = running.managementOf(running.tenant.createManagementClient([...scopes, "update:connections_options"]));
  expect(await writer.connections.update(id, { options: { disable_signup: true } })).not.toHaveProperty("options");
  expect((await byName("users"))?.options).toMatchObject({ disable_signup: true });
});

test("on six enterprise strategies on_each_login is the key's absence; elsewhere it stays", async () => {
  const { connections } = running.management;
  const options = { set_user_root_attributes: "on_each_login" as const };
  for (const strategy of ["google-apps", "ad", "waad", "samlp", "adfs", "pingfederate"] as const) {
    const { id = "" } = await connections.create({ name: `c-${strategy}`, strategy });
    expect((await connections.update(id, { options })).options).toEqual({});
    const first = { set_user_root_attributes: "on_first_login" as const };
    expect((await connections.update(id, { options: first })).options).toEqual(first);
  }
  const { id = "" } = await connections.create({ name: "c-github", strategy: "github" });
  expect((await connections.update(id, { options })).options).toEqual(options);
});

test("a value that the sync setting does not have is refused", async () => {
  const options = { set_user_root_attributes: "never" } as never;
  await expect(running.management.connections.update(await idOf("google-oauth2"), { options })).rejects.toMatchObject({
    statusCode: 400,
    body: {
      errorCode: "invalid_body",
      message: expect.stringMatching(/on property options.set_user_root_attributes/) as unknown,
    },
  });
});

test("what Auth0 derives, encrypts and refuses in options", async () => {
  const { connections } = running.management;
  const google = await connections.create({
    name: "g",
    strategy: "google-oauth2",
    options: { email: true, profile: true },
  });
  expect(google.options?.["scope"]).toEqual(["email", "profile"]);
  expect((await connections.create({ name: "o", strategy: "oidc" })).options).toEqual({ schema_version: "oidc-V4" });

  const options = { configuration: { url: "clear" }, attributes: { email: { unique: false } } };
  const { id = "", options: stored } = await connections.create({
    name: "custom",
    strategy: "auth0",
    options,
  } as never);
  expect(stored).toMatchObject({
    brute_force_protection: true,
    authentication_methods: { password: { enabled: true } },
  });
  expect(JSON.stringify(stored)).not.toContain("clear");
  await expect(connections.update(id, { options: { brute_force_protection: true } })).rejects.toMatchObject({
    statusCode: 400,
    body: { message: "cannot patch unique property on email attribute" },
  });
  await connections.update(id, { options });
  await expect(connections.update(id, { options: { ...options, validation: {} } })).rejects.toMatchObject({
    statusCode: 400,
    body: { message: "Cannot set both options.attributes and options.validation", errorCode: "invalid_body" },
  });
});

test("connections are listed by name and strategy, by checkpoint and by offset", async () => {
  const { connections } = running.management;
  const all: (string | undefined)[] = [];
  for await (const { name } of await connections.list({ take: 2 })) all.push(name);
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(4);
  expect((await connections.list({ name: "c-github" })).data.map(({ name }) => name)).toEqual(["c-github"]);
  const some = await connections.list({ strategy: ["github", "samlp"] });
  expect(some.data.map(({ name }) => name).sort()).toEqual(["c-github", "c-samlp"]);
  expect((await connections.list({ name: "c-github", fields: "name" })).data).toEqual([{ name: "c-github" }]);
  const without = await connections.list({ name: "c-github", fields: "name", include_fields: false });
  expect(without.data[0]).not.toHaveProperty("name");
  expect(without.data[0]).toHaveProperty("strategy", "github");

  const names = (connections: unknown) => (connections as { name: string }[]).map(({ name }) => name);
  const { connections: second, ...totals } = (await running.get(
    "connections?page=1&per_page=3&include_totals=true",
  )) as {
    connections: unknown;
  };
  expect(names(second)).toEqual(all.slice(3, 6));
  expect(totals).toEqual({ start: 3, limit: 3, length: 3, total: all.length });
  expect(names(await running.get("connections?per_page=2"))).toEqual(all.slice(0, 2));
});

test("names are taken once, and deleting a connection deletes its users", async () => {
  const { connections, users } = running.management;
  await expect(connections.create({ name: "users", strategy: "auth0" })).rejects.toMatchObject({ statusCode: 409 });
  const { id = "" } = await connections.create({ name: "short", strategy: "auth0" });
  await users.create({ connection: "short", email: "gone@example.com", password: "x" });
  await users.create({ connection: "users", email: "stays@example.com", password: "x" });
  await connections.delete(id);
  await expect(connections.get(id)).rejects.toMatchObject({
    statusCode: 404,
    body: { message: "The connection does not exist", errorCode: "inexistent_connection" },
  });
  expect((await users.list()).data.map(({ email }) => email)).toEqual(["stays@example.com"]);
});
