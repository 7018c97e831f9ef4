// The tenant's snapshot: the same text while nothing changes, another one after any change, and equal for two tenants
// in the same state.
import { expect, test } from "vitest";
import type { TenantSeed } from "../../../sandbox/tenant/tenant.ts";
import { bindActions, buildAndDeploy, deployAction, runTenant } from "./running-tenant.ts";

const code = "exports.onExecutePostLogin = async () => {};";
const seed: TenantSeed = {
  connections: [
    { name: "google-oauth2", strategy: "google-oauth2", options: { client_secret: "theirs", email: true } },
  ],
  actions: [{ name: "other team", code }],
};
const running = runTenant(seed);
const other = runTenant(seed);

const text = (tenant = running.tenant) => JSON.stringify(tenant.snapshot());
const content = (tenant = running.tenant) => JSON.stringify(tenant.snapshot({ ids: false }));

test("is the same to the byte when all that changes is times, bindings' ids and the order of options", async () => {
  const { connections, actions } = running.management;
  const before = text();
  const bound = (await actions.triggers.bindings.list("post-login")).data;
  await bindActions(
    running,
    bound.map(({ action }) => action?.id ?? ""),
  );
  const { id = "", options = {} } = (await connections.list()).data[0] ?? {};
  await connections.update(id, { options: Object.fromEntries(Object.entries(options).toReversed()) });
  expect(text()).toBe(before);
  await running.restart();
  expect(text()).toBe(before);
});

test("shows every other change", async () => {
  const { connections, actions } = running.management;
  const seen = [text()];
  const changed = async (change: Promise<unknown>) => {
    await change;
    expect(seen).not.toContain(text());
    seen.push(text());
  };
  const { id = "", options = {} } = (await connections.list()).data[0] ?? {};
  await changed(connections.update(id, { options: { ...options, client_secret: "rotated" } }));
  await changed(connections.update(id, { options: { set_user_root_attributes: "on_first_login" } }));
  await changed(connections.update(id, { display_name: "Google" }));
  await changed(deployAction(running, "ours", code));
  const { id: ours = "" } = (await actions.list({ actionName: "ours" })).data[0] ?? {};
  await changed(actions.update(ours, { code: `${code} // 2` }));
  await changed(buildAndDeploy(running.management, ours));
  await changed(bindActions(running, [ours]));
  await changed(bindActions(running, []));
  await changed(connections.create({ name: "users", strategy: "auth0" }));
  await changed(running.management.users.create({ connection: "users", email: "a@example.com", password: "x" }));
});

test("holds names and contents of what is there", () => {
  const { actions, bindings, connections } = other.tenant.snapshot();
  expect(Object.keys(actions)).toEqual(["other team"]);
  expect(actions["other team"]).toMatchObject({ status: "built", draft: { code }, deployed: { code } });
  expect(bindings).toEqual({ "post-login": [{ action: "other team", display_name: "other team" }] });
  const { options } = connections["google-oauth2"] ?? {};
  expect(JSON.stringify(options)).toBe('{"client_secret":"theirs","email":true,"scope":["email"]}');
});

test("without ids, two tenants that came to the same end by different ways are the same", async () => {
  const ids = (await running.management.connections.list()).data.map(({ id = "" }) => id);
  for (const id of ids) await running.management.connections.delete(id);
  for (const { id = "" } of (await running.management.actions.list()).data) {
    await running.management.actions.delete(id, { force: true });
  }
  const options = { email: true, client_secret: "theirs" };
  await running.management.connections.create({ name: "google-oauth2", strategy: "google-oauth2", options });
  const again = await deployAction(running, "other team", code);
  await buildAndDeploy(running.management, again);
  await bindActions(running, [again]);
  for (const { management } of [running, other]) {
    await management.connections.create({ name: "users", strategy: "auth0" });
    await management.users.create({ connection: "users", email: "a@example.com", password: "x" });
  }
  expect(content()).toBe(content(other.tenant));
  expect(text()).not.toBe(text(other.tenant));
});
