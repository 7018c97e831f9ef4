// The requests of S3's API that the sandbox evaluates, each with the permissions that it needs (Amazon S3 API
// reference; Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
import type { IncomingHttpHeaders } from "node:http";
import { fail } from "./aws-error.ts";
import { isAllowed, parseBucketPolicy } from "./bucket-policy.ts";
import type { Caller } from "./bucket-policy.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Bucket, ObjectHeaders, StoredObject } from "./edge-state.ts";
import type { SignedRequest } from "./request-signature.ts";

export interface S3Answer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly xml?: string;
}

/** A request to a bucket that is there, by a caller whose permissions are known. */
interface Call extends SignedRequest {
  readonly controlPlane: ControlPlane;
  readonly name: string;
  readonly bucket: Readonly<Bucket>;
  /** "" for a request to the bucket itself. */
  readonly key: string;
  /** @throws AwsError unless the caller may do that to the bucket, or to one of its objects */
  readonly need: (action: string, key?: string) => void;
  readonly may: (action: string, key?: string) => boolean;
}

interface Operation {
  readonly name: string;
  readonly matches: (call: Call) => boolean;
  /** The `x-amz-` headers and the parts of the query that it evaluates, besides those of every request. */
  readonly evaluates: RegExp;
  readonly run: (call: Call) => S3Answer;
}

const ofEveryRequest = /^x-amz-(?:content-sha256|date|user-agent|security-token|(?:sdk-)?checksum-.+)$|^x-id$/;

/** @throws AwsError as S3 does */
export function respondToRequest(controlPlane: ControlPlane, caller: Caller, request: SignedRequest): S3Answer {
  const [, name = "", key = ""] = /^\/([^/]+)\/?(.*)$/s.exec(decodeURIComponent(request.path)) ?? [];
  const bucket = controlPlane.getBucket(name) ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
  // Within one account, one of the two policies must allow it and neither may deny it (AWS docs, "Policy evaluation
  // logic").
  const ofBucket = bucket.policy === undefined ? [] : parseBucketPolicy(bucket.policy, name).Statement;
  const prefix = request.query.get("prefix");
  const context = { "aws:securetransport": "true", ...(prefix !== null && { "s3:prefix": prefix }) };
  const arnOf = (object = "") => `arn:aws:s3:::${name}${object && `/${object}`}`;
  const may = (action: string, object?: string) =>
    isAllowed(
      { Statement: [...caller.statements, ...ofBucket] },
      { principal: caller.arn, action, resource: arnOf(object), context },
    );
  const need = (action: string, object?: string) => {
    if (!may(action, object))
      fail("AccessDenied", `not authorized to perform: ${action} on resource: ${arnOf(object)}`, 403);
  };
  const call: Call = { ...request, controlPlane, name, bucket, key, need, may };
  const operation = operations.find(({ matches }) => matches(call));
  const given = [...Object.keys(request.headers).filter((header) => /^x-amz-/.test(header)), ...request.query.keys()];
  const unknown = given.find((one) => !ofEveryRequest.test(one) && !operation?.evaluates.test(one));
  if (operation === undefined || unknown !== undefined)
    fail("NotImplemented", `The sandbox's S3 API does not evaluate ${unknown ?? "this operation"}`, 501);
  return operation.run(call);
}

const operations: readonly Operation[] = [
  {
    name: "PutObject",
    matches: ({ method, key, headers }) => method === "PUT" && key !== "" && headers["x-amz-copy-source"] === undefined,
    evaluates: /^x-amz-(?:meta-.+|tagging)$/,
    run: ({ controlPlane, name, bucket, key, headers, body, need }) => {
      needToWrite(headers, key, need);
      const { "if-none-match": condition = "*", "if-match": match } = headers;
      if (condition !== "*" || match !== undefined)
        fail("NotImplemented", "A header you provided implies functionality that is not implemented", 501);
      if (headers["if-none-match"] === "*" && bucket.objects[key] !== undefined) preconditionFailed();
      const { etag, versionId } = controlPlane.putObject(name, key, body, headersOf(headers));
      return { headers: { etag: `"${etag}"`, ...(versionId !== undefined && { "x-amz-version-id": versionId }) } };
    },
  },
  {
    name: "CopyObject",
    matches: ({ method, key, headers }) => method === "PUT" && key !== "" && headers["x-amz-copy-source"] !== undefined,
    evaluates:
      /^x-amz-(?:meta-.+|tagging|copy-source|copy-source-if-unmodified-since|metadata-directive|tagging-directive)$/,
    run: ({ controlPlane, name, bucket, key, headers, need, may }) => {
      const source = decodeURIComponent(String(headers["x-amz-copy-source"]).replace(/^\//, ""));
      if (source !== `${name}/${key}`)
        fail("NotImplemented", "The sandbox's S3 API copies an object onto itself only", 501);
      if (headers["x-amz-metadata-directive"] !== "REPLACE")
        fail(
          "InvalidRequest",
          "This copy request is illegal because it is trying to copy an object to itself without changing the " +
            "object's metadata, storage class, website redirect location or encryption attributes.",
        );
      if (headers["x-amz-tagging-directive"] !== "REPLACE")
        fail("NotImplemented", "The sandbox's S3 API copies no tags", 501);
      need("s3:GetObject", key);
      needToWrite(headers, key, need);
      const object = existing(bucket, key, may);
      const since = headers["x-amz-copy-source-if-unmodified-since"];
      if (since !== undefined && Date.parse(shownTime(object)) > Date.parse(String(since))) preconditionFailed();
      const copy = controlPlane.rewriteObject(name, key, headersOf(headers));
      const { etag, versionId } = copy;
      return {
        headers: versionId === undefined ? {} : { "x-amz-version-id": versionId },
        xml: wrap("CopyObjectResult", element("ETag", `"${etag}"`), element("LastModified", shownTime(copy))),
      };
    },
  },
  {
    name: "GetObjectTagging",
    matches: ({ method, key, query }) => method === "GET" && key !== "" && query.has("tagging"),
    evaluates: /^tagging$/,
    run: ({ bucket, key, need, may }) => {
      need("s3:GetObjectTagging", key);
      const { tags = {} } = existing(bucket, key, may);
      const entries = Object.entries(tags).map(([name, value]) =>
        wrap("Tag", element("Key", name), element("Value", value)),
      );
      return { xml: wrap("Tagging", wrap("TagSet", ...entries)) };
    },
  },
  {
    name: "ListObjectsV2",
    matches: ({ method, key, query }) => method === "GET" && key === "" && query.get("list-type") === "2",
    evaluates: /^(?:list-type|prefix)$/,
    run: ({ name, bucket, query, need }) => {
      need("s3:ListBucket");
      const prefix = query.get("prefix") ?? "";
      const found = Object.entries(bucket.objects)
        .filter(([key]) => key.startsWith(prefix))
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
      const page = found.slice(0, 1000);
      const contents = page.map(([key, object]) =>
        wrap(
          "Contents",
          element("Key", key),
          element("LastModified", shownTime(object)),
          element("ETag", `"${object.etag}"`),
        ),
      );
      const isTruncated = element("IsTruncated", String(found.length > page.length));
      return {
        xml: wrap("ListBucketResult", element("Name", name), element("Prefix", prefix), isTruncated, ...contents),
      };
    },
  },
  {
    name: "ListObjectVersions",
    matches: ({ method, key, query }) => method === "GET" && key === "" && query.has("versions"),
    evaluates: /^(?:versions|prefix)$/,
    run: ({ name, bucket, query, need }) => {
      need("s3:ListBucketVersions");
      const prefix = query.get("prefix") ?? "";
      const current = Object.entries(bucket.objects).map(([key, object]) => [key, object, true] as const);
      const earlier = Object.entries(bucket.noncurrentVersions ?? {}).flatMap(([key, versions]) =>
        versions.map((version) => [key, version, false] as const),
      );
      const found = [...current, ...earlier].filter(([key]) => key.startsWith(prefix));
      if (found.length > 1000) fail("NotImplemented", "The sandbox's S3 API lists a thousand versions at most", 501);
      const versions = found.map(([key, object, isLatest]) =>
        wrap(
          "Version",
          element("Key", key),
          element("VersionId", object.versionId ?? "null"),
          element("IsLatest", String(isLatest)),
          element("LastModified", shownTime(object)),
        ),
      );
      return { xml: wrap("ListVersionsResult", element("Name", name), ...versions) };
    },
  },
  {
    name: "DeleteObject",
    matches: ({ method, key }) => method === "DELETE" && key !== "",
    evaluates: /^versionId$/,
    run: ({ controlPlane, name, key, query, need }) => {
      const versionId = query.get("versionId");
      need(versionId === null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key);
      if (versionId === null) controlPlane.deleteObject(name, key);
      else controlPlane.deleteObjectVersion(name, key, versionId);
      return { status: 204 };
    },
  },
];

function needToWrite(headers: IncomingHttpHeaders, key: string, need: Call["need"]): void {
  need("s3:PutObject", key);
  if (headers["x-amz-tagging"] !== undefined) need("s3:PutObjectTagging", key);
}

/** A missing object is a 404 for a caller that may list the bucket, else a 403. */
function existing(bucket: Readonly<Bucket>, key: string, may: Call["may"]): StoredObject {
  const object = bucket.objects[key];
  if (object !== undefined) return object;
  return may("s3:ListBucket")
    ? fail("NoSuchKey", "The specified key does not exist.", 404)
    : fail("AccessDenied", "Access Denied", 403);
}

const preconditionFailed = () =>
  fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);

/** To the second, as S3 shows and compares it. */
const shownTime = ({ lastModified }: StoredObject) => `${lastModified.slice(0, 19)}.000Z`;

function headersOf(headers: IncomingHttpHeaders): ObjectHeaders {
  const text = (name: string) => headers[name] as string | undefined;
  const [contentType, cacheControl] = [text("content-type"), text("cache-control")];
  const [contentDisposition, contentEncoding] = [text("content-disposition"), text("content-encoding")];
  const metadata = Object.entries(headers).flatMap(([name, value]) => {
    const key = /^x-amz-meta-(.+)$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, String(value)] as const];
  });
  const tags = new URLSearchParams(text("x-amz-tagging"));
  for (const [name, value] of tags)
    if (!isTag(name, 128) || !isTag(value, 256)) fail("InvalidTag", "The tag provided was not a valid tag.");
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(tags.size > 0 && { tags: Object.fromEntries(tags) }),
    metadata: Object.fromEntries(metadata),
  };
}

/** Amazon S3 docs, "Categorizing your storage using tags". */
const isTag = (text: string, most: number) => text.length <= most && /^[\p{L}\p{N} +\-=._:/@]*$/u.test(text);

const wrap = (name: string, ...children: readonly string[]) => `<${name}>${children.join("")}</${name}>`;

const element = (name: string, text: string) => `<${name}>${escapeXml(text)}</${name}>`;

const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
