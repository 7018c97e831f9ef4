// Beside other teams in one tenant, on the real engine: bindings that are chained are all kept, in order; naming a
// connection otherwise recreates nothing.
import { describe, expect, it } from "vitest";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/larger-stack");

describe("a larger stack", () => {
  it("is refused in its first preview where it names a connection by its name and by its id", async () => {
    const { data } = await sandbox().management.connections.list({ name: "google-oauth2" });
    const config = { connection: "twice", connectionId: data[0]?.id };

    await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
    expect(sandbox().takeOutput()).toContain(`Two ConnectionSyncs of this program have the connection "google-oauth2"`);
  });

  it("keeps every binding of a chain, after those that were there, in order", async () => {
    // Slow enough that two bindings which are made at once overwrite each other.
    sandbox().tenant.faults.inject({ kind: "slow response", milliseconds: 300 }, { path: /bindings$/, times: 100 });
    const { changes } = await sandbox().workspace.up({ skipPreview: true });

    expect(changes.create).toBeGreaterThan(10);
    expect(await sandbox().boundActions()).toEqual(["Add roles", "first", "Own", "second", "Other"]);
  });

  it("recreates nothing when the connection is named by id, and then the resource by an alias", async () => {
    const { data } = await sandbox().management.connections.list({ name: "google-oauth2" });
    const connectionId = data[0]?.id;
    const updates = async (connection: string) => {
      const { changes } = await sandbox().workspace.up({ config: { connection, connectionId }, skipPreview: true });
      const { create, delete: deleted, replace } = changes;
      return { create, deleted, replace };
    };

    expect(await updates("by-id")).toEqual({ create: 0, deleted: 0, replace: 0 });
    expect(await updates("renamed")).toEqual({ create: 0, deleted: 0, replace: 0 });
    expect(
      (await sandbox().workspace.preview({ config: { connection: "renamed", connectionId } })).changes,
    ).toMatchObject({
      update: 0,
    });
  });

  it("owns the flow beside the bindings of its own Actions, and is destroyed without an Action that is still bound", async () => {
    const { data } = await sandbox().management.actions.list({ actionName: "Add roles" });
    const addRoles = { actionId: data[0]?.id ?? "", displayName: "Add roles" };
    const config = { connection: "by-name", addRoles };
    await sandbox().workspace.up({ config, skipPreview: true });
    expect(await sandbox().boundActions()).toEqual(["first", "Own", "second", "Other", "Add roles"]);
    await sandbox().workspace.up({ config: { connection: "by-name" }, skipPreview: true });

    expect(await sandbox().boundActions()).toEqual(["first", "Own", "second", "Other", "Add roles"]);
  });

  it("takes its own bindings out one by one, and leaves the others", async () => {
    await sandbox().workspace.destroy();

    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
  });
});
