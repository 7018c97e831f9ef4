// Two tenants on the real engine: what has an auth0 provider of its own reaches that one's tenant or is refused, and
// never reaches the stack's.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { seed } from "../../sandbox/seed.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { isRare } from "../rare.ts";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/two-tenants");
let other: Tenant;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "other-tenant-"));
  other = await startTenant({ folder, certificate: sandbox().certificate, ...seed });
});
afterAll(async () => {
  await other.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  for (const { faults } of [sandbox().tenant, other]) faults.resetCalls();
  sandbox().takeOutput();
});

const configOf = (which: string) => ({
  config: { case: which, other: { domain: other.domain, ...other.managementClient } },
});
const callsOf = ({ faults }: Tenant) => faults.calls.map(({ method, path }) => `${method} ${path}`);
const bound = ({ bindings }: ReturnType<Tenant["snapshot"]>) =>
  (bindings["post-login"] ?? []).map(({ display_name }) => display_name);

it("is refused where a transform gives a component's resource another tenant's provider, before any call", async () => {
  await expect(sandbox().workspace.preview(configOf("transformed"))).rejects.toThrow("failed");
  const output = sandbox().takeOutput();

  for (const name of ["own", "inner", "of-the-stack", "older"])
    expect(output).toContain(
      `error: PictureAction "${name}" cannot be created: a transform gives its auth0:index/action:Action ` +
        `"${name}-action" the provider "other".`,
    );
  expect(callsOf(sandbox().tenant)).toEqual([]);
});

it("is in the provider's tenant, in whatever way the provider is given", async () => {
  await sandbox().workspace.up({ ...configOf("given"), skipPreview: true });

  expect(bound(other.snapshot())).toEqual([
    ...["Add roles", "By provider", "By a map", "By a list", "By an outer component"],
  ]);
  expect(callsOf(sandbox().tenant)).toEqual([]);
});

it("is refused where the stack forbids its own settings", async () => {
  const { config } = configOf("not said");
  const forbidden = { ...config, "pulumi:disable-default-providers": ["auth0"] };
  await expect(sandbox().workspace.preview({ config: forbidden })).rejects.toThrow("failed");

  expect(sandbox().takeOutput()).toContain("Default provider for 'auth0' disabled");
  expect(callsOf(sandbox().tenant)).toEqual([]);
});

it.runIf(isRare)("is refused where a transform gives the uploads' resources another tenant's provider", async () => {
  await expect(sandbox().workspace.preview(configOf("uploads"))).rejects.toThrow("failed");

  expect(sandbox().takeOutput()).toContain(`PictureUploads "uploads" cannot be created: a transform gives its auth0:`);
});

// For a program in another language, of which this one's transforms are seen by the plugin as any would be.
describe.runIf(isRare)("where the plugin makes it", () => {
  beforeAll(async () => {
    const plugin = join(folder, "plugin");
    await mkdir(plugin);
    await installPlugin(plugin);
    const runPlugin = resolve("node_modules/@pulumi/pulumi/cmd/run-plugin/index.js");
    const command = `#!/bin/sh\nexec node ${runPlugin} ${plugin} "$@"\n`;
    await writeFile(join(sandbox().folder, "bin/pulumi-resource-auth0-user-pictures"), command, { mode: 0o755 });
  });

  it.each([
    [
      "without its provider",
      `has a problem: ConnectionSync "google" cannot be created: a transform returns options for it`,
    ],
    ["transformed", `PictureAction "own" cannot be created: a transform gives its auth0:index/action:Action`],
    ["twice", /name: PictureAction "(one|two)" of this program has the name "Theirs" already/],
  ])("is refused: %s", async (which, refusal) => {
    await expect(sandbox().workspace.preview(configOf(`constructed ${which}`))).rejects.toThrow("failed");

    expect(sandbox().takeOutput()).toMatch(refusal);
    expect(callsOf(sandbox().tenant).filter((call) => !call.startsWith("POST /oauth"))).toEqual([]);
  });

  it("is in the provider's tenant", async () => {
    await sandbox().workspace.up({ ...configOf("constructed given"), skipPreview: true });

    expect(bound(other.snapshot())).toEqual(["Add roles", "By the plugin"]);
    expect(callsOf(sandbox().tenant)).toEqual([]);
  });
});
