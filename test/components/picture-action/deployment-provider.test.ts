// The deployment's provider against a tenant, through the official SDK: what it refuses, what it logs, what it makes
// live, and what it does not touch.
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { ManagementClient } from "auth0";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { sha256 } from "../../../actions/bundle/sha256.ts";
import { actionDeploymentProvider } from "../../../components/picture-action/deployment-provider.ts";
import { makeLive } from "../../../components/picture-action/live-version.ts";
import type { DeploymentInputs, DeploymentState } from "../../../components/picture-action/deployment-provider.ts";
import { unknownValue } from "../../../components/dynamic-resource.ts";
import { bindActions, buildAndDeploy, deployAction, runTenant } from "../../sandbox/tenant/running-tenant.ts";
import { shortWaits } from "../../short-waits.ts";

const running = runTenant({ connections: [] });
const noOlds = {} as DeploymentInputs;
const codeOf = (version: number) => `exports.onExecutePostLogin = async () => ${version};\n`;

const provider = () =>
  actionDeploymentProvider(
    { get: () => undefined },
    {
      AUTH0_DOMAIN: running.tenant.domain,
      AUTH0_CLIENT_ID: running.tenant.managementClient.clientId,
      AUTH0_CLIENT_SECRET: running.tenant.managementClient.clientSecret,
    },
  );

let actionName: string;
let actionId: string;
let number = 0;

beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), running.ca]));
beforeEach(async () => {
  vi.spyOn(console, "info").mockImplementation(() => undefined);
  actionName = `Action ${number++}`;
  actionId = await deployAction(running, actionName, codeOf(1));
});

const declared = (version: number, others: Partial<DeploymentInputs> = {}): DeploymentInputs => ({
  ...{ actionId, actionName, codeSha256: sha256(codeOf(version)) },
  ...others,
});
const stateOf = (inputs: DeploymentInputs): DeploymentState => ({ ...inputs, versionId: "version" });
const draft = (version: number, header = "") =>
  running.management.actions.update(actionId, { code: header + codeOf(version) });
const action = () => running.management.actions.get(actionId);
const calls = () => running.tenant.faults.calls.filter(({ path }) => path !== "/oauth/token");

async function reasons(olds: DeploymentInputs, news: DeploymentInputs): Promise<string[]> {
  const { failures = [] } = await provider().check(olds, news);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("check", () => {
  shortWaits();

  it("refuses a name that another Action has, and says how to take that one over", async () => {
    const expected = expect.stringMatching(
      `^actionName: The tenant has an Action "${actionName}" already, ${actionId}\\.\n.*` +
        `pulumi up --config-path --config action.importActionId=${actionId}", .* Not if a resource of this stack`,
    ) as string;

    expect(await reasons(noOlds, declared(1, { actionId: unknownValue }))).toEqual([expected]);
    expect(await reasons(declared(1, { actionName: "before" }), declared(1, { actionId: "other" }))).toEqual([]);
    expect(
      await reasons(
        stateOf(declared(1, { actionId: "other", actionName: "before" })),
        declared(1, { actionId: "other" }),
      ),
    ).toEqual([expected]);
  });

  it("offers no takeover of one that is this package's and bound: a stack has it, and would delete it", async () => {
    await draft(2, bundleAction({ allowedUrlPrefixes: [] }));
    await bindActions(running, [actionId]);
    const [reason] = await reasons(noOlds, declared(1, { actionId: unknownValue }));

    expect(reason).toContain("It is one of auth0-user-pictures, and bound");
    expect(reason).toContain('{ aliases: [{ name: "its old name" }] }');
    expect(reason).not.toContain("importActionId");
    await bindActions(running, []);
    expect((await reasons(noOlds, declared(1, { actionId: unknownValue })))[0]).toContain("importActionId");
  });

  it("refuses it too where the Action that had it is gone from the state", async () => {
    const gone = stateOf(declared(1, { actionId: "gone" }));

    expect(await reasons(gone, declared(1, { actionId: unknownValue }))).toHaveLength(1);
  });

  it("takes its own name, also of an Action that is taken over or replaced, and asks only what is new", async () => {
    expect(await reasons(noOlds, declared(1))).toEqual([]);
    expect(await reasons(declared(1), declared(1, { actionId: unknownValue }))).toEqual([]);
    running.tenant.faults.resetCalls();
    expect(await reasons(declared(1), declared(2))).toEqual([]);
    expect(calls()).toEqual([]);
  });

  it("refuses a list of the flow that leaves out what is bound and was never in it", async () => {
    const other = await deployAction(running, `${actionName}'s neighbour`, codeOf(1));
    await bindActions(running, [other, actionId]);
    const listed = declared(1, { loginFlow: [actionId] });
    const message = `Bound to post-login, and not in the list: "${actionName}'s neighbour" (${other}).`;

    expect(await reasons(declared(1), listed)).toEqual([expect.stringContaining(message)]);
    expect(await reasons(declared(1), declared(1, { loginFlow: [unknownValue, other, actionId] }))).toEqual([]);
    expect(await reasons(declared(1), declared(1))).toEqual([]);
    // Nor is one that stays as it is taken for complete: a rename, or a run that was interrupted, has it written again.
    expect(await reasons(listed, listed)).toEqual([expect.stringContaining(message)]);
  });

  it("lets a list drop what it has bound itself", async () => {
    const other = await deployAction(running, `${actionName}'s neighbour`, codeOf(1));
    const { inputs: owned } = await provider().check(declared(1), declared(1, { loginFlow: [other, actionId] }));
    await bindActions(running, [other, actionId]);

    expect(await reasons(owned as DeploymentInputs, declared(1, { loginFlow: [actionId] }))).toEqual([]);
  });

  it("lets a list go of what it had until that is unbound, also where a run could not write it", async () => {
    const other = await deployAction(running, `${actionName}'s neighbour`, codeOf(1));
    await bindActions(running, [other, actionId]);
    const { inputs: owned } = await provider().check(declared(1), declared(1, { loginFlow: [other, actionId] }));
    const shorter = declared(1, { loginFlow: [actionId] });
    const first = await provider().check(owned ?? expect.unreachable(), shorter);
    expect([first.failures, first.inputs?.everListed]).toEqual([[], [other, actionId]]);
    expect(await reasons(first.inputs ?? expect.unreachable(), declared(1, { loginFlow: [] }))).toEqual([]);

    await bindActions(running, [actionId]);
    const after = await provider().check(first.inputs ?? expect.unreachable(), shorter);
    expect(after.inputs?.everListed).toEqual([actionId]);
  });

  it("says what Auth0 answered where it cannot be asked", async () => {
    running.tenant.faults.inject({ kind: "server error", status: 503 }, { path: /actions$/, times: 4 });

    await expect(reasons(noOlds, declared(1))).rejects.toThrow(/^Auth0 answered 503: /);
    running.tenant.faults.clear();
  });
});

describe("diff", () => {
  beforeEach(() => bindActions(running, [actionId]));
  const diff = async (olds: DeploymentInputs, news: DeploymentInputs) =>
    (await provider().diff("deployment", stateOf(olds), news)).changes;

  it("sees a change of the declaration, and says nothing of it", async () => {
    expect(await diff(declared(1), declared(1))).toBe(false);
    expect(await diff(declared(1), declared(2))).toBe(true);
    expect(await diff(declared(1), declared(1, { loginFlow: [actionId] }))).toBe(true);
    running.tenant.faults.resetCalls();
    expect(await diff(declared(1), declared(1, { actionId: unknownValue }))).toBe(true);
    expect(await diff(declared(1), declared(1, { codeSha256: unknownValue }))).toBe(true);
    expect(calls()).toEqual([]);
    expect(console.info).not.toHaveBeenCalled();
  });

  it("ignores the text of the provider that Pulumi keeps with the properties", async () => {
    const withText = (inputs: DeploymentInputs, text: string) => ({ ...inputs, __provider: text });

    expect(await diff(withText(declared(1), "old text"), withText(declared(1), "new text"))).toBe(false);
  });

  it("sees and names a draft that is as declared and not live", async () => {
    await draft(2);

    expect(await diff(declared(2), declared(2))).toBe(true);
    expect(console.info).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(`The live version of the Action "${actionName}" is not the declared one`),
    );
  });

  it("refuses, in a preview already, what only a refresh mends", async () => {
    await draft(3);
    await buildAndDeploy(running.management, actionId);
    await expect(diff(declared(1), declared(1))).rejects.toThrow(/^Somebody changed the code .* "pulumi up --refresh"/);
    // The Action is changed by this very run, or after a refresh.
    expect(await diff(declared(1), declared(2))).toBe(true);

    await bindActions(running, []);
    await running.management.actions.delete(actionId);
    await expect(diff(declared(1), declared(1))).rejects.toThrow(`does not exist any more. Run "pulumi up --refresh"`);
  });

  it("leaves a draft that nobody deployed alone while what is live is as declared", async () => {
    await draft(2);

    expect(await diff(declared(1), declared(1))).toBe(false);
  });
});

describe("an Action that somebody unbound", () => {
  const flow = async () =>
    (await running.management.actions.triggers.bindings.list("post-login")).data.map(({ action, display_name }) => [
      action?.id,
      display_name,
    ]);
  const named = (id: string, display_name: string) => ({
    ref: { type: "action_id" as const, value: id },
    display_name,
  });
  const bind = (...bindings: ReturnType<typeof named>[]) =>
    running.management.actions.triggers.bindings.updateMany("post-login", { bindings });
  const diff = async (olds: DeploymentInputs, news: DeploymentInputs) =>
    (await provider().diff("deployment", stateOf(olds), news)).changes;
  const update = (olds: DeploymentInputs, news: DeploymentInputs) =>
    provider().update("deployment", stateOf(olds), news);
  let others: string[];

  beforeEach(async () => {
    const names = ["first", "second"].map((name) => `${actionName}'s ${name}`);
    others = await Promise.all(names.map((name) => deployAction(running, name, codeOf(1))));
  });

  it("is named with what is bound, and bound again behind the others, whose order and names stay", async () => {
    const [first = "", second = ""] = others;
    await bind(named(second, "B"), named(first, "A"));

    expect(await diff(declared(1), declared(1))).toBe(true);
    expect(console.info).toHaveBeenCalledExactlyOnceWith(
      `The Action "${actionName}" is not bound any more, so no login runs it. ` +
        `Bound to post-login are "B" (${second}), "A" (${first}). "pulumi up" binds it again, behind the others.`,
    );
    await update(declared(1), declared(1));
    const restored = [
      [second, "B"],
      [first, "A"],
      [actionId, actionName],
    ];
    expect(await flow()).toEqual(restored);
    expect(await diff(declared(1), declared(1))).toBe(false);

    running.tenant.faults.resetCalls();
    await update(declared(1), declared(1));
    expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("is named and bound again where nothing is bound, and where its code changes too", async () => {
    await bind();
    await draft(2);

    expect(await diff(declared(1), declared(2))).toBe(true);
    expect(console.info).toHaveBeenCalledWith(expect.stringContaining("Bound to post-login is nothing."));
    await update(declared(1), declared(2));
    expect(await flow()).toEqual([[actionId, actionName]]);
  });

  it("takes its place in a flow that the program owns, and so does another's, and each that was moved", async () => {
    const [first = "", second = ""] = others;
    const owned = declared(1, { loginFlow: [first, actionId, second] });
    for (const seen of [
      [named(first, "A"), named(second, "B")],
      [named(actionId, actionName), named(first, "A")],
    ]) {
      await bind(...seen);
      vi.mocked(console.info).mockClear();
      expect(await diff(owned, owned)).toBe(true);
      expect(console.info).toHaveBeenCalledExactlyOnceWith(
        expect.stringContaining("The login flow is not what the program declares. Bound to post-login are "),
      );
      await update(owned, owned);
      expect(await flow()).toEqual([
        [first, "A"],
        [actionId, actionName],
        [second, expect.any(String)],
      ]);
      expect(await diff(owned, owned)).toBe(false);
    }
  });

  it("is left to the provider where this run binds it: another Action, or in another list", async () => {
    const [first = ""] = others;
    await bind();
    const listed = declared(1, { loginFlow: [first, actionId] });
    await diff(declared(1, { actionId: first }), declared(1));
    await diff(declared(1), listed);
    await update(declared(1), listed);

    expect(console.info).not.toHaveBeenCalled();
    expect(await flow()).toEqual([]);
  });

  it("is bound beside another of the same program, which is bound at the same time", async () => {
    const [first = ""] = others;
    await bind();
    const second = { ...declared(1), actionId: first, actionName: "First" };
    await Promise.all([update(declared(1), declared(1)), update(second, second)]);

    expect((await flow()).map(([id]) => id).toSorted()).toEqual([actionId, first].toSorted());
  });
});

describe("a login flow that the program gives up", () => {
  it("is said to be kept", async () => {
    await provider().check(declared(1, { loginFlow: [actionId] }), declared(1));
    expect(console.info).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("the flow is kept in Auth0"));
    await provider().check(declared(1), declared(1));
    expect(console.info).toHaveBeenCalledTimes(1);
  });
});

describe("create and update", () => {
  it("take what is live as it is, by one read", async () => {
    running.tenant.faults.resetCalls();
    const { id, outs } = await provider().create(declared(1));
    const { deployed_version } = await action();

    expect(id).toBe("deployment");
    expect(outs).toEqual({ ...declared(1), versionId: deployed_version?.id });
    expect(calls().slice(0, -1)).toHaveLength(1);
  });

  it("deploy a draft that is as declared, once, when it is built", async () => {
    await draft(2);
    running.tenant.faults.resetCalls();
    const { outs } = await provider().update("deployment", stateOf(declared(1)), declared(2));
    const { deployed_version } = await action();

    expect(outs).toEqual({ ...declared(2), versionId: deployed_version?.id });
    expect(deployed_version?.code).toBe(codeOf(2));
    expect(calls().filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it.each([
    ["has been asked for", true, 0],
    ["has not been asked for", false, 1],
  ])("wait for a deployment that %s, and ask at most once", async (_what, all_changes_deployed, asked) => {
    const old = { id: "old", code: codeOf(1) };
    const built = { id: actionId, code: codeOf(2), status: "built", all_changes_deployed, deployed_version: old };
    const live = { ...built, deployed_version: { id: "new", code: codeOf(2) } };
    const get = vi.fn().mockResolvedValueOnce(built).mockResolvedValueOnce(built).mockResolvedValue(live);
    const deploy = vi.fn().mockResolvedValue({});
    const versionId = await makeLive({ actions: { get, deploy } } as unknown as ManagementClient, declared(2));

    expect(versionId).toBe("new");
    expect(deploy).toHaveBeenCalledTimes(asked);
  });

  it("build a draft anew whose build failed", async () => {
    running.tenant.faults.failBuild({ action: actionName });
    await draft(2);
    while ((await action()).status !== "failed") await sleep(20);
    await provider().update("deployment", stateOf(declared(1)), declared(2));

    expect((await action()).deployed_version?.code).toBe(codeOf(2));
  });

  it("give up a build that fails again", async () => {
    running.tenant.faults.failBuild({ action: actionName, times: 2 });
    await draft(2);

    await expect(provider().update("deployment", stateOf(declared(1)), declared(2))).rejects.toThrow(
      `Auth0 could not build the Action "${actionName}". Run "pulumi up" again.`,
    );
    expect((await action()).deployed_version?.code).toBe(codeOf(1));
  });

  it("leave code that somebody else wrote, and say how to see and overwrite it", async () => {
    await draft(3);
    const update = provider().update("deployment", stateOf(declared(2)), declared(2));

    await expect(update).rejects.toThrow(/^Somebody changed the code .* Run "pulumi up --refresh"/);
    expect((await action()).code).toBe(codeOf(3));
    await running.management.actions.delete(actionId);
    await expect(provider().create(declared(1))).rejects.toThrow(`does not exist any more. Run "pulumi up --refresh"`);
  });
});

describe("read", () => {
  it("shows the flow as it is bound, where the program owns it", async () => {
    await bindActions(running, [actionId]);
    const owned = declared(1, { loginFlow: ["other", actionId], everListed: [actionId] });
    const { inputs } = await provider().read("deployment", stateOf(owned));

    expect(inputs).toEqual({ ...owned, loginFlow: [actionId] });
    await bindActions(running, []);
  });

  it("shows what is live, and that an Action is gone", async () => {
    const { inputs, props } = await provider().read("deployment", stateOf(declared(7)));
    expect(inputs).toEqual(declared(1));
    expect(props).toEqual({ ...declared(1), versionId: (await action()).deployed_version?.id });

    await running.management.actions.delete(actionId);
    expect(await provider().read("deployment", stateOf(declared(1)))).toEqual({ id: "" });
  });
});
