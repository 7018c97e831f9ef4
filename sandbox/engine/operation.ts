// The child process of one engine operation. One process for each, because Node evaluates a program's module once: in a second operation
// of the same process an empty program would run, which means "delete everything". workspace.ts starts it, and is its only caller.
import { pathToFileURL } from "node:url";
import { automation, log, RunError } from "@pulumi/pulumi";

export interface PolicyPack {
  /** Absolute path of the folder with its PulumiPolicy.yaml. */
  readonly folder: string;
  /** Absolute path of a JSON file: by policy, `advisory`, `mandatory` or `disabled`, or an object with that and the policy's own settings. */
  readonly configFile: string;
}

export interface OperationRequest {
  readonly operation: "preview" | "up" | "refresh" | "destroy";
  /** Absolute path of the module whose default export is the program. */
  readonly program: string;
  readonly project: string;
  readonly stack: string;
  readonly workFolder: string;
  readonly color: boolean;
  /** Settings to encrypt in the stack's file, by their keys. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `preview` and `up`: show each property's change. */
  readonly diff: boolean;
  /** `preview` and `up`: URNs of resources to replace. */
  readonly replace: readonly string[];
  /** `preview` and `up`: read what is really there first. */
  readonly refresh: boolean;
  /** `preview`: folders of policy packs, each with its configuration's file. */
  readonly policyPacks: readonly PolicyPack[];
  /** `refresh` and `destroy`: run the program for the current settings of the providers, in place of those saved by the last `up`. */
  readonly runProgram: boolean;
  /** `refresh`: forget creations that a killed engine had begun. */
  readonly clearPendingCreates: boolean;
}

export type OperationReport =
  | { readonly outcome: "done"; readonly changes: automation.OpMap }
  /** `message` is absent where the engine has already said what is wrong. */
  | { readonly outcome: "failed"; readonly message?: string };

const interruption = new AbortController();

/** The first time the engine is asked to finish what is in flight and to save; the second time it is left behind. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
}

async function run(request: OperationRequest): Promise<OperationReport> {
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    {
      stackName: request.stack,
      projectName: request.project,
      program: async () => {
        const module = (await import(pathToFileURL(request.program).href)) as { default?: unknown };
        if (typeof module.default !== "function")
          throw new Error(`${request.program} has no function as default export.`);
        return await (module.default as automation.PulumiFn)().catch(reportOnce);
      },
    },
    { workDir: request.workFolder },
  );
  for (const [key, value] of Object.entries(request.secrets)) await stack.setConfig(key, { value, secret: true });
  // After each operation these start the CLI three times more; what they answer stands in the state's file.
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

/** Of a CommandError's message, which repeats all that the command has printed, only what is wrong. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof automation.CommandError)) return error.message;
  const printed = error.message.match(/^error: .*/gm) ?? [];
  // Else why the command ended: "Command was killed with SIGKILL (Forced termination): pulumi up …".
  const end = /^ stderr: (.*?)(?=: \S*pulumi |$)/m.exec(error.message)?.[1];
  return printed.length > 0 ? [...new Set(printed)].join("\n") : (end ?? error.message);
}

/**
 * The Automation API prints what a program throws twice. So this logs it, and throws what looks like a call that was cancelled (gRPC's status 1),
 * which is not printed. A program that ended well would have declared nothing, and the engine would delete everything.
 */
async function reportOnce(error: unknown): Promise<never> {
  if (!RunError.isInstance(error)) throw error;
  await log.error(error.message);
  throw Object.assign(new Error("the program ended early."), { code: 1 });
}

process.on("SIGINT", interrupt);
// The parent is gone; nobody reads what is written from now on.
process.once("disconnect", interrupt);
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
process.once("message", (request: OperationRequest) => {
  void run(request)
    .catch((error: unknown): OperationReport => {
      return { outcome: "failed", message: messageOf(error) };
    })
    .then((report) => {
      // The engine's connections would keep this process alive.
      if (process.connected) process.send?.(report, () => process.exit());
      else process.exit();
    });
});
