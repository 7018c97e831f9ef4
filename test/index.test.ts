// The program does once what takes long: it bundles the Action, and reads each picture file.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { obtainCertificate } from "../sandbox/tenant/certificate.ts";
import { deploymentScopes } from "../sandbox/services.ts";
import { seed } from "../sandbox/seed.ts";
import { startTenant } from "../sandbox/tenant/tenant.ts";
import type { Tenant } from "../sandbox/tenant/tenant.ts";
import { pngHeader } from "./components/picture-store/pictures.ts";
import type { Counts } from "./counted-program.ts";
import { withSigningKey } from "./sandbox/tenant/signing-key.ts";

let folder: string;
let tenant: Tenant;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "program-"));
  const certificate = await obtainCertificate(folder, ["localhost"]);
  tenant = await startTenant({ folder: await withSigningKey(join(folder, "tenant")), certificate, ...seed });
  const { clientId, clientSecret } = tenant.createManagementClient(deploymentScopes);
  environment = {
    ...process.env,
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: clientId,
    AUTH0_CLIENT_SECRET: clientSecret,
    NODE_EXTRA_CA_CERTS: certificate.caFile,
  };
});
afterAll(async () => {
  await tenant.close();
  await rm(folder, { recursive: true });
});

/** What one run of the dev stack's program does, in a process of its own. */
async function countsOf(settings: Readonly<Record<string, unknown>> = {}): Promise<Counts> {
  const configOf = async (file: string) => (parse(await readFile(file, "utf8")) as { config: object }).config;
  const own = Object.entries(settings).map(([name, value]) => [`auth0-user-pictures:${name}`, value] as const);
  const config = { ...(await configOf("Pulumi.dev.yaml")), ...Object.fromEntries(own) };
  const asText = Object.entries(config).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const args = ["test/counted-program.ts", JSON.stringify(Object.fromEntries(asText))];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Counts;
}

it("bundles the Action once, and reads the default picture once", async () => {
  expect(await countsOf()).toEqual({ bundles: 1, reads: { "assets/default-picture.png": 1 } });
});

it("reads each picture once, however many use it, and bundles an Action of one's own once", async () => {
  const other = join(folder, "acme.png");
  await writeFile(other, pngHeader(64, 64));
  const own = { file: "assets/default-picture.png" };
  const settings = {
    defaultPictures: {
      general: own,
      byConnection: { "google-oauth2": own, "acme-saml": { file: other } },
      byOrganization: { acme: { file: other }, globex: own },
    },
    action: { entry: "test/engine/fixture/own-action.ts" },
  };

  expect(await countsOf(settings)).toEqual({
    bundles: 1,
    reads: { "assets/default-picture.png": 1, [relative(process.cwd(), other)]: 1 },
  });
});
