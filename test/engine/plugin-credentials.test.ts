// The credentials that the plugin's settings provider has: rotated, of another tenant, in the environment. And what a
// broken installation looks like through the engine. `npm run test:rare` only.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deploymentScopes } from "../../sandbox/services.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import { seed } from "../../sandbox/seed.ts";
import { eitherStack } from "./either-stack.ts";

const stack = eitherStack();
const by = { by: "plugin", component: "ConnectionSync" };
/** Each another one, by its scopes, and none that of the stand-in for the auth0 provider. */
const newClient = (scope: string) => {
  const { clientId, clientSecret } = stack().sandbox.tenant.createManagementClient([...deploymentScopes, scope]);
  const { config, ...rest } = stack().settings(by);
  return {
    clientId,
    settings: {
      ...rest,
      config: { ...config, "auth0:clientId": clientId },
      secrets: { "auth0:clientSecret": clientSecret },
    },
  };
};

describe("credentials that were rotated", () => {
  it("are said to be missing in a line, until an up, or a refresh that runs the program, has the new ones", async () => {
    const { workspace, takeOutput, sandbox } = stack();
    const [old, middle, latest] = [newClient("read:users"), newClient("read:clients"), newClient("read:grants")];
    await workspace.up(old.settings);
    sandbox.tenant.revokeManagementClient(old.clientId);
    takeOutput();

    await expect(workspace.refresh()).rejects.toThrow();
    expect(takeOutput()).toContain("unless they are told --run-program.");
    await workspace.refresh({ ...middle.settings, runProgram: true });
    await workspace.up(middle.settings);
    await workspace.refresh();

    sandbox.tenant.revokeManagementClient(middle.clientId);
    const { changes } = await workspace.up(latest.settings);
    expect(changes).toMatchObject({ update: 1, replace: 0, create: 0, delete: 0 });
    await workspace.destroy();
  });
});

describe("another tenant", () => {
  it("is written to as a program of Node writes to it, and the one before is left as it is", async () => {
    const { workspace, sandbox, writes } = stack();
    const other = await startTenant({
      folder: join(sandbox.folder, "other"),
      certificate: sandbox.certificate,
      ...seed,
    });
    try {
      const { clientId, clientSecret } = other.createManagementClient(deploymentScopes);
      const moved = {
        ...stack().settings(by),
        config: { ...stack().settings(by).config, "auth0:domain": other.domain, "auth0:clientId": clientId },
        secrets: { "auth0:clientSecret": clientSecret },
      };
      await workspace.up(newClient("read:roles").settings);
      writes();
      const { changes } = await workspace.up(moved);
      expect(changes).toMatchObject({ replace: 1 });
      expect(writes()).toEqual([]);
      await workspace.destroy();
      expect(writes()).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe("through the engine", () => {
  it("says in a line that the package is missing, and which Node is needed", async () => {
    const { workspace, takeOutput, plugin } = stack();
    const host = join(plugin, "package.json");
    const manifest = JSON.stringify({ name: "p", version: "1.2.3", main: "./host.js", engines: { node: ">=99.1" } });
    await writeFile(host, manifest);
    await expect(workspace.preview(stack().settings(by))).rejects.toThrow();
    expect(takeOutput()).toMatch(/auth0-user-pictures 1\.2\.3: Node 99\.1 or newer is needed, and \S+ is /);
  });
});
