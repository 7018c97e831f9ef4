// S3's own API over HTTPS, as far as an uploader of pictures calls it: with path-style URLs, signed with Signature
// Version 4, and allowed by the caller's IAM policy and the bucket's policy together.
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { AwsError, fail } from "./aws-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { close, listen } from "./loopback.ts";
import { respondToRequest } from "./s3-requests.ts";
import type { S3Request } from "./s3-requests.ts";

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
      .then((body) => {
        const sent = { ...parse(request), body };
        return respondToRequest(controlPlane, authenticate(users, sent).policy, sent);
      })
      .then(
        ({ status = 200, headers = {}, xml = "" }) =>
          response.writeHead(status, { ...(xml && { "content-type": "application/xml" }), ...headers }).end(xml),
        (error: unknown) => {
          const { code, message, status } = error instanceof AwsError ? error : internalError(error);
          const text = `<Code>${code}</Code><Message>${message.replace(`${code}: `, "")}</Message>`;
          response.writeHead(status, { "content-type": "application/xml" }).end(`<Error>${text}</Error>`);
        },
      );
  });
  return { endpoint: `https://127.0.0.1:${await listen(server)}`, close: () => close(server) };
}

function parse({ method = "", url = "/", headers }: IncomingMessage): Omit<S3Request, "body"> {
  const [path = "/", query] = url.split("?", 2);
  return { method, path, query: new URLSearchParams(query), headers };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
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
function authenticate(users: readonly IamUser[], { method, path, query, headers, body }: S3Request): IamUser {
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
