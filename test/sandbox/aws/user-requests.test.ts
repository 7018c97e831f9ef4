// What a user of the account asks of the sandbox's services, by the official SDKs: who one is, deletions by the batch,
// objects without their content, invalidations; each refused in AWS's form where the user's policy lacks it.
import { CloudFrontClient, CreateInvalidationCommand, GetInvalidationCommand } from "@aws-sdk/client-cloudfront";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Agent } from "node:https";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { identityService } from "../../../sandbox/aws/identity-service.ts";
import { invalidationService } from "../../../sandbox/aws/invalidation-service.ts";
import { startServiceApi } from "../../../sandbox/aws/service-api.ts";
import type { ServiceApi } from "../../../sandbox/aws/service-api.ts";
import { bucketName, region, runS3 } from "../edge/running-s3.ts";

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const running = runS3();
const credentials: Keys = { accessKeyId: "AKIAUSEREXAMPLE", secretAccessKey: crypto.randomUUID() };
const every = ["s3:*", "cloudfront:*"];

let allowed: readonly string[];
let api: ServiceApi;
let agent: Agent;
let s3: S3Client;
let cloudFront: CloudFrontClient;
let sts: STSClient;
let distributionId: string;

beforeAll(async () => {
  const { controlPlane } = running.edge;
  agent = new Agent({ ca: running.certificate.ca, keepAlive: true });
  const policy = () => JSON.stringify({ Statement: [{ Effect: "Allow", Action: allowed, Resource: "*" }] });
  api = await startServiceApi({
    ...{ controlPlane, certificate: running.certificate },
    services: [invalidationService(controlPlane), identityService()],
    keyNamed: (id) =>
      id === credentials.accessKeyId ? { ...credentials, userName: "ada", policy: policy() } : undefined,
  });
  distributionId = controlPlane.createDistribution({
    enabled: true,
    cacheTagConfig: { headerName: "x-amz-meta-cache-tag" },
    origins: [{ originId: "s3", domainName: `${bucketName}.s3.${region}.amazonaws.com` }],
    defaultCacheBehavior: { targetOriginId: "s3", viewerProtocolPolicy: "https-only", allowedMethods: ["GET"] },
  }).id;
  const options = optionsWith(credentials);
  [s3, sts] = [new S3Client(options), new STSClient(options)];
  // The SDK signs for it there, unless it is told an endpoint.
  cloudFront = new CloudFrontClient(optionsWith(credentials, "us-east-1"));
});
afterAll(async () => {
  for (const client of [s3, cloudFront, sts]) client.destroy();
  agent.destroy();
  await api.close();
});
beforeEach(() => {
  allowed = every;
});

const optionsWith = (keys: Keys, inRegion = region) => ({
  ...{ region: inRegion, credentials: keys, endpoint: api.endpoint, maxAttempts: 1 },
  requestHandler: { httpsAgent: agent },
});
const batch = (...items: string[]) => ({
  DistributionId: distributionId,
  InvalidationBatch: { CallerReference: crypto.randomUUID(), Paths: { Quantity: items.length, Items: items } },
});

describe("STS", () => {
  it("says who one is, whatever one may do", async () => {
    allowed = ["none:none"];

    expect(await sts.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/ada",
      UserId: expect.stringMatching(/^AIDA[0-9A-F]{17}$/) as string,
    });
  });

  it.each([
    ["key", { accessKeyId: "AKIANOBODYEXAMPLE", secretAccessKey: "none" }, "InvalidClientTokenId"],
    ["secret", { ...credentials, secretAccessKey: "another" }, "SignatureDoesNotMatch"],
  ])("knows no other %s", async (_, keys, name) => {
    const stranger = new STSClient(optionsWith(keys));

    await expect(stranger.send(new GetCallerIdentityCommand())).rejects.toMatchObject({ name });
    stranger.destroy();
  });
});

describe("CloudFront", () => {
  it("takes an invalidation of tags and paths, and says that it is done", async () => {
    const items = ["#u:0123", "/d/*", "/a&<b"];
    const created = await cloudFront.send(new CreateInvalidationCommand(batch(...items)));
    const Id = created.Invalidation?.Id ?? "";

    expect(created.Invalidation?.InvalidationBatch?.Paths).toEqual({ Quantity: 3, Items: items });
    const done = await cloudFront.send(new GetInvalidationCommand({ DistributionId: distributionId, Id }));
    expect(done.Invalidation).toMatchObject({
      Id,
      Status: "Completed",
      InvalidationBatch: { Paths: { Items: items } },
    });
    const other = new GetInvalidationCommand({ DistributionId: distributionId, Id: "I0" });
    await expect(cloudFront.send(other)).rejects.toMatchObject({ name: "NoSuchInvalidation" });
  });

  it.each([
    ["cloudfront:CreateInvalidation", () => new CreateInvalidationCommand(batch("#u:0123"))],
    ["cloudfront:GetInvalidation", () => new GetInvalidationCommand({ DistributionId: distributionId, Id: "I0" })],
  ])("asks for %s", async (action, command) => {
    allowed = ["s3:*"];

    await expect(cloudFront.send(command() as CreateInvalidationCommand)).rejects.toMatchObject({
      ...{ name: "AccessDenied", $metadata: { httpStatusCode: 403 } },
      message: expect.stringMatching(`^User: arn:aws:iam::123456789012:user/ada is .* perform: ${action} on`) as string,
    });
  });
});

describe("S3", () => {
  const Bucket = bucketName;
  const put = (Key: string, more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: "bytes", ...more }));
  const versionsOf = async (Prefix: string) => {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  };

  it("deletes versions and markers by the batch, and says what each was", async () => {
    const keys = ["u/1/a", "u/1/b & <c>"];
    for (const Key of keys) await put(Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "u/1/a" }));
    const Objects = await versionsOf("u/1/");
    const deletion = { Bucket, Delete: { Objects } };

    expect(Objects).toHaveLength(3);
    const { Deleted = [], Errors } = await s3.send(new DeleteObjectsCommand(deletion));
    expect(Errors).toBeUndefined();
    expect(Deleted.map(({ Key, VersionId }) => ({ Key, VersionId }))).toEqual(Objects);
    expect(Deleted.filter(({ DeleteMarker }) => DeleteMarker).map(({ Key }) => Key)).toEqual(["u/1/a"]);
    expect(await versionsOf("u/1/")).toEqual([]);
    // What is not there is deleted as well.
    expect((await s3.send(new DeleteObjectsCommand(deletion))).Deleted).toHaveLength(3);
  });

  it("hides objects by the batch where no version is named, and is quiet if it is told so", async () => {
    await put("u/2/a");
    const Delete = { Objects: [{ Key: "u/2/a" }], Quiet: true };
    const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));

    expect([quiet.Deleted, quiet.Errors]).toEqual([undefined, undefined]);
    expect(await versionsOf("u/2/")).toHaveLength(2);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "u/2/" }))).KeyCount).toBe(0);
  });

  it("refuses each of a batch for itself", async () => {
    const { VersionId } = await put("u/3/a");
    allowed = ["s3:DeleteObject"];
    const Objects = [{ Key: "u/3/a", VersionId }, { Key: "u/3/a" }];
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Errors).toEqual([{ Key: "u/3/a", VersionId, Code: "AccessDenied", Message: "Access Denied" }]);
    expect(Deleted).toMatchObject([{ Key: "u/3/a", DeleteMarker: true }]);
  });

  it("takes no batch of nothing, or of more than a thousand", async () => {
    for (const count of [0, 1001]) {
      const Objects = Array.from({ length: count }, (_, n) => ({ Key: `u/${n}` }));
      const deletion = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
      await expect(s3.send(deletion), String(count)).rejects.toMatchObject({ name: "MalformedXML" });
    }
  });

  it("shows what an object has been put with, with its content or without", async () => {
    const headers = { ContentType: "image/webp", CacheControl: "max-age=60", Metadata: { "cache-tag": "u:1" } };
    const { VersionId, ETag } = await put("u/4/a", { ...headers, Tagging: "state=new&user=a" });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "u/4/a" }));
    const whole = await s3.send(new GetObjectCommand({ Bucket, Key: "u/4/a" }));

    const shown = { ...headers, ContentLength: 5, VersionId, ETag, LastModified: expect.any(Date) as Date };
    expect(head).toMatchObject(shown);
    expect(whole).toMatchObject({ ...shown, TagCount: 2 });
    expect(await whole.Body?.transformToString()).toBe("bytes");
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "u/4/" }));
    expect(Contents).toMatchObject([{ Key: "u/4/a", Size: 5 }]);
  });

  it("says of what is not there that it is missing only to who may list", async () => {
    const missing = () => s3.send(new HeadObjectCommand({ Bucket, Key: "u/5/a" }));

    await expect(missing()).rejects.toMatchObject({ name: "NotFound" });
    allowed = ["s3:GetObject"];
    await expect(missing()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it("says of a bucket where it is, to who may list it", async () => {
    expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: region });
    await expect(s3.send(new HeadBucketCommand({ Bucket: "none-of-that-name" }))).rejects.toMatchObject({
      name: "NotFound",
    });
    allowed = ["s3:GetObject"];
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("takes no signature for another region, and no content that is not what its checksum says", async () => {
    const elsewhere = new S3Client(optionsWith(credentials, "us-west-2"));
    await expect(elsewhere.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: "AuthorizationHeaderMalformed",
      message: expect.stringContaining(`the region 'us-west-2' is wrong; expecting '${region}'`) as string,
    });
    elsewhere.destroy();

    for (const wrong of [{ ChecksumCRC32: "AAAAAA==" }, { ChecksumSHA256: "AAAA" }, { ContentMD5: "AAAA" }])
      await expect(put("u/6/a", wrong)).rejects.toMatchObject({ name: "BadDigest" });
    await put("u/6/a", { ChecksumAlgorithm: "SHA1" });
  });

  it("refuses in words that name who, what and on which", async () => {
    allowed = ["s3:ListBucket"];

    await expect(put("u/7/a")).rejects.toMatchObject({
      name: "AccessDenied",
      message:
        "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: s3:PutObject on resource: " +
        `"arn:aws:s3:::${bucketName}/u/7/a" because no identity-based policy allows the s3:PutObject action`,
    });
  });
});
