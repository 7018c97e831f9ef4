// What S3 and CloudFront refuse, and how they say it: a deployment that AWS would refuse must fail in the sandbox too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { controlPlane, distributionArn } from "../../../sandbox/edge/control-plane.ts";
import type { ControlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore } from "../../../sandbox/edge/state.ts";

let folder: string;
let api: ControlPlane;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "edge-"));
  api = controlPlane(openStore(folder));
  api.createBucket("pictures", "us-east-1");
});
afterEach(() => rmSync(folder, { recursive: true }));

const statement = (change: object) =>
  JSON.stringify({
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::pictures/*", ...change },
    ],
  });
const distribution = (change: object = {}) => ({
  enabled: true,
  origins: [{ originId: "s3", domainName: "pictures.s3.us-east-1.amazonaws.com" }],
  defaultCacheBehavior: { targetOriginId: "s3", viewerProtocolPolicy: "https-only", allowedMethods: ["GET", "HEAD"] },
  ...change,
});
const accessControl = {
  name: "pictures",
  originAccessControlOriginType: "s3",
  signingBehavior: "always",
  signingProtocol: "sigv4",
};

test("a bucket: its name, its namesake, its deletion while objects are left", () => {
  expect(() => api.createBucket("Pictures", "us-east-1")).toThrow("InvalidBucketName");
  expect(() => api.createBucket("pictures", "us-east-1")).toThrow("BucketAlreadyOwnedByYou");
  api.putObject("pictures", "d/x", Buffer.from("x"), {});
  expect(() => api.deleteBucket("pictures")).toThrow("BucketNotEmpty: The bucket you tried to delete is not empty");
  api.deleteObject("pictures", "d/x");
  api.deleteObject("pictures", "d/x");
  api.deleteBucket("pictures");
  expect(() => api.putObject("pictures", "d/x", Buffer.from("x"), {})).toThrow("NoSuchBucket");
});

test("a public policy is refused under the public access block, one bound to a source is not public", () => {
  const bound = statement({ Condition: { StringEquals: { "aws:SourceArn": distributionArn("E1") } } });
  api.putBucketPolicy("pictures", statement({}));
  api.putPublicAccessBlock("pictures", { blockPublicPolicy: true });
  expect(() => api.putBucketPolicy("pictures", statement({}))).toThrow("AccessDenied");
  const loose = statement({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudfront::*" } } });
  expect(() => api.putBucketPolicy("pictures", loose)).toThrow("AccessDenied");
  api.putBucketPolicy("pictures", bound);
  api.putBucketPolicy("pictures", statement({ Principal: { Service: "cloudfront.amazonaws.com" } }));
});

test.each([
  ["{", "MalformedPolicy: This policy contains invalid Json"],
  [statement({ Resource: "arn:aws:s3:::other/*" }), "MalformedPolicy: Policy has invalid resource"],
  [statement({ Action: "ec2:RunInstances" }), "MalformedPolicy: Policy has invalid action"],
  [statement({ Principal: undefined }), "MalformedPolicy: Missing required field Principal"],
  [statement({ Effect: "Maybe" }), "MalformedPolicy: Invalid effect: Maybe"],
  [statement({ Condition: { DateGreaterThan: { "aws:CurrentTime": "2030-01-01" } } }), "NotEvaluated"],
])("the policy %s is refused", (policy, message) => {
  expect(() => api.putBucketPolicy("pictures", policy)).toThrow(message);
});

test("a distribution names only what exists, and is disabled before it is deleted", () => {
  const origin = { originId: "s3", domainName: "pictures.s3.us-east-1.amazonaws.com" };
  const behavior = distribution().defaultCacheBehavior;
  for (const [change, code] of [
    [{ origins: [{ ...origin, originAccessControlId: "E1" }] }, "NoSuchOriginAccessControl"],
    [{ defaultCacheBehavior: { ...behavior, responseHeadersPolicyId: "x" } }, "NoSuchResponseHeadersPolicy"],
    [{ defaultCacheBehavior: { ...behavior, targetOriginId: "other" } }, "NoSuchOrigin"],
  ] as const) {
    expect(() => api.createDistribution(distribution(change))).toThrow(code);
  }
  const { id } = api.createDistribution(distribution({ aliases: ["pictures.example.com"] }));
  expect(() => api.createDistribution(distribution({ aliases: ["pictures.example.com"] }))).toThrow(
    "CNAMEAlreadyExists",
  );
  expect(() => api.deleteDistribution(id)).toThrow("DistributionNotDisabled");
  api.updateDistribution(id, distribution({ enabled: false }));
  api.deleteDistribution(id);
  expect(() => api.deleteDistribution(id)).toThrow("NoSuchDistribution");
});

test("an access control keeps its name to itself and stays while a distribution uses it", () => {
  const { id } = api.originAccessControls.create(accessControl);
  expect(() => api.originAccessControls.create(accessControl)).toThrow("OriginAccessControlAlreadyExists");
  const origins = [{ originId: "s3", domainName: "pictures.s3.us-east-1.amazonaws.com", originAccessControlId: id }];
  const used = api.createDistribution(distribution({ origins }));
  expect(() => api.originAccessControls.delete(id)).toThrow("OriginAccessControlInUse");
  api.updateDistribution(used.id, distribution());
  api.originAccessControls.delete(id);
  expect(api.originAccessControls.get(id)).toBeUndefined();
});
