// ConnectionSync's resources and refusals; what is behind it is tested with a tenant, in provider.test.ts.
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ConnectionSync, validateConnectionSync } from "../../../components/connection-sync/connection-sync.ts";
import type { ConnectionSyncArgs } from "../../../components/connection-sync/connection-sync.ts";
import { SetUserRootAttributes } from "../../../components/connection-sync/sync-values.ts";
import { markValidated } from "../../../components/validation.ts";
import { mockEngine, valueOf } from "../mock-engine.ts";

const engine = mockEngine();
const setUserRootAttributes = SetUserRootAttributes.OnFirstLogin;

const refusalsOf = (args: ConnectionSyncArgs) => validateConnectionSync("", args).refusals;

/** What an Output fails with: each of its promises does. */
async function failureOf(output: unknown): Promise<unknown> {
  const { promise, isKnown, isSecret } = output as Record<"isKnown" | "isSecret", Promise<unknown>> & {
    promise: () => Promise<unknown>;
  };
  const [failed] = await Promise.allSettled([promise(), isKnown, isSecret]);
  return failed.status === "rejected" && (failed.reason as Error).message;
}

describe("ConnectionSync", () => {
  it("registers the attribute of one connection, and nothing else", async () => {
    const sync = new ConnectionSync(
      "sync",
      { connectionName: "google-oauth2", setUserRootAttributes },
      engine.recorded,
    );
    const outputs = await Promise.all([valueOf(sync.connectionId), valueOf(sync.setUserRootAttributes)]);
    const registered = await engine.registered();

    expect(outputs).toEqual(["con_of_sync-flag", "on_first_login"]);
    expect(registered.slice(1).map(({ type, name, inputs }) => ({ type, name, inputs }))).toEqual([
      {
        type: "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag",
        name: "sync-flag",
        inputs: { connectionName: "google-oauth2", setUserRootAttributes },
      },
    ]);
    // Of one connection there is one attribute, which a deletion after the creation would take back.
    expect((registered[1]?.options as pulumi.CustomResourceOptions).deleteBeforeReplace).toBe(true);
  });

  it("writes a provider into the state that only loads the implementation, and whose text stays as it is", async () => {
    new ConnectionSync("sync", { connectionName: "google-oauth2", setUserRootAttributes }, engine.recorded);
    const flag = (await engine.registered()).find(({ name }) => name === "sync-flag");

    expect(flag?.provider).toContain('import("auth0-user-pictures/sync-provider")');
    // Old states run this text for refresh and delete. A change of it is a decision: see whether the old text still
    // works.
    await expect(flag?.provider).toMatchFileSnapshot("provider-text.snapshot.txt");
  });

  it("refuses all bad arguments at once, before anything is registered", async () => {
    expect(() => new ConnectionSync("sync", {} as ConnectionSyncArgs, engine.recorded))
      .toThrowErrorMatchingInlineSnapshot(`
      [Error: ConnectionSync "sync" cannot be created:
        - setUserRootAttributes: nothing was given; allowed are on_first_login, on_each_login.
        - connectionName: Neither connectionName nor connectionId was given; set one.]
    `);
    expect(await engine.registered()).toEqual([]);
  });

  it("sets no attribute in another tenant than its auth0 provider's", async () => {
    const provider = new auth0.Provider("other", { domain: "other.eu.auth0.com" }, engine.recorded);
    const args = { connectionName: "google-oauth2", setUserRootAttributes };
    expect(() => new ConnectionSync("sync", args, { ...engine.recorded, provider })).toThrow(
      /connectionName: an auth0 provider of its own was given, and the flag is set in the tenant of the stack's/,
    );
    expect((await engine.registered()).map(({ name }) => name)).not.toContain("sync-flag");
  });

  it.each([
    ["connectionName", ""],
    ["connectionId", 7],
    ["setUserRootAttributes", "never_on_login"],
    ["setUserRootAttributes", "sometimes"],
  ] as const)("refuses a %s %j at once, or as soon as it is known", async (argument, value) => {
    const good = { ...(argument !== "connectionId" && { connectionName: "google-oauth2" }), setUserRootAttributes };
    const [refusal] = refusalsOf({ ...good, [argument]: value });
    expect(refusal?.path).toEqual([argument]);

    const later = { ...good, [argument]: pulumi.output(value) };
    const { refusals, valid } = validateConnectionSync('ConnectionSync "sync"', later);
    expect(refusals).toEqual([]);
    expect(await failureOf(valid()[argument])).toBe(
      `ConnectionSync "sync" cannot be created:\n  - ${argument}: ${refusal?.message}`,
    );
  });

  it("takes what its parent has checked as it is", async () => {
    const valid = { connectionName: "google-oauth2", setUserRootAttributes };
    new ConnectionSync("sync", markValidated({} as ConnectionSyncArgs, valid), engine.recorded);

    expect((await engine.registered())[1]?.inputs).toEqual(valid);
  });

  it("takes what is not known yet for granted", () => {
    const later = pulumi.output(setUserRootAttributes);

    expect(refusalsOf({ connectionName: pulumi.output("a"), setUserRootAttributes: later })).toEqual([]);
    expect(refusalsOf({ connectionName: "a", connectionId: "b", setUserRootAttributes: later })).toHaveLength(1);
  });

  describe("one of two of one connection in one program", () => {
    const sync = (name: string, target: Omit<ConnectionSyncArgs, "setUserRootAttributes">) =>
      new ConnectionSync(name, { ...target, setUserRootAttributes }, engine.recorded);
    const message = (name: string, setting: string, thing: string) =>
      `ConnectionSync "${name}" cannot be created:\n  - ${setting}: ConnectionSync "first" of this program has the ` +
      `connection ${thing} already. A connection has one owner, because two undo each other: leave one of them out.`;

    it("is refused at once where it is plain", async () => {
      sync("first", { connectionName: "google-oauth2" });
      expect(() => sync("second", { connectionName: "google-oauth2" })).toThrow(
        message("second", "connectionName", '"google-oauth2"'),
      );
      sync("third", { connectionName: "Google-oauth2" });
      sync("fourth", { connectionId: "google-oauth2" });
      expect((await engine.registered()).map(({ name }) => name)).not.toContain("second-flag");
    });

    it("is refused, before it is registered, as soon as it is known", async () => {
      const program = () => {
        sync("first", { connectionId: "con_7" });
        sync("second", { connectionId: pulumi.output("con_7") });
      };

      expect(await engine.failures(program)).toEqual([message("second", "connectionId", "with the id con_7")]);
      expect(engine.uncreated()).toEqual(["second-flag"]);
    });

    it("is refused where one names it by its name, and the other by its id", async () => {
      const program = () => {
        const first = sync("first", { connectionName: "google-oauth2" });
        sync("second", { connectionId: first.connectionId });
      };

      expect(await engine.failures(program)).toEqual([
        message("second", "connectionId", "with the id con_of_first-flag"),
      ]);
    });

    it("is none where the engine runs twice in one process", async () => {
      for (const run of [1, 2]) {
        await pulumi.runtime.setMocks({
          newResource: ({ name, inputs }) => ({
            id: name,
            state: { ...(inputs as object), connectionId: `con_${run}` },
          }),
          call: () => ({}),
        });
        sync("first", { connectionName: "google-oauth2" });
        await pulumi.runtime.disconnect();
      }
    });
  });
});
