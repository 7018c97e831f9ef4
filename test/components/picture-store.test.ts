// The picture store's resources, exactly: inputs, options and absences.
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PictureStore, PicturesOnDestroy } from "../../components/picture-store.ts";
import * as defaults from "../../components/picture-store-defaults.ts";
import { mockEngine, valueOf } from "./mock-engine.ts";

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const key = "d/02a3e298f1533f62558c58e4c70edcab9af5a50d62d925fd5390942020fb0fb8.png";
let folder: string;
const file = (name: string, bytes: Uint8Array = png) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "picture-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

const engine = mockEngine();

describe("PictureStore", () => {
  it("registers a private bucket, a distribution that alone may read it, and the default picture", async () => {
    const store = new PictureStore("pictures", { defaultPictureFile: file("default.png") }, engine.recorded);
    const urls = await Promise.all([valueOf(store.baseUrl), valueOf(store.defaultPictureUrl)]);
    const registered = await engine.registered();

    expect(urls).toEqual(["https://d111111abcdef8.cloudfront.net/", `https://d111111abcdef8.cloudfront.net/${key}`]);
    const children = registered.filter(({ type }) => type.startsWith("aws:"));
    expect(Object.fromEntries(children.map(({ name, inputs }) => [name, inputs]))).toEqual({
      "pictures-bucket": { forceDestroy: false },
      "pictures-public-access-block": {
        bucket: "pictures-bucket",
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      "pictures-ownership-controls": {
        bucket: "pictures-bucket",
        rule: { objectOwnership: "BucketOwnerEnforced" },
      },
      "pictures-encryption": {
        bucket: "pictures-bucket",
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
            blockedEncryptionTypes: ["SSE-C"],
          },
        ],
      },
      "pictures-versioning": { bucket: "pictures-bucket", versioningConfiguration: { status: "Enabled" } },
      "pictures-lifecycle": {
        bucket: "pictures-bucket",
        rules: [
          {
            id: "abort-incomplete-uploads",
            status: "Enabled",
            filter: { prefix: "" },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
          {
            id: "expire-old-versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: 7 },
            expiration: { expiredObjectDeleteMarker: true },
          },
        ],
      },
      "pictures-response-headers-policy": defaults.responseHeadersPolicy,
      "pictures-origin-access-control": {
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      },
      "pictures-distribution": {
        enabled: true,
        comment: "User pictures",
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        priceClass: "PriceClass_100",
        origins: [
          {
            originId: "pictures",
            domainName: "pictures-bucket.s3.us-east-1.amazonaws.com",
            originAccessControlId: "pictures-origin-access-control-id",
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: "pictures",
          viewerProtocolPolicy: "redirect-to-https",
          allowedMethods: ["GET", "HEAD", "OPTIONS"],
          cachedMethods: ["GET", "HEAD"],
          compress: true,
          cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
          responseHeadersPolicyId: "pictures-response-headers-policy-id",
        },
        defaultRootObject: "d/missing",
        customErrorResponses: [
          { errorCode: 404, responseCode: 404, responsePagePath: "/d/missing", errorCachingMinTtl: 60 },
        ],
        cacheTagConfig: { headerName: "x-amz-meta-cache-tag" },
        waitForDeployment: true,
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: { cloudfrontDefaultCertificate: true },
      },
      "pictures-bucket-policy": { bucket: "pictures-bucket", policy: expect.any(String) as string },
      "pictures-missing-picture": {
        bucket: "pictures-bucket",
        key: "d/missing",
        contentType: "image/png",
        contentBase64: png.toString("base64"),
        cacheControl: "public, max-age=60",
        overrideProvider: { defaultTags: { tags: {} } },
      },
      "pictures-default-picture": {
        bucket: "pictures-bucket",
        key,
        contentType: "image/png",
        contentBase64: png.toString("base64"),
        cacheControl: "public, max-age=604800, s-maxage=31536000, immutable",
        overrideProvider: { defaultTags: { tags: {} } },
      },
    });
  });

  it("lets this distribution read d/ and u/ only, and nobody anything without TLS", async () => {
    new PictureStore("pictures", { defaultPictureFile: file("default.png") }, engine.recorded);
    const policy = (await engine.registered()).find(({ type }) => type === "aws:s3/bucketPolicy:BucketPolicy");

    expect(JSON.parse(policy?.inputs["policy"] as string)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CloudFrontReadsPictures",
          Effect: "Allow",
          Principal: { Service: "cloudfront.amazonaws.com" },
          Action: "s3:GetObject",
          Resource: ["arn:aws:s3:::pictures-bucket/d/*", "arn:aws:s3:::pictures-bucket/u/*"],
          Condition: { StringEquals: { "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE" } },
        },
        {
          Sid: "CloudFrontSeesWhatIsMissing",
          Effect: "Allow",
          Principal: { Service: "cloudfront.amazonaws.com" },
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::pictures-bucket",
          Condition: { StringEquals: { "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE" } },
        },
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ["arn:aws:s3:::pictures-bucket", "arn:aws:s3:::pictures-bucket/*"],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
  });

  it.each([
    { picturesOnDestroy: undefined, protect: true, retainOnDelete: true, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Protect, protect: true, retainOnDelete: true, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Fail, protect: undefined, retainOnDelete: undefined, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Empty, protect: undefined, retainOnDelete: undefined, forceDestroy: true },
  ])("keeps the bucket as $picturesOnDestroy says", async ({ picturesOnDestroy, forceDestroy, ...options }) => {
    new PictureStore(
      "pictures",
      {
        defaultPictureFile: file("default.png"),
        ...(picturesOnDestroy !== undefined && { picturesOnDestroy }),
      },
      engine.recorded,
    );
    const bucket = (await engine.registered()).find(({ type }) => type === "aws:s3/bucket:Bucket");

    expect(bucket?.inputs["forceDestroy"]).toBe(forceDestroy);
    expect({ protect: bucket?.options.protect, retainOnDelete: bucket?.options.retainOnDelete }).toEqual(options);
  });

  it("names no picture before the edge serves it, and changes a bucket's access one by one", async () => {
    const store = new PictureStore("pictures", { defaultPictureFile: file("default.png") }, engine.recorded);
    const awaited = await (
      store.defaultPictureUrl as unknown as { allResources(): Promise<Set<pulumi.Resource>> }
    ).allResources();
    const policy = (await engine.registered()).find(({ type }) => type === "aws:s3/bucketPolicy:BucketPolicy");

    const names = [...awaited].map(nameOf);
    for (const name of ["pictures-bucket-policy", "pictures-distribution", "pictures-default-picture"])
      expect(names).toContain(name);
    const dependsOn = [policy?.options.dependsOn].flat() as pulumi.Resource[];
    expect(dependsOn.map(nameOf)).toEqual(["pictures-ownership-controls"]);
  });

  it("parents every child and keeps a default picture that is no longer the default", async () => {
    new PictureStore("pictures", { defaultPictureFile: file("default.png") }, engine.recorded);
    const children = (await engine.registered()).filter(({ type }) => type.startsWith("aws:"));

    expect(children.map(({ options }) => nameOf(options.parent))).toEqual(children.map(() => "pictures"));
    const object = children.find(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");
    expect(object?.options.retainOnDelete).toBe(true);
  });

  it.each([
    ["jpg", "ffd8ffe000104a46494600010100", "image/jpeg"],
    ["webp", "524946461a000000574542505650384c", "image/webp"],
    ["gif", "47494638396101000100", "image/gif"],
  ])("names a %s picture by its bytes, whatever its file is called", async (extension, hex, contentType) => {
    new PictureStore("pictures", { defaultPictureFile: file("default.png", Buffer.from(hex, "hex")) }, engine.recorded);
    const object = (await engine.registered()).find(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");

    expect(object?.inputs["contentType"]).toBe(contentType);
    expect(object?.inputs["key"]).toMatch(new RegExp(`^d/[0-9a-f]{64}\\.${extension}$`));
  });

  it("refuses all bad arguments at once, before anything is registered", async () => {
    const args = { defaultPictureFile: "no-such-file.png", picturesOnDestroy: "keep" as PicturesOnDestroy };

    expect(() => new PictureStore("pictures", args, engine.recorded)).toThrowErrorMatchingInlineSnapshot(`
      [Error: PictureStore "pictures" cannot be created:
        - defaultPictureFile: The file "no-such-file.png" cannot be read: it does not exist. A path is relative to the program's folder.
        - picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.]
    `);
    expect(await engine.registered()).toEqual([]);
  });

  it.each([
    ["an SVG", () => file("default.png", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"))],
    ["an empty file", () => file("default.png", Buffer.alloc(0))],
    ["a folder", () => folder],
    ["a picture of more than 1 MiB", () => file("default.png", Buffer.concat([png, Buffer.alloc(1024 * 1024)]))],
  ])("refuses %s as the default picture", (_, path) => {
    expect(() => new PictureStore("pictures", { defaultPictureFile: path() })).toThrow(
      /^PictureStore "pictures" cannot/,
    );
  });
});

function nameOf(resource: pulumi.Resource | undefined): string | undefined {
  return resource === undefined ? undefined : (resource as unknown as { __name: string }).__name;
}
