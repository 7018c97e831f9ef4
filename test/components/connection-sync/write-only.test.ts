// docs/shared-tenants.md's table of the options that a read does not return as they were written, against the tenant,
// which returns them so, and against the provider, which refuses a write or makes it.
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectionSyncProvider } from "../../../components/connection-sync/provider.ts";
import type { SyncInputs, SyncState } from "../../../components/connection-sync/provider.ts";
import { validateConnections } from "../../../components/connection-sync/rules.ts";
import { runTenant } from "../../sandbox/tenant/running-tenant.ts";

const running = runTenant({ connections: [] });

beforeAll(() => {
  setDefaultCACertificates([...getCACertificates("default"), running.ca]);
});
beforeEach(() => {
  vi.spyOn(console, "info").mockImplementation(() => undefined);
  running.tenant.faults.resetCalls();
});

const settings = { get: () => undefined };
const environment = () => ({
  AUTH0_DOMAIN: running.tenant.domain,
  AUTH0_CLIENT_ID: running.tenant.managementClient.clientId,
  AUTH0_CLIENT_SECRET: running.tenant.managementClient.clientSecret,
});
const provider = () => connectionSyncProvider(settings, environment());
const writes = () => running.tenant.faults.calls.filter(({ method }) => method === "PATCH").length;

const on = "on_first_login" as const;
let number = 0;
/** A new connection, whose name is new too. */
async function connect(strategy: string, options: object): Promise<SyncInputs & { connectionId: string }> {
  const connectionName = `${strategy}-${number++}`;
  const made = await running.management.connections.create({ name: connectionName, strategy, options } as never);
  return { connectionName, connectionId: made.id ?? "", setUserRootAttributes: on };
}
const optionsOf = async ({ connectionId }: { connectionId: string }) =>
  (await running.management.connections.get(connectionId)).options as Record<string, unknown>;
const setByHand = async (connection: { connectionId: string }, value: string) =>
  running.management.connections.update(connection.connectionId, {
    options: { ...(await optionsOf(connection)), set_user_root_attributes: value } as never,
  });

/** As the engine calls them in a preview: what the state has, and what the program declares. */
async function preview(olds: Partial<SyncState>, { connectionName, setUserRootAttributes }: SyncInputs) {
  const sync = provider();
  const declared = { connectionName, setUserRootAttributes } as SyncInputs;
  const { inputs, failures = [] } = await sync.check(olds as SyncInputs, declared);
  const reasons = failures.map(({ property, reason }) => `${property}: ${reason}`);
  if (reasons.length > 0 || olds.connectionId === undefined) return { reasons, changes: undefined };
  return { reasons, changes: (await sync.diff(olds.connectionId, olds as SyncState, inputs as SyncInputs)).changes };
}

const documented = readFileSync("docs/shared-tenants.md", "utf8")
  .split("### Options that Auth0 takes and does not return\n")[1]
  ?.split("\n## ")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((row) => {
    const [, strategy = "", options = "", returned = "", write = ""] = row.split("|").map((cell) => cell.trim());
    const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    const returns = /^\[(encrypted|nothing|as written)\]\[\w+\]/.exec(returned)?.[1] ?? "undocumented";
    return names(options).map((option) => ({ strategy: names(strategy)[0] ?? "", option, returns, write }));
  });

/** A value that the option can have, beside what a connection needs to be one that identity providers write to. */
const optionsWith = (option: string): object => ({
  enabledDatabaseCustomization: true,
  [option]: valueOf(option),
});

function valueOf(option: string): unknown {
  if (["configuration", "signing_key", "decryptionKey"].includes(option)) return { key: "value" };
  if (option === "metadataXml") return '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>';
  return running.ca;
}

describe("the table of write-only options", () => {
  it("has every option that an echo may lose", () => {
    expect(documented?.filter(({ write }) => write === "refused").map(({ option }) => option)).toEqual([
      "configuration",
      "signingCert",
    ]);
    expect(documented?.filter(({ returns }) => returns !== "as written").map(({ option }) => option)).toEqual([
      "configuration",
      "signingCert",
      "metadataXml",
    ]);
  });

  it.each(documented ?? [])("says of $strategy what a read returns of $option: $returns", async (row) => {
    const sent = optionsWith(row.option) as Record<string, unknown>;
    const options = await optionsOf(await connect(row.strategy, sent));
    if (row.returns === "as written") expect(options[row.option]).toEqual(sent[row.option]);
    else if (row.returns === "nothing") expect(options).not.toHaveProperty(row.option);
    else expect(options[row.option]).not.toEqual(sent[row.option]);
    expect(["as written", "nothing", "encrypted"]).toContain(row.returns);
  });

  it.each(documented ?? [])("says of $strategy that with $option a write is $write", async (row) => {
    const connection = await connect(row.strategy, optionsWith(row.option));
    const { reasons } = await preview({}, connection);
    const said = await validateConnections({ [connection.connectionName ?? ""]: on }, settings, environment());
    const create = provider().create(connection);

    if (row.write === "made") {
      expect([reasons, said]).toEqual([[], []]);
      await expect(create).resolves.toMatchObject({ id: connection.connectionId });
      expect(writes()).toBe(1);
      return;
    }
    expect(row.write).toBe("refused");
    expect(reasons).toEqual([expect.stringContaining(`"${connection.connectionName}"`)]);
    expect(reasons[0]).toContain(`options.${row.option}`);
    expect(reasons[0]).toContain("is on_each_login there; the program declares on_first_login.");
    expect(said).toEqual([{ path: ["connections", connection.connectionName], message: reasons[0]?.slice(16) }]);
    await expect(create).rejects.toThrow(`options.${row.option}`);
    expect(writes()).toBe(0);
  });
});

describe.each([
  ["pingfederate", "signingCert"],
  ["auth0", "configuration"],
])("a connection of %s, whose %s may be lost", (strategy, option) => {
  /** Its value was set in Auth0's dashboard, and the stack has taken it so. */
  async function applied() {
    const connection = await connect(strategy, { ...optionsWith(option), set_user_root_attributes: on });
    const { outs } = await provider().create(connection);
    return { connection, state: outs as SyncState };
  }

  it("is taken where it has the value already, and unchanged in previews afterwards", async () => {
    const { connection, state } = await applied();
    vi.mocked(console.info).mockClear();

    expect(await preview(state, connection)).toEqual({ reasons: [], changes: false });
    expect(await validateConnections({ [connection.connectionName ?? ""]: on }, settings, environment())).toEqual([]);
    expect(console.info).not.toHaveBeenCalled();
    expect(writes()).toBe(0);
  });

  it("is refused as soon as a write is due: for another value, or after a change by somebody", async () => {
    const { connection, state } = await applied();
    const other = await preview(state, { ...connection, setUserRootAttributes: "on_each_login" });
    await setByHand(connection, "on_each_login");
    running.tenant.faults.resetCalls();
    const drifted = await preview(state, connection);

    for (const { reasons } of [other, drifted]) {
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatch(new RegExp(`^connectionName: .*"${connection.connectionName}".*options\\.${option}`));
    }
    const update = provider().update(connection.connectionId, state, connection);
    await expect(update).rejects.toThrow(`options.${option}`);
    expect(writes()).toBe(0);
  });

  it("keeps its value when the resource is deleted, which is said", async () => {
    const { connection, state } = await applied();
    const before = await optionsOf(connection);
    vi.mocked(console.info).mockClear();
    await provider().delete(connection.connectionId, { ...state, previous: "on_each_login" });

    expect(await optionsOf(connection)).toEqual(before);
    expect(console.info).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        new RegExp(
          `^set_user_root_attributes stays on_first_login; it was on_each_login before\\. .*options\\.${option}`,
        ),
      ),
    );
    expect(writes()).toBe(0);
  });

  it("is left without a word when the resource that took it as it was is deleted", async () => {
    const { connection, state } = await applied();
    vi.mocked(console.info).mockClear();
    await provider().delete(connection.connectionId, state);

    expect(await optionsOf(connection)).toMatchObject({ set_user_root_attributes: on });
    expect(console.info).not.toHaveBeenCalled();
    expect(writes()).toBe(0);
  });
});

it("is not refused before the engine knows the value", async () => {
  const connection = await connect("pingfederate", optionsWith("signingCert"));
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" as "on_first_login";

  expect((await preview({}, { ...connection, setUserRootAttributes: unknown })).reasons).toEqual([]);
});
