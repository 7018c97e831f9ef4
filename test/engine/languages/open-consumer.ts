// A Pulumi program in any language, which the CLI runs as it does for a user, by commands of its own, in a sandbox:
// with a state and a Pulumi home of its own.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { isolatedEnvironment, sandboxPaths } from "../../../sandbox/engine/environment.ts";
import { stackOutputs } from "../../../sandbox/engine/stack-state.ts";
import { projectName } from "../../../sandbox/engine/work-folder.ts";
import { prepareFolder } from "../../../sandbox/engine/workspace.ts";
import type { Changes } from "../../../sandbox/engine/workspace.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { serveLanguages } from "./serve-languages.ts";
import type { LanguageTools } from "./language-tools.ts";

export interface ConsumerOptions {
  /** The folder of the program. Its Pulumi.yaml says in which language it is. */
  readonly folder: string;
  /** Run it where it is, with what npm has installed around it, instead of in a copy. */
  readonly inPlace?: boolean;
  readonly sandbox: Pick<Sandbox, "engine" | "environment">;
  /** What runs programs that are not Node's. */
  readonly tools?: LanguageTools;
  /** Our plugin, which is added to the program by `pulumi package add`. */
  readonly pluginFolder?: string;
  /** The Node of programs and plugins. @default this process's */
  readonly node?: string;
  /** Variables for the engine and for all that it starts, which replace those that it would get. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ConsumerResult {
  /** All that the CLI has printed. */
  readonly output: string;
  /** By kind of change: the number of resources that the operation changed or left the same. */
  readonly changes: Changes;
  /** The stack's outputs after the operation; a preview does not change them. A secret reads `[secret]`. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Consumer {
  /** The program, or the copy of it. */
  readonly folder: string;
  /** In place of the user's `~/.pulumi`. */
  readonly pulumiHome: string;
  preview(...options: string[]): Promise<ConsumerResult>;
  /** Deploys, without a preview. */
  up(...options: string[]): Promise<ConsumerResult>;
  refresh(...options: string[]): Promise<ConsumerResult>;
  destroy(...options: string[]): Promise<ConsumerResult>;
  /** The stack's state as `pulumi stack export` prints it: secrets stay encrypted. */
  exportState(): Promise<unknown>;
  /**
   * Any command of the CLI.
   *
   * @returns all that it has printed
   * @throws ConsumerError if it fails
   */
  pulumi(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** A command of the CLI failed. The message is all that it has printed. */
export class ConsumerError extends Error {
  override name = "ConsumerError";
}

const stack = "dev";

/** Makes an empty stack `dev` of the program, and adds our plugin to it. */
export async function openConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { sandbox, tools = { missing: {} }, pluginFolder, inPlace = false, node = process.execPath } = options;
  const { engine } = sandbox;
  const root = await mkdtemp(join(tmpdir(), "consumer-"));
  const paths = sandboxPaths(root);
  await prepareFolder(root, paths);
  if (tools.yamlHost !== undefined) {
    const { version, executable } = tools.yamlHost;
    // Of a host that it finds on PATH, the engine warns.
    const installed = join(paths.pulumiHome, "plugins", `language-yaml-v${version}`);
    await mkdir(installed, { recursive: true });
    await symlink(executable, join(installed, basename(executable)));
  }
  await rm(join(paths.bin, "node"));
  await symlink(node, join(paths.bin, "node"));
  const isolated = isolatedEnvironment(paths, dirname(engine.command), sandbox.environment, process.env);
  const environment = { ...isolated, ...options.environment };
  // Named as the program's folder: Pulumi shows it.
  const folder = inPlace ? options.folder : join(paths.work, basename(options.folder));
  const isLeftOut = (path: string) => ["node_modules", "sdks", "venv"].includes(basename(path));
  if (!inPlace) await cp(options.folder, folder, { recursive: true, filter: (path) => !isLeftOut(path) });
  const project = await projectName(folder);

  const served = await serveLanguages({ environment, engineFolder: folder, folder: paths.bin, tools });
  // The file of events that the CLI writes is an option of its own debugging.
  const env = { ...environment, PULUMI_DEBUG_LANGUAGES: served.attach, PULUMI_DEBUG_COMMANDS: "true" };

  const pulumi = async (...args: string[]): Promise<string> => {
    // As a user sees them, in their order.
    const shell = ["-c", `exec "$0" "$@" 2>&1`, engine.command];
    try {
      const command = [...shell, ...args, "--non-interactive", "--color", "never"];
      const { stdout } = await promisify(execFile)("sh", command, { cwd: folder, env, maxBuffer: 2 ** 30 });
      return stdout;
    } catch (error) {
      const { stdout = "" } = error as { stdout?: string };
      throw new ConsumerError(stdout === "" ? String(error) : stdout, { cause: error });
    }
  };
  let operations = 0;
  const operate = async (...args: string[]): Promise<ConsumerResult> => {
    operations += 1;
    const eventLog = join(root, `events-${operations}.json`);
    const output = await pulumi(...args, "--stack", stack, "--event-log", eventLog);
    return { output, changes: await changesIn(eventLog), outputs: await stackOutputs(paths.state, project, stack) };
  };

  const consumer: Consumer = {
    folder,
    pulumiHome: paths.pulumiHome,
    preview: (...more) => operate("preview", ...more),
    up: (...more) => operate("up", "--yes", "--skip-preview", ...more),
    refresh: (...more) => operate("refresh", "--yes", "--skip-preview", ...more),
    destroy: (...more) => operate("destroy", "--yes", "--skip-preview", ...more),
    exportState: async () => JSON.parse(await pulumi("stack", "export", "--stack", stack)) as unknown,
    pulumi,
    async close() {
      served.close();
      await rm(root, { recursive: true });
    },
  };
  try {
    await pulumi("stack", "init", stack);
    if (pluginFolder !== undefined) await pulumi("package", "add", pluginFolder);
    return consumer;
  } catch (error) {
    await consumer.close();
    throw error;
  }
}

/** What the summary of an operation's events says. */
async function changesIn(eventLog: string): Promise<Changes> {
  const lines = (await readFile(eventLog, "utf8")).trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as { summaryEvent?: { resourceChanges?: Partial<Changes> } });
  const { resourceChanges } = events.find(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent ?? {};
  return { create: 0, same: 0, update: 0, delete: 0, replace: 0, ...resourceChanges };
}
