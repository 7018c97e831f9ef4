// S3's own API over HTTPS, as far as an application's uploader calls it: PutObject with a path-style URL, signed with
// Signature Version 4, and allowed by the caller's IAM policy and the bucket's policy together.
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { AwsError, fail } from "./aws-error.ts";
import { isAllowed, parseBucketPolicy } from "./bucket-policy.ts";
import type { BucketPolicy } from "./bucket-policy.ts";
import type { ControlPlane } from "./control-plane.ts";
import { close, listen } from "./loopback.ts";

/** A caller: an access key, and the one policy that is attached to the user. */
export interface IamUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The text of an IAM policy. */
  readonly policy: string;
}

export interface S3Api {
  /** `https://127.0.0.1:PORT`: because the host is an IP address, AWS's SDKs put the bucket's name into the path. */
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
  return { endpoint: `https://127.0.0.1:${await listen(server)}`, close: () => close(server) };
}

interface SignedRequest {
  readonly method: string;
  /** As it was sent, so still encoded. */
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

/** Stores the object and returns its ETag. @throws AwsError as S3 does */
function putObject(controlPlane: ControlPlane, users: readonly IamUser[], request: SignedRequest): string {
  const user = authenticate(users, request);
  const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/s.exec(decodeURIComponent(request.path)) ?? [];
  const unknown = Object.keys(request.headers).find((name) => /^x-amz-/.test(name) && !evaluatedHeaders.test(name));
  if (request.method !== "PUT" || key === "" || unknown !== undefined)
    fail("NotImplemented", `The sandbox's S3 API does not evaluate ${unknown ?? "this operation"}`, 501);

  const stored = controlPlane.getBucket(bucket) ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
  // Within one account, one of the two policies must allow it and neither may deny it (AWS docs, "Policy evaluation
  // logic").
  const { Statement } = JSON.parse(user.policy) as BucketPolicy;
  const ofBucket = stored.policy === undefined ? [] : parseBucketPolicy(stored.policy, bucket).Statement;
  const context = { "aws:securetransport": "true" };
  const wanted = { action: "s3:PutObject", resource: `arn:aws:s3:::${bucket}/${key}`, context };
  if (!isAllowed({ Statement: [...Statement, ...ofBucket] }, wanted))
    fail("AccessDenied", `not authorized to perform: s3:PutObject on resource: ${wanted.resource}`, 403);

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

const credential = String.raw`Credential=(?<id>[^/]+)/(?<scope>[^,]+)`;
const signedHeaders = "SignedHeaders=(?<signed>[^,]+)";
const authorization = new RegExp(
  `^AWS4-HMAC-SHA256 ${credential}, ?${signedHeaders}, ?Signature=(?<signature>[0-9a-f]{64})$`,
);

/**
 * The user who signed the request (AWS docs, "Create a signed AWS API request").
 *
 * @throws AwsError if the signature is not this user's, or not for exactly this request
 */
function authenticate(users: readonly IamUser[], { method, path, query, headers, body }: SignedRequest): IamUser {
  const { id, scope = "", signed = "", signature = "" } = authorization.exec(headers.authorization ?? "")?.groups ?? {};
  if (id === undefined) fail("AccessDenied", "Access Denied", 403);
  const user =
    users.find(({ accessKeyId }) => accessKeyId === id) ??
    fail("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403);

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
  const expected = hmac(signingKey, ["AWS4-HMAC-SHA256", date, scope, hash("sha256", canonicalRequest)].join("\n"));
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex")) || !signed.split(";").includes("host"))
    fail(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
      403,
    );
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== hash("sha256", body))
    fail("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  return user;
}

const internalError = (error: unknown) => ({
  code: "InternalError",
  message: error instanceof Error ? error.message : String(error),
  status: 500,
});
