// Deployments that are broken off, and what a person does then: runs it again, and where a preview names a command that
// recovers, runs that.
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
const command = /"pulumi up --config-path --config (?<path>[a-zA-Z.]+)=(?<value>[0-9a-f-]{36})"/;

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
  const up = async (path?: string, value?: string): Promise<Recovered> => {
    const config = path === undefined ? {} : nested(path.split("."), value);
    const { outputs } = await workspace.up({ config, skipPreview: true });
    return { recoveredBy: path === undefined ? [] : [path], outputs, output: output + sandbox.takeOutput() };
  };
  try {
    return await up();
  } catch (error) {
    output += sandbox.takeOutput();
    const preview = await workspace.preview().catch((refused: unknown) => refused);
    const said = sandbox.takeOutput();
    output += said;
    if (!(preview instanceof OperationError)) return up();
    const { path, value } = command.exec(said)?.groups ?? {};
    if (path === undefined) throw error;
    return up(path, value);
  }
}

/** As `--config-path` reads a path. */
const nested = (path: readonly string[], value: unknown): Record<string, unknown> =>
  path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as Record<string, unknown>;

/** The engine that has the stack's lock. */
async function runningEngine({ folder }: TestSandbox): Promise<number | undefined> {
  const [lock] = await stackLocks(sandboxPaths(folder).state, "auth0-user-pictures", "dev");
  return lock === undefined || lock.isStale ? undefined : lock.pid;
}

/** Kills the engine after that time, with its plugins. @returns whether there was an engine to kill */
export async function killAfter(
  sandbox: TestSandbox,
  milliseconds: number,
  options: OperationOptions = {},
): Promise<boolean> {
  const up = { ended: false };
  const failed = sandbox.workspace
    .up({ ...options, skipPreview: true })
    .then(() => false)
    .catch(() => true)
    .finally(() => (up.ended = true));
  await sleep(milliseconds);
  while (!up.ended) {
    const engine = await runningEngine(sandbox);
    if (engine !== undefined) {
      const plugins = await childrenOf(engine);
      // The engine first: it must not see its plugins go.
      for (const pid of [engine, ...plugins]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
      break;
    }
    await sleep(5);
  }
  return failed;
}

/**
 * Ctrl-C while the tenant is at that call: the engine finishes what is in flight.
 *
 * @throws what the deployment rejects with
 */
export async function interruptAt(sandbox: TestSandbox, at: Occurrence): Promise<void> {
  const act = async () => {
    const engine = await runningEngine(sandbox);
    if (engine !== undefined) process.kill(engine, "SIGINT");
  };
  sandbox.tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, at);
  await sandbox.workspace.up({ skipPreview: true });
}

async function childrenOf(pid: number): Promise<number[]> {
  // It answers 1 where there is none.
  const { stdout } = await promisify(execFile)("pgrep", ["-P", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter(Boolean).map(Number);
}
