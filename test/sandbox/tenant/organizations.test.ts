// The tenant's organizations, through the official SDK: themselves, their connections and their members.
import { beforeAll, expect, test } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "acme", strategy: "samlp" },
  ],
});
const ids: string[] = [];

beforeAll(async () => {
  for (const email of ["a@example.com", "b@example.com", "c@example.com"]) {
    const { user_id = "" } = await running.management.users.create({ connection: "users", email, password: "x" });
    ids.push(user_id);
  }
});

const connectionId = async (name: string) => (await running.management.connections.list({ name })).data[0]?.id ?? "";

test("an organization has a name of its own, and is found by it and by its id", async () => {
  const { organizations } = running.management;
  const sent = { name: "acme-inc", display_name: "Acme Inc.", metadata: { plan: "x" } };
  const { id = "", ...created } = await organizations.create(sent);
  expect(id).toMatch(/^org_\w{16}$/);
  expect(created).toEqual(sent);
  expect(await organizations.get(id)).toEqual({ id, ...sent });
  expect(await organizations.getByName("acme-inc")).toEqual({ id, ...sent });
  expect(await organizations.update(id, { display_name: "Acme" })).toEqual({ id, ...sent, display_name: "Acme" });
  await expect(organizations.create({ name: "acme-inc" })).rejects.toMatchObject({ statusCode: 409 });
  for (const name of ["Upper", "org_x", "-a", ""]) {
    await expect(organizations.create({ name })).rejects.toMatchObject({ statusCode: 400 });
  }
  await organizations.create({ name: "other" });
  await expect(organizations.update(id, { name: "other" })).rejects.toMatchObject({ statusCode: 409 });
  await expect(organizations.update(id, { name: "acme-inc" })).resolves.toBeDefined();
  expect(await running.get("organizations?include_totals=true&per_page=1")).toMatchObject({
    organizations: [{ id }],
    ...{ start: 0, limit: 1, total: 2 },
  });
  expect(await running.get("organizations?take=1")).toMatchObject({ organizations: [{ id }], next: /^org_/ });
  await organizations.delete(id);
  for (const gone of [organizations.get(id), organizations.getByName("acme-inc"), organizations.delete(id)]) {
    await expect(gone).rejects.toMatchObject({ statusCode: 404, body: { errorCode: "inexistent_organization" } });
  }
});

test("connections are enabled for an organization, as recorded", async () => {
  const { organizations } = running.management;
  const connection_id = await connectionId("users");
  const { id = "" } = await organizations.create({
    name: "connected",
    enabled_connections: [{ connection_id: await connectionId("acme") }],
  });
  const { enabledConnections } = organizations;
  const shown = { connection_id, assign_membership_on_login: false, connection: { name: "users", strategy: "auth0" } };
  expect(await enabledConnections.add(id, { connection_id })).toEqual(shown);
  expect(await running.get(`organizations/${id}/enabled_connections?include_totals=true&per_page=50`)).toEqual({
    enabled_connections: [expect.objectContaining({ connection: { name: "acme", strategy: "samlp" } }), shown],
    ...{ start: 0, limit: 2, total: 2 },
  });
  expect(await enabledConnections.update(id, connection_id, { assign_membership_on_login: true })).toEqual({
    ...shown,
    assign_membership_on_login: true,
  });
  await expect(enabledConnections.add(id, { connection_id })).rejects.toMatchObject({ statusCode: 409 });
  await expect(enabledConnections.add(id, { connection_id: "con_none" })).rejects.toMatchObject({ statusCode: 404 });
  await expect(enabledConnections.add(id, {} as never)).rejects.toMatchObject({ statusCode: 400 });
  await running.management.connections.delete(await connectionId("acme"));
  expect((await enabledConnections.list(id)).data).toHaveLength(1);
  await enabledConnections.delete(id, connection_id);
  await expect(enabledConnections.get(id, connection_id)).rejects.toMatchObject({ statusCode: 404 });
});

test("users become members, once, and the organizations of a user are told", async () => {
  const { organizations, users } = running.management;
  const { id = "" } = await organizations.create({ name: "team" });
  const [a = "", b = "", c = ""] = ids;
  await organizations.members.create(id, { members: [a, b] });
  await organizations.members.create(id, { members: [b, c] });
  const members = async () => (await organizations.members.list(id)).data.map(({ user_id }) => user_id);
  expect(await members()).toEqual([a, b, c]);
  expect(await running.get(`organizations/${id}/members?include_totals=true&per_page=1&page=1`)).toEqual({
    members: [{ user_id: b, email: "b@example.com", name: "b@example.com", picture: expect.any(String) as unknown }],
    ...{ start: 1, limit: 1, total: 3 },
  });
  expect((await users.organizations.list(a)).data.map(({ name }) => name)).toEqual(["team"]);
  await organizations.members.delete(id, { members: [a] });
  expect(await members()).toEqual([b, c]);
  expect((await users.organizations.list(a)).data).toEqual([]);
  await users.delete(b);
  expect(await members()).toEqual([c]);
  await expect(organizations.members.create(id, { members: ["auth0|none"] })).rejects.toMatchObject({
    statusCode: 404,
    body: { errorCode: "inexistent_user" },
  });
  const reader = running.managementOf(running.tenant.createManagementClient(["read:organizations"]));
  await expect(reader.organizations.members.list(id)).rejects.toMatchObject({ statusCode: 403 });
});
