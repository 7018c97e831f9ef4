// A stack's outputs and config, as Pulumi's own CLI prints them. It knows the backend, its login and its encryption.
import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, sep } from "node:path";
import { isPlainObject } from "../../actions/bundle/schema.ts";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";

export interface PulumiStack {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** By the names with their namespaces, such as `aws:region`; without secrets. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface PulumiStackOptions {
  readonly stack: string;
  /** Of the Pulumi project. */
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** @throws CommandError where there is no CLI, no such stack, no login or no passphrase */
export async function readPulumiStack(options: PulumiStackOptions): Promise<PulumiStack> {
  await assertFolder(options.cwd);
  const [outputs, config] = await Promise.all([
    runPulumi(["stack", "output"], options),
    runPulumi(["config"], options),
  ]);
  const plain = Object.entries(config).flatMap(([name, setting]) =>
    isPlainObject(setting) && setting["secret"] !== true
      ? [[name, setting["objectValue"] ?? setting["value"]] as const]
      : [],
  );
  return { outputs, config: Object.fromEntries(plain) };
}

/** Where a program is started in a folder that is not there, Node says that the program is not there. */
async function assertFolder(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new CommandError(`--cwd: ${printable(cwd)} is no folder. Name the one that has Pulumi.yaml.`);
  await access(cwd, constants.X_OK).catch(() => {
    throw new CommandError(`--cwd: ${printable(cwd)} may not be read.`);
  });
}

async function runPulumi(command: readonly string[], options: PulumiStackOptions): Promise<Record<string, unknown>> {
  const { stack, cwd, environment, signal } = options;
  const args = [...command, "--json", `--stack=${stack}`, "--non-interactive", "--color=never"];
  const words = `"pulumi ${command.join(" ")}"`;
  const env = { ...environment, PATH: foldersOf(environment["PATH"] ?? ""), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = execFile("pulumi", args, { cwd, env, signal, maxBuffer: 2 ** 26 }, (error, output, errors) => {
      if (error === null) resolve(output);
      else if (signal.aborted) reject(signal.reason as Error);
      else reject(new CommandError(explanation(error, errors, options, words)));
    });
    child.stdin?.end();
  });
  const parsed = parsedJson(stdout);
  if (!isPlainObject(parsed))
    throw new CommandError(
      `${words} printed something that is no JSON object. Try it by hand, with --json and --stack ` +
        `${printable(stack)}, or give what it should print as a file, by --config.`,
    );
  return parsed;
}

/**
 * npm puts its folders first, and the `pulumi` of its package is no CLI, but an installer of one. A relative folder
 * would be one in the project's, whose files are not programs of the user's.
 */
const foldersOf = (path: string) =>
  path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folder.split(sep).includes("node_modules"))
    .join(delimiter);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The exit codes differ between versions of the CLI, so its words decide. */
const explanations: readonly (readonly [RegExp, (options: PulumiStackOptions) => string])[] = [
  [
    /no stack named|no stack selected|stack .* not found/i,
    ({ stack, cwd }) =>
      `There is no stack ${printable(stack)} in ${printable(cwd)}. "pulumi stack ls" shows those that there are; ` +
      `--cwd names another folder.`,
  ],
  [
    // `stack output` says the last, where `config` says the others: the first to fail is heard.
    /no Pulumi\.yaml|no project file|pass the fully qualified name/i,
    ({ cwd }) => `There is no Pulumi project in ${printable(cwd)}. Name the folder that has Pulumi.yaml by --cwd.`,
  ],
  [
    /passphrase/i,
    ({ stack }) =>
      `The stack ${printable(stack)} is encrypted with a passphrase, and Pulumi was given none, or a wrong one. Set ` +
      `PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.`,
  ],
  [
    /PULUMI_ACCESS_TOKEN|not logged in|unauthorized|\[401\]/i,
    () =>
      `Pulumi is not logged in where the stack is. Run "pulumi login", or set PULUMI_ACCESS_TOKEN, or ` +
      `PULUMI_BACKEND_URL where the stack is in a backend of your own.`,
  ],
];

function explanation(error: Error, stderr: string, options: PulumiStackOptions, words: string): string {
  const { code, signal } = error as { code?: unknown; signal?: unknown };
  if (code === "ENOENT")
    return (
      "--stack needs Pulumi's CLI, and there is no pulumi on PATH. Install it (https://www.pulumi.com/docs/install/), " +
      'or write the outputs to a file where it is ("pulumi stack output --json > dev.json") and give that by --config.'
    );
  if (code === "EACCES") return "--stack needs Pulumi's CLI, and the pulumi on PATH may not be run.";
  const known = explanations.find(([pattern]) => pattern.test(stderr));
  if (known) return known[1](options);
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const said = (lines.findLast((line) => line.startsWith("error:")) ?? lines.at(-1) ?? "").replace(/^error:\s*/, "");
  const ending = typeof signal === "string" ? `was ended by ${signal}` : "failed";
  return `${words} ${ending}${said === "" ? "." : `: ${printable(said, 500)}`}`;
}
