// Runs the commands of a Markdown document in the sandbox: those of `npm run pulumi --` by the engine, as the CLI would.
import { parseArgs } from "node:util";
import type { OperationResult, Workspace } from "../../sandbox/engine/workspace.ts";

/** The commands of each section's `sh` blocks, by the section's heading. */
export function commandsOf(markdown: string): Map<string, string[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = ""]) => code);
      return [section.split("\n", 1)[0] ?? "", blocks.flatMap((code) => code.trim().split("\n"))];
    }),
  );
}

export interface DocumentedCommands {
  /** The stack's settings as the commands have left them. */
  readonly config: Record<string, unknown>;
  /** Those that are encrypted. */
  readonly secrets: Record<string, string>;
  /** Runs one command, with a value for each of its `<placeholders>`. */
  run(command: string, values?: Readonly<Record<string, string>>): Promise<OperationResult | undefined>;
}

/**
 * @param workspaces by the stack's name; the first is the selected one
 * @param other runs what is not Pulumi's, such as `git revert`
 */
export function documentedCommands(
  workspaces: ReadonlyMap<string, Workspace>,
  initial: Readonly<Record<string, unknown>>,
  other: (command: string) => void,
): DocumentedCommands {
  const config: Record<string, unknown> = { ...initial };
  const secrets: Record<string, string> = {};
  return {
    config,
    secrets,
    async run(command, values = {}) {
      const filled = command.replaceAll(/<([a-z-]+)>/g, (_, name: string) => {
        if (values[name] === undefined) throw new Error(`the test gives no <${name}> for: ${command}`);
        return values[name];
      });
      const [words, options] = parse(filled);
      if (words === undefined) return void other(filled);
      const workspace = [...workspaces].find(([name]) => name === (options.stack ?? [...workspaces.keys()][0]))?.[1];
      if (workspace === undefined) throw new Error(`the test has no such stack: ${command}`);
      for (const setting of options.config ?? []) setIn(config, ...(setting.split(/=(.*)/s, 2) as [string, string]));
      const [verb = "", ...rest] = words;
      switch (verb) {
        case "stack":
        case "cancel":
          // The sandbox makes its stack, and removes the lock of a process that is gone, by itself.
          return undefined;
        case "config":
          if (options.secret) secrets[rest[1] ?? ""] = rest[2] ?? "";
          else if (rest[0] === "rm") setIn(config, rest[1] ?? "", undefined);
          else setIn(config, rest[1] ?? "", rest[2] ?? "");
          return undefined;
        case "preview":
          return workspace.preview({ config, secrets, diff: options.diff ?? false });
        case "up":
          return workspace.up({ config, secrets, refresh: options.refresh ?? false, skipPreview: true });
        case "refresh":
          return workspace.refresh({ config, secrets });
        case "destroy":
          return workspace.destroy({ config, secrets });
        default:
          throw new Error(`the test knows no such command: ${command}`);
      }
    },
  };
}

const options = {
  path: { type: "boolean" },
  secret: { type: "boolean" },
  stack: { type: "string" },
  diff: { type: "boolean" },
  refresh: { type: "boolean" },
  "clear-pending-creates": { type: "boolean" },
  config: { type: "string", multiple: true },
} as const;

/** The words and options after `npm run pulumi --`; no words for another command. */
function parse(command: string) {
  const args = /^npm run pulumi -- (.*)$/.exec(command)?.[1];
  const words = [...(args ?? "").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  return [args === undefined ? undefined : positionals, values] as const;
}

/** As `pulumi config set` does it: `connections["google-oauth2"]` is a path, `auth0:domain` a key. Undefined removes. */
function setIn(config: Record<string, unknown>, path: string, value: string | undefined): void {
  const [name = "", key] = path.split(/\["(.*)"\]$/);
  if (key !== undefined) config[name] = { ...(config[name] as object | undefined), [key]: value };
  else if (value === undefined) Reflect.deleteProperty(config, name);
  else config[name] = value;
}
