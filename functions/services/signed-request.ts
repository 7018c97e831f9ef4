// One request to an AWS service, signed with Signature Version 4 (AWS docs, "Create a signed AWS API request"). The
// official SDK would be ten times the rest of the bundle, and most of a cold start.
import { createHash, createHmac } from "node:crypto";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface AwsRequest {
  /** As in the signature's scope: `s3`, `ssm`, `kms`. */
  readonly service: string;
  readonly region: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Its path is encoded as it is sent. */
  readonly url: URL;
  /** Names in lower case. All are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** Of the function's role; AWS gives new ones to a new process only, and before these end. */
export function roleCredentials(): AwsCredentials {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN || undefined,
  };
}

/** Of the region's services. China is a partition of its own. */
export const awsDomain = (region: string) => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");

/** Where a service is that each region has. */
export function serviceUrl(
  service: string,
  { region, endpoint }: { readonly region: string; readonly endpoint?: string | undefined },
): URL {
  return new URL("/", endpoint ?? `https://${service}.${region}.${awsDomain(region)}`);
}

/** The headers to send with the request. @param now decides on the signature, which is valid for minutes */
export function signedHeaders(
  { service, region, method, url, headers = {}, body = "" }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  now: Date = new Date(),
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const payload = sha256(body);
  const sent = {
    ...headers,
    "x-amz-content-sha256": payload,
    "x-amz-date": time,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const signed = Object.entries({ ...sent, host: url.host }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonicalRequest = [
    method,
    url.pathname,
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    payload,
  ].join("\n");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonicalRequest)].join("\n");
  const credential = `Credential=${accessKeyId}/${scope.join("/")}`;
  const signature = hmac(key, text).toString("hex");
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Sorted by name. */
function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encodeForAws(name)}=${encodeForAws(value)}`)
    .toSorted()
    .join("&");
}

/** More than URLs need. */
export const encodeForAws = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
