// The child process of one engine operation; workspace.ts starts it. Each operation needs a process of its own, because
// Node evaluates the program's module only once: a second operation in the same process would run a program that
// registers nothing, and so delete everything.
import { pathToFileURL } from "node:url";
import { automation, log, RunError } from "@pulumi/pulumi";

export interface PolicyPack {
  /** The absolute path of the folder that has its PulumiPolicy.yaml. */
  readonly folder: string;
  /**
   * The absolute path of a JSON file. By policy it has `advisory`, `mandatory` or `disabled`, or an object with that
   * and the policy's own settings.
   */
  readonly configFile: string;
}

export interface OperationRequest {
  readonly operation: "preview" | "up" | "refresh" | "destroy";
  /** The absolute path of the module whose default export is the program. */
  readonly program: string;
  readonly stack: string;
  /** Whether the state has no such stack yet. */
  readonly isNew: boolean;
  readonly workFolder: string;
  readonly color: boolean;
  /** By key: settings that are encrypted in the stack's file. */
  readonly secrets: Readonly<Record<string, string>>;
  /** For `preview` and `up`: show the change of each property. */
  readonly diff: boolean;
  /** For `preview` and `up`: the URNs of resources to replace. */
  readonly replace: readonly string[];
  /** For `preview` and `up`: first read the resources as they really are. */
  readonly refresh: boolean;
  /** For `preview`. */
  readonly policyPacks: readonly PolicyPack[];
  /**
   * For `refresh` and `destroy`: run the program, to use the providers' current settings instead of the last `up`'s.
   */
  readonly runProgram: boolean;
  /** For `refresh`: remove from the state the creations that a killed engine had begun. */
  readonly clearPendingCreates: boolean;
}

export type OperationReport =
  | { readonly outcome: "done"; readonly changes: automation.OpMap }
  /** `message` is absent if the engine has already printed what is wrong. */
  | { readonly outcome: "failed"; readonly message?: string };

const interruption = new AbortController();

/**
 * The first interruption asks the engine to finish what it has begun and to save; the second one does not wait for it.
 */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
}

async function run(request: OperationRequest): Promise<OperationReport> {
  const workspace = await automation.LocalWorkspace.create({
    workDir: request.workFolder,
    program: async () => {
      const module = (await import(pathToFileURL(request.program).href)) as { default?: unknown };
      if (typeof module.default !== "function")
        throw new Error(`${request.program} has no function as default export.`);
      return await (module.default as automation.PulumiFn)().catch(reportOnce);
    },
  });
  // It would start the CLI once more, for what nobody reads: each command names its stack.
  workspace.selectStack = () => Promise.resolve();
  const stack = await automation.Stack[request.isNew ? "create" : "select"](request.stack, workspace);
  for (const [key, value] of Object.entries(request.secrets)) await stack.setConfig(key, { value, secret: true });
  // After each operation these two would start the CLI three more times. workspace.ts reads the state's file instead.
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  if (interruption.signal.aborted) return { outcome: "failed" };

  let changes: automation.OpMap = {};
  const shown = { error: false };
  const show = (text: string) => {
    shown.error ||= text.includes("error:");
    process.stdout.write(text);
  };
  const common = {
    color: request.color ? ("always" as const) : ("never" as const),
    signal: interruption.signal,
    onOutput: show,
    onError: show,
    onEvent: (event: automation.EngineEvent) => {
      if (event.summaryEvent !== undefined) changes = event.summaryEvent.resourceChanges;
    },
  };
  const { diff, refresh, runProgram, clearPendingCreates } = request;
  const replace = [...request.replace];
  const policyPacks = request.policyPacks.map(({ folder }) => folder);
  const policyPackConfigs = request.policyPacks.map(({ configFile }) => configFile);
  try {
    switch (request.operation) {
      case "preview":
        await stack.preview({ ...common, diff, replace, refresh, policyPacks, policyPackConfigs });
        break;
      case "up":
        await stack.up({ ...common, diff, replace, refresh });
        break;
      case "refresh":
        await stack.refresh({ ...common, runProgram, clearPendingCreates });
        break;
      case "destroy":
        await stack.destroy({ ...common, runProgram });
        break;
    }
    return { outcome: "done", changes };
  } catch (error) {
    if (error instanceof automation.CommandError && shown.error) return { outcome: "failed" };
    throw error;
  }
}

/** What is wrong, without the rest: the message of a CommandError repeats everything that the command has printed. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof automation.CommandError)) return error.message;
  const printed = error.message.match(/^error: .*/gm) ?? [];
  // If nothing was printed, how the command ended: "Command was killed with SIGKILL (Forced termination): pulumi up …".
  const end = /^ stderr: (.*?)(?=: \S*pulumi |$)/m.exec(error.message)?.[1];
  return printed.length > 0 ? [...new Set(printed)].join("\n") : (end ?? error.message);
}

/**
 * The Automation API prints an error of the program twice. So this function logs the error, and then throws one that
 * looks like a cancelled call (gRPC's status 1), which the Automation API does not print. It must throw: for the engine
 * a program that ends without an error has declared everything, and what it has not declared is deleted.
 */
async function reportOnce(error: unknown): Promise<never> {
  if (!RunError.isInstance(error)) throw error;
  await log.error(error.message);
  throw Object.assign(new Error("the program ended early."), { code: 1 });
}

process.on("SIGINT", interrupt);
// When the parent process is gone, what is written to the streams is not read any more.
process.once("disconnect", interrupt);
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
process.once("message", (request: OperationRequest) => {
  void run(request)
    .catch((error: unknown): OperationReport => {
      return { outcome: "failed", message: messageOf(error) };
    })
    .then((report) => {
      // Else the engine's connections would keep this process alive.
      if (process.connected) process.send?.(report, () => process.exit());
      else process.exit();
    });
});
