// How an Action's build goes on, by a clock that the test moves: it needs no look at the Action, and no tenant that
// runs.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { bindActions, runTenant } from "./running-tenant.ts";

const code = "exports.onExecutePostLogin = async () => {};";
const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
const notBuilt = {
  statusCode: 400,
  body: { error: "Bad Request", message: "A draft must be in the 'built' state before it can be deployed." },
};

let time = Date.parse("2026-11-27T07:00:00.000Z");
const second = 1000;
const running = runTenant(
  { connections: [{ name: "users", strategy: "google-oauth2" }] },
  { buildTime: { now: () => time, milliseconds: 3 * second } },
);

const actions = () => running.management.actions;
const statusOf = async (id: string) => (await actions().get(id)).status;
let count = 0;
const create = async (more: object = {}) =>
  (await actions().create({ name: `Action ${++count}`, code, supported_triggers, ...more })).id ?? "";

beforeEach(() => running.tenant.faults.clear());

test("it takes its time, however often it is looked at, and none of a look", async () => {
  const created = await actions().create({ name: "timed", code, supported_triggers });
  const id = created.id ?? "";
  expect(created).toMatchObject({ status: "pending", runtime: "node22", dependencies: [], secrets: [] });
  for (let look = 0; look < 5; look++) expect(await statusOf(id)).toBe("pending");
  await expect(actions().deploy(id)).rejects.toMatchObject(notBuilt);
  time += second;
  for (let look = 0; look < 5; look++) expect(await statusOf(id)).toBe("building");
  await expect(actions().deploy(id)).rejects.toMatchObject(notBuilt);
  time += 2 * second - 1;
  expect(await statusOf(id)).toBe("building");
  time += 1;
  expect(running.tenant.snapshot().actions["timed"]).toMatchObject({ status: "built" });
  const { data } = await actions().list({ actionName: "timed" });
  expect(data).toMatchObject([{ id, status: "built", all_changes_deployed: false }]);
});

test("it is built for who has never looked: a client may wait by deploying again", async () => {
  const id = await create();
  await expect(actions().deploy(id)).rejects.toMatchObject(notBuilt);
  time += 3 * second;
  expect(await actions().deploy(id)).toMatchObject({ status: "built", number: 1 });
});

test("a changed draft is built anew, from the change on; what is live stays until it is deployed", async () => {
  const id = await create();
  time += 3 * second;
  await actions().deploy(id);
  const changed = await actions().update(id, { code: `${code} // 2` });
  expect(changed).toMatchObject({ status: "pending", all_changes_deployed: false, deployed_version: { code } });
  time += 2 * second;
  await actions().update(id, { code: `${code} // 3` });
  time += 2 * second;
  expect(await statusOf(id)).toBe("building");
  time += second;
  expect(await actions().get(id)).toMatchObject({ status: "built", deployed_version: { code } });
  await actions().deploy(id);
  expect((await actions().get(id)).deployed_version?.code).toBe(`${code} // 3`);
});

test("it goes on while the tenant is down, and a build that will fail fails after a restart too", async () => {
  const [id, hanging] = [await create(), await create()];
  running.tenant.faults.failBuild();
  const failing = await create();
  time += 2 * second;
  expect([await statusOf(id), await statusOf(failing)]).toEqual(["building", "retrying"]);
  await running.restart();
  expect([await statusOf(id), await statusOf(failing)]).toEqual(["building", "retrying"]);
  time += second;
  await running.restart();
  expect([await statusOf(id), await statusOf(failing)]).toEqual(["built", "failed"]);
  expect(await actions().deploy(hanging)).toMatchObject({ status: "built" });
});

test("it fails, once and by name, for a dependency that npm does not have; the code in force stays", async () => {
  const id = await create({ name: "ours" });
  time += 3 * second;
  await actions().deploy(id);
  running.tenant.faults.failBuild({ action: "ours" });
  const other = await create({ name: "not meant" });
  await actions().update(id, { code: `${code} // 2`, dependencies: [{ name: "crypto", version: "17.7.1" }] });
  const statuses = [];
  for (; statuses.length < 4; time += second) statuses.push(await statusOf(id));
  expect(statuses).toEqual(["pending", "building", "retrying", "failed"]);
  await expect(actions().deploy(id)).rejects.toMatchObject(notBuilt);
  expect(await actions().get(id)).toMatchObject({ code: `${code} // 2`, deployed_version: { code } });
  expect([await statusOf(other), running.tenant.faults.pending]).toEqual(["built", 0]);

  await actions().update(id, { dependencies: [] });
  time += 3 * second;
  await actions().deploy(id);
  expect((await actions().get(id)).deployed_version?.code).toBe(`${code} // 2`);
});

test("code with a syntax error is built and deployed, and fails at the login", async () => {
  running.tenant.identityProvider.setProfile("users", { sub: "jo", email: "jo@example.com" });
  for (const [broken, message] of [
    ["exports.x = (", "Unexpected end of input"],
    ["export const x = 1;", "Unexpected token 'export'"],
    // As recorded (TestAccAction): it was built and deployed.
    [
      'exports.onContinuePostLogin = async (event, api) => {\n\tconsole.log(event)\n};"\n',
      "Invalid or unexpected token",
    ],
  ] as const) {
    const id = await create({ code: broken });
    time += 3 * second;
    await actions().deploy(id);
    expect(await actions().get(id)).toMatchObject({
      status: "built",
      all_changes_deployed: true,
      deployed_version: { code: broken, status: "built" },
    });
    await bindActions(running, [id]);
    await expect(running.logIn("users", "jo@example.com")).rejects.toMatchObject({
      error: "access_denied",
      errorDescription: message,
    });
  }
  await bindActions(running, []);
});

test("an Action that an older sandbox wrote is built, or has failed, whatever the older one's reads had come to", async () => {
  const ids = [await create(), await create(), await create(), await create()];
  await running.tenant.close();
  const file = join(running.folder, "tenant.json");
  const state = JSON.parse(await readFile(file, "utf8")) as { actions: Record<string, unknown>[] };
  const older = ["pending", "building", "retrying", "failed"];
  state.actions = state.actions.map((action) => {
    const index = ids.indexOf(action["id"] as string);
    const { build: _, ...kept } = action;
    return index < 0 ? action : { ...kept, status: older[index] };
  });
  await writeFile(file, JSON.stringify(state));
  await running.restart();
  expect(await Promise.all(ids.map(statusOf))).toEqual(["built", "built", "failed", "failed"]);
});
