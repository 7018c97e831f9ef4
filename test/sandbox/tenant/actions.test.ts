// The tenant's Actions and bindings, through the official SDK.
import { setTimeout as sleep } from "node:timers/promises";
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

test("a client may wait for a build by deploying again, without a look at it", async () => {
  const { actions } = running.management;
  const notBuilt = badRequest("A draft must be in the 'built' state before it can be deployed.");
  const [{ id = "" }, { id: failing = "" }] = [
    await actions.create({ name: "waited for", code, supported_triggers: postLogin }),
    await actions.create({ name: "never built", code, supported_triggers: postLogin }),
  ];
  running.tenant.faults.failBuild({ action: "never built" });
  for (const one of [id, failing]) await expect(actions.deploy(one)).rejects.toMatchObject(notBuilt);
  await sleep(2100);
  expect(await actions.deploy(id)).toMatchObject({ status: "built", number: 1 });
  await expect(actions.deploy(failing)).rejects.toMatchObject(notBuilt);
  expect((await actions.get(failing)).status).toBe("failed");
});

test("a draft is built step by step, deployed only when built, and live only when deployed", async () => {
  const { actions } = running.management;
  const created = await actions.create({ name: "steps", code, supported_triggers: postLogin });
  const id = created.id ?? "";
  expect(created).toMatchObject({
    status: "pending",
    runtime: "node22",
    dependencies: [],
    secrets: [],
    all_changes_deployed: false,
  });
  const notBuilt = badRequest("A draft must be in the 'built' state before it can be deployed.");
  await expect(actions.deploy(id)).rejects.toMatchObject(notBuilt);
  expect((await actions.get(id)).status).toBe("building");
  await expect(actions.deploy(id)).rejects.toMatchObject(notBuilt);
  const built = await actions.get(id);
  expect(built.status).toBe("built");
  expect(built.deployed_version).toBeUndefined();

  const first = await actions.deploy(id);
  expect(first).toMatchObject({ deployed: false, number: 1, status: "built", code });
  expect(await actions.get(id)).toMatchObject({
    all_changes_deployed: true,
    deployed_version: { id: first.id, deployed: true },
    current_version: { status: "BUILT" },
  });

  const changed = await actions.update(id, { code: `${code} // 2` });
  expect(changed).toMatchObject({ status: "pending", all_changes_deployed: false, deployed_version: { code } });
  await buildAndDeploy(running.management, id);
  expect((await actions.get(id)).deployed_version?.code).toBe(`${code} // 2`);

  const { data: versions } = await actions.versions.list(id);
  expect(versions.map(({ number, deployed }) => [number, deployed])).toEqual([
    [2, true],
    [1, false],
  ]);
  expect(await actions.versions.get(id, first.id ?? "")).toMatchObject({ number: 1, code });
  await actions.versions.deploy(id, first.id ?? "");
  expect(await actions.get(id)).toMatchObject({
    code: `${code} // 2`,
    all_changes_deployed: false,
    deployed_version: { number: 3, code },
  });
});

test("a syntax error fails the build", async () => {
  const { actions } = running.management;
  for (const [name, broken] of [
    ["broken", "exports.x = ("],
    ["module", "export const x = 1;"],
  ] as const) {
    const { id = "" } = await actions.create({ name, code: broken, supported_triggers: postLogin });
    await actions.get(id);
    expect((await actions.get(id)).status).toBe("failed");
    await expect(actions.deploy(id)).rejects.toMatchObject(badRequest(/'built' state/));
  }
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
