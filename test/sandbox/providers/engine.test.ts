// The stand-ins under the real engine: a deployment, one without changes, a change that does not cascade, drift, a
// replacement, a destroy.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { obtainEngine } from "../../../sandbox/engine/engine.ts";
import { openWorkspace } from "../../../sandbox/engine/workspace.ts";
import type { Workspace } from "../../../sandbox/engine/workspace.ts";
import type { Auth0Plugin } from "../../../sandbox/providers/auth0-provider.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { runTenant } from "../tenant/running-tenant.ts";

const minutes = 60_000;
vi.setConfig({ testTimeout: 2 * minutes });

const running = runTenant({
  connections: [],
  actions: [{ name: "Other team", code: "exports.onExecutePostLogin = async () => {};" }],
});
let folder: string;
let edge: Edge;
let served: ServedProviders;
const plugin: Auth0Plugin = { version: "3.49" };
let workspace: Workspace;
let output = "";
/** The outputs of the first deployment. */
let deployed: Readonly<Record<string, unknown>>;

// On a machine that has no engine yet this builds one.
beforeAll(async () => {
  const engine = await obtainEngine({ progress: (line) => process.stderr.write(`${line}\n`) });
  folder = await mkdtemp(join(tmpdir(), "providers-"));
  const certificate = await obtainCertificate(join(folder, "certificate"), ["*.cloudfront.net"]);
  edge = await startEdge({ folder: join(folder, "edge"), certificate });
  const { domain, managementClient } = running.tenant;
  const fetchTenant = running.fetch as unknown as typeof fetch;
  served = await serveProviders({ auth0: { domain, ...managementClient, fetch: fetchTenant, plugin }, edge });
  workspace = await openWorkspace({
    folder: join(folder, ".sandbox"),
    engine,
    projectFolder: join(import.meta.dirname, "fixture"),
    environment: { PULUMI_DEBUG_PROVIDERS: served.attach },
    onOutput: (text) => (output += text),
  });
}, 20 * minutes);
afterAll(async () => {
  await served.close();
  await edge.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  output = "";
});

const resources = 10;
const unchanged = { create: 0, same: resources + 1, update: 0, delete: 0, replace: 0 };
const bindings = () => running.management.actions.triggers.bindings;
const bound = async () => (await bindings().list("post-login")).data.map((it) => it.display_name);

test("deploys, serves what it deployed, and finds nothing to change", async () => {
  const { changes, outputs } = await workspace.up();
  deployed = outputs;
  expect(changes).toEqual({ ...unchanged, create: resources + 1, same: 0 });
  expect(output).not.toMatch(/warning|error/i);
  expect(outputs["bucketName"]).toMatch(/^pictures-[0-9a-f]{7}$/);
  const picture = await edge.fetch(outputs["url"] as string);
  expect([picture.status, await picture.text()]).toEqual([200, "first"]);
  expect(picture.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await bound()).toEqual(["Other team", outputs["actionName"]]);

  expect((await workspace.refresh()).changes).toEqual(unchanged);
  expect((await workspace.up({ skipPreview: true })).changes).toEqual(unchanged);
  expect(JSON.stringify(await workspace.exportState())).not.toContain("correct horse");
});

test("a changed tag is one update, which unknown values do not carry further", async () => {
  const { changes } = await workspace.preview({ config: { team: "media" }, diff: true });
  expect(changes).toEqual({ ...unchanged, same: resources, update: 1 });
  expect(output).toMatch(/~ team: "identity" => "media"/);
});

test("a changed key replaces the object and updates the Action in place", async () => {
  const before = deployed;
  const { changes, outputs } = await workspace.up({ skipPreview: true, config: { picture: "second" } });
  expect(changes).toEqual({ ...unchanged, same: resources - 1, update: 1, replace: 1 });
  expect(outputs["url"]).toMatch(/\/d\/second\.txt$/);
  expect(await (await edge.fetch(outputs["url"] as string)).text()).toBe("second");
  expect((await edge.fetch(before["url"] as string)).status).toBe(403);
  expect(outputs["bindingId"]).toBe(before["bindingId"]);
});

test("what others have removed is noticed by refresh and deployed again", async () => {
  const others = (await bindings().list("post-login")).data.filter((it) => it.display_name === "Other team");
  const refs = others.map((it) => ({ ref: { type: "action_id" as const, value: it.action?.id ?? "" } }));
  await bindings().updateMany("post-login", { bindings: refs });
  const config = { picture: "second" };
  expect((await workspace.refresh({ config })).changes).toMatchObject({ delete: 1, same: resources });
  expect((await workspace.up({ skipPreview: true, config })).changes).toMatchObject({ create: 1, same: resources });
  expect(await bound()).toHaveLength(2);
});

test("an Action that is gone is named by a newer plugin, and made anew", async () => {
  const [, id = ""] = String(deployed["bindingId"]).split("::");
  const config = { picture: "second" };
  await running.management.actions.delete(id, { force: true });
  plugin.version = "3.55";
  expect((await workspace.refresh({ config })).changes).toMatchObject({ delete: 2 });
  expect(output).toContain(
    "warning:   sdk-v2/provider2.go:572: sdk.helper_schema: Resource not found, removed from state. " +
      `The auth0_action resource with ID "${id}"`,
  );
  expect((await workspace.up({ skipPreview: true, config })).changes).toMatchObject({ create: 2 });
  expect(await bound()).toHaveLength(2);
});

test("a bad input fails the preview under its resource and property", async () => {
  await expect(workspace.preview({ config: { runtime: "node20" } })).rejects.toThrow();
  expect(output).toContain(
    "auth0:index/action:Action resource 'picture' has a problem: expected runtime to be one of " +
      `["node12" "node16" "node18" "node22"], got node20. Examine values at 'picture.runtime'.`,
  );
});

test("an API's error is printed on its resource, first as the provider logs it, then as the bridge returns it", async () => {
  const config = { picture: "third" };
  const { faults } = running.tenant;
  faults.inject({ kind: "server error", status: 500 }, { method: "PATCH", times: Infinity });
  await expect(workspace.up({ skipPreview: true, config })).rejects.toThrow();
  faults.clear();
  expect(output).toContain(
    "error:   sdk-v2/provider2.go:572: sdk.helper_schema: 500 Internal Server Error: An injected fault: provider=auth0@",
  );
  expect(output).toMatch(
    /error: 1 error occurred:\n\s+\* updating urn:\S+::picture: 1 error occurred:\n\s+\* 500 Internal Server Error: An/,
  );
  expect((await workspace.up({ skipPreview: true, config })).changes).toMatchObject({ update: 1 });
});

test("destroy takes away what it made and no more", async () => {
  expect((await workspace.destroy()).changes).toMatchObject({ delete: resources + 1 });
  expect(await bound()).toEqual(["Other team"]);
  expect(edge.controlPlane.getBucket(deployed["bucketName"] as string)).toBeUndefined();
  expect((await edge.fetch(deployed["url"] as string)).headers.get("server")).toBe("CloudFront");
});
