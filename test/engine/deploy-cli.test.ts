// auth0-deploy-cli beside the program, on the real engine: after an export and its import, nothing is to be changed.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportTenant, importTenant } from "../sandbox/tenant/run-deploy-cli.ts";
import { bindActions, deployAction } from "../sandbox/tenant/running-tenant.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/login-flow");

it("an import of what was exported, with deletion, leaves the program nothing to change", async () => {
  const { folder, tenant, management, workspace } = sandbox();
  const config = { action: { logicalName: "picture" } };
  await workspace.up({ config, skipPreview: true });
  const { data } = await management.actions.list();
  const idOf = (name: string) => data.find((action) => action.name === name)?.id ?? "";
  const last = await deployAction(sandbox(), "Last", "exports.onExecutePostLogin = async () => {};\n");
  await bindActions(sandbox(), [idOf("Add roles"), idOf("User picture"), last]);
  const flow = ["Add roles", "User picture", "Last"];
  const live = async () => (await management.actions.get(idOf("User picture"))).deployed_version?.code;
  const code = await live();
  expect(code).toContain("onExecutePostLogin");

  const exported = { tenant, caFile: join(folder, "ca.pem"), folder: join(folder, "exported") };
  await mkdir(exported.folder);
  await exportTenant(exported);
  expect(await importTenant(exported, { allowDelete: true })).toContain("Import Successful");
  expect(await sandbox().boundActions()).toEqual(flow);
  expect(await live()).toBe(code);
  const nothing = { create: 0, update: 0, delete: 0, replace: 0 };
  expect((await workspace.preview({ config })).changes).toMatchObject(nothing);
  expect((await workspace.up({ config, refresh: true, skipPreview: true })).changes).toMatchObject(nothing);
  expect(await sandbox().boundActions()).toEqual(flow);
});
