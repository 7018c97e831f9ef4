// The plugin's own resources and its settings, by its own process and a tenant, through the engine's protocol.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { unknown } from "../../sandbox/providers/protocol.ts";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { initFailure } from "../sandbox/providers/provider-client.ts";
import { connectPlugin, deployment, flag, output, secret } from "./plugin-client.ts";
import { pluginFolder, startPlugin } from "./plugin-process.ts";
import type { PluginFolder, PluginProcess } from "./plugin-process.ts";

const options = { client_id: "id", client_secret: "planted-secret" };
const seed = {
  connections: [
    { name: "google-oauth2", strategy: "google-oauth2", options },
    { name: "facebook", strategy: "facebook", options },
    { name: "acme-saml", strategy: "samlp", options },
  ],
};

let folder: string;
let installed: PluginFolder;
let plugin: PluginProcess;
let client: ReturnType<typeof connectPlugin>;
let tenant: Tenant;
/** Another one, whose settings the environment has: in it nothing may be written. */
let other: Tenant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tenants-"));
  const certificate = await obtainCertificate(folder, ["localhost"]);
  tenant = await startTenant({ folder: join(folder, "one"), certificate, ...seed });
  other = await startTenant({ folder: join(folder, "other"), certificate, ...seed });
  installed = await pluginFolder();
  // A release of its own, for the states of others.
  const schema = { version: "1.4.0", resources: {} };
  await writeFile(join(installed.folder, "schema.json"), JSON.stringify(schema));
  const environment = { NODE_EXTRA_CA_CERTS: certificate.caFile, ...environmentOf(other) };
  plugin = await startPlugin(installed.folder, { environment });
  client = connectPlugin(plugin.attach);
  await client.configureWith(settingsOf(tenant));
});
afterAll(async () => {
  client.close();
  await plugin.close();
  await installed.remove();
  await tenant.close();
  await other.close();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  tenant.faults.resetCalls();
  expect(other.faults.calls).toEqual([]);
  expect(plugin.takePrinted()).not.toMatch(/planted|Error/);
});

const environmentOf = ({ domain, managementClient }: Tenant) => ({
  ...{ AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: managementClient.clientId },
  AUTH0_CLIENT_SECRET: managementClient.clientSecret,
});
const settingsOf = ({ domain, managementClient }: Tenant) => ({
  ...{ domain: secret(domain), clientId: secret(managementClient.clientId), version: "1.4.0" },
  clientSecret: secret(managementClient.clientSecret),
});
const writes = ({ faults }: Tenant) =>
  faults.calls
    .filter(({ method, path }) => method !== "GET" && path !== "/oauth/token")
    .map(({ method, path }) => `${method} ${path}`);

const google = { connectionName: "google-oauth2", setUserRootAttributes: "on_first_login" };

describe("a resource of the plugin's own", () => {
  it("lives as a dynamic one does: checked, created, compared, read, updated, and gone", async () => {
    const { inputs, failures } = await client.check(flag, google);
    expect([failures, inputs]).toEqual([[], { ...google, connectionId: expect.stringMatching(/^con_/) as string }]);
    const created = await client.create(flag, inputs);
    expect(created).toEqual({
      id: inputs["connectionId"],
      outputs: { ...inputs, strategy: "google-oauth2", written: ["on_first_login"] },
    });
    expect(writes(tenant)).toEqual([`PATCH /api/v2/connections/${created.id}`]);

    await client.check(flag, google, inputs);
    const diffTo = (news: typeof inputs) => client.diffOf(flag, created.id, created.outputs, news);
    expect(await diffTo(inputs)).toEqual({ isChanged: false, replaces: [] });
    const each = { ...inputs, setUserRootAttributes: "on_each_login" };
    expect(await diffTo(each)).toEqual({ isChanged: true, replaces: [] });
    const facebook = (await client.check(flag, { ...google, connectionName: "facebook" }, inputs)).inputs;
    expect(await diffTo(facebook)).toEqual({ isChanged: true, replaces: ["connectionId"] });

    const read = await client.read(flag, created.id, { outputs: created.outputs, inputs });
    expect(read).toEqual({ id: created.id, inputs, outputs: created.outputs });
    const updated = await client.update(flag, created.id, created.outputs, each);
    expect(updated).toEqual({ ...created.outputs, ...each, written: ["on_each_login"] });
    await client.delete(flag, created.id, updated);
    expect(await client.read(flag, "con_none", { outputs: updated, inputs })).toMatchObject({ id: "" });
  });

  it("keeps the marks of secrets, whatever is done", async () => {
    const marked = { connectionName: secret("acme-saml"), setUserRootAttributes: output({ value: "on_first_login" }) };
    const { inputs } = await client.check(flag, marked);
    expect(inputs).toMatchObject({ connectionName: secret("acme-saml"), setUserRootAttributes: "on_first_login" });
    const { id, outputs } = await client.create(flag, inputs);
    expect(outputs["connectionName"]).toEqual(secret("acme-saml"));
    const read = await client.read(flag, id, { outputs, inputs });
    expect([read.inputs, read.outputs].map((one) => one["connectionName"])).toEqual(Array(2).fill(secret("acme-saml")));
    const updated = await client.update(flag, id, outputs, {
      ...inputs,
      setUserRootAttributes: secret("on_each_login"),
    });
    expect(updated).toMatchObject({
      connectionName: secret("acme-saml"),
      setUserRootAttributes: secret("on_each_login"),
    });
    await client.delete(flag, id, updated);
  });

  it("is not imported without its component, and nor is that", async () => {
    for (const type of [flag, deployment, "auth0-user-pictures:index:UserPictures"])
      await expect(client.read(type, "con_1")).rejects.toThrow("Nothing of auth0-user-pictures is imported. Declare");
  });

  it("is imported as it is found, so that its deletion changes nothing", async () => {
    const { inputs } = await client.check(flag, google);
    const created = await client.create(flag, inputs);
    tenant.faults.resetCalls();
    for (const [connectionName, setUserRootAttributes] of [
      ["google-oauth2", "on_first_login"],
      ["acme-saml", "on_each_login"],
    ]) {
      const declared = { connectionName, setUserRootAttributes };
      const id = String((await client.check(flag, declared)).inputs["connectionId"]);
      const found = await client.read(`auth0-user-pictures:index:ConnectionSync$${flag}`, id);
      expect(found.inputs).toEqual({ connectionId: id, setUserRootAttributes });
      const { inputs: wanted } = await client.check(flag, declared, found.inputs);
      expect(await client.diffOf(flag, id, found.outputs, wanted)).toEqual({ isChanged: false, replaces: [] });
      await client.delete(flag, id, found.outputs);
    }
    expect(writes(tenant)).toEqual([]);
    await client.delete(flag, created.id, created.outputs);
  });

  it("says what is wrong with its inputs, one reason for each", async () => {
    const none = await client.check(flag, { ...google, connectionName: secret("Google") });
    expect(none.failures).toEqual([
      expect.stringMatching(/^connectionNameThe tenant has no connection named "Google"\./),
    ]);
    expect((await client.check(flag, {})).failures.length).toBe(2);
  });

  it("waits for what is not known yet, and asks the tenant nothing", async () => {
    const inputs = { ...google, connectionName: output({}) };
    expect(await client.check(flag, inputs)).toEqual({ inputs: { ...google, connectionName: unknown }, failures: [] });
    const later = { actionId: unknown, actionName: unknown, codeSha256: unknown };
    expect((await client.check(deployment, later)).failures).toEqual([]);
    expect((await client.diffOf(deployment, "deployment", { ...later, actionId: "a" }, later)).isChanged).toBe(true);
    expect(tenant.faults.calls).toEqual([]);
  });

  it("leaves in the state what a failed write may have done", async () => {
    const { inputs } = await client.check(flag, { ...google, connectionName: secret("facebook") });
    tenant.faults.inject({ kind: "server error", status: 500 }, { method: "PATCH", times: Infinity });
    const failure = await client.create(flag, inputs).then(() => undefined, initFailure);
    tenant.faults.clear();
    expect(failure).toMatchObject({
      id: inputs["connectionId"],
      outputs: { connectionName: secret("facebook"), strategy: "facebook" },
      reasons: [expect.stringContaining("500")],
    });
  });

  it("is of a type that there is", async () => {
    const other = "auth0-user-pictures:index:Other";
    // A name may have what is between the parts of a URN.
    expect((await client.check(`${flag}::of the one`, google)).failures).toEqual([]);
    await expect(client.check(other, {})).rejects.toThrow(`auth0-user-pictures has no resource of the type ${other}.`);
  });
});

describe("the settings", () => {
  it("are taken as they are, and changed ones without a replacement, another tenant's too", async () => {
    const settings = settingsOf(tenant);
    expect(await client.checkConfig(settings)).toEqual({ inputs: settings, failures: [] });
    expect(await client.diffConfig(settings, { ...settings, domain: tenant.domain })).toEqual({
      isChanged: false,
      replaces: [],
    });
    expect(await client.diffConfig(settings, settingsOf(other))).toEqual({ isChanged: true, replaces: [] });
  });

  it("of another tenant lead to no write of what the state has of the one before", async () => {
    const { inputs } = await client.check(flag, google);
    const { id, outputs } = await client.create(flag, inputs);
    tenant.faults.resetCalls();
    await client.configureWith(settingsOf(other));

    expect((await client.read(flag, id, { outputs, inputs })).id).toBe("");
    await client.delete(flag, id, outputs);
    await expect(
      client.update(flag, id, outputs, { ...inputs, setUserRootAttributes: "on_each_login" }),
    ).rejects.toThrow(
      'The connection "google-oauth2" does not exist any more. Run "pulumi refresh", then "pulumi up".',
    );
    expect([writes(tenant), writes(other)]).toEqual([[], []]);
    other.faults.resetCalls();
    await client.configureWith(settingsOf(tenant));
  });

  it("are the environment's where the stack has none", async () => {
    await client.configureWith({ version: "1.4.0" });
    expect((await client.check(flag, google)).failures).toEqual([]);
    expect(other.faults.calls).not.toEqual([]);
    other.faults.resetCalls();
    await client.configureWith(settingsOf(tenant));
  });

  it("of a state that a newer release has written are refused where it may mean something else", async () => {
    const settings = settingsOf(tenant);
    const failures = async (version: string) => (await client.checkConfig(settings, { ...settings, version })).failures;
    plugin.takePrinted();
    expect(await failures("1.3.0")).toEqual([]);
    expect(plugin.takePrinted()).toBe("");
    expect(await failures("1.5.0")).toEqual([]);
    let printed = "";
    const isSaid = expect.poll(() => (printed += plugin.takePrinted()));
    await isSaid.toMatch(/^This stack, or the SDK of its program, is of auth0-user-pictures 1\.5\.0, .*\n$/);
    const reason = expect.stringContaining("is of auth0-user-pictures 2.0.0") as string;
    expect(await failures("2.0.0")).toEqual([{ property: "version", reason }]);
    // As a refresh does, from the state alone.
    await expect(client.configureWith({ ...settings, version: "2.0.0" })).rejects.toThrow("2.0.0");
    await client.configureWith(settings);
  });
});
