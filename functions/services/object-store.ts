// S3, as far as an upload needs it. Every operation can be repeated, so what failed on the way is.
import { pause, signalWithin } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { awsDomain, signedHeaders } from "./signed-request.ts";
import type { AwsCredentials, AwsRequest } from "./signed-request.ts";

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

export interface ObjectStore {
  /** Puts an object unless its key has one. Returns when it was modified by that, and undefined if it was not. */
  putIfAbsent(key: string, bytes: Uint8Array<ArrayBuffer>, headers: ObjectHeaders): Promise<Date | undefined>;
  /**
   * Gives an object other headers and tags, and the time of now, by a copy onto itself. Returns when it was modified by
   * that, and undefined if there is no object, or if it was modified after `unmodifiedSince`.
   */
  rewrite(key: string, headers: ObjectHeaders, unmodifiedSince?: Date): Promise<Date | undefined>;
  /** The first thousand, by key. */
  list(prefix: string): Promise<ListedObject[]>;
  /** Undefined if there is no object. */
  tagsOf(key: string): Promise<Record<string, string> | undefined>;
  /** Deletes every version of every object, and every delete marker, whose key begins so; of a thousand at most. */
  erase(prefix: string): Promise<void>;
}

/** S3 answered with an error, or not at all. The message is for a log. */
export class ObjectStoreError extends Error {
  override readonly name = "ObjectStoreError";
}

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** `https://…`, which has the bucket in its path. @default S3's own, of the region and the bucket */
  readonly endpoint?: string | undefined;
  readonly credentials: () => AwsCredentials;
  readonly deadline: Deadline;
  readonly fetch?: typeof fetch;
}

const mostTries = 3;
/** In milliseconds, of one call. */
const callLimit = 5000;

export function s3ObjectStore(options: S3Options): ObjectStore {
  const root = rootOf(options);
  const call = (request: Omit<AwsRequest, "service" | "region" | "url">, key: string, query = {}) => {
    const url = new URL(key, root);
    url.search = new URLSearchParams(query).toString();
    return send(options, { ...request, url, service: "s3", region: options.region });
  };
  return {
    async putIfAbsent(key, body, headers) {
      const conditional = { ...sent(headers), "if-none-match": "*" };
      const { status, date } = await call({ method: "PUT", body, headers: conditional }, key);
      return status === 412 ? undefined : date;
    },
    async rewrite(key, headers, unmodifiedSince) {
      const source = {
        "x-amz-copy-source": `/${options.bucket}/${key}`,
        // S3 copies nothing onto itself that would stay as it is.
        "x-amz-metadata-directive": "REPLACE",
        "x-amz-tagging-directive": "REPLACE",
        ...(unmodifiedSince && { "x-amz-copy-source-if-unmodified-since": unmodifiedSince.toUTCString() }),
      };
      const { status, text } = await call({ method: "PUT", headers: { ...sent(headers), ...source } }, key);
      return status === 412 || status === 404 ? undefined : new Date(textOf(text, "LastModified"));
    },
    async list(prefix) {
      const { text } = await call({ method: "GET" }, "", { "list-type": "2", prefix });
      return elements(text, "Contents").map((object) => ({
        key: textOf(object, "Key"),
        lastModified: new Date(textOf(object, "LastModified")),
      }));
    },
    async tagsOf(key) {
      const { status, text } = await call({ method: "GET" }, key, { tagging: "" });
      if (status === 404) return undefined;
      return Object.fromEntries(elements(text, "Tag").map((tag) => [textOf(tag, "Key"), textOf(tag, "Value")]));
    },
    async erase(prefix) {
      const { text } = await call({ method: "GET" }, "", { versions: "", prefix });
      const versions = [...elements(text, "Version"), ...elements(text, "DeleteMarker")];
      await Promise.all(
        versions.map((version) =>
          call({ method: "DELETE" }, textOf(version, "Key"), { versionId: textOf(version, "VersionId") }),
        ),
      );
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

interface Answered {
  readonly status: number;
  /** Of S3's clock. */
  readonly date: Date;
  readonly text: string;
}

/** A 404 and a 412 are answers; every other error is repeated or thrown. @throws ObjectStoreError, DeadlineError */
async function send(options: S3Options, request: AwsRequest): Promise<Answered> {
  const { deadline, credentials, fetch: fetchOnce = fetch } = options;
  for (let tries = 1; ; tries += 1) {
    const signal = signalWithin(deadline, callLimit);
    const outcome = await fetchOnce(request.url, {
      method: request.method,
      headers: signedHeaders(request, credentials()),
      ...(request.body !== undefined && { body: request.body }),
      signal,
    })
      .then(async (response) => ({
        status: response.status,
        date: new Date(response.headers.get("date") ?? Date.now()),
        text: await response.text(),
      }))
      .catch((error: unknown) => error as Error);
    // A copy that fails late answers 200 with an error (Amazon S3 API reference, "CopyObject").
    const isError = outcome instanceof Error || /^(?:<\?xml[^>]*>\s*)?<Error>/.test(outcome.text);
    if (!isError && outcome.status < 300) return outcome;
    if (!(outcome instanceof Error) && isAnswer(outcome)) return outcome;
    const isPassing = outcome instanceof Error || outcome.status < 300 || [409, 429].includes(outcome.status);
    if (tries === mostTries || !(isPassing || outcome.status >= 500))
      throw new ObjectStoreError(`S3 ${request.method} ${request.url.pathname}: ${describe(outcome)}`);
    await pause(deadline, Math.random() * 100 * 2 ** tries);
  }
}

/** A bucket that is not there is none: the function is set up wrongly. */
const isAnswer = ({ status, text }: Answered) =>
  status === 412 || (status === 404 && textOf(text, "Code") !== "NoSuchBucket");

const describe = (outcome: Answered | Error) =>
  outcome instanceof Error
    ? `${outcome.name}: ${outcome.message}`
    : `${outcome.status} ${textOf(outcome.text, "Code")}`;

/** The contents of the elements of one name, which are in none of the same name. */
const elements = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, "g"))].map(([, content = ""]) => content);

/** Of the first such element; "" if there is none. */
const textOf = (xml: string, name: string) =>
  (elements(xml, name)[0] ?? "").replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => characters[entity] ?? "");

const characters: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
