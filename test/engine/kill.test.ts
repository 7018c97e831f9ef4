// The engine is killed (SIGKILL) at random moments of a deployment: what the state does not know is named, and running it again, or the command
// that the preview names, ends as a clean run does.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { isRunning, stackLocks } from "../../sandbox/engine/interruption.ts";
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

    for (let killed = 0; killed < kills;) {
      // Twice in a row: a deployment may be broken off while it takes up an earlier one.
      for (let run = 0; run < 2; run++) {
        const moment = Math.random() * duration;
        if (await killAfter(moment)) killed += 1;
      }
      await upWithRecovery(sandbox());
      expect(tenantStateOf(tenant)).toEqual(deployed);
      const { outputs } = await workspace.preview();
      expect((await edge.fetch(String(outputs["defaultPictureUrl"]))).status).toBe(200);
      await workspace.destroy();
      expect(tenantStateOf(tenant)).toEqual(before);
    }
  });
});
