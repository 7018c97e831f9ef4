// The upload endpoint's example as an operator runs it: a process of its own, told by environment variables which
// tenant and which S3 it uses.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Certificate } from "../../sandbox/tenant/certificate.ts";
import type { Edge } from "../../sandbox/edge/edge.ts";
import { startS3Api } from "../../sandbox/edge/s3-api.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";

export const audience = "https://upload.example.com/";

export interface RunningEndpoint {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  /** Of the S3 API, with the uploader's credentials. */
  readonly s3: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** `PUT /picture`; the answer's status and body. */
  put(body: Uint8Array | string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
  /** What it logged so far. */
  log(): string;
  close(): Promise<void>;
}

export async function runEndpoint(options: {
  tenant: Tenant;
  edge: Edge;
  /** Covers `localhost` and `127.0.0.1`. */
  certificate: Certificate;
  bucketName: string;
  pictureBaseUrl: string;
  uploaderPolicyJson: string;
  /** More settings of the endpoint. */
  environment?: Readonly<Record<string, string>>;
}): Promise<RunningEndpoint> {
  const { tenant, edge, certificate, bucketName, pictureBaseUrl, uploaderPolicyJson } = options;
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: crypto.randomUUID() };
  const users = [{ ...credentials, policy: uploaderPolicyJson }];
  const api = await startS3Api({ controlPlane: edge.controlPlane, certificate, users });
  const { clientId, clientSecret } = tenant.createManagementClient(["update:users"]);
  const child = spawn(process.execPath, ["examples/upload-endpoint/server.ts"], {
    env: {
      PORT: "0",
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_AUDIENCE: audience,
      AUTH0_CLIENT_ID: clientId,
      AUTH0_CLIENT_SECRET: clientSecret,
      PICTURE_BUCKET: bucketName,
      PICTURE_BASE_URL: pictureBaseUrl,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_S3: api.endpoint,
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (data: Buffer) => (log += data.toString()));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      log += data.toString();
      const found = /^http:\/\/\S+$/m.exec(log)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => void api.close().then(() => reject(new Error(`The endpoint ended: ${log}`))));
  });
  return {
    address,
    s3: { endpoint: api.endpoint, region: "us-east-1", credentials },
    async put(body, headers = {}) {
      const response = await fetch(new URL("/picture", address), { method: "PUT", body, headers });
      return { status: response.status, body: await response.json() };
    },
    log: () => log,
    async close() {
      if (child.exitCode === null && child.kill()) await once(child, "exit");
      await api.close();
    },
  };
}
