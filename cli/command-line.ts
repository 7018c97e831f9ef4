// From what was typed to an exit code.
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { debuglog } from "node:util";
import { Command, CommanderError, Option } from "commander";
import { addCommands, value } from "./commands.ts";
import type { ChosenCommand } from "./commands.ts";
import { watchInterruption, interruptedExitCode } from "./terminal/command-interruption.ts";
import { paint } from "./terminal/paint.ts";
import { endingOf, endingOfError, endingOfPrinted, written } from "./terminal/print-outcome.ts";
import type { Ending } from "./terminal/print-outcome.ts";
import { printable, withoutColours } from "./terminal/printable.ts";
import { UsageError } from "./terminal/usage-error.ts";

/** Printed where NODE_DEBUG is `user-pictures`. */
const debug = debuglog("user-pictures");

/** What every command has. */
interface GlobalOptions {
  readonly stack?: string;
  readonly cwd?: string;
  readonly config?: string;
  readonly outputs?: string;
  readonly dryRun?: true;
}

/** @returns the exit code, once everything is printed */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // They hold for what is wrong with the others, too.
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  if (options.includes("--no-color")) {
    delete process.env["FORCE_COLOR"];
    process.env["NO_COLOR"] = "1";
  }
  const isJson = options.includes("--json");
  const { stdout, stderr, exitCode } = await endingOfTyped(args, isJson);
  await written(process.stderr, stderr);
  const failure = await written(process.stdout, stdout);
  if (failure === undefined) return exitCode;
  await written(process.stderr, `user-pictures: standard output cannot be written: ${printable(failure.message)}\n`);
  return Math.max(exitCode, 1);
}

/** Prints nothing but what a command says while it runs. */
export async function endingOfTyped(args: readonly string[], isJson: boolean): Promise<Ending> {
  let chosen: ChosenCommand | undefined;
  let printed = "";
  const program = newProgram((text) => (printed += text));
  addCommands(program, (command) => (chosen = command));
  for (const command of [program, ...program.commands]) command.exitOverride((error) => throwTyped(command, error));
  try {
    await program.parseAsync(args, { from: "user" });
    const options = program.opts<GlobalOptions>();
    assertTogether(program, options);
    if (chosen === undefined) throw usageError(program, "no command was given.");
    return await run(chosen, options, isJson);
  } catch (error) {
    // Its help, or its version.
    if (error instanceof CommanderError)
      return endingOfPrinted(
        error.code === "commander.version" ? { version: printed.trimEnd() } : { help: printed },
        isJson,
      );
    return endingOfError(error, isJson);
  }
}

function newProgram(print: (text: string) => void): Command {
  const program = new Command("user-pictures")
    .description("Operates users' pictures in an Auth0 tenant and its picture store.")
    .usage("COMMAND [options]")
    .version(versionOf(), "--version", "print the version")
    .helpOption("-h, --help", "print the help; with a command, that command's")
    .helpCommand("help [command]", "print the help of a command")
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined, getOutHasColors: () => true })
    .configureHelp({ showGlobalOptions: true, styleTitle: paint.strong });
  program
    .addOption(new Option("--stack <name>", "the Pulumi stack, whose outputs and config are read").argParser(value))
    .addOption(new Option("--cwd <folder>", "of the Pulumi project (default: the current folder)").argParser(value))
    .addOption(
      new Option("--config <file>", "in place of a stack: JSON or YAML with its outputs (or USER_PICTURES_CONFIG)")
        .argParser(value)
        .conflicts("stack"),
    )
    .addOption(new Option("--outputs <name>", "the output that has them, in a larger stack").argParser(value))
    .option("--json", "print one JSON object and nothing else on standard output")
    .option("--dry-run", "say what would change, and change nothing")
    .option("--no-color", "print without colours")
    .addHelpText("after", afterHelp);
  return program;
}

const afterHelp = `
Configuration:
  Outputs (bucketName, pictureBaseUrl, distributionId, defaultPictureUrl,
  actionId, …) come from the stack or the file, and what that does not have from
  the environment: PICTURE_BUCKET, PICTURE_BASE_URL, PICTURE_DISTRIBUTION_ID,
  PICTURE_DEFAULT_URL, PICTURE_ACTION_ID, PICTURE_ACTION_VERSION_ID,
  EXPECTED_TENANT, EXPECTED_AWS_ACCOUNT.
  Credentials come from the environment only: AUTH0_DOMAIN, AUTH0_CLIENT_ID and
  AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN; for AWS whatever the AWS SDK reads
  (AWS_PROFILE, AWS_REGION, …).

Exit codes:
  0    done
  1    something failed, or is wrong
  2    the command, its configuration or its credentials are wrong: it ended there
  130  interrupted

Examples:
  $ user-pictures set ada@example.com ada.jpg --stack dev
  $ user-pictures unset ada@example.com --stack dev
  $ user-pictures show ada@example.com --stack dev
  $ user-pictures erase 'auth0|0123' --stack dev --dry-run
  $ user-pictures import photos/ --stack dev
  $ user-pictures audit --stack dev --html audit.html
  $ user-pictures doctor --stack prod --json`;

/** Of this package, wherever it is compiled to. */
function versionOf(): string {
  const manifest = findPackageJSON(import.meta.url) ?? "";
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Where Commander would end the program. */
function throwTyped(command: Command, error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  throw usageError(command, error.code === "commander.help" ? withoutCommand(command.args) : error.message);
}

/** Commander prints its help then, also for `help sett`. */
const withoutCommand = ([, name]: readonly string[]) =>
  name === undefined ? "no command was given." : `there is no command ${name}.`;

function usageError(command: Command, message: string): UsageError {
  const sentence = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const name = [command.parent?.name(), command.name()].filter((part) => part !== undefined).join(" ");
  const hint = `Usage: ${name} ${command.usage()}\n"${name} --help" says more.`;
  return new UsageError(printable(sentence, 500), hint);
}

function assertTogether(program: Command, { stack, cwd, config, outputs }: GlobalOptions): void {
  if (cwd !== undefined && stack === undefined) throw usageError(program, "--cwd is for --stack.");
  const file = config ?? process.env["USER_PICTURES_CONFIG"];
  if (outputs !== undefined && stack === undefined && !file)
    throw usageError(program, "--outputs is for --stack and --config.");
}

async function run(command: ChosenCommand, options: GlobalOptions, isJson: boolean): Promise<Ending> {
  const [{ openTerminal }, { readTarget }, { openContext }] = await Promise.all([
    import("./terminal/open-terminal.ts"),
    import("./stack/read-target.ts"),
    import("./command-context.ts"),
  ]);
  const terminal = await openTerminal();
  const interruption = watchInterruption((line) => terminal.say(line));
  const { signal } = interruption;
  const { dryRun: isDryRun = false, ...place } = options;
  let ending: Ending;
  try {
    const target = await readTarget({ ...place, environment: process.env, signal });
    signal.throwIfAborted();
    ending = endingOf(await command(await openContext({ target, terminal, isDryRun, signal })), isJson);
  } catch (thrown) {
    // What the tenant's SDK throws by itself can be something that a person can mend.
    const { asCommandError } = await import("./tenant/tenant-error.ts");
    const error = asCommandError(thrown);
    // For whoever looks into a fault of this program.
    debug("%s", withoutColours(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    // What was under way says only that it was ended.
    ending = endingOfError(signal.aborted && isAbortError(error) ? signal.reason : error, isJson);
  } finally {
    interruption.end();
    terminal.close();
  }
  return signal.aborted ? { ...ending, exitCode: interruptedExitCode } : ending;
}

const isAbortError = (error: unknown) => error instanceof Error && error.name === "AbortError";
