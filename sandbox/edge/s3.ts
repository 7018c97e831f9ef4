// S3 as CloudFront's origin: who may read which object, and the response by the rules of GetObject.
import { escapeXml } from "./aws-xml.ts";
import { isAllowed, isPublic, parseBucketPolicy } from "./bucket-policy.ts";
import type { BucketPolicy } from "./bucket-policy.ts";
import { accountId } from "./identity.ts";
import type { Bucket, Store, StoredObject } from "./edge-state.ts";
import { markerHeaders } from "./object-versions.ts";

/** Header names are in lower case. */
export interface EdgeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

export interface OriginRequest {
  /** The origin's domain name, such as `bucket.s3.eu-west-1.amazonaws.com`. */
  readonly domainName: string;
  readonly method: string;
  /** Decoded, with the leading slash. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether it came over TLS: CloudFront uses the viewer's protocol (docs, "Require HTTPS to an S3 origin"). */
  readonly secure: boolean;
  /** The ARN of the distribution that signed it by origin access control; absent in an anonymous request. */
  readonly signedBy?: string;
}

const s3Domain = /^(?<bucket>.+)\.s3(?:\.(?<region>[a-z0-9-]+))?\.amazonaws\.com$/;

export const isS3Domain = (domainName: string) => s3Domain.test(domainName);

const actions: Readonly<Record<string, string>> = {
  GET: "s3:GetObject",
  HEAD: "s3:GetObject",
  PUT: "s3:PutObject",
  DELETE: "s3:DeleteObject",
};

/**
 * One request to S3. A missing object is a 404 for a caller that may list the bucket, else a 403 (Amazon S3 API
 * reference, "GetObject", Permissions). A request without a key is a request for the list.
 */
export function respondFromS3(store: Store, request: OriginRequest): EdgeResponse {
  const { bucket: name = "", region } = s3Domain.exec(request.domainName)?.groups ?? {};
  const bucket = store.state.buckets[name];
  if (bucket === undefined) return errorResponse(404, "NoSuchBucket", "The specified bucket does not exist");
  if (region !== undefined && region !== bucket.region)
    return errorResponse(
      301,
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed using the specified endpoint.",
    );
  if (request.method === "OPTIONS")
    return errorResponse(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");

  const arn = `arn:aws:s3:::${name}`;
  const may = (action: string, resource: string) => isAuthorized(name, bucket, request, action, resource);
  const denied = errorResponse(403, "AccessDenied", "Access Denied");
  const key = request.path.slice(1);
  if (key === "") return may("s3:ListBucket", arn) ? listing(name, bucket) : denied;
  const action = actions[request.method];
  if (action === undefined)
    return errorResponse(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
  if (!may(action, `${arn}/${key}`)) return denied;
  if (action !== "s3:GetObject")
    return errorResponse(501, "NotImplemented", "The sandbox's edge takes no writes from viewers.");
  const object = Object.hasOwn(bucket.objects, key) ? bucket.objects[key] : undefined;
  if (object === undefined && !may("s3:ListBucket", arn)) return denied;
  if (object === undefined) {
    const { headers, ...missing } = errorResponse(404, "NoSuchKey", "The specified key does not exist.");
    return { ...missing, headers: { ...headers, ...markerHeaders(bucket.deleteMarkers?.[key]) } };
  }
  if (!mayDecrypt(store, object, request))
    return errorResponse(
      403,
      "AccessDenied",
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
        "or you are not allowed to access.",
    );
  return isNotModified(object, request.headers)
    ? { status: 304, headers: withoutContentHeaders(objectHeaders(object)), body: "" }
    : { status: 200, headers: objectHeaders(object), body: store.bytes(object.sha256) };
}

function isAuthorized(name: string, bucket: Bucket, request: OriginRequest, action: string, resource: string): boolean {
  if (bucket.policy === undefined) return false;
  const policy = parseBucketPolicy(bucket.policy, name);
  const { signedBy } = request;
  // With RestrictPublicBuckets a public policy is only for AWS services and the account (docs, "Blocking public
  // access").
  if (signedBy === undefined && bucket.publicAccessBlock?.restrictPublicBuckets && isPublic(policy)) return false;
  return allows(policy, request, action, resource);
}

function allows(policy: BucketPolicy, { secure, signedBy }: OriginRequest, action: string, resource: string): boolean {
  const context = { "aws:securetransport": String(secure), ...(secure && { "s3:tlsversion": "1.3" }) };
  return isAllowed(
    policy,
    signedBy === undefined
      ? { action, resource, context }
      : {
          action,
          resource,
          service: "cloudfront.amazonaws.com",
          context: { ...context, "aws:sourcearn": signedBy, "aws:sourceaccount": accountId },
        },
  );
}

/**
 * The reader of an object that a KMS key encrypts must also be allowed to use that key (CloudFront docs, "SSE-KMS").
 */
function mayDecrypt({ state }: Store, { encryption }: StoredObject, request: OriginRequest): boolean {
  const key = encryption?.kmsMasterKeyId;
  if (key === undefined) return true;
  const policy = JSON.parse(state.kmsKeys[key] ?? '{ "Statement": [] }') as BucketPolicy;
  return allows(policy, request, "kms:Decrypt", key);
}

function objectHeaders(object: StoredObject): Record<string, string> {
  const optional = {
    "cache-control": object.cacheControl,
    "content-disposition": object.contentDisposition,
    "content-encoding": object.contentEncoding,
    "content-language": object.contentLanguage,
    "x-amz-server-side-encryption-aws-kms-key-id": object.encryption?.kmsMasterKeyId,
    "x-amz-version-id": object.versionId,
  };
  return {
    "content-type": object.contentType ?? "binary/octet-stream",
    etag: `"${object.etag}"`,
    "last-modified": new Date(object.lastModified).toUTCString(),
    "x-amz-server-side-encryption": object.encryption?.sseAlgorithm ?? "AES256",
    ...Object.fromEntries(
      Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ...Object.fromEntries(
      Object.entries(object.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, value]),
    ),
    server: "AmazonS3",
  };
}

const withoutContentHeaders = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("content-")));

/** RFC 9110, section 13.2.2: If-Modified-Since is ignored where there is an If-None-Match. */
function isNotModified(object: StoredObject, headers: OriginRequest["headers"]): boolean {
  const ifNoneMatch = headers["if-none-match"];
  const since = headers["if-modified-since"];
  if (typeof ifNoneMatch === "string") {
    const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    return tags.includes("*") || tags.includes(`"${object.etag}"`);
  }
  return typeof since === "string" && Math.floor(Date.parse(object.lastModified) / 1000) * 1000 <= Date.parse(since);
}

function listing(name: string, bucket: Bucket): EdgeResponse {
  const contents = Object.entries(bucket.objects).map(
    ([key, { etag }]) => `<Contents><Key>${escapeXml(key)}</Key><ETag>&quot;${etag}&quot;</ETag></Contents>`,
  );
  const xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
  return xmlResponse(
    200,
    `<ListBucketResult xmlns="${xmlns}"><Name>${name}</Name>${contents.join("")}</ListBucketResult>`,
  );
}

const errorResponse = (status: number, code: string, message: string) =>
  xmlResponse(status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);

const xmlResponse = (status: number, xml: string): EdgeResponse => ({
  status,
  headers: { "content-type": "application/xml", server: "AmazonS3" },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
});
