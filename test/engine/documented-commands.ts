// Runs a Markdown document's commands in the sandbox: those of `npm run pulumi --` by the engine, as the CLI would.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse as parseYaml } from "yaml";
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
 * @param workspaces by the stack's name; the first is the selected one, whose file the commands change
 * @param initial settings that take the place of the file's
 * @param other runs what is not Pulumi's, such as `git revert`
 */
export function documentedCommands(
  workspaces: ReadonlyMap<string, Workspace>,
  initial: Readonly<Record<string, unknown>>,
  other: (command: string) => void,
): DocumentedCommands {
  const [selected = "dev"] = workspaces.keys();
  const config: Record<string, unknown> = { ...fileConfig(selected), ...initial };
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
      const workspace = [...workspaces].find(([name]) => name === (options.stack ?? selected))?.[1];
      if (workspace === undefined) throw new Error(`the test has no such stack: ${command}`);
      for (const setting of options.config ?? []) {
        const [key = "", value] = setting.split(/=(.*)/s, 2);
        setIn(config, stepsOf(key, options["config-path"]), value);
      }
      const [verb = "", ...rest] = words;
      switch (verb) {
        case "stack":
        case "cancel":
          // The sandbox makes its stack, and removes the lock of a process that is gone, by itself.
          return undefined;
        case "config": {
          const [action, key = "", value] = rest;
          // With a path the CLI takes these two words for no text.
          const isWord = options.path && (value === "true" || value === "false");
          if (options.secret) secrets[key] = value ?? "";
          else
            setIn(config, stepsOf(key, options.path), action === "rm" ? undefined : isWord ? value === "true" : value);
          return undefined;
        }
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

/** The settings in a stack's file, without the project's name: a path sets one value in them and keeps the others. */
function fileConfig(stack: string): Record<string, unknown> {
  const file = parseYaml(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config?: Record<string, unknown> };
  const ofProject = /^auth0-user-pictures:/;
  return Object.fromEntries(
    Object.entries(file.config ?? {})
      .filter(([key]) => ofProject.test(key))
      .map(([key, value]) => [key.replace(ofProject, ""), value]),
  );
}

const options = {
  path: { type: "boolean" },
  secret: { type: "boolean" },
  stack: { type: "string" },
  diff: { type: "boolean" },
  refresh: { type: "boolean" },
  "clear-pending-creates": { type: "boolean" },
  "config-path": { type: "boolean" },
  config: { type: "string", multiple: true },
} as const;

/** The words and options after `npm run pulumi --`; no words for another command. */
function parse(command: string) {
  const args = /^npm run pulumi -- (.*)$/.exec(command)?.[1];
  const words = [...(args ?? "").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  return [args === undefined ? undefined : positionals, values] as const;
}

/**
 * The steps to a value. The CLI takes a key for a path only where it is told to: `store.domain` is one step without
 * `--path`, and `connections["google-oauth2"]` and `loginFlow.actionsBefore[0]` are two and three with it.
 */
export function stepsOf(key: string, isPath = false): (string | number)[] {
  if (!isPath) return [key];
  const steps = [...key.matchAll(/\["([^"]*)"\]|\[(\d+)\]|\.?([^.[\]"]+)/gy)];
  if (steps.map(([text]) => text).join("") !== key) throw new Error(`no path of a setting: ${key}`);
  return steps.map(([, quoted, index, name = ""]) => quoted ?? (index === undefined ? name : Number(index)));
}

/** As `pulumi config set` does it, which leaves what is beside the value as it is. Undefined removes. */
export function setIn(
  config: Record<string, unknown>,
  [step = "", ...rest]: readonly (string | number)[],
  value: string | boolean | undefined,
): void {
  if (rest.length > 0) {
    const inner = config[step] ?? (typeof rest[0] === "number" ? [] : {});
    const copy = structuredClone(inner) as Record<string, unknown>;
    setIn(copy, rest, value);
    config[step] = copy;
  } else if (value === undefined) Reflect.deleteProperty(config, step);
  else config[step] = value;
}
