// The functions' own S3 client and the command line's, which is the official SDK, against the sandbox's S3 and by one
// contract; and the signatures of the first against those of the second.
import { Agent } from "node:https";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openPictureBucket } from "../../cli/store/open-picture-bucket.ts";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { s3ObjectStore } from "../../functions/services/object-store.ts";
import type { ObjectStore } from "../../functions/services/object-store.ts";
import { signedHeaders } from "../../functions/services/signed-request.ts";
import type { AwsRequest } from "../../functions/services/signed-request.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";

const s3 = runS3();
const headers = {
  contentType: "image/webp",
  cacheControl: "public, max-age=604800",
  cacheTag: "u:0123",
  tags: { user: "YXV0aDB8YWRh", state: "new" },
};
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const remaining = (milliseconds = 60_000) => deadlineOf(() => milliseconds);

interface StoreOptions {
  readonly credentials: () => { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  readonly fetch: typeof fetch;
}

const storeOfFunctions = (more: Partial<StoreOptions & { deadline: ReturnType<typeof remaining> }> = {}): ObjectStore =>
  s3ObjectStore({
    bucket: bucketName,
    region,
    endpoint: s3.endpoint,
    credentials: () => s3.uploader,
    deadline: remaining(),
    fetch: s3.fetch,
    ...more,
  });

const agents: Agent[] = [];
afterAll(() => agents.forEach((agent) => agent.destroy()));

function storeOfCommandLine({ credentials = () => s3.uploader, bucket = bucketName, fetch }: Partial<StoreOptions>) {
  if (agents.length === 0) agents.push(new Agent({ ca: s3.certificate.ca, keepAlive: true }));
  const [httpsAgent = new Agent()] = agents;
  const store = {
    bucketName: bucket,
    region,
    pictureBaseUrl: "https://pictures.example.org/",
    distributionId: undefined,
  };
  return openPictureBucket(store, {
    endpoint: s3.endpoint,
    credentials: credentials(),
    requestHandler: fetch === undefined ? { httpsAgent } : handlerOf(fetch),
  }).objects;
}

interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** The SDK's requests, by `fetch`. */
const handlerOf = (fetchOnce: typeof fetch): NonNullable<S3ClientConfig["requestHandler"]> => ({
  async handle(request: SdkRequest) {
    const { protocol, hostname, port, path, method, headers, query = {} } = request;
    const url = new URL(path, `${protocol}//${hostname}:${port ?? 443}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value ?? "");
    const answer = await fetchOnce(url, {
      method,
      headers,
      ...(request.body !== undefined && { body: request.body as Uint8Array<ArrayBuffer> }),
    });
    const body = Readable.from([Buffer.from(await answer.arrayBuffer())]);
    return { response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body } };
  },
});

/** The first so many answers, instead of S3's; then S3's. */
function answering(...answers: (Response | Error)[]): typeof fetch {
  return async (url, init) => {
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next ?? s3.fetch(url, init);
  };
}

const failure = (status: number, code: string) => new Response(`<Error><Code>${code}</Code></Error>`, { status });
const object = (key: string) => s3.edge.controlPlane.headObject(bucketName, key);

beforeEach(() => {
  for (const key of s3.edge.controlPlane.listObjectVersions(bucketName))
    s3.edge.controlPlane.deleteObjectVersions(bucketName, key);
});

describe.each([
  { whose: "the functions'", storeOf: storeOfFunctions, failure: "AwsCallError" },
  {
    whose: "the command line's",
    storeOf: storeOfCommandLine,
    failure: expect.stringMatching(/^(?:Command|StoreUnavailable)Error$/) as string,
  },
])("$whose object store", ({ storeOf, failure: name }) => {
  it("puts an object with its headers and tags, unless there is one", async () => {
    const store = storeOf({});
    const written = await store.putIfAbsent("u/1/a.webp", bytes("first"), headers);

    expect(written?.at).toBeInstanceOf(Date);
    expect(written?.versionId).toBe(object("u/1/a.webp")?.versionId);
    expect(await store.putIfAbsent("u/1/a.webp", bytes("second"), headers)).toBeUndefined();
    expect(object("u/1/a.webp")).toMatchObject({
      contentType: "image/webp",
      cacheControl: headers.cacheControl,
      metadata: { "cache-tag": "u:0123" },
      tags: headers.tags,
      etag: "8b04d5e3775d298e78455efc5ca404d5",
    });
  });

  it("gives an object other tags and a new time, and keeps its bytes", async () => {
    const store = storeOf({});
    await store.putIfAbsent("u/1/a.webp", bytes("first"), headers);
    const { lastModified = "", etag } = object("u/1/a.webp") ?? {};
    const at = await store.rewrite("u/1/a.webp", { ...headers, tags: { state: "set" } });

    expect(at?.getTime()).toBeGreaterThanOrEqual(Math.floor(Date.parse(lastModified) / 1000) * 1000);
    expect(object("u/1/a.webp")).toMatchObject({ etag, tags: { state: "set" }, contentType: "image/webp" });
    expect(await store.tagsOf("u/1/a.webp")).toEqual({ state: "set" });
  });

  it("rewrites nothing that was modified since, or is not there", async () => {
    const store = storeOf({});
    await store.putIfAbsent("u/1/a.webp", bytes("first"), headers);
    const [{ lastModified } = { lastModified: new Date() }] = await store.list("u/1/");

    expect(await store.rewrite("u/1/a.webp", headers, new Date(lastModified.getTime() - 1000))).toBeUndefined();
    expect(await store.rewrite("u/1/a.webp", headers, lastModified)).toBeInstanceOf(Date);
    expect(await store.rewrite("u/1/none.webp", headers)).toBeUndefined();
    expect(await store.tagsOf("u/1/none.webp")).toBeUndefined();
  });

  it("lists by prefix, and deletes a version", async () => {
    const store = storeOf({ credentials: () => s3.sweeper });
    for (const key of ["u/1/a.webp", "u/1/a-96.webp", "u/1/b.webp", "u/2/a.webp"])
      await store.putIfAbsent(key, bytes(key), headers);
    await store.rewrite("u/1/a.webp", headers);

    expect((await store.list("u/1/")).map(({ key }) => key)).toEqual(["u/1/a-96.webp", "u/1/a.webp", "u/1/b.webp"]);
    const { versions } = await store.listVersions("u/1/a");
    expect(versions).toMatchObject([
      { key: "u/1/a-96.webp", isLatest: true, isMarker: false },
      { key: "u/1/a.webp", isLatest: true },
      { key: "u/1/a.webp", isLatest: false },
    ]);
    for (const { key, versionId } of versions) await store.deleteVersion(key, versionId);
    expect(s3.edge.controlPlane.listObjectVersions(bucketName).toSorted()).toEqual(["u/1/b.webp", "u/2/a.webp"]);
  });

  it("knows a marker from a version, and that it is no object", async () => {
    const store = storeOf({ credentials: () => s3.sweeper });
    const written = await store.putIfAbsent("u/1/a.webp", bytes("first"), headers);
    const marker = s3.edge.controlPlane.deleteObject(bucketName, "u/1/a.webp");
    const { versions } = await store.listVersions("u/1/");

    expect(versions).toMatchObject([
      { key: "u/1/a.webp", versionId: marker?.versionId, isLatest: true, isMarker: true },
      { key: "u/1/a.webp", versionId: written?.versionId, isLatest: false, isMarker: false },
    ]);
    expect(await store.list("u/1/")).toEqual([]);
    expect(await store.tagsOf("u/1/a.webp")).toBeUndefined();
    expect(await store.readText("u/1/a.webp")).toBeUndefined();
    expect(await store.rewrite("u/1/a.webp", headers)).toBeUndefined();
    expect(await store.putIfAbsent("u/1/a.webp", bytes("again"), headers)).toBeDefined();
    for (const { key, versionId } of (await store.listVersions("u/1/")).versions)
      await store.deleteVersion(key, versionId);
    expect(s3.edge.controlPlane.listObjectVersions(bucketName)).toEqual([]);
  });

  it("reads versions and markers as S3 writes them", async () => {
    // Amazon S3 API reference, "ListObjectVersions": the first sample response, with fewer versions.
    const owner = `
        <Owner>
            <ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID>
            <DisplayName>mtd@amazon.com</DisplayName>
        </Owner>`;
    const answer = `<?xml version="1.0" encoding="UTF-8"?>

<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01">
    <Name>bucket</Name>
    <Prefix>my</Prefix>
    <KeyMarker/>
    <VersionIdMarker/>
    <MaxKeys>5</MaxKeys>
    <IsTruncated>false</IsTruncated>
    <Version>
        <Key>my-image.jpg</Key>
        <VersionId>3/L4kqtJl40Nr8X8gdRQBpUMLUo</VersionId>
        <IsLatest>true</IsLatest>
         <LastModified>2009-10-12T17:50:30.000Z</LastModified>
        <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
        <Size>434234</Size>
        <StorageClass>STANDARD</StorageClass>${owner}
    </Version>
    <DeleteMarker>
        <Key>my-second-image.jpg</Key>
        <VersionId>03jpff543dhffds434rfdsFDN943fdsFkdmqnh892</VersionId>
        <IsLatest>true</IsLatest>
        <LastModified>2009-11-12T17:50:30.000Z</LastModified>${owner}
    </DeleteMarker>
    <Version>
        <Key>my-second-image.jpg</Key>
        <VersionId>QUpfdndhfd8438MNFDN93jdnJFkdmqnh893</VersionId>
        <IsLatest>false</IsLatest>
        <LastModified>2009-10-10T17:50:30.000Z</LastModified>
        <ETag>"9b2cf535f27731c974343645a3985328"</ETag>
        <Size>166434</Size>
        <StorageClass>STANDARD</StorageClass>${owner}
    </Version>
</ListVersionsResult>`;
    const version = (key: string, versionId: string, time: string, isLatest: boolean, isMarker = false) => ({
      ...{ key, versionId, isLatest, isMarker },
      lastModified: new Date(time),
    });

    expect(await storeOf({ fetch: answering(new Response(answer)) }).listVersions("my")).toEqual({
      versions: [
        version("my-image.jpg", "3/L4kqtJl40Nr8X8gdRQBpUMLUo", "2009-10-12T17:50:30Z", true),
        version("my-second-image.jpg", "03jpff543dhffds434rfdsFDN943fdsFkdmqnh892", "2009-11-12T17:50:30Z", true, true),
        version("my-second-image.jpg", "QUpfdndhfd8438MNFDN93jdnJFkdmqnh893", "2009-10-10T17:50:30Z", false),
      ],
      next: undefined,
    });
  });

  it.each([
    ["a conflict with another write", failure(409, "ConditionalRequestConflict")],
    ["a fault of S3's", failure(503, "SlowDown")],
    ["an error that comes late", failure(200, "InternalError")],
    ["a connection that breaks", Object.assign(new TypeError("fetch failed"), { code: "ECONNRESET" })],
  ])("repeats what failed for %s", async (_, answer) => {
    const store = storeOf({ fetch: answering(answer) });

    expect(await store.putIfAbsent("u/1/a.webp", bytes("first"), headers)).toMatchObject({
      at: expect.any(Date) as Date,
    });
  });

  it.each([
    ["JSON", () => Response.json({})],
    ["a page", () => new Response("<html><body><p>Log in</p></body></html>")],
  ])("takes nobody else's answer for S3's: %s", async (_, answer) => {
    const others = () => storeOf({ fetch: answering(...Array.from({ length: 3 }, answer)) });
    const error = { name };

    await expect(others().putIfAbsent("u/1/a.webp", bytes("first"), headers)).rejects.toMatchObject(error);
    await expect(others().rewrite("u/1/a.webp", headers)).rejects.toMatchObject(error);
    await expect(others().list("u/1/")).rejects.toMatchObject(error);
    await expect(others().listVersions("u/1/")).rejects.toMatchObject(error);
    await expect(others().tagsOf("u/1/a.webp")).rejects.toMatchObject(error);
  });

  it.each([
    ["a fault that stays", () => storeOf({ fetch: answering(...Array.from({ length: 3 }, () => failure(500, "X"))) })],
    ["a permission that lacks", () => storeOf({ credentials: () => s3.writer })],
    ["a bucket that is not there", () => storeOf({ bucket: "no-such-bucket" })],
  ])("throws for %s", async (_, store) => {
    await expect(store().list("u/1/")).rejects.toMatchObject({ name });
  });
});

it.each([
  ["no time", () => storeOfFunctions({ deadline: remaining(0) })],
  [
    "no time to repeat",
    () => storeOfFunctions({ fetch: answering(failure(503, "SlowDown")), deadline: remaining(501) }),
  ],
])("the functions' object store throws for %s", async (_, store) => {
  await expect(store().list("u/1/")).rejects.toMatchObject({
    name: expect.stringMatching(/^(?:AwsCall|Deadline)Error$/) as string,
  });
});

describe("a request's signature", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret/+key", sessionToken: "a+session/token=" };
  const key = "u/0123/ab-96.webp";
  const input = { Bucket: bucketName, Key: key };
  it.each([
    new PutObjectCommand({ ...input, Body: "bytes", Tagging: "user=YXV0aDB8&state=new", IfNoneMatch: "*" }),
    new CopyObjectCommand({ ...input, CopySource: `/${bucketName}/${key}`, MetadataDirective: "REPLACE" }),
    new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/0123/" }),
    new DeleteObjectCommand({ ...input, VersionId: "a.b_c-d" }),
  ])("is the official SDK's for the same request: $constructor.name", async (command) => {
    const sent: { method: string; hostname: string; path: string; query: object; headers: Record<string, string> }[] =
      [];
    const client = new S3Client({
      region,
      credentials,
      requestChecksumCalculation: "WHEN_REQUIRED",
      requestHandler: {
        handle: async (request: (typeof sent)[number]) => {
          sent.push(request);
          throw Object.assign(new Error("not sent"), { $retryable: undefined });
        },
      },
      maxAttempts: 1,
    });
    await client.send(command as PutObjectCommand).catch(() => undefined);
    const [request] = sent;
    if (request === undefined) throw new Error("The SDK sent nothing.");

    const { authorization = "", "x-amz-date": time = "", ...others } = request.headers;
    const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
    const own = names.filter((name) => !/^(?:host|x-amz-(?:date|content-sha256|security-token))$/.test(name));
    const url = new URL(request.path, `https://${request.hostname}`);
    for (const [name, value] of Object.entries(request.query)) url.searchParams.set(name, String(value ?? ""));
    const signed = signedHeaders(
      {
        service: "s3",
        region,
        method: request.method as AwsRequest["method"],
        url,
        headers: Object.fromEntries(own.map((name) => [name, others[name] ?? ""])),
        ...(command instanceof PutObjectCommand && { body: "bytes" }),
      },
      credentials,
      new Date(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5")),
    );
    expect(signed["authorization"]).toBe(authorization);
  });
});
