// The sync attribute's provider against a tenant, through the official SDK: what it refuses, what it changes, and what
// it leaves as it was.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ManagementClient, ManagementError } from "auth0";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openManagementApi } from "../../../components/auth0/management-client.ts";
import type { ManagementApi } from "../../../components/auth0/management-client.ts";
import { getConnection } from "../../../components/connection-sync/connection.ts";
import { connectionSyncProvider } from "../../../components/connection-sync/provider.ts";
import type { SyncInputs, SyncState } from "../../../components/connection-sync/provider.ts";
import { validateConnections } from "../../../components/connection-sync/rules.ts";
import { changeSyncAttribute } from "../../../components/connection-sync/write.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import { freeTenantRateLimit } from "../../../sandbox/tenant/rate-limit.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import type { Json } from "../../../sandbox/tenant/tenant-state.ts";
import type { Tenant } from "../../../sandbox/tenant/tenant.ts";
import { isRare } from "../../rare.ts";
import { shortWaits } from "../../short-waits.ts";
import { withSigningKey } from "../../sandbox/tenant/signing-key.ts";

const secretOptions = {
  client_id: "id",
  client_secret: "planted-secret",
  scope: ["email", "profile"],
  nested: { key: [1, null, { deep: "planted-secret" }] },
  notModelled: null,
};
const seed = {
  connections: [
    { name: "google-oauth2", strategy: "google-oauth2", options: secretOptions },
    { name: "acme-saml", strategy: "samlp", options: { ...secretOptions, set_user_root_attributes: "on_first_login" } },
    { name: "facebook", strategy: "facebook", options: secretOptions },
    { name: "email", strategy: "email", options: { name: "email" } },
    { name: "users", strategy: "auth0", options: { brute_force_protection: true } },
    {
      name: "legacy",
      strategy: "auth0",
      options: { enabledDatabaseCustomization: true, configuration: { KEY: "2.0$x" } },
    },
    { name: "custom", strategy: "auth0", options: { enabledDatabaseCustomization: true } },
  ],
};

let folder: string;
let tenant: Tenant;
let client: ManagementClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sync-provider-"));
  const certificate = await obtainCertificate(folder, ["localhost"]);
  setDefaultCACertificates([...getCACertificates("default"), certificate.ca]);
  tenant = await startTenant({ folder: await withSigningKey(folder), certificate, ...seed });
  client = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient });
});
afterAll(async () => {
  await tenant.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

const settings = { get: () => undefined };
const environment = ({ clientId, clientSecret } = tenant.managementClient) => ({
  AUTH0_DOMAIN: tenant.domain,
  AUTH0_CLIENT_ID: clientId,
  AUTH0_CLIENT_SECRET: clientSecret,
});
const provider = (credentials = tenant.managementClient) => connectionSyncProvider(settings, environment(credentials));
const noOlds = {} as SyncInputs;
const onFirstLogin = (connectionName: string): SyncInputs => ({
  connectionName,
  setUserRootAttributes: "on_first_login",
});

async function idOf(name: string): Promise<string> {
  const { data } = await client.connections.list({ name });
  return data[0]?.id ?? "";
}
async function optionsOf(name: string): Promise<Record<string, unknown>> {
  return (await client.connections.get(await idOf(name))).options as Record<string, unknown>;
}
async function reasons(inputs: SyncInputs, credentials = tenant.managementClient): Promise<string[]> {
  const { failures = [] } = await provider(credentials).check(noOlds, inputs);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("check", () => {
  it.each([
    ["no-such-connection", /^connectionName: The tenant has no connection named "no-such-connection"\./],
    ["email", /^connectionName: The connection "email" is passwordless \(email\)/],
    ["users", /^connectionName: The connection "users" is a database in Auth0's own store/],
    ["legacy", /^connectionName: The connection "legacy" has encrypted values in options\.configuration/],
  ])("refuses the connection %s by name", async (name, message) => {
    expect(await reasons(onFirstLogin(name))).toEqual([expect.stringMatching(message)]);
  });

  it("resolves a connection's name to its id, so that a rename of the input recreates nothing", async () => {
    const { inputs, failures } = await provider().check(noOlds, onFirstLogin("google-oauth2"));

    expect(failures).toBeUndefined();
    expect(inputs).toEqual({ ...onFirstLogin("google-oauth2"), connectionId: await idOf("google-oauth2") });
  });

  it("takes a database of the tenant's own scripts", async () => {
    expect(await reasons(onFirstLogin("custom"))).toEqual([]);
  });

  it.each(["never_on_login", "sometimes"])("refuses the value %s", async (value) => {
    const inputs = { ...onFirstLogin("google-oauth2"), setUserRootAttributes: value as "on_first_login" };

    expect(await reasons(inputs)).toEqual([expect.stringContaining(value)]);
  });

  it.each([
    [["read:connections"], "read:connections_options"],
    [["read:connections", "read:connections_options"], "update:connections, update:connections_options"],
    [["read:connections", "read:connections_options", "update:connections"], "update:connections_options"],
    [[], "read:connections"],
  ])("names the scope that a client with %j lacks", async (scopes, missing) => {
    const [reason, ...others] = await reasons(onFirstLogin("google-oauth2"), tenant.createManagementClient(scopes));

    expect(reason).toContain(missing);
    expect(others).toEqual([]);
  });

  it("says what the setting freezes when it is set, and nothing when it stays", async () => {
    await provider().check(noOlds, onFirstLogin("google-oauth2"));
    expect(console.info).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/"google-oauth2": picture, name, given name, family name and nickname .* first login only/),
    );
    await provider().check(onFirstLogin("google-oauth2"), onFirstLogin("google-oauth2"));
    expect(console.info).toHaveBeenCalledTimes(1);
  });

  it("takes a name or an id, not both and not neither", async () => {
    const connectionId = await idOf("google-oauth2");
    const value = { setUserRootAttributes: "on_first_login" } as const;

    expect(await reasons({ connectionId, ...value })).toEqual([]);
    expect(await reasons({ connectionId, ...onFirstLogin("google-oauth2") })).toEqual([
      expect.stringContaining("Both"),
    ]);
    expect(await reasons(value)).toEqual([expect.stringContaining("Neither")]);
    expect(await reasons({ connectionId } as SyncInputs)).toEqual([expect.stringContaining("nothing was given")]);
    expect(await reasons({ connectionId: "con_0000000000000000", ...value })).toEqual([
      'connectionId: The tenant has no connection with the id "con_0000000000000000".',
    ]);
  });

  it("refuses a connection that the program names twice, once by its name and once by its id", async () => {
    const byName = onFirstLogin("google-oauth2");
    const byId: SyncInputs = { connectionId: await idOf("google-oauth2"), setUserRootAttributes: "on_first_login" };
    for (const [first, second, property] of [
      [byName, byId, "connectionId"],
      [byId, byName, "connectionName"],
    ] as const) {
      const program = provider();
      const reasonsOf = async (inputs: SyncInputs) => (await program.check(noOlds, inputs)).failures ?? [];
      expect(await reasonsOf(first)).toEqual([]);
      // The engine may check a resource twice, as one that it replaces.
      expect(await reasonsOf(first)).toEqual([]);
      expect(await reasonsOf(second)).toEqual([
        {
          property,
          reason: expect.stringMatching(/^Two ConnectionSyncs .* "google-oauth2": .* con_\w+\. /) as unknown,
        },
      ]);
      expect(await reasonsOf(onFirstLogin("facebook"))).toEqual([]);
    }
  });

  it("warns that Facebook's picture URLs expire", async () => {
    await provider().check(noOlds, onFirstLogin("facebook"));

    expect(console.info).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("Facebook's picture URLs expire"));
  });

  it("leaves what the engine does not know yet alone", async () => {
    const unknown = { ...onFirstLogin("04da6b54-80e4-46f7-96ec-b56ff0331ba9") };

    expect(await provider().check(noOlds, unknown)).toEqual({ inputs: unknown });
  });

  it("names the missing credentials", async () => {
    const { failures } = await connectionSyncProvider({ get: () => undefined }, {}).check(
      noOlds,
      onFirstLogin("google-oauth2"),
    );

    expect(failures?.map(({ reason }) => reason)).toEqual([
      expect.stringContaining(
        "without auth0:domain (or AUTH0_DOMAIN), auth0:clientId (or AUTH0_CLIENT_ID), " +
          "auth0:clientSecret (or AUTH0_CLIENT_SECRET).",
      ),
    ]);
  });
});

describe("validateConnections", () => {
  const config = { get: () => undefined };
  const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;
  const connections = { email: "on_first_login", users: "on_first_login", custom: "on_first_login" } as const;
  const environment = (changed: object) => ({
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: tenant.managementClient.clientId,
    AUTH0_CLIENT_SECRET: tenant.managementClient.clientSecret,
    ...changed,
  });

  it("names every connection that is refused, and only those", async () => {
    expect(await validateConnections(connections, config, environment({}))).toEqual([
      { path: ["connections", "email"], message: matching(/^The connection "email" is passwordless/) },
      { path: ["connections", "users"], message: matching(/^The connection "users" is a database/) },
    ]);
  });

  it.each([
    [
      { AUTH0_CLIENT_SECRET: "wrong" },
      /^Auth0 answered 401: .* Check auth0:domain, auth0:clientId and auth0:clientSecret/,
    ],
    [{ AUTH0_DOMAIN: "https://example.org/path" }, /^auth0:domain: "example\.org\/path" was given/],
    [{ AUTH0_DOMAIN: undefined }, /^The Auth0 Management API cannot be reached without auth0:domain/],
  ])("says once that the tenant cannot be asked with %j", async (changed, message) => {
    expect(await validateConnections(connections, config, environment(changed))).toEqual([
      { path: ["connections"], message: matching(message) },
    ]);
  });

  it("does not ask where there are no connections", async () => {
    expect(await validateConnections({}, config, {})).toEqual([]);
  });
});

describe("create, read, update and delete", () => {
  it("changes the flag only, sees drift, and restores what was there", async () => {
    const before = await optionsOf("google-oauth2");
    const { id, outs } = await provider().create(onFirstLogin("google-oauth2"));
    const state = outs as SyncState;

    expect(await optionsOf("google-oauth2")).toEqual({ ...before, set_user_root_attributes: "on_first_login" });
    expect(state).toEqual({
      ...onFirstLogin("google-oauth2"),
      connectionId: id,
      strategy: "google-oauth2",
      written: ["on_first_login"],
    });
    expect(JSON.stringify(state)).not.toContain("planted-secret");

    await client.connections.update(id, { options: { ...before, set_user_root_attributes: "on_each_login" } });
    const drifted = await provider().read(id, state);
    expect(drifted.inputs).toEqual({
      connectionName: "google-oauth2",
      connectionId: id,
      setUserRootAttributes: "on_each_login",
    });
    const news = { ...onFirstLogin("google-oauth2"), connectionId: id };
    expect(await provider().diff(id, drifted.props as SyncState, news)).toEqual({ changes: true, replaces: [] });

    const { outs: updated } = await provider().update(id, drifted.props as SyncState, news);
    expect(await optionsOf("google-oauth2")).toEqual({ ...before, set_user_root_attributes: "on_first_login" });
    expect(updated).toEqual(state);

    await provider().delete(id, updated as SyncState);
    expect(await optionsOf("google-oauth2")).toEqual(before);
  });

  it("writes on_each_login of an enterprise connection as the key's absence, and restores its value", async () => {
    const before = await optionsOf("acme-saml");
    const inputs: SyncInputs = { connectionName: "acme-saml", setUserRootAttributes: "on_each_login" };
    const { id, outs } = await provider().create(inputs);

    expect(await optionsOf("acme-saml")).toEqual(secretOptions);
    expect((outs as SyncState).previous).toBe("on_first_login");
    expect((await provider().read(id, outs)).inputs).toEqual({ ...inputs, connectionId: id });

    await provider().delete(id, outs as SyncState);
    expect(await optionsOf("acme-saml")).toEqual(before);
  });

  it("leaves a flag that somebody else changed since, and a connection that is gone", async () => {
    const { id, outs } = await provider().create(onFirstLogin("custom"));
    const options = { ...(await optionsOf("custom")), set_user_root_attributes: "never_on_login" as const };
    await client.connections.update(id, { options });
    await provider().delete(id, outs as SyncState);
    expect(await optionsOf("custom")).toEqual(options);

    await client.connections.delete(id);
    await provider().delete(id, outs as SyncState);
    expect(await provider().read(id, outs)).toEqual({ id: "" });
  });
});

describe("what is not this resource's work", () => {
  shortWaits();

  const drift = async (name: string, change: Record<string, unknown>) =>
    client.connections.update(await idOf(name), { options: { ...(await optionsOf(name)), ...change } });
  /** The next write is refused for the rate limit, and others make the change before it is made again. */
  const whileItWaits = (change: Record<string, unknown>) => {
    tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { method: "PATCH" });
    const act = async () => void (await drift(name, change));
    // The first GET is for the write that is refused, the second for the next.
    tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, { path: /connections\/con_/, nth: 2 });
  };
  let name: string;
  let number = 0;

  beforeEach(async () => {
    name = `neighbour-${number++}`;
    await client.connections.create({ name, strategy: "oauth2", options: { client_id: "id" } } as never);
  });

  it("stays, also where a refresh has taken it into the state", async () => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    await drift(name, { set_user_root_attributes: "never_on_login" });
    const { props } = await provider().read(id, outs);
    await provider().delete(id, props as SyncState);

    expect(await optionsOf(name)).toEqual({ client_id: "id", set_user_root_attributes: "never_on_login" });
  });

  it.each([
    [{ set_user_root_attributes: "on_each_login" }, "is on_each_login"],
    [{ set_user_root_attributes: undefined }, "is gone, which means on_each_login"],
  ])("is named by a preview that has read it, and an update writes what is declared: %j", async (change, seen) => {
    const preview = async (sync: ReturnType<typeof provider>, state: SyncState) => {
      const { setUserRootAttributes, connectionId } = state;
      const { inputs } = await sync.check(
        { connectionName: name, setUserRootAttributes, connectionId },
        onFirstLogin(name),
      );
      return { ...(await sync.diff(connectionId, state, inputs as SyncInputs)), inputs: inputs as SyncInputs };
    };
    const { id, outs } = await provider().create(onFirstLogin(name));
    expect(await preview(provider(), outs as SyncState)).toMatchObject({ changes: false });

    // Another program writes the whole options, as they were before.
    await drift(name, { ...change, theirs: "kept" });
    vi.mocked(console.info).mockClear();
    const sync = provider();
    const { changes, inputs } = await preview(sync, outs as SyncState);
    expect(changes).toBe(true);
    expect(console.info).toHaveBeenCalledExactlyOnceWith(
      `Connection "${name}": somebody has changed it, set_user_root_attributes ${seen}. ` +
        `The program declares on_first_login: "pulumi up" writes it again.`,
    );
    const { outs: updated } = await sync.update(id, outs as SyncState, inputs);
    expect(await optionsOf(name)).toEqual({
      client_id: "id",
      theirs: "kept",
      set_user_root_attributes: "on_first_login",
    });
    expect(updated).toEqual(outs);
    expect(await preview(sync, updated as SyncState)).toMatchObject({ changes: false });
  });

  it("becomes its work once the program declares it", async () => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    await drift(name, { set_user_root_attributes: "on_each_login" });
    const { props } = await provider().read(id, outs);
    const news: SyncInputs = { connectionName: name, connectionId: id, setUserRootAttributes: "on_each_login" };
    expect(await provider().diff(id, props as SyncState, news)).toMatchObject({ changes: true });

    const { outs: updated } = await provider().update(id, props as SyncState, news);
    expect(await provider().diff(id, updated as SyncState, news)).toMatchObject({ changes: false });
    await provider().delete(id, updated as SyncState);
    expect(await optionsOf(name)).toEqual({ client_id: "id" });
  });

  it.each([
    ["the write", "PATCH", "on_first_login"],
    ["the look afterwards", "GET", "on_each_login"],
  ] as const)("is known apart from it after an update of which %s failed", async (_, method, flag) => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    const news: SyncInputs = { connectionName: name, connectionId: id, setUserRootAttributes: "on_each_login" };
    // The first GET is the update's own.
    const nth = method === "GET" ? 2 : 1;
    tenant.faults.inject({ kind: "server error", status: 503 }, { method, path: /connections\/con_/, nth, times: 4 });
    const failed = (await provider()
      .update(id, outs as SyncState, news)
      .catch((error: unknown) => error)) as {
      id: string;
      properties: SyncState;
    };
    tenant.faults.clear();

    expect(failed.id).toBe(id);
    expect((await optionsOf(name))["set_user_root_attributes"]).toBe(flag);
    expect(failed.properties.written).toEqual(["on_first_login", "on_each_login"]);
    // Once a run knows, the state does.
    const settled = { ...failed.properties, setUserRootAttributes: flag };
    expect(await provider().diff(id, settled, { ...news, setUserRootAttributes: flag })).toMatchObject({
      changes: true,
    });
    await provider().delete(id, failed.properties);
    expect(await optionsOf(name)).toEqual({ client_id: "id" });
  });

  it("is never written back by a write that is made again", async () => {
    whileItWaits({ client_secret: "rotated" });
    const { id, outs } = await provider().create(onFirstLogin(name));
    const rotated = { client_id: "id", client_secret: "rotated" };

    expect(tenant.faults.pending).toBe(0);
    expect(await optionsOf(name)).toEqual({ ...rotated, set_user_root_attributes: "on_first_login" });
    await provider().delete(id, outs as SyncState);
    expect(await optionsOf(name)).toEqual(rotated);
  });

  it("is not written where only the response was lost, nor over encrypted values that come meanwhile", async () => {
    const patches = () => tenant.faults.calls.filter(({ method }) => method === "PATCH").length;
    tenant.faults.resetCalls();
    tenant.faults.inject({ kind: "connection reset", when: "after effect" }, { method: "PATCH" });
    const { id, outs } = await provider().create(onFirstLogin(name));
    expect(patches()).toBe(1);

    whileItWaits({ configuration: { KEY: "2.0$x" } });
    await expect(provider().delete(id, outs as SyncState)).rejects.toThrow("has encrypted values");
    // The refused one, and the one that brought them.
    expect(patches()).toBe(3);
  });

  it("makes a destroy fail that cannot restore the flag, or cannot see that it has", async () => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    tenant.faults.inject({ kind: "server error", status: 503 }, { method: "PATCH", times: 4 });
    await expect(provider().delete(id, outs as SyncState)).rejects.toThrow("Auth0 answered 503");

    // The first GET is the deletion's own.
    tenant.faults.inject({ kind: "server error", status: 503 }, { method: "GET", nth: 2, times: Infinity });
    const failure = (await provider()
      .delete(id, outs as SyncState)
      .catch((error: unknown) => error)) as Error;
    tenant.faults.clear();
    expect(failure.message).toMatch(/was written, but its options could not be read again: Auth0 answered 503/);
    expect(failure.stack).toBe("");
  });

  it.each([
    ["writes another value", "never_on_login", "never_on_login"],
    ["writes the wanted value", "on_first_login", "on_first_login"],
  ])("is restored where somebody %s while a write waits for the rate limit", async (_, theirs, restored) => {
    whileItWaits({ set_user_root_attributes: theirs });
    const { id, outs } = await provider().create(onFirstLogin(name));
    expect((await optionsOf(name))["set_user_root_attributes"]).toBe("on_first_login");

    await provider().delete(id, outs as SyncState);
    expect((await optionsOf(name))["set_user_root_attributes"]).toBe(restored);
  });

  it("is all that there is where Auth0 refused the write: the state keeps nothing", async () => {
    const scopes = ["read:connections", "read:connections_options", "update:connections"];
    const credentials = tenant.createManagementClient(scopes);
    const { id, outs } = await provider().create(onFirstLogin(name));
    const update = provider(credentials).update(id, outs as SyncState, {
      ...outs,
      setUserRootAttributes: "on_each_login",
    });
    const failure = (await update.catch((error: unknown) => error)) as Error;

    expect(failure.message).toContain("Auth0 answered 403: Insufficient scope");
    expect(failure).not.toHaveProperty("id");
    expect(failure.stack).toBe("");
  });

  it("stays with a state of before its values were kept", async () => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    const { written: _, ...older } = outs as SyncState;
    await drift(name, { set_user_root_attributes: "never_on_login" });
    const { props } = await provider().read(id, older);
    await provider().delete(id, props as SyncState);

    expect((await optionsOf(name))["set_user_root_attributes"]).toBe("never_on_login");
  });

  it("is not taken for empty where the token does not say that it is seen", async () => {
    const get = () => Promise.resolve({ name, strategy: "samlp", options: {} });
    const hidden = { client: { connections: { get } }, grantedScopes: () => undefined } as unknown as ManagementApi;
    await expect(getConnection(hidden, "con_1")).rejects.toThrow("Grant the scope read:connections_options");
    const seen = { ...hidden, grantedScopes: () => ["read:connections_options"] };
    expect(await getConnection(seen, "con_1")).toMatchObject({ options: {} });
  });

  it("is left with the flag where encrypted values have come since, and that is said", async () => {
    const database = { name: `${name}-db`, strategy: "auth0", options: { enabledDatabaseCustomization: true } };
    await client.connections.create(database as never);
    const { id, outs } = await provider().create(onFirstLogin(database.name));
    await drift(database.name, { configuration: { KEY: "2.0$x" } });
    tenant.faults.resetCalls();
    await provider().delete(id, outs as SyncState);
    const update = provider().update(id, outs as SyncState, { ...outs, setUserRootAttributes: "on_each_login" });

    await expect(update).rejects.toThrow("has encrypted values in options.configuration");
    expect(tenant.faults.calls.map(({ method }) => method)).not.toContain("PATCH");
    expect(console.info).toHaveBeenCalledWith(
      expect.stringMatching(
        /^set_user_root_attributes stays on_first_login; it was on_each_login before\. .* has encrypted values/,
      ),
    );
  });

  it("may be deleted while the flag is restored", async () => {
    const { id, outs } = await provider().create(onFirstLogin(name));
    const act = async () => void (await client.connections.delete(id));
    tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, { method: "PATCH" });

    await expect(provider().delete(id, outs as SyncState)).resolves.toBeUndefined();
  });

  it.each([
    [
      400,
      {
        message:
          "'String does not match: planted_secret on property planted_secret.client_secret' on property nested.key",
      },
      "400 on property nested.key. Its message is not shown, because it may quote the value of an option.",
    ],
    [503, { options: { client_secret: "planted-secret" } }, "503."],
  ])("is not quoted from an answer %s of Auth0's", async (statusCode, body, said) => {
    const refusing = writing(() => Promise.reject(new ManagementError({ statusCode, body })));
    const connection = (await getConnection(refusing, await idOf("google-oauth2"))) ?? expect.unreachable();
    const error = await changeSyncAttribute(
      refusing,
      { ...connection, options: secretOptions },
      "on_first_login",
    ).catch(String);

    expect(error).toBe(`Error: Auth0 answered ${said}`);
  });

  it("is no other option where the flag is the only one", async () => {
    const only = { name: `${name}-saml`, strategy: "samlp", options: { set_user_root_attributes: "on_first_login" } };
    await client.connections.create(only as never);
    const eachLogin: SyncInputs = { connectionName: only.name, setUserRootAttributes: "on_each_login" };
    const { id, outs } = await provider().create(eachLogin);

    expect(await reasons(eachLogin)).toEqual([]);
    expect((await provider().read(id, outs)).id).toBe(id);
    await provider().delete(id, outs as SyncState);
    expect(await optionsOf(only.name)).toEqual(only.options);
  });

  it("may be what another name of this resource did: that is said", async () => {
    await drift(name, { set_user_root_attributes: "on_first_login" });
    await provider().check(noOlds, onFirstLogin(name));
    expect(console.info).toHaveBeenLastCalledWith(expect.stringContaining("already. If a resource of this program"));

    vi.mocked(console.info).mockClear();
    await provider().check({ ...onFirstLogin(name), connectionId: await idOf(name) }, onFirstLogin(name));
    expect(console.info).not.toHaveBeenCalled();
  });
});

describe("the Management API's rate limit", () => {
  it("makes it slow on a free tenant, not failing, with the same calls for each connection", async () => {
    const limits = [undefined, freeTenantRateLimit, freeTenantRateLimit];
    const shared = provider();
    const counts: object[] = [];
    for (const [number, limit] of limits.entries()) {
      const name = `arbitrary-limited-${number}`;
      await client.connections.create({ name, strategy: "oauth2", options: { client_id: "id" } } as never);
      tenant.faults.resetCalls();
      tenant.limitRate(limit);
      await shared.create(onFirstLogin(name));
      tenant.limitRate();
      const calls = tenant.faults.calls.filter(({ path }) => path !== "/oauth/token");
      const refused = calls.filter(({ status }) => status === 429);
      // A write that is refused is read for again.
      const writes = refused.filter(({ method }) => method === "PATCH").length;
      counts.push({ answered: calls.length - refused.length - writes, isRefused: refused.length > 0 });
      expect(await optionsOf(name)).toEqual({ client_id: "id", set_user_root_attributes: "on_first_login" });
    }

    // Read by name, written, read again.
    expect(counts).toEqual(limits.map((limit) => ({ answered: 3, isRefused: limit !== undefined })));
  });

  it("is left to one connection after the other, each of which is read and written at once", async () => {
    const connections = await Promise.all(
      ["turn-1", "turn-2", "turn-3"].map(async (name) => {
        const made = { name, strategy: "oauth2", options: { client_id: name } };
        const { id = "" } = await client.connections.create(made as never);
        return { id, ...made };
      }),
    );
    const api = openManagementApi(settings, environment());
    tenant.faults.resetCalls();
    tenant.faults.inject(
      { kind: "too many requests", resetHeader: true },
      { method: "PATCH", times: connections.length },
    );
    await Promise.all(connections.map((connection) => changeSyncAttribute(api, connection, "on_first_login")));
    const calls = tenant.faults.calls
      .filter(({ path }) => path !== "/oauth/token")
      .map(({ method, path }) => `${method} ${path}`);

    const again = calls.slice(connections.length);
    for (const { id } of connections) {
      const write = again.indexOf(`PATCH /api/v2/connections/${id}`);
      expect(again[write - 1]).toBe(`GET /api/v2/connections/${id}`);
    }
  });
});

/** The tenant, with another write of a connection's options. */
const writing = (write: (id: string, options: Record<string, unknown>) => Promise<void>): ManagementApi => ({
  client,
  clientWithoutRetries: {
    connections: {
      update: (id: string, { options }: { options: Record<string, unknown> }) => write(id, options),
    },
  } as unknown as ManagementClient,
  grantedScopes: () => undefined,
});

describe("a change by somebody else between the write and the second look", () => {
  // Of this strategy the tenant derives nothing itself.
  beforeAll(() => client.connections.create({ name: "plain", strategy: "twitter" }));

  /** The tenant, in which `change` is written right after our own write. */
  const racing = (change: Record<string, unknown>) =>
    writing(async (id, options) => {
      await client.connections.update(id, { options });
      await client.connections.update(id, { options: { ...options, ...change } });
    });

  it("is named by its keys, without a value, and not undone", async () => {
    const connection = (await getConnection(racing({}), await idOf("facebook"))) ?? expect.unreachable();
    const theirs = { client_secret: "rotated-secret", nested: {} };
    const message = await changeSyncAttribute(racing(theirs), connection, "on_first_login").catch(String);

    expect(message).toContain("other options differ from before: client_secret, nested. Nothing was written back.");
    expect(message).not.toMatch(/planted-secret|rotated-secret/);
    expect(await optionsOf("facebook")).toEqual({
      ...connection.options,
      ...theirs,
      set_user_root_attributes: "on_first_login",
    });
  });

  it("of the flag itself is an error too", async () => {
    const connection = (await getConnection(racing({}), await idOf("google-oauth2"))) ?? expect.unreachable();
    const change = changeSyncAttribute(
      racing({ set_user_root_attributes: "never_on_login" }),
      connection,
      "on_first_login",
    );

    await expect(change).rejects.toThrow("was written as on_first_login, but reads never_on_login");
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ["completes", "samlp", {}, { bindingMethod: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" }],
    ["makes from switches", "google-oauth2", { profile: true, scope: ["email"] }, { scope: ["email", "profile"] }],
    ["computes", "samlp", { thumbprints: ["4567"] }, { thumbprints: ["0123"], subject: { commonName: "acme" } }],
    ["completes", "auth0", { enabledDatabaseCustomization: true }, { brute_force_protection: true }],
    ["orders", "google-oauth2", { scope: ["profile", "email"] }, { scope: ["email", "profile"] }],
    ["completes", "oidc", {}, { attribute_map: { mapping_mode: "bind_all" }, connection_settings: { pkce: "auto" } }],
    ["completes", "okta", {}, { type: "back_channel" }],
    ["completes", "adfs", {}, { thumbprints: [] }],
    ["makes from switches", "facebook", { email: true, public_profile: true }, { scope: "email,public_profile" }],
    ["takes a switch that is off out of", "facebook", { email: false, scope: "email,x" }, { scope: "x" }],
    ["makes from switches", "apple", { name: true, email: true, scope: "email" }, { scope: "name email" }],
    ["makes from switches", "github", { email: true, read_org: true }, { scope: ["user:email", "read:org"] }],
    ["takes a switch that is off out of", "github", { follow: false, scope: ["user:follow"] }, { scope: [] }],
    ["makes from switches", "linkedin", { email: true, scope: [] }, { scope: ["r_emailaddress"] }],
    ["makes from switches", "windowslive", { graph_user: true }, { scope: ["https://graph.microsoft.com/User.Read"] }],
    ["makes", "salesforce-community", {}, { scope: [] }],
    ["makes from switches", "google-apps", { email: true, profile: true }, { scope: ["email", "profile"] }],
    ["completes", "google-apps", {}, { handle_login_from_social: true }],
    ["computes", "waad", { userid_attribute: "oid" }, { userid_attribute: null, waad_common_endpoint: false }],
    ["reads from metadata", "samlp", { metadataUrl: "m", signInEndpoint: "a" }, { signInEndpoint: "b" }],
  ])("is no alarm where Auth0 itself %s the option", async (_, strategy, options, change) => {
    const connection = {
      id: await idOf("plain"),
      name: "plain",
      strategy,
      options: { ...options, client_id: "id" },
    };

    await expect(changeSyncAttribute(racing(change), connection, "on_first_login")).resolves.toBe(connection);
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ["was set otherwise", "auth0", { brute_force_protection: true }, { brute_force_protection: false }],
    ["was chosen otherwise", "samlp", { bindingMethod: "redirect" }, { bindingMethod: "post" }],
    ["is a shorter list", "google-oauth2", { scope: ["profile", "email"] }, { scope: ["email"] }],
    ["is a longer list", "google-oauth2", { profile: false, scope: ["email"] }, { scope: ["email", "profile"] }],
    ["was chosen otherwise", "oidc", { attribute_map: { mapping_mode: "use_map" } }, { attribute_map: {} }],
    ["was chosen otherwise", "oidc", { connection_settings: { pkce: "S256" } }, { connection_settings: {} }],
    ["was chosen otherwise", "okta", { type: "back_channel" }, { type: "front_channel" }],
    ["is a shorter text", "facebook", { public_profile: true, scope: "email,public_profile" }, { scope: "email" }],
    ["is a longer text", "apple", { name: false, scope: "email" }, { scope: "name email" }],
    ["is a longer list", "github", { repo: false, scope: ["user:email"] }, { scope: ["user:email", "repo"] }],
    ["is a text now", "github", { scope: ["repo"] }, { scope: "repo" }],
    ["is no text", "facebook", { scope: "email" }, { scope: null }],
    ["is a longer list", "windowslive", { graph_user: true }, { scope: ["https://graph.microsoft.com/Mail.Read"] }],
    ["was set otherwise", "google-apps", { profile: true }, { profile: false }],
    ["was set otherwise", "waad", { thumbprints: ["8a48"] }, { thumbprints: ["31ce"] }],
    ["is no metadata's", "samlp", { signInEndpoint: "a" }, { signInEndpoint: "b" }],
    ["is of another strategy", "adfs", {}, { handle_login_from_social: true }],
  ])("is one where such an option %s", async (_, strategy, options, change) => {
    const connection = {
      id: await idOf("plain"),
      name: "plain",
      strategy,
      options: { ...options, client_id: "id" },
    };
    const message = `other options differ from before: ${Object.keys(change).join()}.`;

    await expect(changeSyncAttribute(racing(change), connection, "on_first_login")).rejects.toThrow(message);
  });
});

describe("whatever a connection's options are", () => {
  // What a connection can hold: JSON, with keys that the provider does not model, null, and secrets.
  const options = fc
    .dictionary(fc.string({ minLength: 1, maxLength: 12 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 })
    // The tenant's parser refuses bodies that would pollute a prototype.
    .filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value))) as fc.Arbitrary<Record<string, Json>>;
  const flag = fc.constantFrom(undefined, "on_first_login", "on_each_login", "never_on_login");
  const strategy = fc.constantFrom("oauth2", "ad", "waad", "github", "oidc", "samlp", "google-oauth2", "auth0");
  // terraform-provider-auth0, issue 1646: a PATCH of a connection with such an attribute has to repeat it.
  const attribute = fc.constantFrom({}, { attributes: { email: { unique: false } } });

  it("they stay as they are, but for the flag, through create, update, refresh and delete", async () => {
    let number = 0;
    const property = async (
      strategy: string,
      others: Record<string, Json>,
      attribute: object,
      previous: string | undefined,
    ) => {
      const before = {
        ...others,
        ...attribute,
        ...(previous !== undefined && { set_user_root_attributes: previous }),
        ...(strategy === "auth0" && { enabledDatabaseCustomization: true }),
      };
      const name = `arbitrary-${number++}`;
      const { id = "" } = await client.connections.create({ name, strategy, options: before } as never);
      const created = await optionsOf(name);
      const unflagged = () => optionsOf(name).then((now) => ({ ...now, set_user_root_attributes: undefined }));
      const expected = { ...created, set_user_root_attributes: undefined };

      const { outs } = await provider().create(onFirstLogin(name));
      expect(await unflagged()).toStrictEqual(expected);
      const eachLogin: SyncInputs = { connectionName: name, setUserRootAttributes: "on_each_login" };
      const { outs: updated } = await provider().update(id, outs as SyncState, eachLogin);
      const { props } = await provider().read(id, updated);
      expect(await unflagged()).toStrictEqual(expected);
      await provider().delete(id, props as SyncState);
      expect(await optionsOf(name)).toStrictEqual(created);
      await client.connections.delete(id);
    };
    await fc.assert(fc.asyncProperty(strategy, options, attribute, flag, property), { numRuns: isRare ? 100 : 20 });
  });
});

describe("diff", () => {
  const state: SyncState = { ...onFirstLogin("a"), connectionId: "con_a", strategy: "samlp" };

  it("ignores the text of the provider, which changes with its implementation", async () => {
    const news = { ...onFirstLogin("a"), connectionId: "con_a" };
    const [olds, others] = [
      { ...state, __provider: "old" },
      { ...news, __provider: "new" },
    ];
    expect(await provider().diff("con_a", olds, others)).toEqual({ changes: false, replaces: [] });
  });

  it.each([
    ["the same", { ...onFirstLogin("a"), connectionId: "con_a" }, { changes: false, replaces: [] }],
    [
      "by id instead of name",
      { connectionId: "con_a", setUserRootAttributes: "on_first_login" },
      { changes: false, replaces: [] },
    ],
    [
      "another value",
      { connectionId: "con_a", setUserRootAttributes: "on_each_login" },
      { changes: true, replaces: [] },
    ],
    [
      "another connection",
      { ...onFirstLogin("b"), connectionId: "con_b" },
      { changes: true, replaces: ["connectionId"] },
    ],
  ] as [string, SyncInputs, object][])("of %s", async (_, news, expected) => {
    expect(await provider().diff("con_a", state, news)).toEqual(expected);
  });
});
