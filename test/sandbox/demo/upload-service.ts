// The upload service without an engine that deploys it: the function's own files, behind an authorizer with the rules
// of an HTTP API's, on a demo's tenant and store.
import { ManagementClient } from "auth0";
import type { HttpEvent } from "../../../functions/picture-upload/http-event.ts";
import { JwtRefusal, newJwtVerifier } from "../../../sandbox/aws/jwt-verifier.ts";
import type { PictureService } from "../../../sandbox/demo/picture-service.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { startS3Api } from "../../../sandbox/edge/s3-api.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";
import type { Tenant } from "../../../sandbox/tenant/tenant.ts";
import { runFunction } from "../../functions/running-function.ts";
import { uploaderPolicy } from "../edge/open-s3.ts";

export interface UploadServiceOptions {
  readonly tenant: Tenant;
  readonly edge: Edge;
  /** Covers `localhost` and 127.0.0.1. */
  readonly certificate: Certificate;
  /** Trusts it. */
  readonly fetch: typeof fetch;
  readonly bucketName: string;
  readonly pictureBaseUrl: string;
}

const audience = "urn:pictures";
const scope = "update:picture";

/** The API is registered at the tenant; what runs starts with the first upload. */
export async function uploadService(options: UploadServiceOptions): Promise<PictureService> {
  const { tenant, fetch } = options;
  const management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch });
  const { data: known } = await management.resourceServers.list();
  if (!known.some(({ identifier }) => identifier === audience))
    await management.resourceServers.create({ identifier: audience, name: "Pictures", scopes: [{ value: scope }] });
  const verifier = newJwtVerifier({ fetch });
  let running: ReturnType<typeof startFunction> | undefined;
  return {
    ...{ audience, scope },
    async send({ method, headers, body }) {
      const authorizer = { name: "", identitySources: [], issuer: tenant.issuer, audiences: [audience] };
      const json = (status: number, answer: object) => ({
        ...{ status, type: "application/json", body: JSON.stringify(answer) },
      });
      try {
        const token = headers["authorization"]?.replace(/^Bearer /, "");
        const claims = await verifier.verify(token, authorizer, [scope]);
        running ??= startFunction(options);
        const { statusCode, ...answer } = await (
          await running
        ).invoke({
          headers,
          body: Buffer.from(body).toString("base64"),
          isBase64Encoded: true,
          requestContext: { requestId: "r1", http: { method }, authorizer: { jwt: { claims } } },
        });
        return { status: statusCode, type: answer.headers["content-type"] ?? "", body: answer.body };
      } catch (error) {
        if (!(error instanceof JwtRefusal)) throw error;
        const isForbidden = error.error === "insufficient_scope";
        return json(isForbidden ? 403 : 401, { message: isForbidden ? "Forbidden" : "Unauthorized" });
      }
    },
    close: async () => (await running)?.close(),
  };
}

async function startFunction({ tenant, edge, certificate, bucketName, pictureBaseUrl }: UploadServiceOptions) {
  const credentials = { accessKeyId: "AKIAIOSFODNN7UPLOADS", secretAccessKey: crypto.randomUUID() };
  const users = [{ ...credentials, policy: JSON.stringify(uploaderPolicy(bucketName)) }];
  const api = await startS3Api({ controlPlane: edge.controlPlane, certificate, users });
  const [reader, writer] = [
    tenant.createManagementClient(["read:users"]),
    tenant.createManagementClient(["update:users"]),
  ];
  const lambda = await runFunction(
    {
      PICTURE_BUCKET: bucketName,
      PICTURE_BASE_URL: pictureBaseUrl,
      AUTH0_DOMAIN: tenant.domain,
      READER_CLIENT_ID: reader.clientId,
      READER_SECRET_PARAMETER: "/reader",
      WRITER_CLIENT_ID: writer.clientId,
      WRITER_SECRET_PARAMETER: "/writer",
      // On a busy machine everything takes long.
      MAX_SECONDS: "300",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_S3: api.endpoint,
      NODE_EXTRA_CA_CERTS: certificate.caFile,
    },
    { "/reader": reader.clientSecret, "/writer": writer.clientSecret },
  );
  return {
    invoke: (event: HttpEvent) => lambda.invoke(event),
    async close() {
      await lambda.close();
      await api.close();
    },
  };
}
