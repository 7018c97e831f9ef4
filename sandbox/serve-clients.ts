// `npm run sandbox`: a tenant and an AWS edge that stay until Ctrl-C, for any client of Auth0, and what each client
// needs to know of them.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { explainPort, readPort } from "./port-option.ts";
import { seed } from "./seed.ts";
import { startServices } from "./services.ts";
import type { Services } from "./services.ts";
import { exported, trustInKeychain } from "./shell-lines.ts";
import type { TenantSeed } from "./tenant/tenant.ts";

const usage = `Usage: npm run sandbox [-- [--seed demo|empty] [--port PORT] [--folder DIR]]

A tenant and an AWS edge on this machine, until Ctrl-C. They keep their state.

  --seed empty  a new tenant has no connections and no Actions; default: demo, a tenant in use
  --port PORT   the tenant's port; default: any free one
  --folder DIR  where the state is kept; default: .sandbox
`;

const seeds: Readonly<Record<string, TenantSeed>> = { demo: seed, empty: { connections: [] } };

const command = readCommand();
const started: { close(): Promise<unknown> }[] = [];
try {
  const services = await startServices(command, (part) => started.push(part));
  process.stdout.write(describe(services, command.folder));
  await new Promise((stopped) => process.once("SIGINT", stopped).once("SIGTERM", stopped));
} catch (error) {
  process.stderr.write(`${explainPort(error, "--port")}\n`);
  process.exitCode = 1;
} finally {
  for (const part of started.reverse()) await part.close();
}

function readCommand() {
  try {
    const options = {
      seed: { type: "string", default: "demo" },
      port: { type: "string" },
      folder: { type: "string", default: join(import.meta.dirname, "../.sandbox") },
      help: { type: "boolean", short: "h" },
    } as const;
    const { values } = parseArgs({ options });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const content = seeds[values.seed];
    if (content === undefined) throw new Error(`There is no seed "${values.seed}".`);
    if (values.port === undefined) return { seed: content, folder: values.folder };
    return { seed: content, folder: values.folder, port: readPort(values.port) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

/** In lines to paste into a shell. */
function describe({ tenant, certificate: { caFile }, attach }: Services, folder: string): string {
  const { clientId, clientSecret } = tenant.managementClient;
  const variables = {
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: clientId,
    AUTH0_CLIENT_SECRET: clientSecret,
    NODE_EXTRA_CA_CERTS: caFile,
  };
  const lines = Object.entries(variables).map(([name, value]) => exported(name, value));
  const trust = process.platform === "darwin" ? trustInKeychain(caFile) : exported("SSL_CERT_FILE", caFile);
  return `An Auth0 tenant and an AWS edge on this machine, until Ctrl-C. State is kept in ${folder}.

# For the SDKs and auth0-deploy-cli. npm hangs in a shell that has the last line: give npm another.
${lines.join("\n")}

# For programs in Go too, such as Terraform and the official Pulumi plugin.
${trust}

# For the Pulumi CLI, with the sandbox's stand-ins for both plugins; or with the official auth0 plugin, if installed.
${exported("PULUMI_DEBUG_PROVIDERS", attach.both)}
# ${exported("PULUMI_DEBUG_PROVIDERS", attach.aws)}
${exported("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")}

# A first call: an access token for the Management API.
curl --cacert "$NODE_EXTRA_CA_CERTS" "https://$AUTH0_DOMAIN/oauth/token" -d grant_type=client_credentials \\
  -d "client_id=$AUTH0_CLIENT_ID" -d "client_secret=$AUTH0_CLIENT_SECRET" -d "audience=https://$AUTH0_DOMAIN/api/v2/"
`;
}
