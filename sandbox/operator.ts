// Who operates users' pictures from the command line: a user of the sandbox's AWS account with the permissions that
// docs/cli-policy.json names, and what the command line needs to know of a sandbox.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accountId, distributionArn } from "./edge/identity.ts";
import { randomText } from "./edge/edge-state.ts";
import type { IamUser } from "./edge/s3-api.ts";
import { readIfPresent, writePrivateFile } from "./private-file.ts";
import type { ClientCredentials, Tenant } from "./tenant/tenant.ts";

export interface OperatedStore {
  readonly bucketName: string;
  readonly distributionId: string;
}

/** The page's policy for one store: its examples of names are replaced. */
export const operatorPolicy = ({ bucketName, distributionId }: OperatedStore): string =>
  readFileSync(join(import.meta.dirname, "../docs/cli-policy.json"), "utf8")
    .replaceAll("user-pictures-*", bucketName)
    .replaceAll("arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE", distributionArn(distributionId))
    .replaceAll("111122223333", accountId);

/** A user whose key stays the same in the folder. */
export function operatorOf(folder: string, store: OperatedStore): IamUser {
  const file = join(folder, "operator.json");
  const kept = readIfPresent(file);
  const key = kept === undefined ? newKey() : (JSON.parse(kept) as ReturnType<typeof newKey>);
  if (kept === undefined) writePrivateFile(file, JSON.stringify(key));
  return { ...key, userName: "operator", policy: operatorPolicy(store) };
}

/** As long as AWS's are. */
const newKey = () => ({
  accessKeyId: `AKIA${randomText(16).toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
});

/** The command line's environment, besides what says which stack it is. */
export const operatorEnvironment = (sandbox: {
  readonly tenant: Pick<Tenant, "domain">;
  readonly client: ClientCredentials;
  readonly key: Pick<IamUser, "accessKeyId" | "secretAccessKey">;
  readonly region: string;
  readonly endpointVariables: Readonly<Record<string, string>>;
  readonly proxyUrl: string;
  readonly caFile: string;
}): Record<string, string> => {
  const endpoints = ["S3", "CLOUDFRONT", "STS"].map((name) => `AWS_ENDPOINT_URL_${name}`);
  return {
    AUTH0_DOMAIN: sandbox.tenant.domain,
    AUTH0_CLIENT_ID: sandbox.client.clientId,
    AUTH0_CLIENT_SECRET: sandbox.client.clientSecret,
    ...Object.fromEntries(endpoints.map((name) => [name, sandbox.endpointVariables[name] ?? ""])),
    AWS_ACCESS_KEY_ID: sandbox.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.key.secretAccessKey,
    AWS_REGION: sandbox.region,
    NODE_EXTRA_CA_CERTS: sandbox.caFile,
    HTTPS_PROXY: sandbox.proxyUrl,
    // Node's fetch asks it for these too; curl asks the variable in lower case only.
    HTTP_PROXY: sandbox.proxyUrl,
    NO_PROXY: "localhost,127.0.0.1",
    NODE_USE_ENV_PROXY: "1",
  };
};
