// The auth0 stand-in against the sandbox's tenant: the requests of the real provider, in its order, and its traps.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Management } from "auth0";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore } from "../../../sandbox/edge/edge-store.ts";
import type { Auth0Plugin } from "../../../sandbox/providers/auth0-provider.ts";
import { unmarked } from "../../../sandbox/providers/inputs.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { runTenant } from "../tenant/running-tenant.ts";
import { connectProvider, initFailure } from "./provider-client.ts";
import type { ProviderClient } from "./provider-client.ts";

const actionType = "auth0:index/action:Action";
const bindingType = "auth0:index/triggerAction:TriggerAction";

const running = runTenant({
  connections: [],
  actions: [{ name: "Other team", code: "exports.onExecutePostLogin = async () => {};" }],
});
let folder: string;
let served: ServedProviders;
let auth0: ProviderClient;
const plugin: Auth0Plugin = { version: "3.49" };
let requests: string[] = [];
/** By request line: a response that replaces the tenant's, once. */
const faults = new Map<string, Response>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "providers-"));
  const recording = async (input: string | URL, init?: { method?: string }) => {
    const { pathname, search } = new URL(input);
    const line = `${init?.method ?? "GET"} ${pathname.replace("/api/v2", "")}${search}`;
    requests.push(line);
    const fault = faults.get(line);
    faults.delete(line);
    return fault ?? running.fetch(input, init);
  };
  served = await serveProviders({
    auth0: {
      domain: running.tenant.domain,
      ...running.tenant.managementClient,
      fetch: recording as unknown as typeof fetch,
      plugin,
    },
    edge: { controlPlane: controlPlane(openStore(folder)) },
  });
  auth0 = connectProvider(served.attach, "auth0");
});
afterAll(async () => {
  auth0.close();
  await served.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  plugin.version = "3.49";
  requests = [];
  faults.clear();
});

let count = 0;
const action = (change: object = {}) => ({
  name: `Picture ${++count}`,
  code: "exports.onExecutePostLogin = async () => {};",
  runtime: "node22",
  supportedTriggers: { id: "post-login", version: "v3" },
  deploy: true,
  ...change,
});
const createAction = async (change: object = {}) => {
  const inputs = action(change);
  return { inputs, ...(await auth0.create(actionType, inputs)) };
};
const bind = async (actionId: string, more: object = {}) => {
  const inputs = { trigger: "post-login", actionId, ...more };
  return { inputs, ...(await auth0.create(bindingType, inputs)) };
};
const bound = async () =>
  (await running.management.actions.triggers.bindings.list("post-login")).data.map((it) => it.display_name);
/** Repeated polls count once, and ids read `ID`. */
const calls = (id: string) =>
  requests.map((line) => line.replaceAll(id, "ID")).filter((line, index, lines) => line !== lines[index - 1]);

describe("an Action", () => {
  test("is posted, built, deployed and read; nothing is asked before", async () => {
    const { id, outputs, inputs } = await createAction();
    const polled = ["GET /actions/actions/ID", "POST /actions/actions/ID/deploy", "GET /actions/actions/ID"];
    expect(calls(id)).toEqual(["POST /oauth/token", "POST /actions/actions", ...polled]);
    const live = (await running.management.actions.get(id)).deployed_version;
    expect(outputs).toMatchObject({ ...inputs, versionId: live?.id });

    requests = [];
    const news = { ...inputs, name: "Picture renamed", code: `${inputs.code}//` };
    const updated = await auth0.update(actionType, id, outputs, news);
    expect(calls(id)).toEqual(["PATCH /actions/actions/ID", ...polled]);
    const draft = await running.management.actions.get(id);
    expect([draft.name, draft.deployed_version?.code, updated["code"]]).toEqual([news.name, news.code, news.code]);

    requests = [];
    await auth0.delete(actionType, id, updated);
    expect(calls(id)).toEqual(["DELETE /actions/actions/ID"]);
    await auth0.delete(actionType, id, updated);
  });

  test("that is not deployed has no version", async () => {
    const { id, outputs } = await createAction({ deploy: false });
    expect(outputs["versionId"]).toBe("");
    expect(calls(id)).toEqual(["POST /actions/actions", "GET /actions/actions/ID"]);
  });

  test("whose name is taken is refused, not adopted", async () => {
    const { inputs } = await createAction();
    await expect(auth0.create(actionType, inputs)).rejects.toThrow(
      "2 UNKNOWN: 1 error occurred:\n\t* 409 Conflict: An action with that name already exists.\n\n",
    );
  });

  test("that fails after the POST, or after the PATCH, is kept in the state with the reason", async () => {
    const inputs = action();
    const urn = "urn:pulumi:dev::project::auth0:index/action:Action::thing";
    running.tenant.faults.failBuild({ action: inputs.name });
    const error: unknown = await auth0.create(actionType, inputs).catch((it: unknown) => it);
    const failure = initFailure(error);
    const reason = `action "${inputs.name}" failed to build, check the Auth0 UI for errors`;
    expect(failure).toMatchObject({
      type: "pulumirpc.ErrorResourceInitFailed",
      outputs: { name: inputs.name },
      reasons: [`creating ${urn}: 1 error occurred:\n\t* ${reason}\n\n`],
    });

    // The next `up` goes on from it.
    const repaired = await auth0.update(actionType, failure.id, failure.outputs, inputs);
    expect(repaired["versionId"]).not.toBe("");
    const refusal = { statusCode: 400, error: "Bad Request", message: "no" };
    faults.set(`POST /actions/actions/${failure.id}/deploy`, Response.json(refusal, { status: 400 }));
    const again: unknown = await auth0
      .update(actionType, failure.id, repaired, { ...inputs, code: "//" })
      .catch((it: unknown) => it);
    expect(initFailure(again)).toMatchObject({
      id: failure.id,
      outputs: { code: "//", versionId: repaired["versionId"] },
      reasons: [`updating ${urn}: 1 error occurred:\n\t* 400 Bad Request: no\n\n`],
    });
  });

  test("whose code has a syntax error is built and deployed, as Auth0 does it", async () => {
    const { id, outputs } = await createAction({ code: "syntax error" });
    expect(outputs["versionId"]).not.toBe("");
    expect((await running.management.actions.get(id)).deployed_version?.code).toBe("syntax error");
  });

  test("that cannot be read or patched says so in the bridge's words, and what was planned is kept", async () => {
    const { id, inputs, outputs } = await createAction();
    const refusal = () => Response.json({ statusCode: 400, error: "Bad Request", message: "no" }, { status: 400 });
    faults.set(`GET /actions/actions/${id}`, refusal());
    await expect(auth0.read(actionType, id, { inputs, outputs })).rejects.toThrow(
      /^2 UNKNOWN: refreshing urn:\S+::thing: 1 error occurred:\n\t\* 400 Bad Request: no\n\n$/,
    );
    faults.set(`PATCH /actions/actions/${id}`, refusal());
    const news = { ...inputs, code: "//" };
    const error: unknown = await auth0.update(actionType, id, outputs, news).catch((it: unknown) => it);
    expect(initFailure(error)).toMatchObject({ id, outputs: { code: "//", versionId: outputs["versionId"] } });
  });

  test("is read by its draft alone", async () => {
    const { id, inputs, outputs } = await createAction({ runtime: "node18" });
    expect((await running.management.actions.get(id)).runtime).toBe("node18-actions");
    expect(await auth0.read(actionType, id, { inputs, outputs })).toEqual({ id, inputs, outputs });
    await running.management.actions.update(id, { code: "// edited in the dashboard" });
    const drifted = await auth0.read(actionType, id, { inputs, outputs });
    expect(drifted.inputs).toEqual({ ...inputs, code: "// edited in the dashboard" });
    expect(drifted.outputs["versionId"]).toBe(outputs["versionId"]);
    const imported = await auth0.read(actionType, id);
    // `deploy` has a default and is not read, so its value is null.
    expect(unmarked(imported.inputs)).toEqual({ ...drifted.inputs, deploy: null });
  });

  test("that is gone reads as gone, and its update says so", async () => {
    const { id, inputs, outputs } = await createAction();
    await running.management.actions.delete(id);
    expect((await auth0.read(actionType, id, { inputs, outputs })).id).toBe("");
    const update = auth0.update(actionType, id, outputs, { ...inputs, code: "//" });
    await expect(update).rejects.toThrow("the resource did not exist while updating urn:pulumi:dev::project");
  });

  test("sends secrets only when they change, and refuses to drop one that it does not know", async () => {
    const { id, inputs, outputs } = await createAction({ secrets: [{ name: "ours", value: "1" }] });
    await running.management.actions.update(id, {
      secrets: [
        { name: "ours", value: "1" },
        { name: "theirs", value: "2" },
      ],
    });
    await auth0.update(actionType, id, outputs, { ...inputs, code: "//" });
    expect((await running.management.actions.get(id)).secrets).toHaveLength(2);
    const update = auth0.update(actionType, id, outputs, { ...inputs, secrets: [{ name: "ours", value: "3" }] });
    await expect(update).rejects.toThrow(
      "* [secrets] Unmanaged Action Secret: Detected an action secret not managed though Terraform: theirs. If you",
    );
  });
});

describe("a newer plugin", () => {
  test("keeps an Action's status, and replaces one whose build a read has seen to fail", async () => {
    const { id, inputs, outputs } = await createAction();
    expect(outputs).not.toHaveProperty("status");
    plugin.version = "3.55";
    // What the older one has deployed stays as it is.
    expect((await auth0.diff(actionType, inputs, inputs, outputs)).changes).toBe(false);
    const seen = await auth0.read(actionType, id, { inputs, outputs });
    expect(seen).toEqual({ id, inputs, outputs: { ...outputs, status: "built" } });
    expect((await auth0.diff(actionType, inputs, inputs, seen.outputs)).changes).toBe(false);

    running.tenant.faults.failBuild({ action: inputs.name });
    const news = { ...inputs, code: "// fails" };
    const failure = initFailure(
      await auth0.update(actionType, id, seen.outputs, news).catch((error: unknown) => error),
    );
    // The failed update itself has read nothing, so the next one is in place.
    expect((await auth0.diff(actionType, inputs, news, failure.outputs)).replaces).toEqual([]);
    const failed = (await auth0.read(actionType, id, { inputs: news, outputs: failure.outputs })).outputs;
    expect(failed["status"]).toBe("failed");
    const diff = (deploy: boolean, ignored: string[] = []) =>
      auth0.diff(actionType, { ...news, deploy }, { ...news, deploy }, failed, ignored);
    expect(await diff(true)).toMatchObject({ replaces: ["status"], detailed: { status: "UPDATE_REPLACE" } });
    expect(await diff(true, ["status"])).toMatchObject({ changes: false, replaces: [] });
    expect(await diff(false)).toMatchObject({ replaces: [], detailed: { deploy: "UPDATE" } });
    plugin.version = "3.49";
    expect(await diff(true)).toMatchObject({ changes: false, replaces: [] });
    const older = await auth0.read(actionType, id, { inputs: news, outputs: failure.outputs });
    expect(older.outputs).not.toHaveProperty("status");
  });

  test("knows one trigger more", async () => {
    const inputs = { trigger: "post-credential-validation", actionId: "a" };
    expect((await auth0.check(bindingType, inputs)).failures).toHaveLength(1);
    plugin.version = "3.55";
    expect((await auth0.check(bindingType, inputs)).failures).toEqual([]);
    expect((await auth0.check(bindingType, { ...inputs, trigger: "post-nothing" })).failures).toHaveLength(1);
  });
});

describe("a binding", () => {
  const list = "GET /actions/triggers/post-login/bindings";
  const pages = [`${list}?page=0&per_page=100`, `${list}?page=1&per_page=100`];

  test("is added at the end, and taken away alone", async () => {
    const before = await bound();
    const { id: actionId, inputs: made } = await createAction();
    requests = [];
    const binding = await bind(actionId);
    expect(binding).toMatchObject({ id: `post-login::${actionId}`, outputs: { displayName: made.name } });
    const first = `${list}?page=0&per_page=50`;
    const patch = "PATCH /actions/triggers/post-login/bindings";
    expect(calls(actionId)).toEqual([first, "GET /actions/actions/ID", patch, ...pages]);
    expect(await bound()).toEqual([...before, made.name]);
    await expect(auth0.delete(actionType, actionId, {})).rejects.toThrow(
      /^2 UNKNOWN: deleting urn:\S+: 1 error occurred:\n\t\* 409 Conflict: Unable to delete an action bound to a trigger\./,
    );
    await auth0.update(bindingType, binding.id, binding.outputs, { ...binding.inputs, displayName: "Renamed" });
    expect(await bound()).toEqual([...before, "Renamed"]);

    requests = [];
    await auth0.delete(bindingType, binding.id, binding.outputs);
    expect(calls(actionId)).toEqual([first, patch]);
    expect(await bound()).toEqual(before);
    expect((await auth0.read(bindingType, binding.id)).id).toBe("");
  });

  test("that is there already is adopted as it is", async () => {
    const { id: actionId } = await createAction();
    const { inputs, id } = await bind(actionId, { displayName: "First" });
    requests = [];
    const adopted = await bind(actionId, { displayName: "Second" });
    expect(adopted.outputs["displayName"]).toBe("First");
    expect(calls(actionId)).not.toContain("PATCH /actions/triggers/post-login/bindings");
    expect(unmarked((await auth0.read(bindingType, id)).inputs)).toEqual({ ...inputs, displayName: "First" });

    // The state has the name that was found, so the next plain `up` writes the program's.
    const { detailed } = await auth0.diff(bindingType, adopted.inputs, adopted.inputs, adopted.outputs);
    expect(detailed).toEqual({ displayName: "UPDATE" });
    const updated = await auth0.update(bindingType, adopted.id, adopted.outputs, adopted.inputs);
    expect(updated["displayName"]).toBe("Second");
    expect((await auth0.diff(bindingType, adopted.inputs, adopted.inputs, updated)).changes).toBe(false);
    expect((await auth0.diff(bindingType, adopted.inputs, inputs, adopted.outputs)).changes).toBe(false);
  });

  test("that is gone is not updated, and nothing is bound", async () => {
    const { id: actionId } = await createAction();
    const { id, outputs, inputs } = await bind(actionId);
    await auth0.delete(bindingType, id, outputs);
    const update = auth0.update(bindingType, id, outputs, { ...inputs, displayName: "Renamed" });
    await expect(update).rejects.toThrow("the resource did not exist while updating urn:pulumi:dev::project");
  });

  test("of an Action that is not deployed is refused", async () => {
    const { id: actionId } = await createAction({ deploy: false });
    await expect(bind(actionId)).rejects.toThrow("400 Bad Request");
  });

  test("that another write overtakes is lost, in the provider's words", async () => {
    const { id: actionId } = await createAction();
    const nothing: Management.ListActionBindingsPaginatedResponseContent = { bindings: [], per_page: 100 };
    faults.set(pages[0] ?? "", Response.json(nothing));
    await expect(bind(actionId)).rejects.toThrow(
      "expected non-nil error with nil state during Create of urn:pulumi:dev",
    );
  });
});

describe("a whole list", () => {
  const listType = "auth0:index/triggerActions:TriggerActions";
  const patch = "PATCH /actions/triggers/post-login/bindings";

  test("is written without a read, as the program orders it, and its deletion unbinds all Actions", async () => {
    const before = await bound();
    const { id: first } = await createAction();
    const { id: second } = await createAction();
    await bind(first);
    expect(await bound()).toHaveLength(before.length + 1);
    requests = [];
    const inputs = {
      trigger: "post-login",
      actions: [
        { id: second, displayName: "Second" },
        { id: first, displayName: "First" },
      ],
    };
    const list = await auth0.create(listType, inputs);
    expect(requests[0]).toBe(patch);
    expect(list).toMatchObject({ id: "post-login", outputs: inputs });
    expect(await bound()).toEqual(["Second", "First"]);

    const reversed = { ...inputs, actions: inputs.actions.toReversed() };
    await auth0.update(listType, list.id, list.outputs, reversed);
    expect(await bound()).toEqual(["First", "Second"]);
    expect(unmarked((await auth0.read(listType, list.id)).inputs)).toEqual(reversed);

    requests = [];
    await auth0.delete(listType, list.id, list.outputs);
    expect(requests).toEqual([patch]);
    expect(await bound()).toEqual([]);
  });

  test("that replaces a single binding loses it to the binding's deletion", async () => {
    const { id: actionId } = await createAction();
    const single = await bind(actionId);
    const inputs = { trigger: "post-login", actions: [{ id: actionId, displayName: "Ours" }] };
    await auth0.create(listType, inputs);
    await auth0.delete(bindingType, single.id, single.outputs);

    expect(await bound()).toEqual([]);
  });
});

describe("the tenant", () => {
  test("is asked again after 429 and 503, not after another error", async () => {
    const reset = { "x-ratelimit-reset": String(Math.floor(Date.now() / 1000)) };
    faults.set("POST /actions/actions", new Response("{}", { status: 429, headers: reset }));
    const { id } = await createAction();
    expect(calls(id).filter((line) => line === "POST /actions/actions")).toHaveLength(1);
    expect(requests.filter((line) => line === "POST /actions/actions")).toHaveLength(2);
    faults.set(`DELETE /actions/actions/${id}`, new Response("{}", { status: 503 }));
    await auth0.delete(actionType, id, {});
    expect(requests.filter((line) => line.startsWith("DELETE"))).toHaveLength(2);
  });

  test("and the client are the stack's own where its settings name them", async () => {
    const limited = running.tenant.createManagementClient(["read:actions"]);
    const { clientId, clientSecret } = limited;
    await auth0.configure({ "auth0:config:clientId": clientId, "auth0:config:clientSecret": clientSecret });
    await expect(createAction()).rejects.toThrow("403 Forbidden: Insufficient scope");
    await auth0.configure({ "auth0:config:apiToken": "not-a-token" });
    await expect(createAction()).rejects.toThrow("401 Unauthorized");
    await auth0.configure({});
    await expect(createAction()).resolves.toBeDefined();
  });
});
