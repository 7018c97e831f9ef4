// The commands, as they are typed. What one does is loaded when it runs, so that the help is there at once.
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import type { CommandOutcome } from "./terminal/command-outcome.ts";

/** A command with its arguments, ready to run. */
export type ChosenCommand = (context: CommandContext) => Promise<CommandOutcome>;

type Format = "webp" | "jpeg";
type Attribute = "metadata" | "root";

/** @param choose is given the one that was typed */
export function addCommands(program: Command, choose: (command: ChosenCommand) => void): void {
  addSet(program, choose);
  addUnset(program, choose);
  addShow(program, choose);
  addErase(program, choose);
  addImport(program, choose);
  addAudit(program, choose);
  addDoctor(program, choose);
}

type Choose = (command: ChosenCommand) => void;

const userWords = "the user's id, such as auth0|0123, or e-mail address";

const formatOption = () => new Option("--format <format>", "of the file that the user names").choices(["webp", "jpeg"]);
const attributeOption = () =>
  new Option("--attribute <attribute>", "metadata is user_metadata.picture, root the user's own picture").choices([
    "metadata",
    "root",
  ]);

function addSet(program: Command, choose: Choose): void {
  program
    .command("set")
    .summary("give a user a picture")
    .description(
      "Gives a user a picture: a file, or an https URL. It is checked, turned upright, cropped to a square, freed of " +
        "what the camera wrote, stored, and named by the user.",
    )
    .argument("<user>", userWords, nonEmpty)
    .argument("<picture>", "a file or an https URL: PNG, JPEG, GIF or WebP", nonEmpty)
    .addOption(formatOption().default("webp"))
    .addOption(attributeOption().default("metadata"))
    .addHelpText(
      "after",
      examples("set ada@example.com ada.jpg --stack dev", "set 'auth0|0123' https://example.com/ada.png"),
    )
    .action((user: string, source: string, options: { format: Format; attribute: Attribute }) =>
      choose(async (context) => {
        const { setPicture } = await import("./users/set-picture.ts");
        return setPicture(context, { user, source, ...options });
      }),
    );
}

function addUnset(program: Command, choose: Choose): void {
  program
    .command("unset")
    .summary("take a user's picture away")
    .description("Takes away what a user names as picture. The stored files stay until the sweep, or until erase.")
    .argument("<user>", userWords, nonEmpty)
    .addOption(attributeOption().default("metadata"))
    .addHelpText(
      "after",
      examples("unset ada@example.com --stack dev", "unset ada@example.com --attribute root --dry-run"),
    )
    .action((user: string, options: { attribute: Attribute }) =>
      choose(async (context) => {
        const { unsetPicture } = await import("./users/unset-picture.ts");
        return unsetPicture(context, { user, ...options });
      }),
    );
}

function addShow(program: Command, choose: Choose): void {
  program
    .command("show")
    .summary("where a user's picture comes from")
    .description("Shows every picture that a user could have, which one a login shows, and why.")
    .argument("<user>", userWords, nonEmpty)
    .addOption(new Option("--connection <name>", "as a login by this connection").argParser(value))
    .addOption(new Option("--organization <name>", "as a login to this organization").argParser(value))
    .addHelpText(
      "after",
      examples("show ada@example.com --stack dev", "show ada@example.com --connection google-oauth2 --json"),
    )
    .action((user: string, options: { connection?: string; organization?: string }) =>
      choose(async (context) => {
        const { showPictures } = await import("./users/show-pictures.ts");
        return showPictures(context, { user, ...options });
      }),
    );
}

function addErase(program: Command, choose: Choose): void {
  program
    .command("erase")
    .summary("erase all of a user's pictures, for ever")
    .description(
      "Erases all of a user's pictures: what names them, every version in the bucket, and every copy at the edge. " +
        "Run it again if it was cut off.",
    )
    .argument("<user>", `${userWords}; the id of a user who is deleted, too`, nonEmpty)
    .addHelpText("after", examples("erase 'auth0|0123' --stack dev --dry-run"))
    .action((user: string) =>
      choose(async (context) => {
        const { erasePictures } = await import("./users/erase-pictures.ts");
        return erasePictures(context, { user });
      }),
    );
}

interface ImportOptions {
  readonly fromIdentityProvider?: true;
  readonly job?: true;
  readonly connection?: string[];
  readonly host?: string[];
  readonly format?: Format;
  readonly attribute?: Attribute;
  readonly journal?: string;
  readonly report?: string;
  readonly delimiter?: string;
}

function addImport(program: Command, choose: Choose): void {
  program
    .command("import")
    .summary("give many users pictures, from a table or a folder")
    .description(
      "Gives many users pictures: of a CSV table with the columns user and picture, or of a folder whose files are " +
        "named by user id or e-mail address; or copies the pictures that connections gave into the store. What was " +
        "cut off goes on where it was. What failed is reported as a table that can be imported.",
    )
    .argument("[source]", "a CSV table or a folder", nonEmpty)
    .option("--from-identity-provider", "copy the pictures that connections gave; they no longer follow it then")
    .option("--job", "by Auth0's import jobs: root pictures of a database connection's users (--attribute root)")
    .addOption(
      new Option(
        "--connection <name>",
        "with --from-identity-provider: of this one only, can be repeated; with --job: the database",
      ).argParser(collected),
    )
    .addOption(
      new Option(
        "--host <name>",
        "with --from-identity-provider: also from this host, or *.host; can be repeated",
      ).argParser(collected),
    )
    .addOption(formatOption())
    .addOption(attributeOption())
    .addOption(new Option("--journal <file>", "what is done already, for the next run").argParser(value))
    .addOption(new Option("--report <file>", "the table of what failed, and why").argParser(value))
    .addOption(
      new Option("--delimiter <character>", "between a table's columns; found out otherwise").argParser(oneCharacter),
    )
    .addHelpText(
      "after",
      examples(
        "import users.csv --stack dev --dry-run",
        "import photos/ --stack dev --report failed.csv",
        "import --from-identity-provider --connection google-oauth2 --stack dev",
        "import users.csv --job --attribute root --connection Username-Password-Authentication --stack dev",
      ),
    )
    .action((source: string | undefined, options: ImportOptions, command: Command) => {
      const mistake = importMistake(source, options);
      if (mistake !== undefined) command.error(mistake);
      choose(importCommand(source ?? "", options));
    });
}

/** What cannot be together, and what is missing. */
function importMistake(source: string | undefined, options: ImportOptions): string | undefined {
  const { fromIdentityProvider, job, attribute, connection = [] } = options;
  const given = (name: keyof ImportOptions) => options[name] !== undefined;
  if (fromIdentityProvider && job) return "--job and --from-identity-provider cannot be given together.";
  if (fromIdentityProvider) {
    if (source !== undefined) return "--from-identity-provider takes no table and no folder.";
    if (attribute === "root")
      return (
        "--from-identity-provider writes user_metadata.picture only: the root picture is the connection's, which " +
        "would write it again."
      );
    if (given("delimiter")) return "--delimiter is for a table.";
    return undefined;
  }
  if (source === undefined) return "a table or a folder is missing, or --from-identity-provider.";
  if (given("host")) return "--host is for --from-identity-provider.";
  if (!job) return given("connection") ? "--connection is for --from-identity-provider and --job." : undefined;
  if (attribute !== "root")
    return (
      "--job needs --attribute root: an import job that updates a user overwrites user_metadata wholly. Without " +
      "--job, import writes user_metadata.picture and nothing else of a user."
    );
  if (connection.length !== 1) return "--job needs one --connection, a database connection by its name.";
  const [unfit] = (["format", "delimiter"] as const).filter(given);
  return unfit === undefined ? undefined : `--${unfit} is not for --job.`;
}

function importCommand(source: string, options: ImportOptions): ChosenCommand {
  const {
    fromIdentityProvider,
    job,
    connection = [],
    host,
    format = "webp",
    attribute = "metadata",
    ...rest
  } = options;
  const { delimiter, ...files } = rest;
  if (fromIdentityProvider)
    return async (context) => {
      const { importProviderPictures } = await import("./import/import-provider-pictures.ts");
      const only = { ...(connection.length > 0 && { connections: connection }), ...(host && { hosts: host }) };
      return importProviderPictures(context, { ...only, format, ...files });
    };
  if (job)
    return async (context) => {
      const { importByJob } = await import("./import/import-by-job.ts");
      return importByJob(context, { source, connection: connection[0] ?? "", ...files });
    };
  return async (context) => {
    const { importPictures } = await import("./import/import-pictures.ts");
    return importPictures(context, {
      source,
      format,
      attribute,
      ...files,
      ...(delimiter !== undefined && { delimiter }),
    });
  };
}

function addAudit(program: Command, choose: Choose): void {
  program
    .command("audit")
    .summary("whose picture is not as it should be")
    .description(
      "Goes through all users: placeholders, foreign, dead, over-sized and expiring pictures, those that no login " +
        "shows, and connections that overwrite pictures. Changes nothing.",
    )
    .addOption(new Option("--html <file>", "writes a page with the pictures").argParser(value))
    .addOption(
      new Option("--expires-within <days>", "tell of pictures that expire so soon").default(14).argParser(wholeNumber),
    )
    .option("--no-fetch", "ask no host for its pictures")
    .addHelpText("after", examples("audit --stack dev --html audit.html", "audit --stack dev --json --no-fetch"))
    .action(({ expiresWithin, ...options }: { html?: string; expiresWithin: number; fetch: boolean }) =>
      choose(async (context) => {
        const { auditPictures } = await import("./audit/audit-pictures.ts");
        return auditPictures(context, { expiresWithinDays: expiresWithin, ...options });
      }),
    );
}

function addDoctor(program: Command, choose: Choose): void {
  program
    .command("doctor")
    .summary("whether the live stack is as it was declared")
    .description(
      "Examines the live stack: the Action and where it is bound, the sync settings, the default picture, the " +
        "certificate's renewal, the credentials. Exits with 1 on a fault, so that a nightly job fails.",
    )
    .addHelpText("after", examples("doctor --stack dev", "doctor --stack prod --json"))
    .action(() =>
      choose(async (context) => {
        const { examineStack } = await import("./doctor/examine-stack.ts");
        return examineStack(context, {});
      }),
    );
}

const examples = (...lines: readonly string[]): string =>
  ["", lines.length === 1 ? "Example:" : "Examples:", ...lines.map((line) => `  $ user-pictures ${line}`)].join("\n");

/** A value that was forgotten would be the next option: `--report --dry-run` would change something. */
export function value(text: string): string {
  if (text.startsWith("--"))
    throw new InvalidArgumentError("It is missing: an option comes in its place. A file's name can be ./--name.");
  return nonEmpty(text);
}

function nonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

const collected = (text: string, before: readonly string[] = []): string[] => [...before, value(text)];

function wholeNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of days.");
  return Number(text);
}

function oneCharacter(text: string): string {
  const character = text === "\\t" ? "\t" : text;
  if ([...character].length !== 1) throw new InvalidArgumentError("It must be one character; \\t is a tab.");
  return character;
}
