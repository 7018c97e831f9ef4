// The tenant's Actions and bindings, through the official SDK.
import { expect, test } from "vitest";
import { bindActions, buildAndDeploy, deployAction, runTenant } from "./running-tenant.ts";

const code = "exports.onExecutePostLogin = async () => {};";
const running = runTenant({
  connections: [],
  actions: [
    { name: "audit", code },
    { name: "roles", code },
    { name: "unbound", code, bound: false },
  ],
});

const postLogin = [{ id: "post-login" as const, version: "v3" }];
const conflict = (message: string) => ({ statusCode: 409, body: { statusCode: 409, error: "Conflict", message } });
const badRequest = (message: string | RegExp) => ({
  statusCode: 400,
  body: {
    error: "Bad Request",
    message: typeof message === "string" ? message : (expect.stringMatching(message) as unknown),
  },
});
const boundNames = async () =>
  (await running.management.actions.triggers.bindings.list("post-login")).data.map((binding) => binding.action?.name);

test("a seeded tenant runs the other teams' Actions in their order", async () => {
  expect(await boundNames()).toEqual(["audit", "roles"]);
  const unbound = (await running.management.actions.list({ actionName: "unbound" })).data;
  expect(unbound).toMatchObject([
    { status: "built", all_changes_deployed: true, deployed_version: { deployed: true } },
  ]);
});

test("a version is frozen when it is deployed, live only then, and can be deployed again", async () => {
  const { actions } = running.management;
  const { id = "" } = await actions.create({ name: "steps", code, supported_triggers: postLogin });
  expect((await actions.get(id)).deployed_version).toBeUndefined();
  await buildAndDeploy(running.management, id);
  const first = (await actions.get(id)).deployed_version;
  expect(first).toMatchObject({ deployed: true, number: 1, status: "built", code });
  expect(await actions.get(id)).toMatchObject({ all_changes_deployed: true, current_version: { status: "BUILT" } });

  await actions.update(id, { code: `${code} // 2` });
  await buildAndDeploy(running.management, id);
  const { data: versions } = await actions.versions.list(id);
  expect(versions.map(({ number, deployed }) => [number, deployed])).toEqual([
    [2, true],
    [1, false],
  ]);
  expect(await actions.versions.get(id, first?.id ?? "")).toMatchObject({ number: 1, code });
  await actions.versions.deploy(id, first?.id ?? "");
  expect(await actions.get(id)).toMatchObject({
    code: `${code} // 2`,
    all_changes_deployed: false,
    deployed_version: { number: 3, code },
  });
});

test("names are unique, code is limited, unknown triggers, runtimes and properties are refused", async () => {
  const { actions } = running.management;
  const draft = { name: "limits", code, supported_triggers: postLogin };
  await expect(actions.create({ ...draft, name: "audit" })).rejects.toMatchObject(
    conflict("An action with that name already exists."),
  );
  await expect(actions.create({ ...draft, code: "/".repeat(100_001) })).rejects.toMatchObject(
    badRequest(/100000 bytes/),
  );
  await expect(actions.create({ ...draft, runtime: "node20" })).rejects.toMatchObject(badRequest(/node20/));
  await expect(
    actions.create({ ...draft, supported_triggers: [{ id: "post-login", version: "v9" }] }),
  ).rejects.toMatchObject(badRequest(/v9/));
  await expect(actions.create({ ...draft, deploy: true })).rejects.toMatchObject(
    badRequest("Payload validation error: 'Additional properties not allowed: deploy'."),
  );
  const { id = "" } = await actions.create({ ...draft, code: "/".repeat(100_000) });
  await expect(actions.update(id, { name: "audit" })).rejects.toMatchObject(
    conflict("An action with that name already exists."),
  );
  await expect(actions.get("none")).rejects.toMatchObject({
    statusCode: 404,
    body: { statusCode: 404, error: "Not Found", message: "That action does not exist." },
  });
});

test("secrets are replaced as a list and never read back", async () => {
  const { actions } = running.management;
  const secrets = [
    { name: "a", value: "one" },
    { name: "b", value: "two" },
  ];
  const created = await actions.create({ name: "secrets", code, supported_triggers: postLogin, secrets });
  const id = created.id ?? "";
  const changed = await actions.update(id, { secrets: [{ name: "a" }] });
  expect(changed.secrets?.map(({ name }) => name)).toEqual(["a"]);
  await buildAndDeploy(running.management, id);
  const versions = await actions.versions.list(id);
  expect(JSON.stringify([created, changed, await actions.get(id), versions.data])).not.toMatch(/"one"|"two"/);
  await expect(actions.update(id, { secrets: [{ name: "new" }] })).rejects.toMatchObject(
    badRequest(/new has no value/),
  );
});

test("the list of bindings leaves out zero fields, as go-auth0's paging needs", async () => {
  const list = async (trigger: string, query: string) =>
    (await running.get(`actions/triggers/${trigger}/bindings?${query}`)) as { bindings: unknown[] };
  const { bindings, ...first } = await list("post-login", "page=0&per_page=100");
  expect(bindings).toHaveLength(2);
  expect(first).toEqual({ total: 2, per_page: 100 });
  expect(await list("post-login", "page=1&per_page=100")).toEqual({ bindings: [], page: 1, per_page: 100 });
  expect(await list("credentials-exchange", "per_page=100")).toEqual({ bindings: [], per_page: 100 });
  expect((await list("post-login", "page=1&per_page=1")).bindings).toHaveLength(1);
  expect(await list("post-login", "per_page=1000")).toMatchObject({
    statusCode: 400,
    errorCode: "invalid_query_string",
  });
  expect(await list("none", "")).toMatchObject({ statusCode: 404 });
});

test("a PATCH of the bindings replaces the whole list, in order, with new ids", async () => {
  const { bindings } = running.management.actions.triggers;
  const before = (await bindings.list("post-login")).data;
  const { bindings: returned = [] } = await bindings.updateMany("post-login", {
    bindings: [
      { ref: { type: "action_name", value: "unbound" }, display_name: "Shown" },
      ...before
        .toReversed()
        .map((binding) => ({ ref: { type: "action_id" as const, value: binding.action?.id ?? "" } })),
    ],
  });
  expect(returned.map(({ display_name }) => display_name)).toEqual(["Shown", "roles", "audit"]);
  expect(await boundNames()).toEqual(["unbound", "roles", "audit"]);
  const ids = new Set(before.map(({ id }) => id));
  expect(returned.some(({ id }) => ids.has(id))).toBe(false);
  const kept = before.map((binding) => binding.action?.id ?? "");
  await bindActions(running, kept);
  expect(await boundNames()).toEqual(["audit", "roles"]);
});

test("undeployed, incompatible and too many Actions are not bound, and the list stays", async () => {
  const { actions } = running.management;
  const { id: draft = "" } = await actions.create({ name: "draft", code, supported_triggers: postLogin });
  await expect(bindActions(running, [draft])).rejects.toMatchObject(
    badRequest("Trying to create a binding for an action that has not been deployed."),
  );
  const supported_triggers = [{ id: "credentials-exchange" as const, version: "v2" }];
  const { id: other = "" } = await actions.create({ name: "exchange", code, supported_triggers });
  await buildAndDeploy(running.management, other);
  await expect(bindActions(running, [other])).rejects.toMatchObject(
    badRequest("Trying to create a binding between an incompatible action and trigger."),
  );
  const audit = (await actions.list({ actionName: "audit" })).data[0]?.id ?? "";
  await expect(bindActions(running, [audit, audit])).rejects.toMatchObject(badRequest(/bound twice/));
  const many = await Promise.all(Array.from({ length: 21 }, (_, i) => deployAction(running, `many ${i}`, code)));
  await expect(bindActions(running, many)).rejects.toMatchObject(badRequest(/20 items on property bindings/));
  await expect(bindActions(running, ["none"])).rejects.toMatchObject({ statusCode: 404 });
  expect(await boundNames()).toEqual(["audit", "roles"]);
});

test("a bound Action is only deleted by force, which unbinds it", async () => {
  const { actions } = running.management;
  const id = await deployAction(running, "bound", code);
  const kept = (await actions.triggers.bindings.list("post-login")).data.map((binding) => binding.action?.id ?? "");
  await bindActions(running, [...kept, id]);
  await expect(actions.delete(id)).rejects.toMatchObject(conflict("Unable to delete an action bound to a trigger."));
  await actions.delete(id, { force: true });
  expect(await boundNames()).toEqual(["audit", "roles"]);
  await expect(actions.get(id)).rejects.toMatchObject({ statusCode: 404 });
});
