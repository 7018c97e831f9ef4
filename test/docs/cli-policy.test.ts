// docs/cli-policy.json held against what the command line asks of AWS: it allows all of it, and each of its permissions
// is needed.
import { readFileSync } from "node:fs";
import { CloudFrontClient, GetInvalidationCommand } from "@aws-sdk/client-cloudfront";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openPictureBucket } from "../../cli/store/open-picture-bucket.ts";
import { startServiceApi } from "../../sandbox/aws/service-api.ts";
import type { ServiceApi } from "../../sandbox/aws/service-api.ts";
import { identityService } from "../../sandbox/aws/identity-service.ts";
import { invalidationService } from "../../sandbox/aws/invalidation-service.ts";
import type { BucketPolicy } from "../../sandbox/edge/bucket-policy.ts";
import { accountId } from "../../sandbox/edge/identity.ts";
import { operatorPolicy } from "../../sandbox/operator.ts";
import { runSandbox } from "../cli/running-sandbox.ts";

const sandbox = runSandbox({ connections: [] });
const keyArn = `arn:aws:kms:eu-west-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const credentials = { accessKeyId: "AKIAOPERATOREXAMPLE", secretAccessKey: crypto.randomUUID() };
let policy: BucketPolicy;
let api: ServiceApi;
beforeAll(async () => {
  const { controlPlane } = sandbox.edge;
  api = await startServiceApi({
    ...{ controlPlane, certificate: sandbox.certificate },
    services: [invalidationService(controlPlane), identityService()],
    keyNamed: (id) => (id === credentials.accessKeyId ? { ...credentials, policy: JSON.stringify(policy) } : undefined),
  });
});
afterAll(() => api.close());

const whole = () => JSON.parse(operatorPolicy(sandbox.store)) as BucketPolicy;
beforeEach(() => {
  policy = whole();
});

const access = () => ({
  ...sandbox.bucketOptions,
  endpoint: api.endpoint,
  cloudFrontEndpoint: api.endpoint,
  credentials,
});
/** As the command line sees the bucket. */
const bucketOf = () => openPictureBucket(sandbox.store, access());

const headers = (state: string) => ({
  ...{ contentType: "image/webp", cacheControl: "public, max-age=604800, immutable", cacheTag: "u:1" },
  tags: { user: "YXV0aDB8", state },
});
let nth = 0;

/** What a command asks, from a picture's first step to its last. */
async function everyCall(): Promise<void> {
  const folder = `u/${(nth += 1)}/`;
  const key = `${folder}a.webp`;
  const bucket = bucketOf();
  const { objects } = bucket;
  await objects.list(folder);
  await objects.putIfAbsent(key, new Uint8Array(8), headers("new"));
  await objects.tagsOf(key);
  const at = await objects.rewrite(key, headers("set"), new Date());
  expect(at).toBeInstanceOf(Date);
  // There is none, and only who may list is told so.
  expect(await objects.tagsOf(`${folder}none.webp`)).toBeUndefined();
  expect(await objects.rewrite(`${folder}none.webp`, headers("set"))).toBeUndefined();
  for await (const object of bucket.everyObject("u/")) expect(object.size).toBe(8);
  const { versions } = await objects.listVersions(folder);
  for (const version of versions) await objects.deleteVersion(version.key, version.versionId);
  await bucket.forget(["u:1"]);
}

/** Every permission, each with the policy that lacks it alone. */
const lacking = (of: BucketPolicy) =>
  of.Statement.flatMap((statement) =>
    [statement.Action ?? []].flat().map((action) => ({
      action,
      rest: {
        ...of,
        Statement: of.Statement.map((other) =>
          other === statement
            ? { ...other, Action: [other.Action ?? []].flat().filter((one) => one !== action) }
            : other,
        ).filter(({ Action }) => Action?.length !== 0),
      },
    })),
  );

const encrypt = (kmsMasterKeyId: string | undefined) => {
  const { controlPlane } = sandbox.edge;
  if (kmsMasterKeyId !== undefined) controlPlane.putKeyPolicy(kmsMasterKeyId, JSON.stringify(keyPolicy));
  const rule = kmsMasterKeyId && {
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId },
  };
  controlPlane.putBucketEncryption(sandbox.store.bucketName, rule ? [rule] : undefined);
};
const keyPolicy = {
  Statement: [
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*", Resource: "*" },
  ],
};

describe("docs/cli-policy.json", () => {
  it("allows all that a command asks, without the options' statements where there is no KMS key", async () => {
    policy = { ...policy, Statement: policy.Statement.filter(({ Sid = "" }) => !Sid.startsWith("Option")) };

    await everyCall();
  });

  it("allows it with a KMS key too, and each permission is needed then", async () => {
    encrypt(keyArn);
    await everyCall();
    const refused: string[] = [];
    for (const { action, rest } of lacking(whole())) {
      policy = rest;
      await everyCall().catch((error: unknown) => refused.push(`${action}: ${String(error)}`));
    }
    encrypt(undefined);

    const permissions = lacking(whole()).map(({ action }) => action);
    expect(refused.map((text) => text.split(": ")[0])).toEqual(permissions);
    // The refusal is of that permission, and the command line's words name it.
    for (const [at, permission] of permissions.entries()) expect(refused[at]).toContain(`${permission} `);
    expect(permissions).toHaveLength(10);
  });

  it("lets nobody touch what is not users', another bucket, or a key but through S3", async () => {
    const { bucketName, region } = sandbox.store;
    const { controlPlane } = sandbox.edge;
    controlPlane.putObject(bucketName, "d/missing", Buffer.from("default"), {});
    controlPlane.createBucket("another-teams-bucket", region);
    const { objects } = bucketOf();
    const another = openPictureBucket({ ...sandbox.store, bucketName: "another-teams-bucket" }, access());
    const elsewhere = openPictureBucket({ ...sandbox.store, distributionId: "E2ANOTHERTEAMS" }, access());

    await expect(objects.readText("d/missing")).rejects.toThrow("s3:GetObject");
    await expect(objects.writeText("d/missing", "text")).rejects.toThrow("s3:PutObject");
    await expect(objects.deleteVersion("d/missing", "null")).rejects.toThrow("s3:DeleteObjectVersion");
    await expect(objects.list("d/")).rejects.toThrow("s3:ListBucket");
    await expect(objects.listVersions("sweep/")).rejects.toThrow("s3:ListBucketVersions");
    await expect(another.objects.list("u/1/")).rejects.toThrow("s3:ListBucket");
    await expect(elsewhere.forget(["u:1"])).rejects.toThrow("cloudfront:CreateInvalidation");
  });

  it("lets a check of the stack see that the bucket is there, and whose credentials these are", async () => {
    const client = { ...sandbox.awsOptions, endpoint: api.endpoint, credentials };
    const [s3, sts, cloudFront] = [
      new S3Client(client),
      new STSClient(client),
      new CloudFrontClient({ ...client, region: "us-east-1" }),
    ];

    expect(await s3.send(new HeadBucketCommand({ Bucket: sandbox.store.bucketName }))).toMatchObject({
      BucketRegion: sandbox.store.region,
    });
    expect(await sts.send(new GetCallerIdentityCommand())).toMatchObject({ Account: accountId });
    const waiting = new GetInvalidationCommand({ DistributionId: sandbox.store.distributionId, Id: "I1" });
    await expect(cloudFront.send(waiting)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("has examples of names, and no others, to replace", () => {
    const text = readFileSync("docs/cli-policy.json", "utf8");

    expect(text).toContain("user-pictures-*");
    expect(text).toContain("111122223333");
    expect(text).toContain("EDFDVBD6EXAMPLE");
    for (const left of ["user-pictures-*", "111122223333", "EXAMPLE"])
      expect(operatorPolicy(sandbox.store)).not.toContain(left);
  });
});
