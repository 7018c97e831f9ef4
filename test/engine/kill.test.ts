// The engine is interrupted (Ctrl-C), and killed (SIGKILL) at random moments of a deployment: what the state does not
// know is named, and running it again, or the command that the preview names, ends as a clean run does.
import { beforeAll, describe, expect, it } from "vitest";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { pendingOperations } from "../../sandbox/engine/stack-state.ts";
import type { TenantSnapshot } from "../../sandbox/tenant/snapshot.ts";
import { interruptAt, killAfter, upWithRecovery } from "./recovery.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => ".");

/** Kills one deployment after the other. @returns the resources that they were at, by kill */
async function kill(moments: readonly number[]): Promise<string[][]> {
  const { state } = sandboxPaths(sandbox().folder);
  const pending: string[][] = [];
  for (const moment of moments)
    if (await killAfter(sandbox(), moment)) {
      // A state that was cut off is put right by the next run, which names what that one says.
      pending.push(await pendingOperations(state, "auth0-user-pictures", "dev").catch(() => []));
    }
  return pending;
}

/**
 * Without the sync flag of the connection: of a deployment that is killed between the flag's write and the state's,
 * nobody knows what it was before, so a destroy leaves it.
 */
function besidesFlag(): TenantSnapshot {
  const text = JSON.stringify(tenantStateOf(sandbox().tenant));
  return JSON.parse(text.replaceAll(/,?"set_user_root_attributes":"\w+"/g, "")) as TenantSnapshot;
}

/**
 * A distribution that the state does not know uses what it does know, which AWS then does not delete. Its id was AWS's
 * to give, so a person finds it.
 */
function deleteLeftBehind(known: string): void {
  const api = sandbox().edge.controlPlane;
  for (const { id, config } of api.listDistributions().filter((one) => one.id !== known)) {
    api.updateDistribution(id, { ...config, enabled: false });
    api.deleteDistribution(id);
  }
}

let before: TenantSnapshot;
let deployed: TenantSnapshot;
/** Of a deployment, in milliseconds. */
let duration: number;

beforeAll(async () => {
  before = besidesFlag();
  const start = Date.now();
  await sandbox().workspace.up({ skipPreview: true });
  duration = Date.now() - start;
  deployed = tenantStateOf(sandbox().tenant);
  await sandbox().workspace.destroy();
});

describe("an engine that is interrupted", () => {
  it("knows all that it has done, so that a rerun ends as a clean run does", async () => {
    const { tenant, workspace } = sandbox();
    // The second one interrupts the rerun.
    for (const at of [
      { method: "POST", path: /\/actions\/actions$/ },
      { method: "PATCH", path: /\/bindings$/ },
    ] as const) {
      await expect(interruptAt(sandbox(), at)).rejects.toThrow("failed");
      expect(tenant.faults.pending).toBe(0);
    }
    const { changes } = await workspace.up({ skipPreview: true });
    expect(changes.create).toBeGreaterThan(0);
    expect(tenantStateOf(tenant)).toEqual(deployed);
    await workspace.destroy();
    expect(besidesFlag()).toEqual(before);
  });
});

describe("an engine that is killed", () => {
  const kills = 20;

  it(`at ${kills} random moments leaves what a rerun, or the command that it names, brings to a clean run's end`, async () => {
    const { tenant, edge, workspace } = sandbox();
    let killed = 0;
    let longest = duration;
    // A moment may come when the deployment has ended; so many rounds mean that no kill can be made.
    for (let round = 0; killed < kills && round < kills + 5; round++) {
      // Several in a row: a deployment may be broken off while it takes up an earlier one.
      const moments = Array.from({ length: Math.min(kills - killed, 5) }, () => Math.round(Math.random() * longest));
      sandbox().takeOutput();
      const pending = await kill(moments);
      killed += pending.length;
      // A machine that is less busy than it was deploys in less time.
      if (pending.length < moments.length) longest *= 0.7;
      const { outputs, output } = await upWithRecovery(sandbox());
      const context = `killed after ${moments.join(", ")} ms`;
      for (const urn of pending.flat()) expect(output, context).toContain(urn);
      expect(tenantStateOf(tenant), context).toEqual(deployed);
      expect((await edge.fetch(String(outputs["defaultPictureUrl"]))).status, context).toBe(200);
      deleteLeftBehind(String(outputs["distributionId"]));
      await workspace.destroy().catch(() => expect.fail(`${context}:\n${output}\n${sandbox().takeOutput()}`));
      expect(besidesFlag(), context).toEqual(before);
    }
    expect(killed).toBe(kills);
  });
});
