// What AWS would refuse half-way is refused by its name before anything is made: names, buckets, log formats, regions.
import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { refusalText } from "../../../actions/bundle/schema.ts";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";
import { describeAnyAccount, describeOnDestroy } from "../../../components/picture-store/on-destroy.ts";
import { PictureStore } from "../../../components/picture-store/picture-store.ts";
import { validatePictureStore } from "../../../components/picture-store/validate.ts";
import { UserPictures } from "../../../components/user-pictures.ts";
import { mockEngine } from "../mock-engine.ts";

const defaultPictures = { general: { file: "assets/default-picture.png" } };
const destinationResourceArn = "arn:aws:s3:::logs";
const accessLogs = { destinationResourceArn };
const refusalsOf = (args: object, name?: string) =>
  validatePictureStore("A store", { defaultPictures, ...args }, name).refusals.map(refusalText);

afterEach(() => pulumi.runtime.setAllConfig({}));

describe("a store's name", () => {
  // Its resources' names have its name, their own part, and Pulumi's suffix of eight.
  it.each([
    [34, {}, "-origin-access-control", 64],
    [29, { accessLogs }, "-access-log-destination", 60],
  ])("has at most %i characters with %j", (most, args, part, limit) => {
    expect(`${"n".repeat(most)}${part}-0123456`).toHaveLength(limit);
    expect(refusalsOf(args, "n".repeat(most))).toEqual([]);
    expect(refusalsOf(args, "n".repeat(most + 1))).toEqual([
      expect.stringMatching(`^the name "n+" has ${most + 1} characters; AWS takes at most ${most}`) as string,
    ]);
  });

  it("is also a bucket's, and the logs'", () => {
    expect(refusalsOf({}, "User.Pictures")).toEqual([]);
    expect(refusalsOf({}, "user_pictures")).toEqual([
      'the bucket is named after "user_pictures", and S3 takes letters, digits, dots and hyphens only.',
    ]);
    expect(refusalsOf({ existingBucket: "theirs" }, "user_pictures")).toEqual([]);
    expect(refusalsOf({ bucketName: "ours" }, "user_pictures")).toEqual([]);
    expect(refusalsOf({ accessLogs }, "user.pictures")).toHaveLength(1);
  });

  it("is not judged where the stack makes names in a way of its own", () => {
    pulumi.runtime.setAllConfig({ "pulumi:autonaming": '{"mode":"verbatim"}' });
    expect(refusalsOf({}, "n".repeat(40))).toEqual([]);
  });
});

describe("the components", () => {
  const engine = mockEngine();
  const store = (args: object, name = "pictures", opts: pulumi.ComponentResourceOptions = {}) =>
    new PictureStore(name, { defaultPictures, ...args }, { ...engine.recorded, ...opts });

  it("refuse a name that is too long before they register anything", async () => {
    expect(() => store({}, "n".repeat(35))).toThrow("AWS takes at most 34");
    expect(() => new UserPictures("n".repeat(29), { store: {}, defaultPictures }, engine.recorded)).toThrow(
      "AWS takes at most 28",
    );
    expect(() => new UserPictures("n".repeat(24), { store: { accessLogs }, defaultPictures }, engine.recorded)).toThrow(
      "AWS takes at most 23",
    );
    expect(await engine.registered()).toEqual([]);
  });

  it("refuse a bucket and a key of another region, as far as their names show it", async () => {
    pulumi.runtime.setAllConfig({ "aws:region": "eu-central-1" });
    const key = (region: string) => ({ kmsMasterKeyId: `arn:aws:kms:${region}:123456789012:key/0f1e` });
    const bucket = (region: string) => ({ existingBucket: `theirs-123456789012-${region}-an` });

    expect(() => store(key("eu-west-1"))).toThrow(
      "kmsMasterKeyId: it is in eu-west-1, and the stack's region (aws:region) is eu-central-1.",
    );
    expect(() => store(bucket("us-east-1"))).toThrow("existingBucket: it is in us-east-1");
    for (const name of ["bucketName", "importBucketName"])
      expect(() => store({ [name]: "ours-123456789012-us-east-1-an" })).toThrow(`${name}: it is in us-east-1`);
    expect((await engine.registered()).filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
  });

  it("take those of the stack's region, and with a provider of their own those of its", () => {
    pulumi.runtime.setAllConfig({ "aws:region": "eu-central-1" });
    const kmsMasterKeyId = "arn:aws:kms:eu-central-1:123456789012:key/0f1e";
    store({ kmsMasterKeyId });
    pulumi.runtime.setAllConfig({ "aws:region": "us-east-1" });
    class Provider extends pulumi.ProviderResource {}
    const provider = new Provider("aws", "elsewhere", {});
    store({ kmsMasterKeyId }, "others", { providers: [provider] });
  });

  it("refuse what is in another region than that of a provider of their own, once that is known", async () => {
    pulumi.runtime.setAllConfig({ "aws:region": "eu-central-1" });
    const elsewhere = new Provider("elsewhere", { region: pulumi.output("us-east-1") as pulumi.Output<never> });
    const opts = { providers: [elsewhere] };
    const bucket = (region: string) => `theirs-123456789012-${region}-an`;
    const kmsMasterKeyId = "arn:aws:kms:eu-central-1:123456789012:key/0f1e";

    expect(await engine.failures(() => store({ existingBucket: bucket("us-east-1") }, "fits", opts))).toEqual([]);
    expect(await engine.failures(() => store({ existingBucket: bucket("eu-central-1") }, "bucket", opts))).toEqual([
      `PictureStore "bucket" cannot be created:\n  - existingBucket: it is in eu-central-1, and the region of the ` +
        `store's provider is us-east-1. A bucket and its key are found in that region only.`,
    ]);
    expect(await engine.failures(() => store({ kmsMasterKeyId }, "key", opts))).toHaveLength(1);
  });

  it("say where another's bucket is looked for, because one of another region is only missed", () => {
    const args = { existingBucket: "another-teams-bucket" };

    expect(describeOnDestroy(args, "eu-central-1")).toContain(
      "looked for in eu-central-1: one that is said not to exist",
    );
    expect(describeOnDestroy({}, "eu-central-1")).not.toContain("looked for");
  });
});

describe("a bucket's name", () => {
  it.each(["abc", "a.b-c.9", "x".repeat(63), "theirs-123456789012-eu-west-1-an"])("may be %s", (existingBucket) => {
    expect(refusalsOf({ existingBucket })).toEqual([]);
    expect(refusalsOf({ accessLogs: { destinationResourceArn: `arn:aws:s3:::${existingBucket}/path` } })).toEqual([]);
  });

  it.each([
    ["ab", "must be the name of an S3 bucket"],
    ["x".repeat(64), "must be the name of an S3 bucket"],
    ["Pictures", "must be the name of an S3 bucket"],
    ["pic_tures", "must be the name of an S3 bucket"],
    ["-pictures", "must be the name of an S3 bucket"],
    ["pictures.s3.eu-west-1.amazonaws.com", "must be the name of an S3 bucket"],
    ["pic..tures", "no two dots"],
    ["192.168.5.4", "no IP address"],
    ["xn--pictures", '"xn--" is S3\'s own'],
    ["sthree-pictures", '"sthree-" is S3\'s own'],
    ["amzn-s3-demo-pictures", '"amzn-s3-demo-" is S3\'s own'],
    ["pictures-s3alias", '"-s3alias" is S3\'s own'],
    ["pictures--ol-s3", '"--ol-s3" is S3\'s own'],
    ["pictures.mrap", '".mrap" is S3\'s own'],
    ["pictures--x-s3", '"--x-s3" is S3\'s own'],
    ["pictures--table-s3", '"--table-s3" is S3\'s own'],
    ["pictures.s3-website-us-east-1.amazonaws.com", "is an S3 website endpoint, which only a public bucket has"],
    ["pictures.s3-website.eu-central-1.amazonaws.com", 'name the bucket, "pictures"'],
  ])("may not be %s", (name, message) => {
    expect(refusalsOf({ bucketName: name })).toEqual([expect.stringContaining(message) as string]);
    expect(refusalsOf({ existingBucket: name })).toEqual([expect.stringContaining(message) as string]);
    expect(refusalsOf({ accessLogs: { destinationResourceArn: `arn:aws:s3:::${name}` } })).toEqual([
      expect.stringContaining(message) as string,
    ]);
  });
});

it("a store has one bucket: its own by a name, or another team's", () => {
  expect(refusalsOf({ bucketName: "ours" })).toEqual([]);
  expect(refusalsOf({ bucketName: "ours", existingBucket: "theirs" })).toEqual([
    "bucketName: an existingBucket was given too, and the store has one bucket. Leave one of them out.",
  ]);
  expect(refusalsOf({ importBucketName: "ours" })).toEqual([]);
  expect(refusalsOf({ importBucketName: "ours" }, "user_pictures")).toEqual([]);
  for (const [other, path, first] of [
    ["bucketName", "bucketName", "importBucketName"],
    ["existingBucket", "importBucketName", "existingBucket"],
  ])
    expect(refusalsOf({ importBucketName: "ours", [String(other)]: "theirs" })).toEqual([
      `${path}: an ${first} was given too, and the store has one bucket. Leave one of them out.`,
    ]);
});

describe("aws:allowedAccountIds", () => {
  const engine = mockEngine();
  const said = (args: PictureStoreArgs, opts: pulumi.ComponentResourceOptions = {}) =>
    describeAnyAccount(args, new PictureStore("pictures", { defaultPictures }, { ...engine.recorded, ...opts }));

  it("is asked for where the bucket is protected, and the provider is the stack's", () => {
    class Provider extends pulumi.ProviderResource {}
    const provider = new Provider("aws", "own", {});

    expect(said({})).toContain("pulumi config set --path 'aws:allowedAccountIds[0]' <account>");
    expect(said({})).toContain("the next pulumi up makes a new, empty one.");
    expect(said({ importBucketName: "ours" })).toContain("takes the bucket for deleted, and all else with it.");
    expect(said({ picturesOnDestroy: "empty" })).toBeUndefined();
    expect(said({ existingBucket: "theirs" })).toBeUndefined();
    expect(said({}, { providers: [provider] })).toBeUndefined();
    pulumi.runtime.setAllConfig({ "aws:allowedAccountIds": "[]" });
    expect(said({})).toBeDefined();
    pulumi.runtime.setAllConfig({ "aws:allowedAccountIds": '["123456789012"]' });
    expect(said({})).toBeUndefined();
  });
});

it("AWS's own hosts are no host of a store's, and an S3 website has no https", () => {
  const website = "pictures.s3-website.eu-central-1.amazonaws.com";
  const arn = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE";
  for (const domainName of [website, "d111111abcdef8.cloudfront.net"])
    expect(refusalsOf({ domain: { domainName, manualDns: true } })).toEqual([
      `domain.domainName: "${domainName}" is a host of AWS's own; it must be one of yours, such as pictures.example.org.`,
    ]);
  expect(refusalsOf({ existingDistribution: { arn, baseUrl: `https://${website}/` } })).toEqual([
    `existingDistribution.baseUrl: "https://${website}/" is an S3 website endpoint, which has no https; it must be a ` +
      `distribution's host.`,
  ]);
});

describe("an access log's format", () => {
  const group = "arn:aws:logs:us-east-1:123456789012:log-group:pictures";
  const stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/pictures";
  it.each([
    [destinationResourceArn, ["json", "plain", "w3c", "raw", "parquet"]],
    [group, ["json", "plain"]],
    [stream, ["json", "plain", "raw"]],
  ])("of %s is %j", (arn, formats) => {
    const taken = ["json", "plain", "w3c", "raw", "parquet"].filter(
      (outputFormat) => refusalsOf({ accessLogs: { destinationResourceArn: arn, outputFormat } }).length === 0,
    );
    expect(taken).toEqual(formats);
  });

  it("is refused by the destination's name", () => {
    expect(refusalsOf({ accessLogs: { destinationResourceArn: group, outputFormat: "parquet" } })).toEqual([
      'accessLogs.outputFormat: "parquet" was given; a log group takes json, plain.',
    ]);
  });
});
