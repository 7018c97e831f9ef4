// `npm run sandbox`: a tenant and an AWS edge that stay until Ctrl-C, for any client of Auth0, and what each client
// needs to know of them.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { project } from "../settings/settings.ts";
import type { IamUser } from "./edge/s3-api.ts";
import { stackOutputs } from "./engine/stack-state.ts";
import { operatorEnvironment, operatorOf } from "./operator.ts";
import { explainPort, readPort } from "./port-option.ts";
import { seed } from "./seed.ts";
import { writePrivateFile } from "./private-file.ts";
import { operatorScopes, startServices } from "./services.ts";
import type { Services } from "./services.ts";
import { exported, quoted, trustInKeychain } from "./shell-lines.ts";
import type { TenantSeed } from "./tenant/tenant.ts";
import { writeTrustedAuthorities } from "./trusted-authorities.ts";

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
  const stack = await deployedStore(command.folder);
  const operator = stack && { ...stack, key: operatorOf(command.folder, stack) };
  const users = operator === undefined ? [] : [operator.key];
  const services = await startServices({ ...command, users }, (part) => started.push(part));
  const forCommandLine = operator === undefined ? "" : describeCommandLine(services, operator, command.folder);
  process.stdout.write(describe(services, command.folder, forCommandLine));
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

interface DeployedStore {
  readonly bucketName: string;
  readonly distributionId: string;
  /** All of the stack's. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

interface Operator extends DeployedStore {
  readonly key: IamUser;
}

/** What `npm start` or `npm run demo` has deployed in the folder, if there is a picture store. */
async function deployedStore(folder: string): Promise<DeployedStore | undefined> {
  const outputs = await stackOutputs(resolve(folder, "state"), project, "dev");
  const { bucketName, distributionId } = outputs;
  if (typeof bucketName !== "string" || typeof distributionId !== "string") return undefined;
  return { bucketName, distributionId, outputs };
}

/**
 * For the command line, in files that hold for this start: which stack it is, as `pulumi stack output --json` prints
 * it, with the tenant's domain and the region; and what its shell reads. The lines that are printed are comments: a
 * shell has an operator's permissions, or those of the clients above.
 */
function describeCommandLine(services: Services, operator: Operator, folder: string): string {
  const { tenant, edge, aws, proxy, certificate } = services;
  const { bucketName, outputs, key } = operator;
  const region = edge.controlPlane.getBucket(bucketName)?.region ?? "us-east-1";
  const stackFile = resolve(folder, "dev.json");
  writePrivateFile(stackFile, `${JSON.stringify({ ...outputs, domain: tenant.domain, region }, undefined, 2)}\n`);
  const variables = operatorEnvironment({
    ...{ tenant, client: tenant.createManagementClient(operatorScopes), key, region },
    ...{ endpointVariables: aws.endpointVariables, proxyUrl: proxy.url, caFile: certificate.caFile },
  });
  const lines = Object.entries({ ...variables, USER_PICTURES_CONFIG: stackFile }).map(([name, value]) =>
    exported(name, value),
  );
  const shellFile = resolve(folder, "operator.sh");
  writePrivateFile(shellFile, `${lines.join("\n")}\n`);
  return `
# For the command line, in a shell of its own: an operator of the stack that is deployed here (AUTH0_…, AWS_…), and
# HTTPS_PROXY, which leads to the store's pictures and refuses every host that is not in the sandbox.
# . ${quoted(shellFile)}
# node cli/main.ts show ada@example.com
`;
}

/** In lines to paste into a shell, or to read from a file. @param more lines for the stack that is deployed */
function describe({ tenant, certificate, attach, proxy }: Services, folder: string, more: string): string {
  const { clientId, clientSecret } = tenant.managementClient;
  const trusted = writeTrustedAuthorities(resolve(folder), certificate.ca);
  const forClients = Object.entries({
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: clientId,
    AUTH0_CLIENT_SECRET: clientSecret,
    NODE_EXTRA_CA_CERTS: trusted,
    SANDBOX_PROXY: proxy.url,
  }).map(([name, value]) => exported(name, value));
  const isMac = process.platform === "darwin";
  const forGo = isMac ? trustInKeychain(certificate.caFile) : exported("SSL_CERT_FILE", trusted);
  const standIns = exported("PULUMI_DEBUG_PROVIDERS", attach.both);
  const noDownloads = exported("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true");
  const shellFile = resolve(folder, "client.sh");
  // What asks for a password is for once, by hand.
  const read = [...forClients, ...(isMac ? [] : [forGo]), standIns, noDownloads];
  writePrivateFile(shellFile, `${read.join("\n")}\n`);
  return `An Auth0 tenant and an AWS edge on this machine, until Ctrl-C. State is kept in ${folder}.

# In another shell, one line for all that follow here${isMac ? ", but for security's" : ""}:
# . ${quoted(shellFile)}

# For the SDKs and auth0-deploy-cli; the last one is curl's, for the store's pictures: --proxy "$SANDBOX_PROXY".
${forClients.join("\n")}

# For programs in Go too, such as Terraform and the official Pulumi plugin.
${forGo}

# For the Pulumi CLI, with the sandbox's stand-ins for both plugins; or with the official auth0 plugin, if installed.
${standIns}
# ${exported("PULUMI_DEBUG_PROVIDERS", attach.aws)}
${noDownloads}
${more}
# A first call: an access token for the Management API.
curl --cacert "$NODE_EXTRA_CA_CERTS" "https://$AUTH0_DOMAIN/oauth/token" -d grant_type=client_credentials \\
  -d "client_id=$AUTH0_CLIENT_ID" -d "client_secret=$AUTH0_CLIENT_SECRET" -d "audience=https://$AUTH0_DOMAIN/api/v2/"
`;
}
