// A stack goes from a program of Node to one in another language and back, with all that may change in the same step,
// and also where the step is broken off. `npm run test:rare` only.
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { stackLocks } from "../../sandbox/engine/interruption.ts";
import { eitherStack } from "./either-stack.ts";
import { tenantStateOf } from "./test-sandbox.ts";

const stack = eitherStack();
const flag = expect.stringMatching(/^PATCH \/api\/v2\/connections\//) as string;

type Settings = Readonly<Record<string, string>>;
const up = (own: Settings) => stack().workspace.up(stack().settings(own));
const unchanged = { create: 0, update: 0, delete: 0, replace: 0 };

const components: Readonly<Record<string, () => Promise<Settings>>> = {
  UserPictures: () => Promise.resolve({}),
  ConnectionSync: () => Promise.resolve({}),
  PictureAction: () => Promise.resolve({}),
  "PictureAction that owns the login flow": async () => {
    const { data } = await stack().sandbox.management.actions.list({ actionName: "Add roles" });
    return { before: data[0]?.id ?? "" };
  },
};

describe.each(Object.keys(components))("a stack with a %s", (name) => {
  afterEach(() => stack().takeOutput());

  it("goes to Node, and back, renamed and moved in the same steps, with its flag changed", async () => {
    const { sandbox, workspace, writes } = stack();
    const before = tenantStateOf(sandbox.tenant);
    const [component = ""] = name.split(" ");
    const own = { component, ...(await components[name]?.()) };
    const flags = component === "PictureAction" ? [] : [flag];
    await up({ ...own, by: "plugin", name: "old" });
    writes();

    const toNode = { ...own, by: "node", name: "new", formerly: "old", in: "outer", attribute: "on_each_login" };
    expect((await up(toNode)).changes).toMatchObject({ create: 1, delete: 1, replace: 0 });
    expect(writes()).toEqual(flags);
    expect((await workspace.refresh(stack().settings({}))).changes).toMatchObject(unchanged);

    const back = { ...own, by: "plugin", name: "new", formerly: "new", wasIn: "outer", attribute: "on_each_login" };
    expect((await up(back)).changes).toMatchObject({ create: 1, delete: 1, replace: 0 });
    expect((await workspace.refresh()).changes).toMatchObject(unchanged);
    expect((await workspace.preview(stack().settings({ ...back, wasIn: "" }))).changes).toMatchObject(unchanged);
    expect(writes()).toEqual([]);

    // The flag as it was before all, from the state that has been everywhere.
    await workspace.destroy();
    expect(tenantStateOf(sandbox.tenant)).toEqual(before);
  });
});

describe("a move that is broken off", () => {
  const killAll = (pids: readonly number[]) => {
    for (const pid of pids) process.kill(pid, "SIGKILL");
  };
  const engine = async () => {
    const locks = await stackLocks(sandboxPaths(stack().sandbox.folder).state, "either-program", "dev");
    killAll(locks.map(({ pid }) => pid));
  };
  const plugin = () => {
    const running = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
    killAll(running.filter((line) => line.includes(stack().plugin)).map((line) => Number.parseInt(line, 10)));
  };

  it.each(["the engine is killed", "the plugin is killed"])("goes on where it was: %s", async (how) => {
    const { sandbox, workspace } = stack();
    const before = tenantStateOf(sandbox.tenant);
    await up({ by: "node" });
    const to = { by: "plugin", attribute: "on_each_login" };
    const act = how === "the engine is killed" ? engine : plugin;
    sandbox.tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, { method: "PATCH", path: /con_/ });
    await expect(up(to)).rejects.toThrow();

    await up(to);
    expect((await workspace.preview(stack().settings(to))).changes).toMatchObject(unchanged);
    await workspace.destroy();
    expect(tenantStateOf(sandbox.tenant)).toEqual(before);
  });
});
