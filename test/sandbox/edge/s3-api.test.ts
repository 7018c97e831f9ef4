// The sandbox's S3 API by the official SDK: the operations that uploads need, what each needs to be allowed, and what
// it does not evaluate.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bucketName, region, runS3 } from "./running-s3.ts";

const s3 = runS3();
const object = { Bucket: bucketName, Key: "u/1/a.webp" };
const put = new PutObjectCommand({ ...object, Body: "bytes", Tagging: "user=YXV0aDB8&state=new" });
const copy = new CopyObjectCommand({
  ...object,
  CopySource: `/${bucketName}/u/1/a.webp`,
  MetadataDirective: "REPLACE",
  TaggingDirective: "REPLACE",
  Tagging: "state=replaced",
});

let uploader: S3Client;
let sweeper: S3Client;
let writer: S3Client;
beforeAll(() => {
  const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new S3Client({
      region,
      credentials,
      endpoint: s3.endpoint,
      maxAttempts: 1,
      requestHandler: { httpsAgent: { ca: s3.certificate.ca } },
    });
  [uploader, sweeper, writer] = [clientOf(s3.uploader), clientOf(s3.sweeper), clientOf(s3.writer)];
});
afterAll(() => [uploader, sweeper, writer].forEach((client) => client.destroy()));
beforeEach(() => {
  for (const key of s3.edge.controlPlane.listObjectVersions(bucketName))
    s3.edge.controlPlane.deleteObjectVersions(bucketName, key);
});

describe("the sandbox's S3 API", () => {
  it("puts with tags, and only where there is nothing if it is told so", async () => {
    await uploader.send(put);
    const { TagSet } = await uploader.send(new GetObjectTaggingCommand(object));

    expect(TagSet).toEqual([
      { Key: "user", Value: "YXV0aDB8" },
      { Key: "state", Value: "new" },
    ]);
    const again = new PutObjectCommand({ ...object, Body: "other", IfNoneMatch: "*" });
    await expect(uploader.send(again)).rejects.toMatchObject({ name: "PreconditionFailed" });
  });

  it("copies an object onto itself, as a new version", async () => {
    await uploader.send(put);
    const { VersionId, CopyObjectResult } = await uploader.send(copy);
    const { Versions } = await sweeper.send(new ListObjectVersionsCommand({ Bucket: bucketName, Prefix: "u/1/" }));

    expect(CopyObjectResult?.LastModified).toBeInstanceOf(Date);
    expect(Versions?.filter(({ IsLatest }) => IsLatest)).toMatchObject([{ Key: "u/1/a.webp", VersionId }]);
    expect(Versions).toHaveLength(2);
    const { TagSet } = await uploader.send(new GetObjectTaggingCommand(object));
    expect(TagSet).toEqual([{ Key: "state", Value: "replaced" }]);
  });

  it("copies nothing that would stay as it is, or that was modified since", async () => {
    await uploader.send(put);
    const { input } = copy;
    const same = new CopyObjectCommand({ ...input, MetadataDirective: "COPY" });
    const late = new CopyObjectCommand({ ...input, CopySourceIfUnmodifiedSince: new Date(0) });
    const none = new CopyObjectCommand({ ...input, Key: "u/1/b", CopySource: `/${bucketName}/u/1/b` });

    await expect(uploader.send(same)).rejects.toMatchObject({ name: "InvalidRequest" });
    await expect(uploader.send(late)).rejects.toMatchObject({ name: "PreconditionFailed" });
    await expect(uploader.send(none)).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("deletes one version, so that the one before is current, or hides all", async () => {
    await uploader.send(put);
    const { VersionId } = await uploader.send(copy);
    await uploader.send(new DeleteObjectCommand({ ...object, VersionId }));
    const listed = await uploader.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/1/" }));

    expect(listed.Contents).toMatchObject([{ Key: "u/1/a.webp" }]);
    expect(s3.edge.controlPlane.headObject(bucketName, object.Key)?.tags).toMatchObject({ state: "new" });
    await uploader.send(new DeleteObjectCommand(object));
    expect(s3.edge.controlPlane.headObject(bucketName, object.Key)).toBeUndefined();
    expect(s3.edge.controlPlane.listObjectVersions(bucketName)).toEqual([object.Key]);
  });

  it("puts a marker on a deleted object, whose removal brings it back", async () => {
    const { VersionId } = await uploader.send(put);
    const deleted = await uploader.send(new DeleteObjectCommand(object));
    const bucket = { Bucket: bucketName, Prefix: "u/1/" };
    const { Versions, DeleteMarkers } = await sweeper.send(new ListObjectVersionsCommand(bucket));

    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) as string });
    const Key = object.Key;
    expect(DeleteMarkers).toMatchObject([{ Key, VersionId: deleted.VersionId, IsLatest: true }]);
    expect(Versions).toMatchObject([{ Key, VersionId, IsLatest: false }]);
    expect((await uploader.send(new ListObjectsV2Command(bucket))).Contents).toBeUndefined();
    const removal = await uploader.send(new DeleteObjectCommand({ ...object, VersionId: deleted.VersionId }));
    expect(removal).toMatchObject({ DeleteMarker: true, VersionId: deleted.VersionId });
    expect(await uploader.send(new GetObjectCommand(object))).toMatchObject({ VersionId });
  });

  it("answers for a marker that there is no object, and for its version that it has nothing", async () => {
    await uploader.send(put);
    const { VersionId } = await uploader.send(new DeleteObjectCommand(object));
    const answerTo = async (command: object) =>
      sweeper.send(command as GetObjectCommand).then(
        () => expect.fail("an answer"),
        ({ name, $response }: { name: string; $response: { headers: object } }) => ({ name, ...$response.headers }),
      );

    const marker = { "x-amz-delete-marker": "true", "x-amz-version-id": VersionId };
    expect(await answerTo(new GetObjectCommand(object))).toMatchObject({ name: "NoSuchKey", ...marker });
    expect(await answerTo(new GetObjectTaggingCommand(object))).toMatchObject({ name: "NoSuchKey", ...marker });
    const ofVersion = new GetObjectTaggingCommand({ ...object, VersionId });
    expect(await answerTo(ofVersion)).toMatchObject({ name: "MethodNotAllowed", allow: "DELETE", ...marker });
    const other = await answerTo(new GetObjectCommand({ ...object, Key: "u/1/none" }));
    expect(other).toMatchObject({ name: "NoSuchKey" });
    expect(other).not.toHaveProperty("x-amz-delete-marker");
  });

  it("puts over a marker only what there is not, and a marker over a marker and over nothing", async () => {
    await uploader.send(put);
    for (const Key of [object.Key, object.Key, "u/1/none"])
      await uploader.send(new DeleteObjectCommand({ ...object, Key }));
    const again = new PutObjectCommand({ ...object, Body: "other", IfNoneMatch: "*" });
    await expect(uploader.send(copy)).rejects.toMatchObject({ name: "NoSuchKey" });
    const { VersionId } = await uploader.send(again);

    const { Versions, DeleteMarkers } = await sweeper.send(new ListObjectVersionsCommand({ Bucket: bucketName }));
    expect(Versions).toMatchObject([{ VersionId, IsLatest: true }, { IsLatest: false }]);
    expect(DeleteMarkers?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
      [object.Key, false],
      [object.Key, false],
      ["u/1/none", true],
    ]);
  });

  it("has an object's bytes, and the tags of each of its versions", async () => {
    const { VersionId } = await uploader.send(put);
    await uploader.send(copy);
    const { Body } = await uploader.send(new GetObjectCommand(object));
    const tagsOf = async (more: object) =>
      (await sweeper.send(new GetObjectTaggingCommand({ ...object, ...more }))).TagSet;

    expect(await Body?.transformToString()).toBe("bytes");
    expect(await tagsOf({})).toEqual([{ Key: "state", Value: "replaced" }]);
    expect(await tagsOf({ VersionId })).toContainEqual({ Key: "state", Value: "new" });
    await expect(tagsOf({ VersionId: "none" })).rejects.toMatchObject({ name: "NoSuchVersion" });
  });

  it("lists objects by pages, from a key on or by a token", async () => {
    for (const key of ["u/1/c", "u/1/a", "u/2/a", "u/1/b", "d/a"])
      s3.edge.controlPlane.putObject(bucketName, key, Buffer.from(key), {});
    const list = async (more: object) => {
      const { Contents, ...answer } = await uploader.send(
        new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/", ...more }),
      );
      return { ...answer, keys: Contents?.map(({ Key }) => Key) };
    };

    expect(await list({})).toMatchObject({ keys: ["u/1/a", "u/1/b", "u/1/c", "u/2/a"], IsTruncated: false });
    const first = await list({ MaxKeys: 2, StartAfter: "u/1/a" });
    expect(first).toMatchObject({ keys: ["u/1/b", "u/1/c"], KeyCount: 2, MaxKeys: 2, IsTruncated: true });
    const next = await list({ ContinuationToken: first.NextContinuationToken, StartAfter: "u/9" });
    expect(next).toMatchObject({ keys: ["u/2/a"], IsTruncated: false });
    expect(next.NextContinuationToken).toBeUndefined();
    expect(await list({ StartAfter: "u/2/a" })).toMatchObject({ keys: undefined, KeyCount: 0 });
    await expect(list({ ContinuationToken: "u/1/a" })).rejects.toMatchObject({ name: "InvalidArgument" });
  });

  it("lists versions by pages, of each key the latest first", async () => {
    for (const key of ["u/1/b", "u/1/a", "u/2/a", "u/1/a", "u/1/a"])
      s3.edge.controlPlane.putObject(bucketName, key, Buffer.from(key), {});
    s3.edge.controlPlane.deleteObject(bucketName, "u/2/a");
    const list = async (more: object) => {
      const {
        Versions = [],
        DeleteMarkers = [],
        ...answer
      } = await sweeper.send(new ListObjectVersionsCommand({ Bucket: bucketName, Prefix: "u/", ...more }));
      const of = (kind: string, { Key, IsLatest }: (typeof Versions)[number]) =>
        `${Key}${kind}${IsLatest ? "" : ", earlier"}`;
      // The SDK has two lists of what is one.
      const shown = [...Versions.map((one) => of("", one)), ...DeleteMarkers.map((one) => of(" is deleted", one))];
      return { ...answer, shown };
    };

    const whole = ["u/1/a", "u/1/a, earlier", "u/1/a, earlier", "u/1/b", "u/2/a, earlier", "u/2/a is deleted"];
    expect((await list({})).shown).toEqual(whole);
    const first = await list({ MaxKeys: 2 });
    expect(first).toMatchObject({ shown: whole.slice(0, 2), IsTruncated: true, NextKeyMarker: "u/1/a" });
    const next = await list({ KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker });
    expect(next).toMatchObject({ shown: whole.slice(2), IsTruncated: false });
    const marker = await list({ MaxKeys: 5 });
    expect(marker).toMatchObject({ shown: [...whole.slice(0, 4), "u/2/a is deleted"], IsTruncated: true });
    const afterMarker = { KeyMarker: marker.NextKeyMarker, VersionIdMarker: marker.NextVersionIdMarker };
    expect(await list(afterMarker)).toMatchObject({ shown: ["u/2/a, earlier"], IsTruncated: false });
    // Without a version, all of the key's are left out; the marker need not be a key that is there.
    expect((await list({ KeyMarker: "u/1/a" })).shown).toEqual(whole.slice(3));
    expect((await list({ KeyMarker: "u/1/0" })).shown).toEqual(whole);
    await expect(list({ VersionIdMarker: "a" })).rejects.toMatchObject({ name: "InvalidArgument" });
  });

  it("lists a thousand at once", async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `u/1/${String(index).padStart(4, "0")}`);
    for (const key of keys) s3.edge.controlPlane.putObject(bucketName, key, Buffer.from("bytes"), {});

    const bucket = { Bucket: bucketName, Prefix: "u/" };
    const answers = [
      await uploader.send(new ListObjectsV2Command({ ...bucket, MaxKeys: 2000 })),
      await sweeper.send(new ListObjectVersionsCommand(bucket)),
    ];
    expect(answers).toMatchObject(answers.map(() => ({ MaxKeys: 1000, IsTruncated: true })));
  });

  it.each([
    put,
    copy,
    new GetObjectCommand(object),
    new GetObjectTaggingCommand(object),
    new GetObjectTaggingCommand({ ...object, VersionId: "null" }),
    new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/1/" }),
    new ListObjectVersionsCommand({ Bucket: bucketName, Prefix: "u/1/" }),
    new DeleteObjectCommand(object),
    new DeleteObjectCommand({ ...object, VersionId: "null" }),
  ])("refuses who may only put objects: $constructor.name", async (command) => {
    await writer.send(new PutObjectCommand({ ...object, Body: "bytes" }));

    await expect(writer.send(command as PutObjectCommand)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("lists only under the prefix that the policy names", async () => {
    const other = new ListObjectsV2Command({ Bucket: bucketName, Prefix: "d/" });

    await expect(uploader.send(other)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it.each([
    new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [] } }),
    new PutObjectCommand({ ...object, Body: "bytes", StorageClass: "STANDARD_IA" }),
    new PutObjectCommand({ ...object, Body: "bytes", IfMatch: '"0"' }),
    new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/", Delimiter: "/" }),
    new GetObjectCommand({ ...object, Range: "bytes=0-1" }),
    new GetObjectCommand({ ...object, IfNoneMatch: '"0"' }),
  ])("says what it does not evaluate: $constructor.name", async (command) => {
    const answer = uploader.send(command as PutObjectCommand);

    await expect(answer).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });

  it("takes no tag that S3 refuses", async () => {
    const answer = uploader.send(new PutObjectCommand({ ...object, Body: "bytes", Tagging: "user=auth0%7Cada" }));

    await expect(answer).rejects.toMatchObject({ name: "InvalidTag" });
  });
});
