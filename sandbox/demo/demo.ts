// `npm run demo`: deploys the dev stack to a sandbox on this machine, and serves a page to sign in to until Ctrl-C.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { deployedStack } from "../deployed-stack.ts";
import { devStackConfig, devStackScopes } from "../dev-stack-uploads.ts";
import { explainPort, readPort } from "../port-option.ts";
import { openSandbox } from "../sandbox.ts";
import { seed } from "../seed.ts";
import { startDemo } from "./demo-server.ts";
import { assertPortIsFree } from "./localhost.ts";
import { deployedService } from "./picture-service.ts";

const usage = `Usage: npm run demo [-- [--port PORT] [--folder DIR]]

Deploys the dev stack to a tenant and an AWS edge on this machine, and serves a page to sign in to, until Ctrl-C.
What is changed there is kept.

  --port PORT   the page's port; default: 4010
  --folder DIR  where the state is kept; default: .sandbox
`;

const projectFolder = join(import.meta.dirname, "../..");
const command = readCommand();
const started: { close(): Promise<unknown> }[] = [];
try {
  // Before the deployment, which takes its time.
  await assertPortIsFree(command.port);
  const say = (text: string) => void process.stdout.write(text);
  const sandbox = await openSandbox({
    ...{ folder: command.folder, projectFolder, seed, color: process.stdout.isTTY, onOutput: say },
    scopes: devStackScopes,
  });
  started.push(sandbox);
  const { version, source } = sandbox.engine;
  say(`Pulumi ${version} (${source}) deploys the dev stack to a tenant and an AWS edge on this machine.\n\n`);
  const config = devStackConfig(projectFolder);
  const { outputs } = await sandbox.workspace.up({ config });
  const stopped = new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  const stack = deployedStack(outputs, projectFolder, config);
  if (!stack.uploads) throw new Error("The stack has no uploads");
  const service = deployedService(sandbox.aws, stack.uploads);
  const demo = await startDemo({ ...sandbox, stack, service, port: command.port });
  started.push(demo);
  say(`
Open ${demo.url} in a browser, and sign in: nobody has a password.
The console beside it, ${demo.url}console, shows why each user has the picture they have.

Nothing leaves this machine. Ctrl-C ends it; what you changed is kept in ${command.folder}.
`);
  await stopped;
} catch (error) {
  process.stderr.write(`\n${explainPort(error, "npm run demo -- --port PORT")}\n`);
  process.exitCode = 1;
} finally {
  for (const part of started.reverse()) await part.close();
}

function readCommand() {
  try {
    const options = {
      port: { type: "string", default: "4010" },
      folder: { type: "string", default: join(projectFolder, ".sandbox") },
      help: { type: "boolean", short: "h" },
    } as const;
    const { values } = parseArgs({ options });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    return { port: readPort(values.port), folder: values.folder };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
