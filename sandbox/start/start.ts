// `npm start`: deploys the dev stack to a sandbox on this machine, logs users in to the result and shows what they get.
// `npm start -- destroy` takes it away again; `--json` prints one JSON object and nothing else on standard output.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findOfficialPlugin } from "../engine/official-plugin.ts";
import { sdkVersion } from "../providers/sdk-version.ts";
import { readProviderChoice } from "./provider-choice.ts";
import type { StartCommand } from "./run-command.ts";

const usage = `Usage: npm start [-- [destroy] [--contrasts] [--json] [--folder DIR]
                         [--providers PROVIDERS]]

  npm start             deploys to the sandbox, logs users in and shows the pictures they get
  npm start -- destroy  takes the deployment away; the sandbox's tenant stays
  --contrasts           shows logins under other settings too, as the first run does: that is three more deployments
  --json                prints one JSON object on standard output, and the progress on standard error
  --folder DIR          where the sandbox is kept; default: .sandbox
  --providers official  works with the official auth0 plugin, which must be installed, in place of the stand-in for it
  --providers LIST      the same by name: auth0=official,aws=sandbox; default: auth0=sandbox,aws=sandbox
`;

const projectFolder = join(import.meta.dirname, "../..");
const command = readCommand();
try {
  // Before anything is started or created, or what does that is loaded.
  const officialAuth0 =
    command.providers.auth0 === "official" ? await findOfficialPlugin("auth0", sdkVersion("@pulumi/auth0")) : undefined;
  const { runCommand } = await import("./run-command.ts");
  await runCommand(command, projectFolder, officialAuth0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function readCommand(): StartCommand {
  try {
    const options = {
      contrasts: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      folder: { type: "string", default: join(projectFolder, ".sandbox") },
      providers: { type: "string", default: "sandbox" },
      help: { type: "boolean", short: "h" },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const unknown = positionals.find((word, index) => index > 0 || word !== "destroy");
    if (unknown !== undefined) throw new Error(`There is no command "${unknown}".`);
    const { contrasts, json, folder } = values;
    const providers = readProviderChoice(values.providers);
    return { destroy: positionals.length === 1, contrasts, json, folder, providers };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
