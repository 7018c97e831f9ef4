// The example of an upload endpoint (examples/upload-endpoint) as an operator runs it: a process of its own, told by
// environment variables which tenant and which S3 it uses.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { DeployedStack } from "./deployed-stack.ts";
import type { Edge } from "./edge/edge.ts";
import { startS3Api } from "./edge/s3-api.ts";
import type { Certificate } from "./tenant/certificate.ts";
import type { Tenant } from "./tenant/tenant.ts";

/** The identifier of the endpoint's API, which the sandbox's seed has. */
export const uploadAudience = "https://upload.example.com/";

export interface UploadEndpoint {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  /** Of the S3 API, with the uploader's credentials. */
  readonly s3: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** What it logged so far. */
  log(): string;
  close(): Promise<void>;
}

export interface UploadEndpointOptions extends Pick<
  DeployedStack,
  "bucketName" | "pictureBaseUrl" | "uploaderPolicyJson"
> {
  readonly tenant: Tenant;
  readonly edge: Edge;
  /** Covers `localhost` and `127.0.0.1`. */
  readonly certificate: Certificate;
  /** More settings of the endpoint. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** @throws Error if it ends before it listens */
export async function startUploadEndpoint(options: UploadEndpointOptions): Promise<UploadEndpoint> {
  const { tenant, edge, certificate, bucketName, pictureBaseUrl, uploaderPolicyJson } = options;
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: crypto.randomUUID() };
  const users = [{ ...credentials, policy: uploaderPolicyJson }];
  const api = await startS3Api({ controlPlane: edge.controlPlane, certificate, users });
  const { clientId, clientSecret } = tenant.createManagementClient(["update:users"]);
  const child = spawn(process.execPath, [join(import.meta.dirname, "../examples/upload-endpoint/server.ts")], {
    env: {
      PORT: "0",
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_AUDIENCE: uploadAudience,
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
    log: () => log,
    async close() {
      if (child.exitCode === null && child.kill()) await once(child, "exit");
      await api.close();
    },
  };
}
