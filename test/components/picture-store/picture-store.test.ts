// The picture store's resources, exactly: inputs, options and absences.
import { hash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DefaultPictureMode } from "../../../actions/user-picture/picture.ts";
import { refusalText } from "../../../actions/bundle/schema.ts";
import type { DefaultPicturesArgs } from "../../../components/default-picture-args.ts";
import { PicturesOnDestroy } from "../../../components/picture-store/closed-sets.ts";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";
import * as defaults from "../../../components/picture-store/defaults.ts";
import { describeOnDestroy } from "../../../components/picture-store/on-destroy.ts";
import { PictureStore } from "../../../components/picture-store/picture-store.ts";
import { validatePictureStore, validateStoredPictures } from "../../../components/picture-store/validate.ts";
import { deprecations } from "../../../sandbox/providers/sdk-types.ts";
import { mockEngine, valueOf } from "../mock-engine.ts";
import { picture, pngHeader, svg } from "./pictures.ts";
import { variants } from "./store-variants.ts";

const png = picture("png");
const key = "d/4bb3667ddf678be510ccee63eb2e1f7ff434f7f506bec02962fdaab3d9eb00d9.png";
let folder: string;
const file = (name: string, bytes: Uint8Array = png) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

/** A store's arguments with this file, and no others. */
const withFile = (path: string): PictureStoreArgs => ({ defaultPictures: { general: { file: path } } });
const refusalsOf = (args: PictureStoreArgs) => validatePictureStore("A store", args).refusals.map(refusalText);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "picture-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

const engine = mockEngine();

describe("PictureStore", () => {
  it("registers a private bucket, a distribution that alone may read it, and the default picture", async () => {
    const store = new PictureStore("pictures", withFile(file("default.png")), engine.recorded);
    const urls = await Promise.all([valueOf(store.baseUrl), valueOf(store.defaultPictureUrl)]);
    const etag = hash("md5", png);
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
          allowedMethods: ["GET", "HEAD"],
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
        etag,
        overrideProvider: { defaultTags: { tags: {} } },
      },
      "pictures-default-picture-4bb3667d": {
        bucket: "pictures-bucket",
        key,
        contentType: "image/png",
        contentBase64: png.toString("base64"),
        cacheControl: "public, max-age=604800, s-maxage=31536000, immutable",
        etag,
        overrideProvider: { defaultTags: { tags: {} } },
      },
    });
  });

  it("lets what an upload has replaced expire, where days are given, and changes no other rule", async () => {
    const args = withFile(file("default.png"));
    new PictureStore("pictures", args, engine.recorded);
    new PictureStore("uploads", { ...args, replacedPictureDays: pulumi.output(30) }, engine.recorded);
    const [without, withDays] = (await engine.registered())
      .filter(({ name }) => name.endsWith("-lifecycle"))
      .map(({ inputs }) => inputs["rules"] as unknown[]);

    expect(withDays).toEqual([
      ...(without ?? []),
      {
        id: "expire-replaced-pictures",
        status: "Enabled",
        filter: { and: { prefix: "u/", tags: { state: "replaced" } } },
        expiration: { days: 30 },
      },
    ]);
  });

  it("takes over a bucket that is there, and never makes it", async () => {
    const args = withFile(file("default.png"));
    new PictureStore("taken", { ...args, importBucketName: "pictures.example.org" }, engine.recorded);
    new PictureStore("made", args, engine.recorded);
    const [taken, made] = ["taken-bucket", "made-bucket"].map(async (name) => {
      const { inputs, options } = (await engine.registered()).find((one) => one.name === name) ?? expect.fail(name);
      const { import: id, protect } = options as pulumi.CustomResourceOptions;
      return { bucket: inputs["bucket"], id, protect };
    });

    expect(await taken).toEqual({ bucket: "pictures.example.org", id: "pictures.example.org", protect: true });
    expect(await made).toEqual({ bucket: undefined, id: undefined, protect: true });
  });

  it("knows a default picture's bytes by its entity tag only where S3's own keys encrypt it", async () => {
    const args = withFile(file("default.png"));
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/0f1e";
    new PictureStore("own", args, engine.recorded);
    new PictureStore("encrypted", { ...args, kmsMasterKeyId }, engine.recorded);
    new PictureStore("theirs", { ...args, existingBucket: "another-teams-bucket" }, engine.recorded);
    const objects = (await engine.registered()).filter(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");

    expect(objects.filter(({ inputs }) => "etag" in inputs).map(({ name }) => name.split("-")[0])).toEqual([
      "own",
      "own",
    ]);
    expect(objects).toHaveLength(6);
  });

  it("says what a key's policy must have before a picture's URL is known", async () => {
    const said = vi.spyOn(pulumi.log, "info").mockImplementation(async (message) => {
      await setTimeout(50);
      order.push(message);
    });
    const order: string[] = [];
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/0f1e";
    const store = new PictureStore("pictures", { ...withFile(file("default.png")), kmsMasterKeyId }, engine.recorded);
    const url = await valueOf(store.defaultPictureUrl.apply((it) => (order.push(it), it)));
    said.mockRestore();

    expect(order).toEqual([
      "Every picture answers 403 until the policy of the key (kmsMasterKeyId) has this statement: " +
        (await valueOf(store.kmsKeyPolicyStatement)),
      url,
    ]);
    expect(order[0]).toContain('"AWS:SourceArn":"arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"');
  });

  it("does not say a statement that has a secret in it", async () => {
    const said = vi.spyOn(pulumi.log, "info").mockResolvedValue();
    const existingDistribution = {
      arn: pulumi.secret("arn:aws:cloudfront::123456789012:distribution/E1SECRET"),
      baseUrl: "https://cdn.example.org/",
    };
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/0f1e";
    const args = { ...withFile(file("default.png")), kmsMasterKeyId, existingDistribution };
    await valueOf(new PictureStore("pictures", args, engine.recorded).defaultPictureUrl);
    const messages = said.mock.calls.map(([message]) => message);
    said.mockRestore();

    expect(messages).toEqual([expect.stringMatching(/has the statement in the output kmsKeyPolicyStatement$/)]);
  });

  it("lets this distribution read d/ and u/ only, and nobody anything without TLS", async () => {
    new PictureStore("pictures", withFile(file("default.png")), engine.recorded);
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

  it("lets an uploader store users' pictures, and nothing else unless erasing is wanted", async () => {
    const bucket = "arn:aws:s3:::pictures-bucket";
    const args = withFile(file("default.png"));
    const storing = { Sid: "StoreUsersPictures", Effect: "Allow", Action: "s3:PutObject", Resource: `${bucket}/u/*` };
    const policyOf = async (args: PictureStoreArgs) =>
      JSON.parse(await valueOf(new PictureStore("pictures", args, engine.recorded).uploaderPolicyJson)) as unknown;

    expect(await policyOf(args)).toEqual({ Version: "2012-10-17", Statement: [storing] });
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c";
    const encrypting = {
      Sid: "EncryptPictures",
      Effect: "Allow",
      Action: "kms:GenerateDataKey",
      Resource: kmsMasterKeyId,
    };
    expect(await policyOf({ ...args, kmsMasterKeyId })).toMatchObject({ Statement: [storing, encrypting] });
    expect(await policyOf({ ...args, uploaderCanDelete: true })).toEqual({
      Version: "2012-10-17",
      Statement: [
        storing,
        {
          Sid: "FindUsersPictures",
          Effect: "Allow",
          Action: "s3:ListBucketVersions",
          Resource: bucket,
          Condition: { StringLike: { "s3:prefix": "u/*" } },
        },
        {
          Sid: "EraseUsersPictures",
          Effect: "Allow",
          Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
          Resource: `${bucket}/u/*`,
        },
        {
          Sid: "EraseAtTheEdge",
          Effect: "Allow",
          Action: "cloudfront:CreateInvalidation",
          Resource: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
        },
      ],
    });
  });

  it.each([
    { picturesOnDestroy: undefined, protect: true, retainOnDelete: true, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Protect, protect: true, retainOnDelete: true, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Fail, protect: undefined, retainOnDelete: undefined, forceDestroy: false },
    { picturesOnDestroy: PicturesOnDestroy.Empty, protect: undefined, retainOnDelete: undefined, forceDestroy: true },
  ])(
    "keeps the bucket and its names as $picturesOnDestroy says",
    async ({ picturesOnDestroy, forceDestroy, ...options }) => {
      new PictureStore(
        "pictures",
        {
          ...withFile(file("default.png")),
          domain: { domainName: "pictures.example.org", zoneId: "Z0123456789" },
          ...(picturesOnDestroy !== undefined && { picturesOnDestroy }),
        },
        engine.recorded,
      );
      const registered = await engine.registered();
      const bucket = registered.find(({ type }) => type === "aws:s3/bucket:Bucket");
      const reached = registered.filter(({ name }) => /-(distribution|alias-a|alias-aaaa)$/.test(name));

      expect(reached.map((it) => it.options.protect)).toEqual([options.protect, options.protect, options.protect]);
      expect(bucket?.inputs["forceDestroy"]).toBe(forceDestroy);
      expect({ protect: bucket?.options.protect, retainOnDelete: bucket?.options.retainOnDelete }).toEqual(options);
    },
  );

  it("says what destroys pictures, and what does not, of what is the store's own only", () => {
    const theirs = {
      arn: "arn:aws:cloudfront::123456789012:distribution/E1",
      baseUrl: "https://pictures.example.org/",
    };
    const says = (args: PictureStoreArgs) => describeOnDestroy(args);
    const both = /^The bucket with users' pictures, and the distribution that serves them, are protected/;

    expect(says({})).toMatch(both);
    expect(says({ picturesOnDestroy: PicturesOnDestroy.Protect })).toMatch(both);
    expect(says({ picturesOnDestroy: PicturesOnDestroy.Fail })).toMatch(/only while it holds no user's picture/);
    expect(says({ picturesOnDestroy: PicturesOnDestroy.Empty })).toMatch(/delete it with every user's picture in it/);
    expect(says({ existingDistribution: theirs })).toMatch(/^The bucket with users' pictures is protected/);
    const left =
      "The bucket is not the store's own (existingBucket): pulumi destroy leaves it, and users' pictures in it, as they " +
      "are. It is looked for in the store's region: one that is said not to exist may be in another region, or account.";
    const itsOwn = " The distribution that serves them is protected";
    expect(says({ existingBucket: "pictures" })).toContain(left + itsOwn);
    for (const onDestroy of [PicturesOnDestroy.Fail, PicturesOnDestroy.Empty])
      expect(says({ existingBucket: "pictures", picturesOnDestroy: onDestroy })).toBe(left);
    expect(says({ existingBucket: "pictures", existingDistribution: theirs })).toBe(left);
  });

  it("says a log's fields always, and replaces what a distribution has once by deleting it first", async () => {
    const destinationResourceArn = "arn:aws:s3:::logs";
    new PictureStore(
      "all",
      { ...withFile(file("default.png")), accessLogs: { destinationResourceArn } },
      engine.recorded,
    );
    const recordFields = ["date"];
    const accessLogs = { destinationResourceArn, recordFields };
    new PictureStore("some", { ...withFile(file("default.png")), accessLogs }, engine.recorded);
    const logs = (await engine.registered()).filter(({ type }) => type.startsWith("aws:cloudwatch/"));

    expect(logs).toHaveLength(6);
    expect(logs.map(({ options }) => (options as pulumi.CustomResourceOptions).deleteBeforeReplace)).toEqual(
      logs.map(() => true),
    );
    const fields = Object.fromEntries(logs.map(({ name, inputs }) => [name, inputs["recordFields"]]));
    expect(fields["all-access-log-delivery"]).toEqual(expect.arrayContaining(["date", "c-ip", "sc-range-end"]));
    expect(fields["some-access-log-delivery"]).toEqual(["date"]);
  });

  it("names a page for what is missing where it has one", async () => {
    const own = new PictureStore("own", withFile(file("default.png")), engine.recorded);
    const none = new PictureStore(
      "none",
      { defaultPictures: { general: { url: "https://cdn.example.org/d.png" } } },
      engine.recorded,
    );

    expect(await valueOf(own.origin)).toMatchObject({
      defaultRootObject: "d/missing",
      missingPicturePath: "/d/missing",
    });
    expect(await valueOf(none.origin)).toMatchObject({ defaultRootObject: "d/missing" });
    expect(await valueOf(none.origin)).not.toHaveProperty("missingPicturePath");
  });

  it("names no picture before the edge serves it, and changes a bucket's access one by one", async () => {
    const store = new PictureStore("pictures", withFile(file("default.png")), engine.recorded);
    const awaited = await (
      store.defaultPictureUrl as unknown as { allResources(): Promise<Set<pulumi.Resource>> }
    ).allResources();
    const policy = (await engine.registered()).find(({ type }) => type === "aws:s3/bucketPolicy:BucketPolicy");

    const names = [...awaited].map(nameOf);
    for (const name of ["pictures-bucket-policy", "pictures-distribution", "pictures-default-picture-4bb3667d"])
      expect(names).toContain(name);
    const dependsOn = [policy?.options.dependsOn].flat() as pulumi.Resource[];
    expect(dependsOn.map(nameOf)).toEqual(["pictures-ownership-controls"]);
  });

  it("leaves a bucket's settings to the bucket, and the store's own pictures where it must not be empty", async () => {
    new PictureStore("pictures", withFile(file("default.png")), engine.recorded);
    const registered = await engine.registered();
    const withBucket = registered.filter(({ options }) => nameOf(options.deletedWith));

    expect(withBucket.map(({ name }) => name.replace("pictures-", ""))).toEqual([
      ...["public-access-block", "ownership-controls", "encryption", "versioning", "lifecycle", "bucket-policy"],
      "missing-picture",
    ]);
  });

  it("deletes the store's own pictures before a bucket that is deleted only if it is empty", async () => {
    const args = { ...withFile(file("default.png")), picturesOnDestroy: PicturesOnDestroy.Fail };
    new PictureStore("pictures", args, engine.recorded);
    const objects = (await engine.registered()).filter(({ type }) => type.includes("BucketObject"));

    expect(
      objects.map(({ options: { retainOnDelete, deletedWith } }) => [retainOnDelete ?? false, deletedWith]),
    ).toEqual([
      [false, undefined],
      [false, undefined],
    ]);
  });

  it("parents every child and keeps a default picture that is no longer the default", async () => {
    new PictureStore("pictures", withFile(file("default.png")), engine.recorded);
    const children = (await engine.registered()).filter(({ type }) => type.startsWith("aws:"));

    expect(children.map(({ options }) => nameOf(options.parent))).toEqual(children.map(() => "pictures"));
    const object = children.find(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");
    expect(object?.options.retainOnDelete).toBe(true);
  });

  it.each([
    ["jpg", picture("jpg, baseline"), "image/jpeg"],
    ["webp", picture("webp, lossy"), "image/webp"],
    ["gif", picture("gif"), "image/gif"],
    ["svg", Buffer.from(svg), "image/svg+xml"],
  ])("names a %s picture by its bytes, whatever its file is called", async (extension, bytes, contentType) => {
    const general = { file: file("default.png", bytes) };
    const defaultPictures = { general, allowSvg: extension === "svg" };
    new PictureStore("pictures", { defaultPictures }, engine.recorded);
    const object = (await engine.registered()).find(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");

    expect(object?.inputs["contentType"]).toBe(contentType);
    expect(object?.inputs["key"]).toMatch(new RegExp(`^d/[0-9a-f]{64}\\.${extension}$`));
  });

  it("refuses all bad arguments at once, before anything is registered", async () => {
    const args = { ...withFile("no-such-file.png"), picturesOnDestroy: "keep" as PicturesOnDestroy };

    expect(() => new PictureStore("pictures", args, engine.recorded)).toThrowErrorMatchingInlineSnapshot(`
      [Error: PictureStore "pictures" cannot be created:
        - picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.
        - defaultPictures.general.file: The file "no-such-file.png" cannot be read: it does not exist. A path is relative to the program's folder.]
    `);
    expect(await engine.registered()).toEqual([]);
  });

  it.each(Object.entries(variants))("with %s declares nothing that the SDK has deprecated", async (_, args) => {
    new PictureStore("pictures", args, engine.recorded);
    const children = (await engine.registered()).filter(({ type }) => type.startsWith("aws:"));
    const deprecated = children.flatMap(({ type, inputs }) => deprecations(sdkArguments(type), inputs));

    expect(children.length).toBeGreaterThan(2);
    expect(deprecated).toEqual([]);
  });

  it("would see a deprecated resource, argument or nested argument", () => {
    const of = (type: string, inputs: Record<string, unknown>) => deprecations(sdkArguments(type), inputs);
    const rules = [{ id: "a", status: "Enabled", prefix: "u/" }];

    expect(of("aws:s3/bucketV2:BucketV2", {})).toEqual([""]);
    expect(of("aws:s3/bucket:Bucket", { acl: "private", tags: {} })).toEqual(["acl"]);
    expect(of("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", { rules })).toEqual(["rules.prefix"]);
  });

  it.each([
    [
      "an SVG",
      () => file("default.png", Buffer.from(svg)),
      /is an SVG, which can hold script\. .* set defaultPictures\.allowSvg\.$/,
    ],
    ["an empty file", () => file("default.png", Buffer.alloc(0)), /no PNG, JPEG, WebP or GIF/],
    ["a folder", () => folder, /it is a folder/],
    ["one of too many pixels", () => file("default.png", pngHeader(4096, 64)), /4096 × 64 pixels/],
    ["more than 1 MiB", () => file("default.png", Buffer.concat([png, Buffer.alloc(1024 * 1024)])), /at most 1048576/],
  ])("refuses %s as the default picture", (_, path, message) => {
    expect(refusalsOf(withFile(path()))).toEqual([expect.stringMatching(message)]);
  });

  it("keeps each default picture once, and names those of connections and organizations", async () => {
    const shared = file("shared.png", pngHeader(64, 64));
    const store = new PictureStore(
      "pictures",
      {
        defaultPictures: {
          general: { file: file("default.png") },
          byConnection: { "acme-saml": { file: shared }, "google-oauth2": { file: file("copy.png") } },
          byOrganization: {
            acme: { file: shared },
            globex: { url: pulumi.output("https://cdn.example.org/globex.png") },
          },
        },
      },
      engine.recorded,
    );
    const byConnection = await valueOf(store.connectionDefaultPictureUrls);
    const byOrganization = await valueOf(store.organizationDefaultPictureUrls);
    const general = await valueOf(store.defaultPictureUrl);
    const objects = (await engine.registered()).filter(({ name }) => name.startsWith("pictures-default-picture"));

    const other = byConnection["acme-saml"] ?? "";
    expect(other).toMatch(/^https:\/\/d111111abcdef8\.cloudfront\.net\/d\/[0-9a-f]{64}\.png$/);
    expect(other).not.toBe(general);
    expect(byConnection).toEqual({ "acme-saml": other, "google-oauth2": general });
    expect(byOrganization).toEqual({ acme: other, globex: "https://cdn.example.org/globex.png" });
    const otherKey = other.slice("https://d111111abcdef8.cloudfront.net/".length);
    expect(objects.map(({ name, inputs }) => [name, inputs["key"]])).toEqual([
      ["pictures-default-picture-4bb3667d", key],
      [`pictures-default-picture-${otherKey.slice(2, 10)}`, otherKey],
    ]);
  });

  it("keeps no default picture that is served elsewhere, so that a missing picture is a plain 404", async () => {
    const url = "https://cdn.example.org/default.png";
    const store = new PictureStore("pictures", { defaultPictures: { general: { url } } }, engine.recorded);
    const defaultPictureUrl = await valueOf(store.defaultPictureUrl);
    const registered = await engine.registered();
    const distribution = registered.find(({ type }) => type === "aws:cloudfront/distribution:Distribution");

    expect(defaultPictureUrl).toBe(url);
    expect(registered.map(({ type }) => type)).not.toContain("aws:s3/bucketObjectv2:BucketObjectv2");
    expect(distribution?.inputs).not.toHaveProperty("customErrorResponses");
    // Without a root object "/" would be the list of the bucket.
    expect(distribution?.inputs["defaultRootObject"]).toBe("d/missing");
  });
});

describe("default pictures", () => {
  const later = pulumi.output("http://not-known-yet.example/");
  const good = { general: { url: "https://cdn.example.org/default.png" } };

  it.each<[string, DefaultPicturesArgs, RegExp[]]>([
    [
      "no default picture",
      {},
      [
        /^defaultPictures\.general: no default picture was given; .* \{ "file": "…" \}, or \{ "url": "https:\/\/…" \}\.$/,
      ],
    ],
    [
      "no default picture, and no name that has one",
      { byConnection: {}, byOrganization: {} },
      [/^defaultPictures\.general: no default picture was given; /],
    ],
    [
      "a file and a URL",
      { general: { ...good.general, file: "assets/default-picture.png" } },
      [/^defaultPictures\.general\.file: a url was given too; set one of them\.$/],
    ],
    [
      "a URL without TLS",
      { general: { url: "http://a.example/a.png" } },
      [/^defaultPictures\.general\.url: .* it is http, not https\.$/],
    ],
    ["a URL that is not known yet", { general: { url: later } }, []],
    [
      "a connection's and an organization's, each with its setting",
      {
        ...good,
        byConnection: { "acme-saml": { file: "no-such.png" }, google: {} },
        byOrganization: { acme: { url: "x" }, globex: { file: "a.png", url: later } },
      },
      [
        /^defaultPictures\.byConnection\.google: no default picture was given; write \{ "file": "…" \} or/,
        /^defaultPictures\.byOrganization\.acme\.url: "x" cannot be a default picture: it is no URL/,
        /^defaultPictures\.byOrganization\.globex\.file: a url was given too; set one of them\.$/,
        /^defaultPictures\.byConnection\.acme-saml\.file: The file "no-such\.png" cannot be read/,
        /^defaultPictures\.byOrganization\.globex\.file: The file "a\.png" cannot be read/,
      ],
    ],
    [
      "names that Auth0 does not have, and values of another shape, beside all else",
      {
        general: { url: "x" },
        byConnection: { acme_saml: good.general, acme: "acme.png" as unknown as object },
        byOrganization: JSON.parse('{ "__proto__": "x", "Acme Inc": 7 }') as Record<string, object>,
      },
      [
        /^defaultPictures\.general\.url: "x" cannot be a default picture/,
        /^defaultPictures\.byConnection\.acme: "acme\.png" was given; write \{ "file": "…" \} or \{ "url": "https:\/\/…" \}\.$/,
        /^defaultPictures\.byConnection\.acme_saml: this is no connection's name/,
        /^defaultPictures\.byOrganization\.__proto__: "x" was given/,
        /^defaultPictures\.byOrganization\["Acme Inc"\]: 7 was given/,
        /^defaultPictures\.byOrganization\.__proto__: this is no organization's name/,
        /^defaultPictures\.byOrganization\["Acme Inc"\]: this is no organization's name/,
      ],
    ],
    [
      "a list",
      { ...good, byOrganization: [] as unknown as Record<string, object> },
      [/^defaultPictures\.byOrganization: \[\] was given; it must be an object of default pictures by name, /],
    ],
  ])("%s", (_, defaultPictures, refusals) => {
    expect(refusalsOf({ defaultPictures })).toEqual(refusals.map((text) => expect.stringMatching(text) as string));
  });

  it("are no SVG where other headers than the store's are sent with it", () => {
    const args = { defaultPictures: { general: { file: file("face.svg", Buffer.from(svg)) }, allowSvg: true } };
    const responseHeadersPolicyId = "60669652-455b-4ae9-85a4-c4c02393f86c";

    expect(refusalsOf(args)).toEqual([]);
    expect(refusalsOf({ ...args, responseHeadersPolicyId })).toEqual([
      expect.stringMatching(/^defaultPictures\.allowSvg: .* with the store's responseHeadersPolicyId the headers/),
    ]);
  });

  it("are what Gravatar takes, for the mode that hands them to Gravatar", () => {
    const svgFile = file("face.svg", Buffer.from(svg));
    const pictures: DefaultPicturesArgs = {
      general: { file: file("face.webp", picture("webp, lossy")) },
      byConnection: { acme: { file: svgFile }, globex: { file: file("face.jpg", picture("jpg, baseline")) } },
      byOrganization: { acme: { url: "https://cdn.example.org/a.webp" } },
      allowSvg: true,
    };
    const refusalsWith = (mode: DefaultPictureMode) =>
      validateStoredPictures({}, pictures, mode).refusals.map(refusalText);

    expect(refusalsWith(DefaultPictureMode.Generated)).toEqual([]);
    expect(refusalsWith(DefaultPictureMode.GravatarFallback)).toEqual([
      expect.stringMatching(
        /^defaultPictures\.general\.file: .* is a WebP picture, which Gravatar does not fall back to/,
      ),
      expect.stringMatching(
        /^defaultPictures\.byConnection\.acme\.file: .* is an SVG, which Gravatar does not fall back to/,
      ),
      expect.stringMatching(
        /^defaultPictures\.byOrganization\.acme\.url: .* Gravatar takes a \.jpg, \.jpeg, \.png or \.gif/,
      ),
    ]);
  });

  it.each([
    ["with a declaration and a comment", `\uFEFF<?xml version="1.0"?>\n<!-- ours -->\n<!DOCTYPE svg>\n${svg}`, []],
    ["with a size", '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>', []],
    ["without its namespace", '<svg viewBox="0 0 8 8"></svg>', [/lacks xmlns=/]],
    ["without a size", '<svg xmlns="http://www.w3.org/2000/svg" width="8"></svg>', [/has no size/]],
    ["inside an HTML page", `<!doctype html><p>${svg}`, [/no PNG, JPEG, WebP or GIF/]],
    ["of more than 1 MiB", svg.padEnd(1024 * 1024 + 1), [/at most 1048576 are allowed/]],
  ])("may be an SVG where that is said: one %s", (_, text, refusals) => {
    const defaultPictures = { general: { file: file("face.svg", Buffer.from(text)) }, allowSvg: true };

    expect(refusalsOf({ defaultPictures })).toEqual(refusals.map((it) => expect.stringMatching(it) as string));
  });
});

/** Where the SDK declares a resource's arguments. */
function sdkArguments(type: string) {
  const [, module = "", name = ""] = type.split(":");
  return { sdk: "@pulumi/aws", module, args: `${name}Args` };
}

function nameOf(resource: pulumi.Resource | undefined): string | undefined {
  return resource === undefined ? undefined : (resource as unknown as { __name: string }).__name;
}
