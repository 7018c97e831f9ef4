// The sandbox's S3 API with one bucket: its versions are kept, as a picture store's are.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch as undiciFetch } from "undici";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { startS3Api } from "../../../sandbox/edge/s3-api.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";

export interface OpenS3 {
  /** Of its own; it is removed at the end. */
  folder: string;
  edge: Edge;
  endpoint: string;
  certificate: Certificate;
  /** Of a user who may do what uploads need, on `u/*`. */
  uploader: { accessKeyId: string; secretAccessKey: string };
  /** Of a user who may do what the sweep needs, on `u/*` and `sweep/*`. */
  sweeper: { accessKeyId: string; secretAccessKey: string };
  /** Of a user who may put objects, and nothing else. */
  writer: { accessKeyId: string; secretAccessKey: string };
  /** HTTPS that trusts the sandbox's certificate authority. */
  fetch: typeof fetch;
  close(): Promise<void>;
}

export const bucketName = "pictures-bucket";
export const region = "eu-west-1";

const objects = `arn:aws:s3:::${bucketName}/u/*`;
/** What the upload function may do. */
export const uploaderPolicy = (bucket: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: [
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
      ],
      Resource: `arn:aws:s3:::${bucket}/u/*`,
    },
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${bucket}`,
      // A request for one object has no prefix, and S3 says that there is none only to who may list.
      Condition: { StringLikeIfExists: { "s3:prefix": "u/*" } },
    },
  ],
});
/** What the sweep may do. */
const sweeperPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: [
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
      ],
      Resource: objects,
    },
    {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
      Resource: `arn:aws:s3:::${bucketName}/sweep/*`,
    },
    {
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions"],
      Resource: `arn:aws:s3:::${bucketName}`,
      Condition: { StringLikeIfExists: { "s3:prefix": ["u/*", "sweep/*"] } },
    },
  ],
};
const writerPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:PutObject", Resource: objects }],
};

export async function openS3(): Promise<OpenS3> {
  const folder = await mkdtemp(join(tmpdir(), "s3-"));
  const certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net"]);
  const edge = await startEdge({ folder: join(folder, "edge"), certificate });
  edge.controlPlane.createBucket(bucketName, region);
  edge.controlPlane.putBucketVersioning(bucketName, "Enabled");
  const [uploader, sweeper, writer] = [credentials("UPLOADER"), credentials("SWEEPER"), credentials("WRITER")];
  const users = [
    { ...uploader, policy: JSON.stringify(uploaderPolicy(bucketName)) },
    { ...sweeper, policy: JSON.stringify(sweeperPolicy) },
    { ...writer, policy: JSON.stringify(writerPolicy) },
  ];
  const api = await startS3Api({ controlPlane: edge.controlPlane, certificate, users });
  const agent = new Agent({ connect: { ca: certificate.ca } });
  const trusting = ((url: string | URL, init?: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(url, { ...init, dispatcher: agent })) as typeof fetch;
  return {
    ...{ folder, edge, certificate, uploader, sweeper, writer, endpoint: api.endpoint, fetch: trusting },
    async close() {
      await agent.close();
      await api.close();
      await edge.close();
      await rm(folder, { recursive: true });
    },
  };
}

const credentials = (name: string) => ({ accessKeyId: `AKIA${name}EXAMPLE`, secretAccessKey: crypto.randomUUID() });
