// The plugin, as the engine starts it for a program in another language: what it deploys is what a program of Node
// deploys, and a stack goes from one to the other.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/either-program");
let plugin: string;

beforeAll(async () => {
  plugin = await mkdtemp(join(tmpdir(), "plugin-"));
  await installPlugin(plugin);
  const runPlugin = resolve("node_modules/@pulumi/pulumi/cmd/run-plugin/index.js");
  await writeFile(
    join(sandbox().folder, "bin", "pulumi-resource-auth0-user-pictures"),
    `#!/bin/sh\nexec node ${runPlugin} ${plugin} "$@"\n`,
    { mode: 0o755 },
  );
});
afterAll(() => rm(plugin, { recursive: true }));

/** The calls that change something in the tenant, since the last time. */
let seen = 0;
const writes = () => {
  const calls = sandbox().tenant.faults.calls.slice(seen);
  seen += calls.length;
  return calls
    .filter(({ method, path }) => method !== "GET" && path !== "/oauth/token")
    .map(({ method, path }) => `${method} ${path}`);
};

describe("the plugin", () => {
  it("deploys what a program declares in another language, and finds nothing to do afterwards", async () => {
    const { changes } = await sandbox().workspace.up({ config: { by: "plugin" } });
    expect(changes.create).toBe(9);
    expect(await sandbox().boundActions()).toEqual(["Add roles", "Faces"]);
    writes();

    expect((await sandbox().workspace.up({ config: { by: "plugin" } })).changes).toMatchObject({ create: 0, same: 9 });
    expect(writes()).toEqual([]);
  });

  it("gives a stack over to a program of Node, and writes nothing in the tenant", async () => {
    const { changes } = await sandbox().workspace.up({ config: { by: "node" } });

    expect(changes).toMatchObject({ create: 0, update: 2, delete: 1, replace: 0 });
    expect(writes()).toEqual([]);
    expect((await sandbox().workspace.refresh()).changes).toMatchObject({ same: 8 });
  });

  it("takes a stack over, with a change in the same step, and restores what was there before all", async () => {
    const { changes } = await sandbox().workspace.up({ config: { by: "plugin", attribute: "on_each_login" } });
    expect(changes).toMatchObject({ create: 1, delete: 0, replace: 0 });
    expect(writes()).toEqual([expect.stringContaining("PATCH /api/v2/connections/")]);

    await sandbox().workspace.destroy();
    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
  });
});
