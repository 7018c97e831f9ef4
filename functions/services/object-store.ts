// S3, as far as users' pictures need it.
import { AwsCallError, callAws, errorCode } from "./aws-call.ts";
import type { AwsAccess, AwsAnswer, ExpectedAnswer } from "./aws-call.ts";
import { awsDomain, encodeForAws } from "./signed-request.ts";
import type { AwsRequest } from "./signed-request.ts";

/** What is sent with an object. */
export interface ObjectHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
  /** `x-amz-meta-cache-tag`, by which the edge forgets it. */
  readonly cacheTag: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ListedObject {
  readonly key: string;
  /** To the second. */
  readonly lastModified: Date;
}

/** Of a bucket that keeps no versions, each object is its only one, `null`. */
export interface ObjectVersion extends ListedObject {
  readonly versionId: string;
  /** Whether it is the key's current one. */
  readonly isLatest: boolean;
  /** Whether it says that there is no object any more. It has no content and no tags. */
  readonly isMarker: boolean;
}

export interface VersionPage {
  /** By key, and of each key the latest first; a thousand at most. */
  readonly versions: readonly ObjectVersion[];
  /** Where the next page begins; undefined at the end. */
  readonly next: VersionPlace | undefined;
}

/** After a version of a key, or after all of its versions. */
export interface VersionPlace {
  readonly key: string;
  readonly versionId?: string;
}

/** What a write made. */
export interface WrittenObject {
  readonly at: Date;
  readonly versionId: string;
}

export interface ObjectStore {
  /** Puts an object unless its key has one. Undefined if it has. */
  putIfAbsent(key: string, bytes: Uint8Array<ArrayBuffer>, headers: ObjectHeaders): Promise<WrittenObject | undefined>;
  /**
   * Gives an object other headers and tags, and the time of now, by a copy onto itself. Returns when it was modified by
   * that, and undefined if there is no object, or if it was modified after `unmodifiedSince`.
   */
  rewrite(key: string, headers: ObjectHeaders, unmodifiedSince?: Date): Promise<Date | undefined>;
  /** By key. */
  list(prefix: string): Promise<ListedObject[]>;
  listVersions(prefix: string, after?: VersionPlace): Promise<VersionPage>;
  /** Undefined if there is no object, or no such version. @param versionId @default the current one */
  tagsOf(key: string, versionId?: string): Promise<Record<string, string> | undefined>;
  deleteVersion(key: string, versionId: string): Promise<void>;
  /** Undefined if there is no object. */
  readText(key: string): Promise<{ readonly text: string; readonly versionId: string } | undefined>;
  /** Returns the version that it made. */
  writeText(key: string, text: string): Promise<string>;
}

export interface S3Options extends AwsAccess {
  readonly bucket: string;
}

export function s3ObjectStore(options: S3Options): ObjectStore {
  const root = rootOf(options);
  const call = (request: Pick<AwsRequest, "method" | "headers" | "body">, key: string, expected: Expected = {}) => {
    const path = key.split("/").map(encodeForAws).join("/");
    const url = new URL(path, root);
    // A URL has no parts that are `..`, and a key can.
    if (!url.pathname.endsWith(`/${path}`)) throw new AwsCallError("An object has a key that no URL has.");
    url.search = new URLSearchParams(expected.query).toString();
    return callAws(options, { ...request, url, service: "s3" }, answersTo(expected));
  };

  /** Every page of a list, by what the next one is asked for. */
  async function listAll(prefix: string): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    for (let token: string | undefined; ;) {
      const query = { "list-type": "2", prefix, ...(token !== undefined && { "continuation-token": token }) };
      const { text } = await call({ method: "GET" }, "", { query, isResult: isElement("ListBucketResult") });
      found.push(...elements(text, "Contents").map(listedObject));
      token = textOf(text, "NextContinuationToken") || undefined;
      if (token === undefined) return found;
    }
  }

  return {
    async putIfAbsent(key, body, headers) {
      const conditional = { ...sent(headers), "if-none-match": "*" };
      const answer = await call({ method: "PUT", body, headers: conditional }, key, {
        refusals: [412],
        isResult: hasEtag,
      });
      return answer.status === 412 ? undefined : { at: dateOf(answer), versionId: versionOf(answer) };
    },
    async rewrite(key, headers, unmodifiedSince) {
      const source = {
        "x-amz-copy-source": `/${options.bucket}/${key}`,
        // S3 copies nothing onto itself that would stay as it is.
        "x-amz-metadata-directive": "REPLACE",
        "x-amz-tagging-directive": "REPLACE",
        ...(unmodifiedSince && { "x-amz-copy-source-if-unmodified-since": unmodifiedSince.toUTCString() }),
      };
      const request = { method: "PUT", headers: { ...sent(headers), ...source } } as const;
      const { status, text } = await call(request, key, {
        refusals: [404, 412],
        isResult: isElement("CopyObjectResult"),
      });
      return status === 412 || status === 404 ? undefined : new Date(textOf(text, "LastModified"));
    },
    list: listAll,
    async listVersions(prefix, after) {
      const marker = {
        ...(after !== undefined && { "key-marker": after.key }),
        ...(after?.versionId !== undefined && { "version-id-marker": after.versionId }),
      };
      const { text } = await call({ method: "GET" }, "", {
        query: { versions: "", prefix, ...marker },
        isResult: isElement("ListVersionsResult"),
      });
      const isTruncated = textOf(text, "IsTruncated") === "true";
      const next = { key: textOf(text, "NextKeyMarker"), versionId: textOf(text, "NextVersionIdMarker") };
      return { versions: versionsIn(text), next: isTruncated ? next : undefined };
    },
    async tagsOf(key, versionId) {
      const query = { tagging: "", ...(versionId !== undefined && { versionId }) };
      const { status, text } = await call({ method: "GET" }, key, {
        query,
        refusals: [404],
        isResult: isElement("Tagging"),
      });
      if (status === 404) return undefined;
      return Object.fromEntries(elements(text, "Tag").map((tag) => [textOf(tag, "Key"), textOf(tag, "Value")]));
    },
    async deleteVersion(key, versionId) {
      await call({ method: "DELETE" }, key, { query: { versionId }, refusals: [404] });
    },
    async readText(key) {
      const answer = await call({ method: "GET" }, key, { refusals: [404] });
      return answer.status === 404 ? undefined : { text: answer.text, versionId: versionOf(answer) };
    },
    async writeText(key, text) {
      return versionOf(await call({ method: "PUT", body: text }, key, { isResult: hasEtag }));
    },
  };
}

/** Bucket names with dots are no subdomain of S3's certificate. */
function rootOf({ bucket, region, endpoint }: S3Options): URL {
  const domain = awsDomain(region);
  if (endpoint !== undefined) return new URL(`/${bucket}/`, endpoint);
  return new URL(
    bucket.includes(".") ? `https://s3.${region}.${domain}/${bucket}/` : `https://${bucket}.s3.${region}.${domain}/`,
  );
}

const sent = ({ contentType, cacheControl, cacheTag, tags }: ObjectHeaders) => ({
  "content-type": contentType,
  "cache-control": cacheControl,
  "x-amz-meta-cache-tag": cacheTag,
  "x-amz-tagging": new URLSearchParams(tags).toString(),
});

interface Expected {
  readonly query?: Readonly<Record<string, string>>;
  /** By status: what S3 refuses with, and the caller knows. @default none */
  readonly refusals?: readonly (404 | 412)[];
  /** What S3's answer has. Without it, somebody else answered, who knows nothing of what was done. @default nothing */
  readonly isResult?: (answer: AwsAnswer) => boolean;
}

/** A bucket that is not there is no missing object: the function is set up wrongly. */
const answersTo = ({ refusals = [], isResult = () => true }: Expected): ExpectedAnswer => ({
  isRefusal: (answer) => refusals.some((status) => status === answer.status) && errorCode(answer) !== "NoSuchBucket",
  isResult,
});

/** Of a put, whose answer is empty. */
const hasEtag = ({ headers }: AwsAnswer) => headers.has("etag");
const isElement =
  (name: string) =>
  ({ text }: AwsAnswer) =>
    text.includes(`<${name}`);

/** By S3's clock. */
const dateOf = ({ headers }: AwsAnswer) => new Date(headers.get("date") ?? Date.now());

const versionOf = ({ headers }: AwsAnswer) => headers.get("x-amz-version-id") ?? "null";

const listedObject = (xml: string): ListedObject => ({
  key: textOf(xml, "Key"),
  lastModified: new Date(textOf(xml, "LastModified")),
});

const versionsIn = (xml: string): ObjectVersion[] =>
  [...xml.matchAll(/<(Version|DeleteMarker)>([^]*?)<\/\1>/g)].map(([, name, content = ""]) => ({
    ...listedObject(content),
    versionId: textOf(content, "VersionId"),
    isLatest: textOf(content, "IsLatest") === "true",
    isMarker: name === "DeleteMarker",
  }));

/** The contents of the elements of one name, which are in none of the same name. */
const elements = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, "g"))].map(([, content = ""]) => content);

/** Of the first such element; "" if there is none. */
const textOf = (xml: string, name: string) =>
  (elements(xml, name)[0] ?? "").replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => characters[entity] ?? "");

const characters: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
