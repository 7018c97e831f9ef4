// Signature Version 4: whose request it is, and that it is exactly the one that was signed (AWS docs, "Create a signed
// AWS API request").
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { fail } from "./aws-error.ts";

export interface SignedRequest {
  readonly method: string;
  /** As it was sent, so still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, such as a role's. */
  readonly sessionToken?: string;
}

/** What a signature is valid for. */
export interface SignatureScope {
  readonly region: string;
  /** As in an endpoint's name: `s3`, `ssm`. */
  readonly service: string;
}

export async function readRequest(request: IncomingMessage): Promise<SignedRequest> {
  const { method = "", url = "/", headers } = request;
  const [path = "/", query] = url.split("?", 2);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { method, path, query: new URLSearchParams(query), headers, body: Buffer.concat(chunks) };
}

const credential = String.raw`Credential=(?<id>[^/]+)/(?<scope>[^,]+)`;
const signedHeaders = "SignedHeaders=(?<signed>[^,]+)";
const authorization = new RegExp(
  `^AWS4-HMAC-SHA256 ${credential}, ?${signedHeaders}, ?Signature=(?<signature>[0-9a-f]{64})$`,
);

/**
 * The key that signed the request, and what it signed for.
 *
 * @throws AwsError if the signature is not this key's, or not for exactly this request
 */
export function verifySignature<Key extends AccessKey>(
  keyNamed: (accessKeyId: string) => Key | undefined,
  { method, path, query, headers, body }: SignedRequest,
): SignatureScope & { readonly key: Key } {
  const { id, scope = "", signed = "", signature = "" } = authorization.exec(headers.authorization ?? "")?.groups ?? {};
  if (id === undefined) fail("AccessDenied", "Access Denied", 403);
  const key =
    keyNamed(id) ??
    fail("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403);
  if (headers["x-amz-security-token"] !== key.sessionToken)
    fail("InvalidToken", "The provided token is malformed or otherwise invalid.", 403);

  const time = headers["x-amz-date"] as string;
  const payload = headers["x-amz-content-sha256"] as string | undefined;
  const [date = "", region = "", service = "", end] = scope.split("/");
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
    // Only S3 needs the header (the same page, "Create a canonical request").
    payload ?? hash("sha256", body),
  ].join("\n");
  const signingKey = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  const expected = hmac(signingKey, ["AWS4-HMAC-SHA256", time, scope, hash("sha256", canonicalRequest)].join("\n"));
  const isForThis = end === "aws4_request" && time.startsWith(date) && signed.split(";").includes("host");
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex")) || !isForThis)
    fail(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
      403,
    );
  if (Math.abs(Date.now() - millisecondsOf(time)) > fifteenMinutes)
    fail("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403);
  if (payload !== undefined && payload !== "UNSIGNED-PAYLOAD" && payload !== hash("sha256", body))
    fail("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  return { key, region, service };
}

const fifteenMinutes = 15 * 60_000;

/** Of `20261127T130000Z`. */
const millisecondsOf = (time: string) =>
  Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
