// `npm start`: deploys the dev stack to a sandbox on this machine, logs users in to the result and shows what they get.
// `npm start -- destroy` takes it away again; `--json` prints one JSON object and nothing else on standard output.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createUsers, describeSettings, phases } from "./logins.ts";
import { deployedStack } from "../deployed-stack.ts";
import { devStackConfig, devStackScopes } from "../dev-stack-uploads.ts";
import { findOfficialPlugin } from "../engine/official-plugin.ts";
import type { OperationResult } from "../engine/workspace.ts";
import { sdkVersion } from "../providers/sdk-types.ts";
import { readProviderChoice } from "./provider-choice.ts";
import type { ProviderChoice } from "./provider-choice.ts";
import { openSandbox } from "../sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { seed } from "../seed.ts";
import { loginTable } from "./table.ts";

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

const nextSteps = `
Nothing left this machine, and nothing runs on. Next:
  npm start                 again: the engine changes what names the tenant's port
  npm start -- --contrasts  again, with other settings for contrast
  npm start -- destroy      takes it all away
  README.md, "Deploy this repository": pulumi config, the scopes and permissions, npm run pulumi -- up
`;

const projectFolder = join(import.meta.dirname, "../..");
const command = readCommand();
const progress = command.json ? process.stderr : process.stdout;
const say = (text: string) => void progress.write(text);

/** `kept` is what the engine has printed while it was not shown. It is shown if an operation fails. */
const output = { shown: true, kept: "" };

let sandbox: Sandbox | undefined;
try {
  // Before anything is started or created.
  const officialAuth0 =
    command.providers.auth0 === "official" ? await findOfficialPlugin("auth0", sdkVersion("@pulumi/auth0")) : undefined;
  if (officialAuth0 !== undefined)
    say(`The engine works with the official auth0 plugin ${officialAuth0.version}, ${officialAuth0.executable}.\n`);
  sandbox = await openSandbox({
    folder: command.folder,
    projectFolder,
    seed,
    scopes: devStackScopes,
    ...(officialAuth0 !== undefined && { officialAuth0 }),
    color: progress.isTTY,
    onOutput(text) {
      if (output.shown) say(text);
      else output.kept += text;
    },
  });
  await (command.destroy ? destroy(sandbox) : deployAndLogIn(sandbox));
} catch (error) {
  process.stderr.write(`${output.kept}\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await sandbox?.close();
}

interface Command {
  readonly destroy: boolean;
  readonly contrasts: boolean;
  readonly json: boolean;
  readonly folder: string;
  readonly providers: ProviderChoice;
}

function readCommand(): Command {
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

async function deployAndLogIn(sandbox: Sandbox): Promise<void> {
  const { version, source } = sandbox.engine;
  const [asDeployed, ...contrasts] = phases;
  say(`Pulumi ${version} (${source}) deploys the dev stack to a tenant and an AWS edge on this machine.\n\n`);
  const config = devStackConfig(projectFolder);
  const up = await sandbox.workspace.up({ config });
  const binding = await sandbox.boundActions();
  await createUsers(sandbox);
  const shown = async (title: string, phase: typeof asDeployed, result: OperationResult) => {
    const now = deployedStack(result.outputs, projectFolder, { ...config, ...phase.config });
    return { title: `${title}: ${describeSettings(now.settings)}`, steps: await phase.logIn(sandbox, now) };
  };
  const parts = [await shown("As Pulumi.dev.yaml says, with uploads", asDeployed, up)];

  if (command.contrasts || up.changes.create > 0) {
    output.shown = false;
    say("\nFor contrast, the same stack with other settings, and back again:\n");
    try {
      for (const phase of contrasts) parts.push(await shown("With", phase, await change(sandbox, phase.config)));
    } finally {
      await change(sandbox, asDeployed.config);
    }
  }

  if (command.json) {
    const { create, same, update, delete: deleted, replace } = up.changes;
    print({
      engine: { version, source },
      up: { create, same, update, delete: deleted, replace },
      logins: parts.flatMap(({ steps }) => steps.map(({ login }) => login)),
      binding,
    });
    return;
  }
  const { pictureBaseUrl } = deployedStack(up.outputs, projectFolder, config);
  for (const { title, steps } of parts) say(`\n${title}\n\n${loginTable(steps, pictureBaseUrl)}`);
  say(`\nEach login ran: ${binding.join(", ")}. "Add roles" is another team's, and is left as it was.\n${nextSteps}`);
}

async function change(sandbox: Sandbox, config: Readonly<Record<string, unknown>>): Promise<OperationResult> {
  say(`  ${Object.keys(config).length > 0 ? JSON.stringify(config) : "back to Pulumi.dev.yaml"} … `);
  // Without a preview, because it would not be shown.
  const result = await sandbox.workspace.up({
    config: { ...devStackConfig(projectFolder), ...config },
    skipPreview: true,
  });
  say(`${result.changes.update} updated\n`);
  output.kept = "";
  return result;
}

async function destroy(sandbox: Sandbox): Promise<void> {
  const { version, source } = sandbox.engine;
  const { changes } = await sandbox.workspace.destroy();
  const binding = await sandbox.boundActions();
  if (command.json) print({ engine: { version, source }, destroy: { delete: changes.delete }, binding });
  else say(`\nEach login still runs: ${binding.join(", ")}. The connections have the setting that they had before.\n`);
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
}
