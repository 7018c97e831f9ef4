// S3's own API over HTTPS, as far as an uploader of pictures calls it: with path-style URLs, signed with Signature
// Version 4, and allowed by the caller's IAM policy and the bucket's policy together.
import { createServer } from "node:https";
import { AwsError } from "./aws-error.ts";
import { parseIdentityPolicy } from "./bucket-policy.ts";
import type { Caller } from "./bucket-policy.ts";
import type { ControlPlane } from "./control-plane.ts";
import { accountId } from "./identity.ts";
import { close, listen } from "./loopback.ts";
import { readRequest, verifySignature } from "./request-signature.ts";
import type { AccessKey } from "./request-signature.ts";
import { respondToRequest } from "./s3-requests.ts";
import type { S3Answer } from "./s3-requests.ts";

/** A caller: an access key, and the one policy that is attached to the user. */
export interface IamUser extends AccessKey {
  /** @default the access key's id */
  readonly userName?: string;
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
    void readRequest(request)
      .then((sent) => {
        const { key } = verifySignature((id) => users.find(({ accessKeyId }) => accessKeyId === id), sent);
        return respondToRequest(controlPlane, callerOfUser(key), sent);
      })
      .catch(s3Error)
      .then(({ status = 200, headers = {}, xml = "", bytes = xml }) => {
        // By the clock that its objects' times are of.
        const sent = { date: new Date().toUTCString(), ...(xml && { "content-type": "application/xml" }), ...headers };
        response.writeHead(status, sent).end(bytes);
      })
      // What is kept can be no header that HTTP allows: of all requests, only this one fails.
      .catch(() => response.destroy());
  });
  return { endpoint: `https://127.0.0.1:${await listen(server)}`, close: () => close(server) };
}

/** Whoever signs with a user's keys. */
export const callerOfUser = ({ accessKeyId, userName = accessKeyId, policy }: IamUser): Caller => ({
  arn: `arn:aws:iam::${accountId}:user/${userName}`,
  statements: parseIdentityPolicy(policy).Statement,
});

/** An error as S3 answers it. */
export function s3Error(error: unknown): S3Answer {
  const { code, message, status, headers } = error instanceof AwsError ? error : internalError(error);
  return {
    status,
    headers,
    xml: `<Error><Code>${code}</Code><Message>${message.replace(`${code}: `, "")}</Message></Error>`,
  };
}

const internalError = (error: unknown) => ({
  code: "InternalError",
  message: error instanceof Error ? error.message : String(error),
  status: 500,
  headers: {},
});
