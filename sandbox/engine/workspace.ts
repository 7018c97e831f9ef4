// The sandbox's stack: previews, deploys, refreshes and destroys it by the engine. Each operation runs in a process of
// its own, which cannot see the user's credentials. The state is kept in the sandbox's folder.
import { execFile, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { automation } from "@pulumi/pulumi";
import { hasErrorCode } from "../private-file.ts";
import { bundleSdk } from "./bundled-sdk.ts";
import type { Engine } from "./engine.ts";
import { isolatedEnvironment, sandboxPaths, type SandboxPaths } from "./environment.ts";
import { stackLocks } from "./interruption.ts";
import { nodeScript } from "./node-script.ts";
import { pluginFile, pluginFolder } from "./official-plugin.ts";
import type { OfficialPlugin } from "./official-plugin.ts";
import { isInState, pendingOperations, restoreIncompleteState, stackOutputs } from "./stack-state.ts";
import type { OperationReport, OperationRequest, PolicyPack } from "./operation.ts";
import { projectName, writeWorkFolder } from "./work-folder.ts";

export interface WorkspaceOptions {
  /** The sandbox's folder, `.sandbox`. It is created, and readable for its user only. */
  readonly folder: string;
  readonly engine: Engine;
  /** The folder with Pulumi.yaml and Pulumi.<stack>.yaml. Neither is changed. */
  readonly projectFolder: string;
  /** The module whose default export is the program. @default `index.ts` in the project's folder */
  readonly program?: string;
  /** @default `dev` */
  readonly stack?: string;
  /**
   * The addresses and credentials of the sandbox: `AUTH0_*`, `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`,
   * `PULUMI_DEBUG_PROVIDERS`. Of the user's environment the program gets the variables on an allow-list only.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** The plugins that the engine may start. Any other one that is not attached it does not find. @default none */
  readonly plugins?: readonly OfficialPlugin[];
  /** Settings that replace the stack's own in every operation, by the keys of its file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Whether the output has colours, as for a terminal. @default false */
  readonly color?: boolean;
  /** Called with what the engine and the program print. The pieces of text need not be whole lines. */
  readonly onOutput: (text: string) => void;
}

export interface OperationOptions {
  /** Settings that replace the stack's own, and those of the workspace, in this operation. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** By key: settings that are encrypted in the stack's file, as by `pulumi config set --secret`. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface DiffOptions extends OperationOptions {
  /** Show the change of each property. */
  readonly diff?: boolean;
}

export interface PreviewOptions extends DiffOptions {
  /** The preview fails if the stack violates one of their mandatory policies. */
  readonly policyPacks?: readonly PolicyPack[];
}

export interface UpOptions extends DiffOptions {
  /** The URNs of resources to replace, as by `pulumi up --replace`. */
  readonly replace?: readonly string[];
  /** First read the resources as they really are, as by `pulumi up --refresh`. */
  readonly refresh?: boolean;
  /** Deploy without a preview, as by `pulumi up --skip-preview`. */
  readonly skipPreview?: boolean;
}

export interface StateOptions extends OperationOptions {
  /** Run the program, to use the providers' current settings. Else those are used that the last `up` saved. */
  readonly runProgram?: boolean;
}

/** By kind of change: the number of resources that an operation changed or left the same. The stack itself counts. */
export type Changes = Readonly<Record<"create" | "same" | "update" | "delete" | "replace", number> & automation.OpMap>;

export interface OperationResult {
  readonly changes: Changes;
  /** The stack's outputs after the operation; a preview does not change them. A secret reads `[secret]`. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** An operation that fails rejects with an {@link OperationError}. One operation can run at a time. */
export interface Workspace {
  preview(options?: PreviewOptions): Promise<OperationResult>;
  /** Previews, then deploys. */
  up(options?: UpOptions): Promise<OperationResult>;
  refresh(options?: StateOptions): Promise<OperationResult>;
  destroy(options?: StateOptions): Promise<OperationResult>;
  /** The stack's state as `pulumi stack export` prints it: secrets stay encrypted. */
  exportState(): Promise<unknown>;
  /** What a refresh would change, as `pulumi refresh --preview-only --json` prints it. */
  previewRefresh(): Promise<unknown>;
}

/** An operation failed or was interrupted. The message does not repeat what the engine has printed to `onOutput`. */
export class OperationError extends Error {
  /** Whether SIGINT (Ctrl-C) or SIGTERM stopped it. Then the state is saved, and the stack is not locked. */
  readonly interrupted: boolean;

  constructor(message: string, interrupted = false) {
    super(message);
    this.name = "OperationError";
    this.interrupted = interrupted;
  }
}

type Operation = Pick<OperationRequest, "operation"> & Partial<OperationRequest> & OperationOptions;

/** Prepares the sandbox's folder. Nothing runs yet: the first operation creates the stack. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { engine, stack = "dev", onOutput } = options;
  const projectFolder = resolve(options.projectFolder);
  const program = resolve(projectFolder, options.program ?? "index.ts");
  const project = await projectName(projectFolder);
  const paths = sandboxPaths(resolve(options.folder));
  await prepareFolder(resolve(options.folder), paths);
  await linkPlugins(paths, options.plugins ?? []);
  await bundleSdk();
  await writeFile(join(paths.bin, "pulumi"), pulumiScript(engine), { mode: 0o755 });
  const env = isolatedEnvironment(paths, dirname(engine.command), options.environment, process.env);

  /** Runs a command of the CLI that changes no resource, and returns what it prints. */
  const cli = async (...args: string[]): Promise<string> => {
    const command = [...args, "--stack", stack, "--non-interactive"];
    const { stdout } = await promisify(execFile)(engine.command, command, { cwd: paths.work, env, maxBuffer: 2 ** 30 });
    return stdout;
  };
  const outputs = () => stackOutputs(paths.state, project, stack);

  const saidLeftOut = new Set<string>();
  const run = async (operation: Operation): Promise<Changes> => {
    const { config, ...request } = operation;
    const waiting = await clearStaleLocks(paths, project, stack, onOutput, cli);
    const leftOut = await writeWorkFolder({
      folder: paths.work,
      projectFolder,
      program,
      stack,
      config: { ...options.config, ...config },
    });
    for (const key of leftOut.filter((key) => !saidLeftOut.has(key))) {
      onOutput(`Left out of the sandbox: ${key}, which another backend has encrypted.\n`);
      saidLeftOut.add(key);
    }
    const isNew = !(await isInState(paths.state, project, stack));
    const runOne = (one: Omit<Operation, "config">) =>
      runOperation(
        {
          program,
          stack,
          isNew,
          workFolder: paths.work,
          color: options.color ?? false,
          diff: false,
          secrets: {},
          replace: [],
          refresh: false,
          policyPacks: [],
          runProgram: false,
          clearPendingCreates: false,
          ...one,
        },
        env,
        onOutput,
      );
    if (waiting.length > 0 && request.operation !== "preview") {
      onOutput(
        `An earlier run was killed while it worked on ${waiting.join(", ")}: what it had begun is taken out of the ` +
          `state. If it was created all the same, the state does not know it.\n`,
      );
      await runOne({ operation: "refresh", clearPendingCreates: true });
    }
    return runOne(request);
  };

  return {
    async preview({ diff = false, policyPacks = [], ...rest } = {}) {
      const changes = await run({ operation: "preview", diff, policyPacks, ...rest });
      return { changes, outputs: await outputs() };
    },
    async up({ diff = false, replace = [], refresh = false, skipPreview = false, ...rest } = {}) {
      if (!skipPreview) await run({ operation: "preview", diff, replace, refresh, ...rest });
      const changes = await run({ operation: "up", diff, replace, refresh, ...rest });
      return { changes, outputs: await outputs() };
    },
    async refresh({ runProgram = false, ...rest } = {}) {
      const changes = await run({ operation: "refresh", runProgram, ...rest });
      return { changes, outputs: await outputs() };
    },
    async destroy({ runProgram = false, ...rest } = {}) {
      const changes = await run({ operation: "destroy", runProgram, ...rest });
      return { changes, outputs: await outputs() };
    },
    async exportState() {
      return JSON.parse(await cli("stack", "export")) as unknown;
    },
    async previewRefresh() {
      return JSON.parse(await cli("refresh", "--preview-only", "--json")) as unknown;
    },
  };
}

/** Prints the version without a start of the CLI, because the Automation API asks for it before each operation. */
const pulumiScript = ({ command, version }: Engine) => `#!/bin/sh
test "$*" = version && echo v${version} && exit
exec '${command.replaceAll("'", String.raw`'\''`)}' "$@"
`;

/** Makes what {@link sandboxPaths} names: a folder for an engine that cannot see the user's own. */
export async function prepareFolder(folder: string, paths: SandboxPaths): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  for (const path of [paths.bin, paths.home, paths.pulumiHome, paths.state, paths.work]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  try {
    await writeFile(paths.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    // An existing passphrase stays: the state's secrets are encrypted with it.
    if (!hasErrorCode(error, "EEXIST")) throw error;
  }
  // Runs policy packs that are written for Node, which the official CLI's Node language host does by itself.
  await writeFile(join(paths.bin, "pulumi-analyzer-policy-nodejs"), nodeScript("run-policy-pack"), { mode: 0o755 });
  const node = join(paths.bin, "node");
  if ((await readlink(node).catch(() => undefined)) !== process.execPath) {
    await symlink(process.execPath, `${node}.${process.pid}`);
    await rename(`${node}.${process.pid}`, node);
  }
}

/**
 * Puts links to the plugins where the engine looks first for such a plugin, and removes those of an earlier run. So the
 * engine takes the plugin of which the version was seen, and needs no other folder of the user's.
 */
async function linkPlugins({ bin, pulumiHome }: SandboxPaths, plugins: readonly OfficialPlugin[]): Promise<void> {
  for (const file of await readdir(bin)) {
    if (file.startsWith(pluginFile(""))) await rm(join(bin, file));
  }
  await rm(join(pulumiHome, "plugins"), { recursive: true, force: true });
  for (const { name, version, executable, source } of plugins) {
    // The first folder on the engine's PATH.
    const folder = source === "path" ? bin : join(pulumiHome, "plugins", pluginFolder(name, version));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await symlink(executable, join(folder, pluginFile(name)));
  }
}

/**
 * Removes the locks of processes that ran on this machine and have ended.
 *
 * @returns the URNs of the resources whose operations have begun and not ended
 * @throws OperationError if another process holds a lock, or may hold one
 */
async function clearStaleLocks(
  { state }: SandboxPaths,
  project: string,
  stack: string,
  onOutput: (text: string) => void,
  cli: (...args: string[]) => Promise<string>,
): Promise<string[]> {
  const locks = await stackLocks(state, project, stack);
  const held = locks.find(({ isStale }) => !isStale);
  if (held?.hostname === hostname()) {
    throw new OperationError(
      `Another operation on this sandbox is running (process ${held.pid}). Try again when it has ended.`,
    );
  }
  if (held !== undefined) {
    throw new OperationError(
      `Process ${held.pid} on ${held.hostname} has locked this sandbox. ` +
        `If nothing runs there any more, delete ${held.file}.`,
    );
  }
  if (locks.length > 0) {
    onOutput(`An earlier run (process ${locks.map(({ pid }) => pid).join(", ")}) was killed: its lock is removed.\n`);
    if (await restoreIncompleteState(state, project, stack))
      onOutput("It was killed while it wrote the state: that is as it was one step before.\n");
    await cli("cancel", "--yes");
  }
  return pendingOperations(state, project, stack);
}

/**
 * Runs one operation in a child process. A SIGINT or SIGTERM to this process asks the engine to finish what it has
 * begun and to save; a second one ends the child at once. The child is in a process group of its own, so that Ctrl-C
 * reaches the engine only through this process, and so once.
 */
async function runOperation(
  request: OperationRequest,
  env: Record<string, string>,
  onOutput: (text: string) => void,
): Promise<Changes> {
  const child = fork(join(import.meta.dirname, "operation.ts"), [], {
    // As under the CLI, a program runs in its own folder.
    cwd: dirname(request.program),
    env,
    execArgv: [],
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const signals = { received: 0 };
  const interrupt = () => {
    signals.received += 1;
    child.kill("SIGINT");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    child.stdout?.setEncoding("utf8").on("data", onOutput);
    child.stderr?.setEncoding("utf8").on("data", onOutput);
    let report: OperationReport | undefined;
    child.once("message", (message: OperationReport) => (report = message));
    const ended = new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
    });
    child.send(request);
    const end = await ended;
    if (signals.received > 0) throw new OperationError(`\`pulumi ${request.operation}\` was interrupted.`, true);
    if (report === undefined) {
      throw new OperationError(`The process of \`pulumi ${request.operation}\` ended early, with ${end}.`);
    }
    if (report.outcome === "failed") {
      const reason = report.message === undefined ? ". The engine's messages are above." : `: ${report.message}`;
      throw new OperationError(`\`pulumi ${request.operation}\` failed${reason}`);
    }
    return { create: 0, same: 0, update: 0, delete: 0, replace: 0, ...report.changes };
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
