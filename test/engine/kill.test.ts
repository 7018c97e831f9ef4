// The engine is killed (SIGKILL) at random moments of a deployment: what the state does not know is named, and running it again, or the command
// that the preview names, ends as a clean run does.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { isRunning, stackLocks } from "../../sandbox/engine/interruption.ts";
import { pendingOperations } from "../../sandbox/engine/stack-state.ts";
import { upWithRecovery } from "./recovery.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => ".");

/** Kills the engine after that time, with its plugins. @returns whether there was an engine to kill */
async function killAfter(milliseconds: number): Promise<boolean> {
  const { folder, workspace } = sandbox();
  const { state } = sandboxPaths(folder);
  const up = { ended: false };
  const failed = workspace
    .up({ skipPreview: true })
    .then(() => false)
    .catch(() => true)
    .finally(() => (up.ended = true));
  await sleep(milliseconds);
  while (!up.ended) {
    const [lock] = await stackLocks(state, "auth0-user-pictures", "dev");
    if (lock !== undefined && !lock.isStale) {
      const plugins = await childrenOf(lock.pid);
      // The engine first: it must not see its plugins go.
      for (const pid of [lock.pid, ...plugins]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
      break;
    }
    await sleep(5);
  }
  return failed;
}

async function childrenOf(pid: number): Promise<number[]> {
  // It answers 1 where there is none.
  const { stdout } = await promisify(execFile)("pgrep", ["-P", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** Kills one deployment after the other, each at a random moment. @returns how many, and the resources that they were at */
async function kill(times: number, duration: number): Promise<{ killed: number; pending: string[] }> {
  const { state } = sandboxPaths(sandbox().folder);
  let killed = 0;
  const pending: string[] = [];
  for (let run = 0; run < times; run++) {
    if (await killAfter(Math.random() * duration)) killed += 1;
    pending.push(...(await pendingOperations(state, "auth0-user-pictures", "dev")));
  }
  return { killed, pending };
}

describe("an engine that is killed", () => {
  const kills = 10;

  it(`at ${kills} random moments leaves what a rerun, or the command that it names, brings to a clean run's end`, async () => {
    const { tenant, edge, workspace } = sandbox();
    const before = tenantStateOf(tenant);
    const start = Date.now();
    await workspace.up({ skipPreview: true });
    const duration = Date.now() - start;
    const deployed = tenantStateOf(tenant);
    await workspace.destroy();

    for (let left = kills; left > 0;) {
      sandbox().takeOutput();
      // Several in a row: a deployment may be broken off while it takes up an earlier one.
      const { killed, pending } = await kill(Math.min(left, 4), duration);
      left -= killed;
      const { outputs, output } = await upWithRecovery(sandbox());
      for (const urn of pending) expect(output).toContain(urn);
      expect(tenantStateOf(tenant)).toEqual(deployed);
      expect((await edge.fetch(String(outputs["defaultPictureUrl"]))).status).toBe(200);
      await workspace.destroy();
      expect(tenantStateOf(tenant)).toEqual(before);
    }
  });
});
