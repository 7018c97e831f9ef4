// One login flow that others share, on the real engine: whatever happens to our Action in one deployment, it is in the
// flow once, others stay as they are, and no login is left without what it had.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isRare } from "../rare.ts";
import { bindActions, buildAndDeploy, deployAction } from "../sandbox/tenant/running-tenant.ts";
import type { UpOptions } from "../../sandbox/engine/workspace.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/login-flow");
const picture = { logicalName: "picture" };

const up = (action: object, options: Pick<UpOptions, "skipPreview" | "replace" | "refresh"> = { skipPreview: true }) =>
  sandbox().workspace.up({ config: { action }, ...options });

/** What the program deploys. */
let code: string;

interface FlowEntry {
  readonly display_name: string;
  readonly liveCode: string;
}

/**
 * What logins ran after each call of the deployment, consecutive equal flows once: the bindings by their names, unless
 * told otherwise.
 */
async function flowsDuring(
  deployment: () => Promise<unknown>,
  nameOf: (entry: FlowEntry) => string = ({ display_name }) => display_name,
): Promise<string[]> {
  const { tenant } = sandbox();
  const flows: string[] = [];
  const record = () => {
    const { actions, bindings } = tenant.snapshot();
    const entries = (bindings["post-login"] ?? []).map(({ action, display_name }) => {
      const { deployed } = actions[action] as { deployed?: { code: string } };
      return { display_name, liveCode: deployed?.code ?? "" };
    });
    const flow = entries.map(nameOf).join(", ");
    if (flow !== flows.at(-1)) flows.push(flow);
  };
  record();
  tenant.faults.inject({ kind: "meanwhile", when: "after effect", act: record }, { times: Infinity });
  await deployment().finally(() => tenant.faults.clear());
  return flows;
}

async function idOf(actionName: string): Promise<string> {
  const { data } = await sandbox().management.actions.list({ actionName });
  return data[0]?.id ?? "";
}
const liveCode = async (id: string) => (await sandbox().management.actions.get(id)).deployed_version?.code;

// A program's range of the auth0 plugin takes both: what the older one has deployed, the newer one goes on with.
beforeAll(async () => {
  await up(picture);
  sandbox().auth0Plugin.version = "3.55";
});
beforeEach(() => void sandbox().takeOutput());

describe("what somebody has unbound", () => {
  const withRoles = (ids: readonly string[]) => bindActions(sandbox(), ids);
  const named = async (action: object) => {
    sandbox().takeOutput();
    const { changes } = await sandbox().workspace.preview({ config: { action } });
    return { output: sandbox().takeOutput(), changes };
  };

  it("is named in a preview, and bound again by the next up, in a flow of others", async () => {
    await withRoles([await idOf("Add roles")]);
    const { output, changes } = await named(picture);
    expect(output).toContain(`The Action "User picture" is not bound any more`);
    expect(changes).toMatchObject({ create: 0, update: 1, replace: 0 });
    await up(picture);
    expect(await sandbox().boundActions()).toEqual(["Add roles", "User picture"]);
  });

  it.runIf(isRare)("is so in a flow of our own, and then there is nothing to change", async () => {
    const roles = await idOf("Add roles");
    const action = { ...picture, loginFlow: { actionsAfter: [{ actionId: roles, displayName: "Add roles" }] } };
    expect((await named(picture)).changes).toMatchObject({ create: 0, update: 0 });
    await up(action);
    await withRoles([roles]);
    const { output, changes } = await named(action);
    expect(output).toContain("The login flow is not what the program declares");
    expect(changes).toMatchObject({ create: 0, update: 1, replace: 0 });
    await up(action);
    expect(await sandbox().boundActions()).toEqual(["User picture", "Add roles"]);
    expect((await named(action)).changes).toMatchObject({ create: 0, update: 0 });
    expect((await named(picture)).output).toContain("the flow is kept in Auth0");
    await up(picture);
    expect(await sandbox().boundActions()).toEqual(["User picture", "Add roles"]);
    await withRoles([roles, await idOf("User picture")]);
  });
});

describe("our Action in a flow of others", () => {
  const avatar = { logicalName: "avatar", name: "Avatar" };

  it("is renamed, and its component is, without leaving the flow or being in it twice", async () => {
    const id = await idOf("User picture");
    const flows = await flowsDuring(() => up({ ...avatar, aliases: [{ name: "picture" }] }));

    expect(flows).toEqual(["Add roles, User picture", "Add roles, Avatar"]);
    expect(await idOf("Avatar")).toBe(id);
  });

  it.runIf(isRare)("is refused where its component has another name and no alias: its own is taken", async () => {
    await expect(up({ ...avatar, logicalName: "face" }, {})).rejects.toThrow("failed");
    const refusal = sandbox().takeOutput();
    expect(refusal).toContain(`The tenant has an Action "Avatar" already, ${await idOf("Avatar")}`);
    expect(refusal).toContain("It is one of auth0-user-pictures, and bound");
    expect(refusal).not.toContain("importActionId");
    expect(await sandbox().boundActions()).toEqual(["Add roles", "Avatar"]);
  });

  it.runIf(isRare)("has its binding replaced, which the provider would adopt before it deletes it", async () => {
    const type = "auth0-user-pictures:index:PictureAction$auth0:index/triggerAction:TriggerAction";
    const replace = [`urn:pulumi:dev::login-flow::${type}::avatar-binding`];
    const flows = await flowsDuring(() => up(avatar, { skipPreview: true, replace }));

    expect(flows).toEqual(["Add roles, Avatar", "Add roles", "Add roles, Avatar"]);
  });

  it("is replaced with no second one beside it, and is away only from its deletion to the new one's deployment", async () => {
    const id = await idOf("Avatar");
    const type = "auth0-user-pictures:index:PictureAction$auth0:index/action:Action";
    const replace = [`urn:pulumi:dev::login-flow::${type}::avatar-action`];
    const flows = await flowsDuring(() => up(avatar, { skipPreview: true, replace }));

    expect(flows).toEqual(["Add roles, Avatar", "Add roles", "Add roles, Avatar"]);
    expect(await idOf("Avatar")).not.toBe(id);
  });

  it("is removed, and leaves the others", async () => {
    expect(await flowsDuring(() => up({}))).toEqual(["Add roles, Avatar", "Add roles"]);
    expect(await idOf("Avatar")).toBe("");
  });

  it("takes over one that was pasted by hand, which runs until the new version does", async () => {
    const pasted = `exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim("picture", event.user.user_metadata.picture);
};
`;
    const importActionId = await deployAction(sandbox(), "Change user pictures", pasted);
    await bindActions(sandbox(), [importActionId, await idOf("Add roles")]);
    const whoseCode = ({ display_name, liveCode }: FlowEntry) =>
      display_name === "Add roles" ? display_name : liveCode === pasted ? "pasted" : liveCode.includes("auth0-user-pictures") ? "ours" : "?"; // prettier-ignore
    const flows = await flowsDuring(async () => {
      const { outputs, changes } = await up({ ...picture, importActionId });
      code = (await liveCode(importActionId)) ?? "";
      expect(outputs["actionId"]).toBe(importActionId);
      expect(changes).toMatchObject({ delete: 0, replace: 0 });
    }, whoseCode);

    expect(flows).toEqual(["pasted, Add roles", "ours, Add roles"]);
    // The provider adopts a binding with the name that it has, and keeps that name in the state.
    expect(await sandbox().boundActions()).toEqual(["Change user pictures", "Add roles"]);
    expect(await idOf("User picture")).toBe(importActionId);
    // The setting goes afterwards: it is an input of the component alone. And the binding gets the program's name.
    expect((await up(picture)).changes).toMatchObject({ create: 0, update: 2, delete: 0, replace: 0 });
    expect(await sandbox().boundActions()).toEqual(["User picture", "Add roles"]);
    if (isRare) {
      const { changes } = await sandbox().workspace.preview({ config: { action: picture } });
      expect(changes).toMatchObject({ create: 0, update: 0, delete: 0, replace: 0 });
    }
  });
});

describe("a flow that the program owns", () => {
  const others = async () => ({ actionId: await idOf("Add roles"), displayName: "Add roles" });

  it("begins and ends in one deployment, and is never empty or short of an Action", async () => {
    const owner = { ...picture, loginFlow: { actionsBefore: [await others()] } };
    const owning = await flowsDuring(() => up(owner));
    expect(owning).toEqual(["User picture, Add roles", "Add roles, User picture"]);
    expect(await flowsDuring(() => up(picture))).toEqual(["Add roles, User picture"]);

    await up(owner);
    const destroyed = await flowsDuring(() => sandbox().workspace.destroy());
    expect(destroyed).toEqual(["Add roles, User picture", "Add roles"]);
  });

  it.runIf(isRare)("is refused as long as its list leaves out what is bound", async () => {
    await expect(up({ ...picture, loginFlow: { actionsBefore: [] } })).rejects.toThrow("failed");

    const message = `Bound to post-login, and not in the list: "Add roles" (${await idOf("Add roles")})`;
    expect(sandbox().takeOutput()).toContain(message);
    expect(await sandbox().boundActions()).toContain("Add roles");
  });

  it.runIf(isRare)(
    "is left by what leaves the list, also where the run was broken off, and keeps our Action as it is renamed",
    async () => {
      await up({ ...picture, loginFlow: { actionsAfter: [await others()] } });
      const avatar = { ...picture, name: "Avatar" };
      const renamed = await flowsDuring(async () => up({ ...avatar, loginFlow: { actionsAfter: [await others()] } }));
      expect(renamed).toEqual(["User picture, Add roles", "Avatar, Add roles"]);
      expect(await flowsDuring(() => up(avatar))).toEqual(["Avatar, Add roles"]);

      // The list's own write fails for good, as in a run that is killed before it: a rerun still lets go of what the
      // list had.
      const bindings = { method: "PATCH", path: /bindings$/, times: Infinity } as const;
      await up({ ...avatar, loginFlow: { actionsBefore: [await others()] } });
      sandbox().tenant.faults.inject({ kind: "server error", status: 503 }, bindings);
      await expect(up({ ...avatar, loginFlow: { actionsBefore: [] } })).rejects.toThrow("failed");
      sandbox().tenant.faults.clear();
      await up({ ...avatar, loginFlow: { actionsBefore: [] } });
      expect(await sandbox().boundActions()).toEqual(["Avatar"]);
      await up({ ...avatar, loginFlow: { actionsBefore: [await others()] } });
      await up({});
    },
  );
});

describe.runIf(isRare)("several in one program", () => {
  it("are refused in the preview where the program's own Action has our Action's name", async () => {
    const config = { action: { ...picture, name: "Taken" }, ownAction: "Taken" };
    sandbox().tenant.faults.resetCalls();

    await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
    expect(sandbox().takeOutput()).toMatch(
      /(auth0\.Action "own"|PictureAction "picture") of this program has the name "Taken"/,
    );
    expect(
      sandbox().tenant.faults.calls.filter(({ method, path }) => method !== "GET" && path !== "/oauth/token"),
    ).toEqual([]);
    await expect(sandbox().workspace.preview({ config: { ...config, ownAction: "Own" } })).resolves.toBeDefined();
  });

  it("are all bound, in order, where each has dependsOn the one before, and are taken out one by one", async () => {
    // Slow enough that two bindings which are made or deleted at once overwrite each other.
    const slowly = () =>
      sandbox().tenant.faults.inject({ kind: "slow response", milliseconds: 300 }, { path: /bindings$/, times: 100 });
    const flow = ["Add roles", "First", "Own", "Second", "Third"];
    slowly();
    await sandbox().workspace.up({ config: { chain: true }, skipPreview: true });
    expect(await sandbox().boundActions()).toEqual(flow);

    slowly();
    await up({}).finally(() => sandbox().tenant.faults.clear());
    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
  });
});

// The newer plugin would replace it.
describe.runIf(isRare)("an Action whose build has failed", () => {
  it.each(["3.49", "3.55"] as const)("is taken over, with the plugin %s", async (version) => {
    sandbox().auth0Plugin.version = version;
    const { actions } = sandbox().management;
    // As a run leaves it that is killed between the POST and the end of the build.
    failBuild();
    const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
    const { id: importActionId = "" } = await actions.create({
      name: "User picture",
      code,
      supported_triggers,
      runtime: "node22",
    });
    while ((await actions.get(importActionId)).status !== "failed") await sleep(20);

    const { outputs, changes } = await up({ ...picture, importActionId });
    expect(outputs["actionId"]).toBe(importActionId);
    expect(changes).toMatchObject({ delete: 0, replace: 0 });
    expect(await liveCode(importActionId)).toBe(code);
    await up({});
  });
});

describe.runIf(isRare)("a stack of the older plugin", () => {
  beforeAll(async () => {
    sandbox().auth0Plugin.version = "3.49";
    await up(picture);
  });

  describe.each(["3.49", "3.55"] as const)("a deployment that failed, with the plugin %s", (version) => {
    const changed = { ...picture, allowAnyHost: true };
    const hidden = `The live version of the Action "User picture" is not the declared one`;

    beforeAll(() => void (sandbox().auth0Plugin.version = version));

    it("begins with no change of what the older plugin has deployed, with a refresh neither", async () => {
      const nothing = { create: 0, update: 0, delete: 0, replace: 0 };
      const preview = () => sandbox().workspace.preview({ config: { action: picture } });

      expect((await preview()).changes).toMatchObject(nothing);
      expect((await up(picture, { refresh: true, skipPreview: true })).changes).toMatchObject(nothing);
      expect((await preview()).changes).toMatchObject(nothing);
    });

    it("is named in a preview and mended in its place, where a refresh hid it", async () => {
      const id = await idOf("User picture");
      await bindActions(sandbox(), [id, await idOf("Add roles")]);
      for (const [index, fail] of [failDeploy, failBuild].entries()) {
        const action = index === 0 ? changed : picture;
        const before = await liveCode(id);
        await failing(fail, action);
        const flows = await flowsDuring(async () => {
          await sandbox().workspace.refresh();
          expect(await liveCode(id)).toBe(before);

          sandbox().takeOutput();
          const { changes } = await sandbox().workspace.preview({ config: { action } });
          expect(sandbox().takeOutput()).toContain(hidden);
          expect(changes).toMatchObject({ create: 0, delete: 0, replace: 0 });
          const { outputs } = await up(action);
          const { code, deployed_version: live } = await sandbox().management.actions.get(id);
          expect([live?.code, live?.id]).toEqual([code, outputs["versionId"]]);
          expect(live?.code).not.toBe(before);
        });
        expect(flows).toEqual(["User picture, Add roles"]);
      }
    });

    it("is mended where the next deployment refreshes, in a flow of one's own and of others", async () => {
      const id = await idOf("User picture");
      const loginFlow = { actionsAfter: [{ actionId: await idOf("Add roles"), displayName: "Add roles" }] };
      const owning = { ...picture, loginFlow };
      for (const action of [changed, owning]) {
        const before = await liveCode(id);
        await failing(failBuild, action);
        const flows = await flowsDuring(() => up(action, { refresh: true, skipPreview: true }));
        expect(flows).toEqual(["User picture, Add roles"]);
        expect(await liveCode(id)).not.toBe(before);
      }
      await up(picture);
    });

    it("is as good as one that somebody undid by hand: that is named and mended too", async () => {
      const id = await idOf("User picture");
      const { versions } = sandbox().management.actions;
      const older = (await versions.list(id)).data.find(({ code }) => code?.includes('"allowAnyHost": true'));
      await versions.deploy(id, older?.id ?? "", {});
      expect(await liveCode(id)).toContain('"allowAnyHost": true');
      await up(picture);

      expect(sandbox().takeOutput()).toContain(hidden);
      expect(await liveCode(id)).not.toContain('"allowAnyHost": true');
      expect((await sandbox().workspace.preview({ config: { action: picture } })).changes).toMatchObject({ update: 0 });
      expect(sandbox().takeOutput()).not.toContain(hidden);
    });
  });
});

describe.runIf(isRare)("code that somebody changed in Auth0", () => {
  it("is named by a deployment, and overwritten by one with --refresh", async () => {
    const id = await idOf("User picture");
    await sandbox().management.actions.update(id, { code: "exports.onExecutePostLogin = async () => {};\n" });
    await buildAndDeploy(sandbox().management, id);
    await expect(up(picture)).rejects.toThrow("failed");
    const output = sandbox().takeOutput();
    expect(output).toContain('Somebody changed the code of the Action "User picture" in Auth0');
    // On its resource, as it happens and at the end; not on the stack too, as the provider's process prints it.
    expect(output.match(/Somebody changed the code/g)).toHaveLength(2);
    await up(picture, { skipPreview: true, refresh: true });

    expect(await liveCode(id)).toContain("auth0-user-pictures");
  });
});
/** A deployment that fails, after which the tenant is well again. */
async function failing(fail: () => void, action: object): Promise<void> {
  fail();
  await expect(up(action)).rejects.toThrow("failed");
  sandbox().tenant.faults.clear();
}
function failDeploy(): void {
  const call = { method: "POST", path: /\/deploy$/, times: Infinity } as const;
  sandbox().tenant.faults.inject({ kind: "server error", status: 503 }, call);
}
function failBuild(): void {
  sandbox().tenant.faults.failBuild({ action: "User picture" });
}
