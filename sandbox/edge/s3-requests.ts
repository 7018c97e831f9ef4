// The requests of S3's API that the sandbox evaluates, each with the permissions that it needs (Amazon S3 API
// reference; Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { fail, malformedXml } from "./aws-error.ts";
import { element, wrap } from "./aws-xml.ts";
import { isAllowed, parseBucketPolicy } from "./bucket-policy.ts";
import type { Caller } from "./bucket-policy.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Bucket, KeptVersion, ObjectHeaders, StoredObject } from "./edge-state.ts";
import { isMarker, keysFrom, markerHeaders, versionIdOf, versionsOf } from "./object-versions.ts";
import type { SignedRequest } from "./request-signature.ts";
import { parseXml } from "../tenant/saml/xml.ts";

export interface S3Answer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly xml?: string;
  /** An object's, instead of XML. */
  readonly bytes?: Uint8Array;
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
  /** @throws AwsError unless the caller may use the KMS key, if there is one, through S3 */
  readonly needKmsKey: (action: string, keyArn: string | undefined) => void;
}

interface Operation {
  readonly name: string;
  readonly matches: (call: Call) => boolean;
  /** The `x-amz-` headers and the parts of the query that it evaluates, besides those of every request. */
  readonly evaluates: RegExp;
  readonly run: (call: Call) => S3Answer;
}

const conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/** No header and no part of the query. */
const nothing = /(?!)/;

const ofEveryRequest = /^x-amz-(?:content-sha256|date|user-agent|security-token|(?:sdk-)?checksum-.+)$|^x-id$/;

/**
 * @param request.region what it is signed for. @default the bucket's
 * @throws AwsError as S3 does
 */
export function respondToRequest(
  controlPlane: ControlPlane,
  caller: Caller,
  request: SignedRequest & { readonly region?: string },
): S3Answer {
  const [, name = "", key = ""] = /^\/([^/]+)\/?(.*)$/s.exec(decodeURIComponent(request.path)) ?? [];
  const bucket = controlPlane.getBucket(name) ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
  if (request.region !== undefined && request.region !== bucket.region)
    fail(
      "AuthorizationHeaderMalformed",
      `The authorization header is malformed; the region '${request.region}' is wrong; expecting '${bucket.region}'`,
      400,
      { "x-amz-bucket-region": bucket.region },
    );
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
  const refuse = (action: string, resource: string) =>
    fail(
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: "${resource}" because no ` +
        `identity-based policy allows the ${action} action`,
      403,
    );
  const need = (action: string, object?: string) => {
    if (!may(action, object)) refuse(action, arnOf(object));
  };
  // The key's own policy lets the account decide by its policies, as KMS's default one does.
  const throughS3 = { "aws:securetransport": "true", "kms:viaservice": `s3.${bucket.region}.amazonaws.com` };
  const needKmsKey = (action: string, resource: string | undefined) => {
    if (resource === undefined) return;
    const asked = { principal: caller.arn, action, resource, context: throughS3 };
    if (!isAllowed({ Statement: caller.statements }, asked)) refuse(action, resource);
  };
  const call: Call = { ...request, controlPlane, name, bucket, key, need, may, needKmsKey };
  const operation = operations.find(({ matches }) => matches(call));
  const given = [...Object.keys(request.headers).filter((header) => /^x-amz-/.test(header)), ...request.query.keys()];
  const unknown = given.find((one) => !ofEveryRequest.test(one) && !operation?.evaluates.test(one));
  if (operation === undefined || unknown !== undefined)
    fail("NotImplemented", `The sandbox's S3 API does not evaluate ${unknown ?? "this operation"}`, 501);
  checkContent(request);
  return operation.run(call);
}

/** What a request says of its content must be so (Amazon S3 docs, "Checking object integrity"). */
function checkContent({ headers, body }: SignedRequest): void {
  const checksums = {
    "content-md5": () => hash("md5", body, "base64"),
    "x-amz-checksum-crc32": () => bigEndian(crc32(body)).toString("base64"),
    "x-amz-checksum-sha1": () => hash("sha1", body, "base64"),
    "x-amz-checksum-sha256": () => hash("sha256", body, "base64"),
  };
  for (const [name, checksum] of Object.entries(checksums)) {
    const given = headers[name];
    if (given !== undefined && given !== checksum())
      fail("BadDigest", `The ${name} you specified did not match the calculated checksum.`);
  }
}

function bigEndian(word: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(word);
  return bytes;
}

const operations: readonly Operation[] = [
  {
    name: "PutObject",
    matches: ({ method, key, headers }) => method === "PUT" && key !== "" && headers["x-amz-copy-source"] === undefined,
    evaluates: /^x-amz-(?:meta-.+|tagging)$/,
    run: (call) => {
      const { controlPlane, name, bucket, key, headers, body } = call;
      needToWrite(call);
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
    run: (call) => {
      const { controlPlane, name, bucket, key, headers, need, may, needKmsKey } = call;
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
      needToWrite(call);
      const object = existing(bucket, key, may);
      needKmsKey("kms:Decrypt", object.encryption?.kmsMasterKeyId);
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
    evaluates: /^(?:tagging|versionId)$/,
    run: ({ bucket, key, query, need, may }) => {
      const versionId = query.get("versionId");
      need(versionId === null ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging", key);
      const { tags = {} } = versionId === null ? existing(bucket, key, may) : existingVersion(bucket, key, versionId);
      const entries = Object.entries(tags).map(([name, value]) =>
        wrap("Tag", element("Key", name), element("Value", value)),
      );
      return { xml: wrap("Tagging", wrap("TagSet", ...entries)) };
    },
  },
  {
    name: "GetObject",
    matches: ({ method, key, query }) => method === "GET" && key !== "" && !query.has("tagging"),
    evaluates: nothing,
    run: readObject,
  },
  {
    // Without the content, and with GetObject's permission. An error has no content either.
    name: "HeadObject",
    matches: ({ method, key }) => method === "HEAD" && key !== "",
    evaluates: nothing,
    run: readObject,
  },
  {
    name: "HeadBucket",
    matches: ({ method, key }) => method === "HEAD" && key === "",
    evaluates: nothing,
    run: ({ bucket, need }) => {
      need("s3:ListBucket");
      return { headers: { "x-amz-bucket-region": bucket.region } };
    },
  },
  {
    name: "ListObjectsV2",
    matches: ({ method, key, query }) => method === "GET" && key === "" && query.get("list-type") === "2",
    evaluates: /^(?:list-type|prefix|start-after|max-keys|continuation-token)$/,
    run: ({ controlPlane, name, bucket, query, need }) => {
      need("s3:ListBucket");
      const prefix = query.get("prefix") ?? "";
      const token = query.get("continuation-token");
      // Where a token says where it goes on, `start-after` does not matter any more (ListObjectsV2).
      const after = token === null ? (query.get("start-after") ?? "") : afterToken(token);
      const most = maxKeys(query);
      const [page, isTruncated] = firstOf(objectsAfter(bucket, prefix, after), most);
      const [lastKey = ""] = page.at(-1) ?? [];
      const contents = page.map(([key, object]) =>
        wrap(
          "Contents",
          element("Key", key),
          element("LastModified", shownTime(object)),
          element("ETag", `"${object.etag}"`),
          element("Size", String(object.size ?? controlPlane.getObject(name, key).length)),
        ),
      );
      return {
        xml: wrap(
          "ListBucketResult",
          element("Name", name),
          element("Prefix", prefix),
          element("MaxKeys", String(most)),
          element("KeyCount", String(page.length)),
          element("IsTruncated", String(isTruncated)),
          ...(isTruncated ? [element("NextContinuationToken", tokenAfter(lastKey))] : []),
          ...contents,
        ),
      };
    },
  },
  {
    name: "ListObjectVersions",
    matches: ({ method, key, query }) => method === "GET" && key === "" && query.has("versions"),
    evaluates: /^(?:versions|prefix|key-marker|version-id-marker|max-keys)$/,
    run: ({ name, bucket, query, need }) => {
      need("s3:ListBucketVersions");
      const prefix = query.get("prefix") ?? "";
      const most = maxKeys(query);
      const after = versionsAfter(bucket, prefix, query.get("key-marker"), query.get("version-id-marker"));
      const [page, isTruncated] = firstOf(after, most);
      const last = isTruncated ? page.at(-1) : undefined;
      const versions = page.map(({ key, version, isLatest }) =>
        wrap(
          isMarker(version) ? "DeleteMarker" : "Version",
          element("Key", key),
          element("VersionId", versionIdOf(version)),
          element("IsLatest", String(isLatest)),
          element("LastModified", shownTime(version)),
        ),
      );
      const next = last && [
        element("NextKeyMarker", last.key),
        element("NextVersionIdMarker", versionIdOf(last.version)),
      ];
      return {
        xml: wrap(
          "ListVersionsResult",
          element("Name", name),
          element("MaxKeys", String(most)),
          element("IsTruncated", String(last !== undefined)),
          ...(next ?? []),
          ...versions,
        ),
      };
    },
  },
  {
    name: "DeleteObject",
    matches: ({ method, key }) => method === "DELETE" && key !== "",
    evaluates: /^versionId$/,
    run: ({ controlPlane, name, key, query, need }) => {
      const versionId = query.get("versionId");
      need(versionId === null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key);
      if (versionId === null) return { status: 204, headers: markerHeaders(controlPlane.deleteObject(name, key)) };
      const deleted = controlPlane.deleteObjectVersion(name, key, versionId);
      return { status: 204, headers: { "x-amz-version-id": versionId, ...markerHeaders(deleted) } };
    },
  },
  {
    name: "DeleteObjects",
    matches: ({ method, key, query }) => method === "POST" && key === "" && query.has("delete"),
    evaluates: /^delete$/,
    run: ({ controlPlane, name, headers, body, may }) => {
      if (!Object.keys(headers).some((header) => isChecksum.test(header)))
        fail("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
      const { objects, isQuiet } = readDeletion(body.toString());
      const results = objects.map(({ key, versionId }) => {
        const ofVersion = versionId === undefined ? [] : [element("VersionId", versionId)];
        // Each is allowed or refused for itself.
        const action = versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
        if (!may(action, key)) {
          const message = element("Message", "Access Denied");
          return wrap("Error", element("Key", key), ...ofVersion, element("Code", "AccessDenied"), message);
        }
        const deleted =
          versionId === undefined
            ? controlPlane.deleteObject(name, key)
            : controlPlane.deleteObjectVersion(name, key, versionId);
        if (isQuiet) return "";
        const marker =
          deleted !== undefined && isMarker(deleted)
            ? [element("DeleteMarker", "true"), element("DeleteMarkerVersionId", versionIdOf(deleted))]
            : [];
        return wrap("Deleted", element("Key", key), ...ofVersion, ...marker);
      });
      return { xml: wrap("DeleteResult", ...results) };
    },
  },
];

const isChecksum = /^(?:content-md5|x-amz-checksum-.+)$/;

/** @throws AwsError */
function readDeletion(xml: string) {
  let deletion;
  try {
    deletion = parseXml(xml);
  } catch {
    return malformedXml();
  }
  const objects = [...deletion.getElementsByTagName("Object")].map((object) => {
    const textOf = (name: string) => object.getElementsByTagName(name)[0]?.textContent ?? undefined;
    const versionId = textOf("VersionId");
    return { key: textOf("Key") ?? malformedXml(), ...(versionId !== undefined && { versionId }) };
  });
  // Amazon S3 API reference, "DeleteObjects".
  if (deletion.localName !== "Delete" || objects.length === 0 || objects.length > 1000) malformedXml();
  return { objects, isQuiet: deletion.getElementsByTagName("Quiet")[0]?.textContent === "true" };
}

function readObject({ controlPlane, name, bucket, key, headers, need, may, needKmsKey }: Call): S3Answer {
  need("s3:GetObject", key);
  const unknown = ["range", ...conditions].find((header) => headers[header] !== undefined);
  if (unknown !== undefined) fail("NotImplemented", `The sandbox's S3 API does not evaluate ${unknown}`, 501);
  const object = existing(bucket, key, may);
  needKmsKey("kms:Decrypt", object.encryption?.kmsMasterKeyId);
  const bytes = controlPlane.getObject(name, key);
  const { contentType, cacheControl, contentDisposition, contentEncoding, etag, versionId, tags, metadata } = object;
  const tagCount = Object.keys(tags ?? {}).length;
  return {
    headers: {
      ...(contentType !== undefined && { "content-type": contentType }),
      ...(cacheControl !== undefined && { "cache-control": cacheControl }),
      ...(contentDisposition !== undefined && { "content-disposition": contentDisposition }),
      ...(contentEncoding !== undefined && { "content-encoding": contentEncoding }),
      ...Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      // To who may read them (GetObject, `x-amz-tagging-count`).
      ...(tagCount > 0 && may("s3:GetObjectTagging", key) && { "x-amz-tagging-count": String(tagCount) }),
      "content-length": String(bytes.length),
      "last-modified": new Date(object.lastModified).toUTCString(),
      etag: `"${etag}"`,
      ...(versionId !== undefined && { "x-amz-version-id": versionId }),
    },
    bytes,
  };
}

function needToWrite({ bucket, headers, key, need, needKmsKey }: Call): void {
  need("s3:PutObject", key);
  if (headers["x-amz-tagging"] !== undefined) need("s3:PutObjectTagging", key);
  needKmsKey("kms:GenerateDataKey", bucket.encryptionRules?.[0]?.applyServerSideEncryptionByDefault?.kmsMasterKeyId);
}

/** A missing object is a 404 for a caller that may list the bucket, else a 403. */
function existing(bucket: Readonly<Bucket>, key: string, may: Call["may"]): StoredObject {
  const object = bucket.objects[key];
  if (object !== undefined) return object;
  return may("s3:ListBucket")
    ? fail("NoSuchKey", "The specified key does not exist.", 404, markerHeaders(bucket.deleteMarkers?.[key]))
    : fail("AccessDenied", "Access Denied", 403);
}

function existingVersion(bucket: Readonly<Bucket>, key: string, versionId: string): StoredObject {
  const version =
    versionsOf(bucket, key).find((one) => versionIdOf(one) === versionId) ??
    fail("NoSuchVersion", "The specified version does not exist.", 404);
  return isMarker(version)
    ? fail("MethodNotAllowed", notOfMarkers, 405, { allow: "DELETE", ...markerHeaders(version) })
    : version;
}

function* objectsAfter(bucket: Readonly<Bucket>, prefix: string, after: string) {
  for (const key of keysFrom(bucket, prefix, after)) {
    const object = bucket.objects[key];
    if (object !== undefined && key > after) yield [key, object] as const;
  }
}

/**
 * By key, and of each key the latest first (Amazon S3 docs, "Listing objects in a versioning-enabled bucket"): those
 * after the markers, which are all of a key's versions, or one of them.
 */
function* versionsAfter(
  bucket: Readonly<Bucket>,
  prefix: string,
  keyMarker: string | null,
  versionMarker: string | null,
) {
  if (versionMarker !== null && keyMarker === null)
    fail("InvalidArgument", "A version-id marker cannot be specified without a key marker.");
  for (const key of keysFrom(bucket, prefix, keyMarker ?? "")) {
    const versions = versionsOf(bucket, key).toReversed();
    const marked = key === keyMarker ? versions.findIndex((version) => versionIdOf(version) === versionMarker) : -1;
    if (key === keyMarker && marked < 0) continue;
    for (const [at, version] of versions.entries()) if (at > marked) yield { key, version, isLatest: at === 0 };
  }
}

/** The first ones, and whether there are more. Of none at all S3 says that there are not. */
function firstOf<Value>(all: Iterable<Value>, most: number): [Value[], boolean] {
  const found: Value[] = [];
  for (const one of all) {
    if (found.length === most) return [found, most > 0];
    found.push(one);
  }
  return [found, false];
}

/** A thousand at most, whatever is asked for. */
function maxKeys(query: URLSearchParams): number {
  const given = query.get("max-keys") ?? "1000";
  if (!/^\d+$/.test(given)) fail("InvalidArgument", "Provided max-keys not an integer or within integer range");
  return Math.min(1000, Number(given));
}

/** A token is S3's own affair: nobody can make one of a key. */
const tokenAfter = (key: string) => Buffer.from(JSON.stringify({ after: key })).toString("base64");

function afterToken(token: string): string {
  try {
    return (JSON.parse(Buffer.from(token, "base64").toString()) as { after: string }).after;
  } catch {
    return fail("InvalidArgument", "The continuation token provided is incorrect");
  }
}

const notOfMarkers = "The specified method is not allowed against this resource.";

const preconditionFailed = () =>
  fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);

/** To the second, as S3 shows and compares it. */
const shownTime = ({ lastModified }: KeptVersion) => `${lastModified.slice(0, 19)}.000Z`;

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
