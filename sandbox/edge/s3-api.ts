// S3's own API over HTTPS, as far as an application's uploader calls it: PutObject with a path-style URL, signed by Signature Version 4, allowed
// by the caller's IAM policy and the bucket's policy together.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { AwsError } from "./aws-error.ts";
import { isAllowed, parseBucketPolicy } from "./bucket-policy.ts";
import type { BucketPolicy } from "./bucket-policy.ts";
import type { ControlPlane } from "./control-plane.ts";

/** A caller: its access key, and the only policy that is attached to it. */
export interface IamUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** An IAM policy's text. */
  readonly policy: string;
}

export interface S3Api {
  /** `https://127.0.0.1:PORT`: with an address for a host, AWS's SDKs put the bucket into the path. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** @param options.certificate PEM; `cert` covers 127.0.0.1 */
export async function startS3Api(options: {
  controlPlane: ControlPlane;
  certificate: { key: string; cert: string };
  users: readonly IamUser[];
}): Promise<S3Api> {
  const { controlPlane, certificate, users } = options;
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    void bodyOf(request)
      .then((body) => putObject(controlPlane, users, { ...parse(request), body }))
      .then(
        (etag) => response.writeHead(200, { etag: `"${etag}"` }).end(),
        (error: unknown) => {
          const { code, message, status } = error instanceof AwsError ? error : internalError(error);
          const text = `<Code>${code}</Code><Message>${message.replace(`${code}: `, "")}</Message>`;
          response.writeHead(status, { "content-type": "application/xml" }).end(`<Error>${text}</Error>`);
        },
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface SignedRequest {
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function parse({ method = "", url = "/", headers }: IncomingMessage): Omit<SignedRequest, "body"> {
  const [path = "/", query] = url.split("?", 2);
  return { method, path, query: new URLSearchParams(query), headers };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The object's ETag. @throws AwsError as S3 answers */
function putObject(controlPlane: ControlPlane, users: readonly IamUser[], request: SignedRequest): string {
  const user = authenticate(users, request);
  const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/s.exec(decodeURIComponent(request.path)) ?? [];
  const unknown = Object.keys(request.headers).find((name) => /^x-amz-/.test(name) && !evaluatedHeaders.test(name));
  if (request.method !== "PUT" || key === "" || unknown !== undefined)
    throw new AwsError("NotImplemented", `The sandbox's S3 API does not evaluate ${unknown ?? "this operation"}`, 501);

  const stored = controlPlane.getBucket(bucket);
  if (stored === undefined) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
  // Within one account either policy may allow, and neither may deny (AWS docs, "Policy evaluation logic").
  const { Statement } = JSON.parse(user.policy) as BucketPolicy;
  const ofBucket = stored.policy === undefined ? [] : parseBucketPolicy(stored.policy, bucket).Statement;
  const context = { "aws:securetransport": "true" };
  const asked = { action: "s3:PutObject", resource: `arn:aws:s3:::${bucket}/${key}`, context };
  if (!isAllowed({ Statement: [...Statement, ...ofBucket] }, asked))
    throw new AwsError("AccessDenied", `not authorized to perform: s3:PutObject on resource: ${asked.resource}`, 403);

  return controlPlane.putObject(bucket, key, request.body, headersOf(request.headers)).etag;
}

const evaluatedHeaders = /^x-amz-(content-sha256|date|user-agent|meta-.+|(sdk-)?checksum-.+)$/;

function headersOf(headers: IncomingHttpHeaders) {
  const text = (name: string) => headers[name] as string | undefined;
  const [contentType, cacheControl] = [text("content-type"), text("cache-control")];
  const [contentDisposition, contentEncoding] = [text("content-disposition"), text("content-encoding")];
  const metadata = Object.entries(headers).flatMap(([name, value]) => {
    const key = /^x-amz-meta-(.+)$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, String(value)] as const];
  });
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    metadata: Object.fromEntries(metadata),
  };
}

const authorization =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<scope>[^,]+), ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** AWS docs, "Create a signed AWS API request". @throws AwsError where the signature is not the caller's over this very request */
function authenticate(users: readonly IamUser[], { method, path, query, headers, body }: SignedRequest): IamUser {
  const { id, scope = "", signed = "", signature = "" } = authorization.exec(headers.authorization ?? "")?.groups ?? {};
  if (id === undefined) throw new AwsError("AccessDenied", "Access Denied", 403);
  const user = users.find(({ accessKeyId }) => accessKeyId === id);
  if (user === undefined)
    throw new AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403);

  const date = headers["x-amz-date"] as string;
  const payload = headers["x-amz-content-sha256"] as string;
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const canonicalRequest = [
    method,
    path,
    [...query]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&"),
    ...signed.split(";").map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    signed,
    payload,
  ].join("\n");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const signingKey = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${user.secretAccessKey}`);
  const expected = hmac(signingKey, ["AWS4-HMAC-SHA256", date, scope, sha256(canonicalRequest)].join("\n"));
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex")) || !signed.split(";").includes("host"))
    throw new AwsError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", 403); // prettier-ignore
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(body))
    throw new AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400); // prettier-ignore
  return user;
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

const internalError = (error: unknown) => ({
  code: "InternalError",
  message: error instanceof Error ? error.message : String(error),
  status: 500,
});
