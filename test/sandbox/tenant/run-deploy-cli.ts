// auth0-deploy-cli, run as a user runs it: from its command line, with a domain that has a port, and with the tenant's
// certificate authority.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Tenant } from "../../../sandbox/tenant/tenant.ts";

const run = promisify(execFile);
const program = fileURLToPath(import.meta.resolve("auth0-deploy-cli"));

export interface DeployCli {
  readonly tenant: Tenant;
  /** The file with the certificate authority. */
  readonly caFile: string;
  /** A folder for what is exported. */
  readonly folder: string;
}

/** Runs one command, and returns what it printed. @throws if the command fails, with what it printed */
async function deployCli(
  { tenant, caFile, folder }: DeployCli,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [program, ...args], {
    env: {
      HOME: folder,
      NODE_EXTRA_CA_CERTS: caFile,
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: tenant.managementClient.clientId,
      AUTH0_CLIENT_SECRET: tenant.managementClient.clientSecret,
      AUTH0_INCLUDED_ONLY: JSON.stringify(["actions", "triggers", "connections", "databases"]),
      ...settings,
    },
  });
  return stdout + stderr;
}

export const exportTenant = (to: DeployCli) =>
  deployCli(to, ["export", "--format", "yaml", "--output_folder", to.folder]);

/** Imports what was exported; `allowDelete` deletes what is not in it. */
export const importTenant = (from: DeployCli, { allowDelete }: { readonly allowDelete: boolean }) =>
  deployCli(from, ["import", "--input_file", join(from.folder, "tenant.yaml")], {
    AUTH0_ALLOW_DELETE: String(allowDelete),
  });
