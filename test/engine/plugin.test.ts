// The plugin, as the engine starts it for a program in another language: what it deploys is what a program of Node
// deploys, a stack goes from one to the other, and the credentials that the state has are enough for it.
import { describe, expect, it } from "vitest";
import { isRare } from "../rare.ts";
import { eitherStack } from "./either-stack.ts";

const stack = eitherStack();

const settings = (own: Readonly<Record<string, string>>) => stack().settings(own);
interface State {
  readonly deployment: {
    readonly resources?: readonly { readonly urn: string; readonly type: string; readonly inputs?: object }[];
  };
}
const resourcesOf = async () => ((await stack().workspace.exportState()) as State).deployment.resources ?? [];
const types = async () => (await resourcesOf()).map(({ type }) => type);

describe("the plugin", () => {
  it("deploys what a program declares in another language, and shows no secret", async () => {
    const { workspace, sandbox, clientSecret, takeOutput } = stack();
    const { changes } = await workspace.up({ ...settings({ by: "plugin" }), skipPreview: false });
    expect(changes.create).toBe(9);
    expect(await sandbox.boundActions()).toEqual(["Add roles", "Faces"]);

    const resources = await resourcesOf();
    const provider = resources.find(({ urn }) => urn.endsWith("::auth0-user-pictures-settings"));
    const { version, ...given } = provider?.inputs as Record<string, unknown>;
    expect(version).toBe("0.0.0");
    for (const name of ["clientId", "clientSecret", "domain"]) expect(given[name]).toHaveProperty("ciphertext");
    const shown = `${JSON.stringify(resources)}${takeOutput()}`;
    expect(shown).not.toContain(clientSecret);
    expect(shown).not.toContain("planted-attribute");
  });

  // What is destroyed below needs no more either, and languages.test.ts finds nothing to do.
  it.runIf(isRare)("finds nothing to do afterwards, and needs no more than the state for it", async () => {
    stack().writes();
    expect((await stack().workspace.refresh()).changes).toMatchObject({ same: 9, update: 0, delete: 0 });
    const { changes } = await stack().workspace.preview(settings({ by: "plugin" }));
    expect(changes).toMatchObject({ create: 0, same: 9 });
    expect(stack().writes()).toEqual([]);
  });

  it("gives a stack over to a program of Node, and writes nothing in the tenant", async () => {
    stack().writes();
    const { changes } = await stack().workspace.up(settings({ by: "node" }));

    expect(changes).toMatchObject({ create: 0, update: 2, delete: 1, replace: 0 });
    expect(stack().writes()).toEqual([]);
    expect(await types()).not.toContain("pulumi:providers:auth0-user-pictures");
  });

  it("takes a stack over, with a change in the same step, and restores what was there before all", async () => {
    const { changes } = await stack().workspace.up(settings({ by: "plugin", attribute: "on_each_login" }));
    expect(changes).toMatchObject({ create: 1, delete: 0, replace: 0 });
    expect(stack().writes()).toEqual([expect.stringContaining("PATCH /api/v2/connections/")]);
    expect(stack().takeOutput()).toContain(`Connection "google-oauth2": the identity provider writes picture`);
    expect(await types()).not.toContain("pulumi:providers:pulumi-nodejs");

    await stack().workspace.destroy();
    expect(await stack().sandbox.boundActions()).toEqual(["Add roles"]);
    expect(await resourcesOf()).toEqual([]);
  });
});
