// The upload function's own files with all that they need in the sandbox: the bucket, a tenant with one user, and the
// two applications, each with its one scope.
import { join } from "node:path";
import { ManagementClient } from "auth0";
import type { HttpEvent } from "../../functions/picture-upload/http-event.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region } from "../sandbox/edge/open-s3.ts";
import type { OpenS3 } from "../sandbox/edge/open-s3.ts";
import { runFunction } from "./running-function.ts";
import type { RunningFunction } from "./running-function.ts";
import { withSigningKey } from "../sandbox/tenant/signing-key.ts";

export interface OpenUploadFunction {
  readonly tenant: Tenant;
  readonly management: ManagementClient;
  /** Starts the function anew, in a process of its own. */
  start(environment?: Readonly<Record<string, string>>): Promise<RunningFunction>;
  close(): Promise<void>;
}

const connection = "Username-Password-Authentication";
const userId = "auth0|ada";
export const baseUrl = "https://d111111abcdef8.cloudfront.net/";

/** As an HTTP API sends it, with the user's token. */
export const eventOf = (method: string, body?: Uint8Array, more: Partial<HttpEvent> = {}): HttpEvent => ({
  headers: {},
  ...(body && { body: Buffer.from(body).toString("base64") }),
  isBase64Encoded: true,
  requestContext: { requestId: "r1", http: { method }, authorizer: { jwt: { claims: { sub: userId } } } },
  ...more,
});

/** @param s3 stays open */
export async function openUploadFunction(s3: Omit<OpenS3, "close">): Promise<OpenUploadFunction> {
  const folder = await withSigningKey(join(s3.folder, "tenant"));
  const connections = [{ name: connection, strategy: "auth0" }];
  const tenant = await startTenant({ folder, certificate: s3.certificate, connections });
  const management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  await management.users.create({ connection, user_id: "ada", email: "ada@example.com", password: "Aa1-aaaaaaaa" });
  const [reader, writer] = [
    tenant.createManagementClient(["read:users"]),
    tenant.createManagementClient(["update:users"]),
  ];
  const environment = {
    PICTURE_BUCKET: bucketName,
    PICTURE_BASE_URL: baseUrl,
    AUTH0_DOMAIN: tenant.domain,
    READER_CLIENT_ID: reader.clientId,
    READER_SECRET_PARAMETER: "/reader",
    WRITER_CLIENT_ID: writer.clientId,
    WRITER_SECRET_PARAMETER: "/writer",
    // On a busy machine everything takes long.
    MAX_SECONDS: "300",
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: s3.uploader.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.uploader.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    NODE_EXTRA_CA_CERTS: s3.certificate.caFile,
  };
  const secrets = { "/reader": reader.clientSecret, "/writer": writer.clientSecret };
  return {
    tenant,
    management,
    start: (more = {}) => runFunction({ ...environment, ...more }, secrets),
    close: () => tenant.close(),
  };
}
