// Deployments that are broken off, and what a person does then: runs it again, and where a preview names a command that recovers, runs that.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { isRunning, stackLocks } from "../../sandbox/engine/interruption.ts";
import type { Occurrence } from "../../sandbox/tenant/faults.ts";
import { OperationError } from "../../sandbox/engine/workspace.ts";
import type { OperationOptions, OperationResult } from "../../sandbox/engine/workspace.ts";
import type { TestSandbox } from "./test-sandbox.ts";

/** What the preview's message says to run. */
const command = /"pulumi up --config (?<setting>[a-zA-Z]+)=(?<value>[0-9a-f-]{36})"/;

interface Recovered {
  /** The settings of the commands that recovered it; none where a run, or a second one, was enough. */
  readonly recoveredBy: readonly string[];
  readonly outputs: OperationResult["outputs"];
  /** What was printed on the way. */
  readonly output: string;
}

/** @throws what the last run rejects with */
export async function upWithRecovery(sandbox: TestSandbox): Promise<Recovered> {
  const { workspace } = sandbox;
  let output = "";
  const up = async (config: Readonly<Record<string, unknown>>): Promise<Recovered> => {
    const { outputs } = await workspace.up({ config, skipPreview: true });
    return { recoveredBy: Object.keys(config), outputs, output: output + sandbox.takeOutput() };
  };
  try {
    return await up({});
  } catch (error) {
    output += sandbox.takeOutput();
    const preview = await workspace.preview().catch((refused: unknown) => refused);
    const said = sandbox.takeOutput();
    output += said;
    if (!(preview instanceof OperationError)) return up({});
    const { setting, value } = command.exec(said)?.groups ?? {};
    if (setting === undefined) throw error;
    return up({ [setting]: value });
  }
}

/** Kills the engine after that time, with its plugins. @returns whether there was an engine to kill */
export const killAfter = (sandbox: TestSandbox, milliseconds: number, options: OperationOptions = {}) =>
  breakOff(sandbox, milliseconds, options, async (engine) => {
    const plugins = await childrenOf(engine);
    // The engine first: it must not see its plugins go.
    for (const pid of [engine, ...plugins]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  });

/** Ctrl-C while the tenant is at that call: the engine finishes what is in flight. @throws what the deployment rejects with */
export async function interruptAt({ folder, tenant, workspace }: TestSandbox, at: Occurrence): Promise<void> {
  const act = async () => {
    const [lock] = await stackLocks(sandboxPaths(folder).state, "auth0-user-pictures", "dev");
    if (lock !== undefined) process.kill(lock.pid, "SIGINT");
  };
  tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, at);
  await workspace.up({ skipPreview: true });
}

async function breakOff(
  { folder, workspace }: TestSandbox,
  milliseconds: number,
  options: OperationOptions,
  act: (engine: number) => Promise<void>,
): Promise<boolean> {
  const { state } = sandboxPaths(folder);
  const up = { ended: false };
  const failed = workspace
    .up({ ...options, skipPreview: true })
    .then(() => false)
    .catch(() => true)
    .finally(() => (up.ended = true));
  await sleep(milliseconds);
  while (!up.ended) {
    const [lock] = await stackLocks(state, "auth0-user-pictures", "dev");
    if (lock !== undefined && !lock.isStale) {
      await act(lock.pid);
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
