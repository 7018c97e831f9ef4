// The sandbox's S3 API by the official SDK: the operations that uploads need, what each needs to be allowed, and what
// it does not evaluate.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
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
  [uploader, writer] = [clientOf(s3.uploader), clientOf(s3.writer)];
});
afterAll(() => [uploader, writer].forEach((client) => client.destroy()));
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
    const { Versions } = await uploader.send(new ListObjectVersionsCommand({ Bucket: bucketName, Prefix: "u/1/" }));

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

  it.each([
    put,
    copy,
    new GetObjectTaggingCommand(object),
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
    new ListObjectsV2Command({ Bucket: bucketName, Prefix: "u/", MaxKeys: 1 }),
  ])("says what it does not evaluate: $constructor.name", async (command) => {
    const answer = uploader.send(command as PutObjectCommand);

    await expect(answer).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });

  it("takes no tag that S3 refuses", async () => {
    const answer = uploader.send(new PutObjectCommand({ ...object, Body: "bytes", Tagging: "user=auth0%7Cada" }));

    await expect(answer).rejects.toMatchObject({ name: "InvalidTag" });
  });
});
