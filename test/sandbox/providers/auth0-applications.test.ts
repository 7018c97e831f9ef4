// The auth0 stand-in's APIs, applications, their credentials and grants, connections, organizations, and event streams,
// against the sandbox's tenant: the requests of the real provider, in its order, what replaces, and what is read back.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore } from "../../../sandbox/edge/edge-store.ts";
import { unmarked } from "../../../sandbox/providers/inputs.ts";
import { unknown } from "../../../sandbox/providers/protocol.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { runTenant } from "../tenant/running-tenant.ts";
import { connectProvider } from "./provider-client.ts";
import type { ProviderClient } from "./provider-client.ts";

const types = {
  api: "auth0:index/resourceServer:ResourceServer",
  scopes: "auth0:index/resourceServerScopes:ResourceServerScopes",
  client: "auth0:index/client:Client",
  credentials: "auth0:index/clientCredentials:ClientCredentials",
  grant: "auth0:index/clientGrant:ClientGrant",
  stream: "auth0:index/eventStream:EventStream",
  connection: "auth0:index/connection:Connection",
  enabledClient: "auth0:index/connectionClient:ConnectionClient",
  organization: "auth0:index/organization:Organization",
  enabledConnection: "auth0:index/organizationConnection:OrganizationConnection",
};

const running = runTenant({ connections: [] });
let folder: string;
let served: ServedProviders;
let auth0: ProviderClient;
let requests: string[] = [];

const configured = (credentials: { clientId: string; clientSecret: string }) =>
  auth0.configure({
    "auth0:config:clientId": credentials.clientId,
    "auth0:config:clientSecret": credentials.clientSecret,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "providers-"));
  const recording = async (input: string | URL, init?: { method?: string }) => {
    const { pathname, search } = new URL(input);
    if (pathname !== "/oauth/token") {
      requests.push(`${init?.method ?? "GET"} ${decodeURIComponent(pathname.replace("/api/v2", "") + search)}`);
    }
    return running.fetch(input, init);
  };
  const { domain, managementClient } = running.tenant;
  served = await serveProviders({
    auth0: { domain, ...managementClient, fetch: recording as unknown as typeof fetch },
    edge: { controlPlane: controlPlane(openStore(folder)) },
  });
  auth0 = connectProvider(served.attach, "auth0");
});
afterAll(async () => {
  auth0.close();
  await served.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await configured(running.tenant.managementClient);
  requests = [];
});

/** As the engine does it: checked, and then created. */
async function create(type: string, given: Properties) {
  const { inputs, failures } = await auth0.check(type, given);
  expect(failures).toEqual([]);
  const { id, outputs } = await auth0.create(type, inputs);
  return { id, inputs, outputs };
}
/** The requests since the last call, with ids as `ID`. */
const calls = (...ids: string[]) => {
  const found = requests.map((line) => ids.reduce((text, id) => text.replaceAll(id, "ID"), line));
  requests = [];
  return found;
};
const isUnchanged = async (type: string, { inputs, outputs }: { inputs: Properties; outputs: Properties }) =>
  expect(await auth0.diff(type, inputs, inputs, outputs)).toMatchObject({ changes: false, detailed: {} });

let count = 0;
const machine = (changed: Properties = {}) =>
  create(types.client, {
    ...{ name: `Machine ${++count}`, appType: "non_interactive", oidcConformant: true },
    ...{ description: "Reads", grantTypes: ["client_credentials"], ...changed },
  });

describe("an API", () => {
  const given = {
    ...{ name: "Pictures", identifier: "urn:pictures", signingAlg: "RS256", allowOfflineAccess: false },
    skipConsentForVerifiableFirstPartyClients: true,
    subjectTypeAuthorization: { user: { policy: "allow_all" }, client: { policy: "deny_all" } },
  };

  test("is posted and read; is unchanged, changed, read with drift, imported and deleted", async () => {
    const preview = await auth0.create(types.api, given, { preview: true });
    expect(preview.outputs).toMatchObject({ identifier: "urn:pictures", tokenLifetime: unknown });
    const made = await create(types.api, given);
    const { id, inputs, outputs } = made;
    expect(calls(id)).toEqual(["POST /resource-servers", "GET /resource-servers/ID"]);
    expect(outputs).toMatchObject({ ...given, tokenLifetime: 86_400 });
    await isUnchanged(types.api, made);
    const news = { ...inputs, tokenLifetime: 600 };
    expect(await auth0.diff(types.api, inputs, news, outputs)).toMatchObject({ detailed: { tokenLifetime: "UPDATE" } });
    expect(await auth0.update(types.api, id, outputs, news)).toMatchObject({ tokenLifetime: 600 });
    expect(calls(id)).toEqual(["PATCH /resource-servers/ID", "GET /resource-servers/ID"]);
    const moved = { ...inputs, identifier: "urn:others" };
    expect((await auth0.diff(types.api, inputs, moved, outputs)).replaces).toEqual(["identifier"]);

    await running.management.resourceServers.update(id, { name: "Renamed" });
    const drifted = await auth0.read(types.api, id, { outputs, inputs });
    expect(drifted.inputs["name"]).toBe("Renamed");
    // By its identifier too.
    const imported = await auth0.read(types.api, "urn:pictures");
    expect([imported.id, unmarked(imported.inputs)]).toEqual([id, expect.objectContaining({ name: "Renamed" })]);
    await auth0.delete(types.api, id, outputs);
    expect((await auth0.read(types.api, id, { outputs, inputs })).id).toBe("");
    await auth0.delete(types.api, id, outputs);
  });

  test("is refused what the sandbox does not evaluate", async () => {
    const { failures } = await auth0.check(types.api, { ...given, tokenEncryption: { disable: true } });
    expect(failures.join()).toContain("does not evaluate");
  });

  test("has its scopes by a resource of their own, which takes over nobody else's", async () => {
    const { id } = await create(types.api, { ...given, identifier: "https://api/scopes" });
    requests = [];
    const scope = { name: "update:picture", description: "Change one's own picture" };
    const wanted = { resourceServerIdentifier: "https://api/scopes", scopes: [scope] };
    const made = await create(types.scopes, wanted);
    const at = "/resource-servers/https://api/scopes";
    expect(calls()).toEqual([`GET ${at}`, `PATCH ${at}`, `GET ${at}`]);
    expect([made.id, made.outputs]).toEqual(["https://api/scopes", wanted]);
    await isUnchanged(types.scopes, made);
    // The same list may be created again; another one may not.
    expect((await create(types.scopes, wanted)).outputs).toEqual(wanted);
    const others = { ...wanted, scopes: [{ name: "read:picture" }] };
    await expect(create(types.scopes, others)).rejects.toThrow("Resource Server with non empty scopes");
    expect(await auth0.update(types.scopes, made.id, made.outputs, others)).toEqual(others);
    await running.management.resourceServers.update(id, { scopes: [{ value: "x" }] });
    const drifted = await auth0.read(types.scopes, made.id, made);
    expect(drifted.outputs["scopes"]).toEqual([{ name: "x" }]);
    requests = [];
    await auth0.delete(types.scopes, made.id, made.outputs);
    expect(calls()).toEqual([`PATCH ${at}`]);
    expect((await running.management.resourceServers.get(id)).scopes).toEqual([]);
  });
});

describe("an application", () => {
  test("is posted with the method of its kind, and read; it has no secret", async () => {
    const made = await machine({ clientMetadata: { a: "1" } });
    const { id, inputs, outputs } = made;
    expect(calls(id)).toEqual(["POST /clients", "GET /clients/ID"]);
    expect(outputs).toMatchObject({ clientId: id, appType: "non_interactive", grantTypes: ["client_credentials"] });
    expect(JSON.stringify(outputs)).not.toMatch(/secret"/i);
    expect((await running.management.clients.get(id)).token_endpoint_auth_method).toBe("client_secret_post");
    await isUnchanged(types.client, made);
    const news = { ...inputs, description: "Writes", clientMetadata: { b: "2" } };
    const updated = await auth0.update(types.client, id, outputs, news);
    expect(updated).toMatchObject({ description: "Writes", clientMetadata: { b: "2" } });
    expect(calls(id)).toEqual(["PATCH /clients/ID", "GET /clients/ID"]);
    await running.management.clients.update(id, { grant_types: ["implicit"] });
    const drifted = await auth0.read(types.client, id, { inputs, outputs });
    expect(drifted.inputs["grantTypes"]).toEqual(["implicit"]);
    const imported = await auth0.read(types.client, id);
    expect(imported.inputs).toMatchObject({ name: inputs["name"], appType: "non_interactive" });
    await auth0.delete(types.client, id, outputs);
    expect((await auth0.read(types.client, id, made)).id).toBe("");
  });

  test("is refused what the sandbox does not evaluate, and a kind that is none", async () => {
    const { failures } = await auth0.check(types.client, { addons: {}, appType: "toaster" });
    expect(failures.join()).toMatch(/does not evaluate.*|expected app_type/);
    expect(failures).toHaveLength(2);
  });
});

describe("its credentials", () => {
  const key = (name: string) => ({
    ...{ credentialType: "public_key", name, algorithm: "RS256" },
    pem: generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" }),
  });

  test("are a secret, which is read with its scope alone", async () => {
    const { id } = await machine();
    requests = [];
    const preview = await auth0.create(types.credentials, { clientId: id }, { preview: true });
    expect(preview.outputs["clientSecret"]).toBe(unknown);
    const made = await create(types.credentials, { clientId: id, authenticationMethod: "client_secret_post" });
    const check = "GET /clients/ID?fields=client_id&include_fields=true";
    expect(calls(id)).toEqual([check, "PATCH /clients/ID", "GET /clients/ID"]);
    expect(made.outputs["clientSecret"]).toBe((await running.management.clients.get(id)).client_secret);
    await isUnchanged(types.credentials, made);

    const news = { ...made.inputs, clientSecret: "a secret of my own" };
    const updated = await auth0.update(types.credentials, id, made.outputs, news);
    expect(updated["clientSecret"]).toBe("a secret of my own");
    const basic = { ...news, authenticationMethod: "client_secret_basic" };
    expect(await auth0.update(types.credentials, id, updated, basic)).toMatchObject({
      authenticationMethod: "client_secret_basic",
    });

    await configured(running.tenant.createManagementClient(["read:clients", "update:clients", "create:clients"]));
    expect((await auth0.read(types.credentials, id, made)).outputs["clientSecret"]).toBe("");
    await configured(running.tenant.managementClient);
    requests = [];
    await auth0.delete(types.credentials, id, updated);
    const kind = "GET /clients/ID?fields=client_id,app_type&include_fields=true";
    expect(calls(id)).toEqual([kind, "GET /clients/ID/credentials", "PATCH /clients/ID"]);
    expect((await running.management.clients.get(id)).token_endpoint_auth_method).toBe("client_secret_post");
  });

  test("are keys, and no secret is left", async () => {
    const { id } = await machine();
    requests = [];
    const wanted = {
      clientId: id,
      authenticationMethod: "private_key_jwt",
      privateKeyJwt: { credentials: [key("K")] },
    };
    const preview = await auth0.create(types.credentials, wanted, { preview: true });
    expect(preview.outputs).toMatchObject({ privateKeyJwt: { credentials: [{ name: "K", keyId: unknown }] } });
    const made = await create(types.credentials, wanted);
    const { privateKeyJwt } = made.outputs as { privateKeyJwt: { credentials: { id: string; keyId: string }[] } };
    const [credential] = privateKeyJwt.credentials;
    expect(calls(credential?.id ?? "", id)).toEqual([
      "GET /clients/ID?fields=client_id&include_fields=true",
      ...["POST /clients/ID/credentials", "GET /clients/ID?fields=client_id,app_type&include_fields=true"],
      ...["PATCH /clients/ID", "GET /clients/ID", "GET /clients/ID/credentials/ID"],
    ]);
    expect(made.outputs).toMatchObject({ clientSecret: "", authenticationMethod: "private_key_jwt" });
    expect(credential).toMatchObject({ name: "K", keyId: expect.stringMatching(/^[\w-]{43}$/) as unknown });
    await isUnchanged(types.credentials, made);

    const rotated = { ...wanted, privateKeyJwt: { credentials: [key("L")] } };
    expect((await auth0.diff(types.credentials, made.inputs, rotated, made.outputs)).replaces).toEqual([
      "privateKeyJwt",
    ]);
    const [first] = (wanted.privateKeyJwt as { credentials: object[] }).credentials;
    const ending = { ...wanted, privateKeyJwt: { credentials: [{ ...first, expiresAt: "2099-01-01T00:00:00.000Z" }] } };
    expect(await auth0.diff(types.credentials, made.inputs, ending, made.outputs)).toMatchObject({ replaces: [] });
    const updated = await auth0.update(types.credentials, id, made.outputs, ending);
    expect(updated).toMatchObject({ privateKeyJwt: { credentials: [{ expiresAt: "2099-01-01T00:00:00.000Z" }] } });
    requests = [];
    await auth0.delete(types.credentials, id, made.outputs);
    expect(calls(credential?.id ?? "", id).slice(-2)).toEqual([
      "PATCH /clients/ID",
      "DELETE /clients/ID/credentials/ID",
    ]);
    expect((await running.management.clients.get(id)).client_secret).toMatch(/^\w{64}$/);
  });

  test("that are none say so, and those of a client that is gone are gone", async () => {
    const { id, outputs } = await machine();
    const none = create(types.credentials, { clientId: id, authenticationMethod: "private_key_jwt" });
    await expect(none).rejects.toThrow("Client Credentials Missing");
    const made = await create(types.credentials, { clientId: id, authenticationMethod: "client_secret_post" });
    await auth0.delete(types.client, id, outputs);
    expect((await auth0.read(types.credentials, id, made)).id).toBe("");
    await auth0.delete(types.credentials, id, made.outputs);
    await expect(create(types.credentials, { clientId: "nobody" })).rejects.toThrow("404 Not Found");
    const { failures } = await auth0.check(types.credentials, { clientId: id, clientSecretWo: "x" });
    expect(failures).toHaveLength(1);
  });
});

describe("its grant", () => {
  test("is looked for, posted and read; one that is there is adopted with its own scopes", async () => {
    const { id: clientId } = await machine();
    const audience = `${running.tenant.issuer}api/v2/`;
    requests = [];
    const made = await create(types.grant, { clientId, audience, scopes: ["read:users"] });
    const { id, inputs, outputs } = made;
    const lookUp = `GET /client-grants?client_id=ID&audience=${audience}`;
    const [first, ...others] = calls(id, clientId);
    expect([first?.replace(/&?(from|take)=\w+/g, ""), others]).toEqual([
      expect.stringContaining(lookUp.replace("GET /client-grants?client_id=ID&", "")),
      ["POST /client-grants", "GET /client-grants/ID"],
    ]);
    expect(outputs).toMatchObject({ clientId, audience, scopes: ["read:users"], subjectType: "client" });
    await isUnchanged(types.grant, made);
    const adopted = await create(types.grant, { clientId, audience, scopes: ["delete:users"] });
    expect([adopted.id, adopted.outputs["scopes"]]).toEqual([id, ["read:users"]]);
    const news = { ...inputs, scopes: ["update:users"] };
    expect(await auth0.update(types.grant, id, outputs, news)).toMatchObject({ scopes: ["update:users"] });
    const other = { ...inputs, audience: "urn:other", clientId: "x" };
    expect((await auth0.diff(types.grant, inputs, other, outputs)).replaces.sort()).toEqual(["audience", "clientId"]);
    await auth0.delete(types.grant, id, outputs);
    expect((await auth0.read(types.grant, id, made)).id).toBe("");
  });

  test("says its scopes", async () => {
    const { failures } = await auth0.check(types.grant, { clientId: "a", audience: "b" });
    expect(failures.join()).toContain("either `scopes` or `allow_all_scopes` must be set");
  });
});

test("an event stream has its source at once, which is not known before, and which is not changed", async () => {
  const given = {
    ...{ name: "Erasure", destinationType: "eventbridge", subscriptions: ["user.deleted"], status: "enabled" },
    eventbridgeConfiguration: { awsAccountId: "123456789012", awsRegion: "us-east-1" },
  };
  const preview = await auth0.create(types.stream, given, { preview: true });
  expect(preview.outputs["eventbridgeConfiguration"]).toMatchObject({ awsPartnerEventSource: unknown });
  const made = await create(types.stream, given);
  const { id, inputs, outputs } = made;
  expect(calls(id)).toEqual(["POST /event-streams", "GET /event-streams/ID"]);
  const source = expect.stringMatching(/^aws\.partner\/auth0\.com\//) as unknown;
  expect(outputs).toMatchObject({ eventbridgeConfiguration: { awsPartnerEventSource: source }, status: "enabled" });
  await isUnchanged(types.stream, made);
  const news = { ...inputs, subscriptions: ["user.created", "user.deleted"] };
  const planned = await auth0.update(types.stream, id, outputs, news, { preview: true });
  expect(planned).toMatchObject({ eventbridgeConfiguration: { awsPartnerEventSource: source } });
  expect(await auth0.update(types.stream, id, outputs, news)).toMatchObject({ subscriptions: news.subscriptions });
  expect(calls(id)).toEqual(["PATCH /event-streams/ID", "GET /event-streams/ID"]);
  const moved = { ...inputs, eventbridgeConfiguration: { awsAccountId: "123456789012", awsRegion: "eu-west-1" } };
  expect((await auth0.diff(types.stream, inputs, moved, outputs)).replaces).toEqual(["eventbridgeConfiguration"]);
  await running.management.eventStreams.update(id, { status: "disabled" });
  const drifted = await auth0.read(types.stream, id, { inputs, outputs });
  expect(drifted.inputs["status"]).toBe("disabled");
  expect(await auth0.diff(types.stream, inputs, inputs, drifted.outputs)).toMatchObject({ changes: true });
  await auth0.delete(types.stream, id, outputs);
  expect((await auth0.read(types.stream, id, made)).id).toBe("");
  const { failures } = await auth0.check(types.stream, { destinationType: "webhook", subscriptions: [] });
  expect(failures).toHaveLength(1);
});

/** What is gone already is deleted without an error. */
async function deleteTwice(type: string, id: string, outputs: Properties) {
  await auth0.delete(type, id, outputs);
  await auth0.delete(type, id, outputs);
}
const google = (changed: Properties = {}) =>
  create(types.connection, {
    ...{ name: `google-${++count}`, strategy: "google-oauth2", displayName: "Google" },
    ...{ options: { clientId: "id", clientSecret: "secret", setUserRootAttributes: "on_first_login" }, ...changed },
  });

describe("a connection", () => {
  test("is posted and read; is changed in place but for its name and strategy, and deleted once more", async () => {
    const made = await google();
    const { id, inputs, outputs } = made;
    expect(calls(id)).toEqual(["POST /connections", "GET /connections/ID"]);
    expect(outputs).toMatchObject({ displayName: "Google", realms: [inputs["name"]] });
    await isUnchanged(types.connection, made);
    for (const changed of [{ name: "other" }, { strategy: "oidc" }])
      expect((await auth0.diff(types.connection, inputs, { ...inputs, ...changed }, outputs)).replaces).toEqual(
        Object.keys(changed),
      );

    const options = { ...(unmarked(inputs["options"]) as Properties), setUserRootAttributes: "on_each_login" };
    await auth0.update(types.connection, id, outputs, { ...inputs, options });
    expect(calls(id)).toEqual(["PATCH /connections/ID", "GET /connections/ID"]);
    // By Auth0's own names, all of them in one write.
    expect((await running.management.connections.get(id)).options).toMatchObject({
      ...{ client_id: "id", set_user_root_attributes: "on_each_login" },
    });
    const drifted = await auth0.read(types.connection, id, { outputs, inputs });
    expect(unmarked(drifted.inputs["options"])).toMatchObject({ setUserRootAttributes: "on_each_login" });

    await deleteTwice(types.connection, id, outputs);
    expect((await auth0.read(types.connection, id, { outputs, inputs })).id).toBe("");
  });

  test("is refused another strategy, and inputs that the sandbox does not evaluate", async () => {
    const { failures } = await auth0.check(types.connection, { strategy: "waad", realms: ["example.org"] });

    expect(failures.join()).toMatch(/strategy.*does not evaluate.*realms|realms.*strategy/s);
  });

  test("is enabled for one application, and the others keep it", async () => {
    const { id: connectionId } = await google();
    const [first, second] = [await machine(), await machine()];
    const enable = ({ id: clientId }: { id: string }) => create(types.enabledClient, { connectionId, clientId });
    await enable(first);
    requests = [];
    const { id, inputs, outputs } = await enable(second);
    const at = `/connections/${connectionId}`;
    expect(calls()).toEqual([`PATCH ${at}/clients`, `GET ${at}/clients?take=50`, `GET ${at}`]);
    expect([id, outputs]).toEqual([
      `${connectionId}::${second.id}`,
      expect.objectContaining({ strategy: "google-oauth2" }),
    ]);
    expect(
      (await auth0.diff(types.enabledClient, inputs, { ...inputs, clientId: first.id }, outputs)).replaces,
    ).toEqual(["clientId"]);

    await deleteTwice(types.enabledClient, id, outputs);
    const left = await running.management.connections.clients.get(connectionId);
    expect(left.data.map(({ client_id }) => client_id)).toEqual([first.id]);
    expect((await auth0.read(types.enabledClient, id, { outputs, inputs })).id).toBe("");
  });
});

describe("an organization", () => {
  test("is posted and read, renamed in place, and has a connection whose settings change in place", async () => {
    const { id: connectionId } = await google();
    requests = [];
    const made = await create(types.organization, { name: "acme", displayName: "Acme", metadata: { tier: "gold" } });
    const { id: organizationId, inputs, outputs } = made;
    expect(calls(organizationId)).toEqual(["POST /organizations", "GET /organizations/ID"]);
    await isUnchanged(types.organization, made);
    const renamed = { ...inputs, name: "acme-corp" };
    expect((await auth0.diff(types.organization, inputs, renamed, outputs)).replaces).toEqual([]);
    expect(await auth0.update(types.organization, organizationId, outputs, renamed)).toMatchObject({
      ...{ name: "acme-corp", displayName: "Acme" },
    });

    requests = [];
    const enabled = await create(types.enabledConnection, { organizationId, connectionId });
    const at = `/organizations/${organizationId}/enabled_connections`;
    expect(calls()).toEqual([`POST ${at}`, `GET ${at}/${connectionId}`]);
    expect(enabled.outputs).toMatchObject({ assignMembershipOnLogin: false, strategy: "google-oauth2" });
    await isUnchanged(types.enabledConnection, enabled);
    const { id } = enabled;
    const news = { ...enabled.inputs, assignMembershipOnLogin: true };
    expect(await auth0.update(types.enabledConnection, id, enabled.outputs, news)).toMatchObject({
      assignMembershipOnLogin: true,
    });

    await deleteTwice(types.enabledConnection, id, enabled.outputs);
    expect((await auth0.read(types.enabledConnection, id, enabled)).id).toBe("");
    await deleteTwice(types.organization, organizationId, outputs);
    expect((await auth0.read(types.organization, organizationId, made)).id).toBe("");
  });

  test("is refused what the sandbox does not evaluate", async () => {
    const { failures } = await auth0.check(types.organization, {
      name: "acme",
      branding: { logoUrl: "https://a.org" },
    });
    const own = await auth0.check(types.enabledConnection, {
      ...{ organizationId: "org_1", connectionId: "con_1", isSignupEnabled: true },
    });

    expect(failures.join()).toContain("does not evaluate");
    expect(own.failures.join()).toContain("does not evaluate");
  });
});
