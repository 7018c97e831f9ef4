// The upload function's own files behind an HTTP API, with a bucket, a tenant and what its role may do, as a stack
// deploys them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { functionFiles } from "../../../components/picture-uploads/function-files.ts";
import { uploadDefaults } from "../../../components/picture-uploads/upload-defaults.ts";
import { parameterArn } from "../../../sandbox/edge/parameters.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import { trustingFetch } from "../../../sandbox/tenant/trusting-fetch.ts";
import { bucketName, uploaderPolicy } from "../edge/open-s3.ts";
import { createApi, createFunction, region } from "./running-aws.ts";
import type { RunningAws } from "./running-aws.ts";
import { withSigningKey } from "../tenant/signing-key.ts";

export interface DeployedUpload {
  /** The API's. */
  readonly url: string;
  /** The function's. */
  readonly logGroup: string;
  /** What the user's metadata names. */
  pictureOf(userId: string): Promise<unknown>;
  close(): Promise<void>;
}

export const pictureBaseUrl = "https://d111111abcdef8.cloudfront.net/";
const connection = "Username-Password-Authentication";

/** @param options.names of the users, who are `auth0|<name>`. @param options.most that run at once */
export async function deployUpload(
  running: RunningAws,
  { names, most }: { readonly names: readonly string[]; readonly most?: number },
): Promise<DeployedUpload> {
  const { folder, controlPlane, certificate } = running;
  const tenant = await startTenant({
    ...{ folder: await withSigningKey(join(folder, "tenant")), certificate },
    connections: [{ name: connection, strategy: "auth0" }],
  });
  const trusting = trustingFetch(certificate.ca);
  const management = new ManagementClient({
    ...{ domain: tenant.domain, ...tenant.managementClient, fetch: trusting.fetch },
  });
  for (const name of names)
    await management.users.create({
      ...{ connection, user_id: name, email: `${name}@example.com`, password: "Aa1-aaaaaaaa" },
    });
  controlPlane.createBucket(bucketName, region);
  controlPlane.putBucketVersioning(bucketName, "Enabled");
  const client = (scope: string, parameter: string) => {
    const { clientId, clientSecret: value } = tenant.createManagementClient([scope]);
    const secret = { name: parameter, region, type: "SecureString", value, tags: {} } as const;
    controlPlane.putParameter(secret, { overwrite: false });
    return clientId;
  };
  const files = Object.entries(functionFiles()).map(([name, path]) => [name, readFileSync(path)] as const);
  const parameters = ["/reader", "/writer"].map((name) => parameterArn(name, region));
  const logGroup = "upload";
  const fn = createFunction(running, logGroup, Object.fromEntries(files), {
    handler: "upload.handler",
    memorySize: uploadDefaults.memorySize,
    // On a busy machine everything takes long.
    timeout: 300,
    environment: {
      PICTURE_BUCKET: bucketName,
      PICTURE_BASE_URL: pictureBaseUrl,
      AUTH0_DOMAIN: tenant.domain,
      READER_CLIENT_ID: client("read:users", "/reader"),
      READER_SECRET_PARAMETER: "/reader",
      WRITER_CLIENT_ID: client("update:users", "/writer"),
      WRITER_SECRET_PARAMETER: "/writer",
      MAX_SECONDS: "280",
    },
    statements: [
      ...uploaderPolicy(bucketName).Statement,
      { Effect: "Allow", Action: "ssm:GetParameter", Resource: parameters },
    ],
  });
  if (most !== undefined) controlPlane.putFunctionConcurrency(logGroup, most);
  return {
    url: createApi(running, fn).url,
    logGroup,
    async pictureOf(userId) {
      const { user_metadata: metadata } = await management.users.get(userId);
      return metadata?.["picture"];
    },
    async close() {
      await trusting.close();
      await tenant.close();
    },
  };
}
