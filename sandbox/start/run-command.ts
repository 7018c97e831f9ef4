// What `npm start` does: it deploys, logs users in and shows what they get, or takes the deployment away.
import { createUsers, describeSettings, phases } from "./logins.ts";
import { deployedStack } from "../deployed-stack.ts";
import { devStackConfig, devStackScopes } from "../dev-stack-uploads.ts";
import type { OfficialPlugin } from "../engine/official-plugin.ts";
import type { OperationResult } from "../engine/workspace.ts";
import type { ProviderChoice } from "./provider-choice.ts";
import { openSandbox } from "../sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { seed } from "../seed.ts";
import { loginTable } from "./table.ts";

/** What the command line says. */
export interface StartCommand {
  readonly destroy: boolean;
  readonly contrasts: boolean;
  readonly json: boolean;
  readonly folder: string;
  readonly providers: ProviderChoice;
}

interface Output {
  readonly say: (text: string) => void;
  shown: boolean;
  /** What the engine has printed while it was not shown. It is shown if an operation fails. */
  kept: string;
}

interface Running {
  readonly sandbox: Sandbox;
  readonly command: StartCommand;
  readonly projectFolder: string;
  readonly output: Output;
}

const nextSteps = `
Nothing left this machine, and nothing runs on. Next:
  npm start                 again: the engine changes what names the tenant's port
  npm start -- --contrasts  again, with other settings for contrast
  npm start -- destroy      takes it all away
  README.md, "Deploy this repository": pulumi config, the scopes and permissions, npm run pulumi -- up
`;

export async function runCommand(
  command: StartCommand,
  projectFolder: string,
  officialAuth0: OfficialPlugin | undefined,
): Promise<void> {
  const progress = command.json ? process.stderr : process.stdout;
  const output: Output = { say: (text) => void progress.write(text), shown: true, kept: "" };
  const { say } = output;
  let sandbox: Sandbox | undefined;
  try {
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
    const running = { sandbox, command, projectFolder, output };
    await (command.destroy ? destroy(running) : deployAndLogIn(running));
  } catch (error) {
    process.stderr.write(output.kept);
    throw error;
  } finally {
    await sandbox?.close();
  }
}

async function deployAndLogIn({ sandbox, command, projectFolder, output }: Running): Promise<void> {
  const { say } = output;
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
  const change = (changed: Readonly<Record<string, unknown>>) => changeTo(changed, { sandbox, projectFolder, output });
  const parts = [await shown("As Pulumi.dev.yaml says, with uploads", asDeployed, up)];

  if (command.contrasts || up.changes.create > 0) {
    output.shown = false;
    say("\nFor contrast, the same stack with other settings, and back again:\n");
    try {
      for (const phase of contrasts) parts.push(await shown("With", phase, await change(phase.config)));
    } finally {
      await change(asDeployed.config);
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

async function changeTo(
  config: Readonly<Record<string, unknown>>,
  { sandbox, projectFolder, output }: Omit<Running, "command">,
): Promise<OperationResult> {
  const { say } = output;
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

async function destroy({ sandbox, command, output: { say } }: Running): Promise<void> {
  const { version, source } = sandbox.engine;
  const { changes } = await sandbox.workspace.destroy();
  const binding = await sandbox.boundActions();
  if (command.json) print({ engine: { version, source }, destroy: { delete: changes.delete }, binding });
  else say(`\nEach login still runs: ${binding.join(", ")}. The connections have the setting that they had before.\n`);
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
}
