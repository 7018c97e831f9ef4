// Every form in which the AWS provider can open a picture bucket to the public, and what looks like one and is none.
import type { PolicyResource } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import * as defaults from "../../components/picture-store/defaults.ts";
import { pictureBucketEncrypted } from "../../policies/picture-bucket-encrypted.ts";
import { pictureBucketPrivate } from "../../policies/picture-bucket-private.ts";
import { pictureBucketProtected } from "../../policies/picture-bucket-protected.ts";
import { judge, resource, unknown } from "./run-policy.ts";
import type { ResourceOptions } from "./run-policy.ts";

const inStore = { parents: ["auth0-user-pictures:index:PictureStore"] };
const arn = "arn:aws:s3:::pictures";
const name = { bucket: "pictures", id: "pictures", arn };

const bucketOf = (props: object = {}, options: ResourceOptions = {}, type = "aws:s3/bucket:Bucket") =>
  resource(type, "pictures", { ...name, ...props }, { ...inStore, ...options });
const attached = (type: string, props: object, options?: ResourceOptions) =>
  resource(`aws:${type}`, "other", { bucket: "pictures", ...props }, options);
const block = attached("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", defaults.bucketPublicAccessBlock);
const blocked = async (...resources: PolicyResource[]) =>
  (await judge(pictureBucketPrivate, [block, ...resources])).map((line) => line.replace(/^pictures: /, ""));

const read = { Effect: "Allow", Action: "s3:GetObject", Resource: `${arn}/*` };
const documentOf = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const publicDocument = documentOf({ ...read, Principal: "*" });
const group = (which: string) => `http://acs.amazonaws.com/groups/${which}`;
const everybodyMay = { grants: [{ type: "Group", permissions: ["READ"], uri: group("global/AllUsers") }] };
const control = (uri: string) => ({
  accessControlPolicy: { owner: { id: "x" }, grants: [{ grantee: { type: "Group", uri }, permission: "READ" }] },
});

describe("picture-bucket-private", () => {
  it.each<[string, PolicyResource[], string]>([
    ["a BucketV2", [bucketOf({ acl: "public-read" }, {}, "aws:s3/bucketV2:BucketV2")], "Its ACL is public-read."],
    ["a canned ACL", [bucketOf({ acl: "public-read-write" })], "Its ACL is public-read-write."],
    ["grants", [bucketOf(everybodyMay)], "Its ACL grants READ to the group AllUsers."],
    [
      "a BucketAclV2",
      [bucketOf(), attached("s3/bucketAclV2:BucketAclV2", { acl: "authenticated-read" })],
      "Its ACL is authenticated-read.",
    ],
    [
      "an access control policy",
      [bucketOf(), attached("s3/bucketAcl:BucketAcl", control(group("global/AuthenticatedUsers")))],
      "Its ACL grants READ to the group AuthenticatedUsers.",
    ],
    [
      "one of a BucketAclV2",
      [bucketOf(), attached("s3/bucketAclV2:BucketAclV2", control(group("global/AllUsers")))],
      "Its ACL grants READ to the group AllUsers.",
    ],
    [
      "an object's ACL",
      [bucketOf(), attached("s3/bucketObjectv2:BucketObjectv2", { acl: "public-read" })],
      `Its object "other"'s ACL is public-read.`,
    ],
    [
      "an object of the older class",
      [bucketOf(), attached("s3/bucketObject:BucketObject", { acl: "public-read" })],
      `Its object "other"'s ACL is public-read.`,
    ],
    [
      "a copy's grants",
      [bucketOf(), attached("s3/objectCopy:ObjectCopy", everybodyMay)],
      `Its object "other"'s ACL grants READ to the group AllUsers.`,
    ],
    ["an inline policy", [bucketOf({ policy: publicDocument })], "Its policy lets in everybody."],
    [
      "a bucket policy",
      [bucketOf(), attached("s3/bucketPolicy:BucketPolicy", { policy: publicDocument })],
      "Its policy lets in everybody.",
    ],
    [
      "a bucket policy by the bucket's ARN",
      [bucketOf(), attached("s3/bucketPolicy:BucketPolicy", { bucket: arn, policy: publicDocument })],
      "Its policy lets in everybody.",
    ],
    [
      "an access point's policy",
      [bucketOf(), attached("s3/accessPoint:AccessPoint", { policy: publicDocument })],
      `The policy of its access point "other" lets in everybody.`,
    ],
    [
      "an access point's switches",
      [
        bucketOf(),
        attached("s3/accessPoint:AccessPoint", { publicAccessBlockConfiguration: { blockPublicPolicy: false } }),
      ],
      `Its access point "other" has blockPublicPolicy off.`,
    ],
    [
      "an AccessPointPolicy",
      [
        bucketOf(),
        attached("s3/accessPoint:AccessPoint", { arn: "arn:of:point" }),
        attached("s3control/accessPointPolicy:AccessPointPolicy", {
          accessPointArn: "arn:of:point",
          policy: publicDocument,
        }),
      ],
      `The policy of its access point "other" lets in everybody.`,
    ],
    [
      "a multi-region access point's policy",
      [
        bucketOf(),
        attached("s3control/multiRegionAccessPoint:MultiRegionAccessPoint", {
          details: { name: "world", regions: [{ bucket: "logs" }, { bucket: "pictures" }] },
        }),
        attached("s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy", {
          details: { name: "world", policy: publicDocument },
        }),
      ],
      `The policy of its access point "other" lets in everybody.`,
    ],
    [
      "a multi-region access point's switches",
      [
        bucketOf(),
        attached("s3control/multiRegionAccessPoint:MultiRegionAccessPoint", {
          details: { regions: [{ bucket: "pictures" }], publicAccessBlock: { restrictPublicBuckets: false } },
        }),
      ],
      `Its access point "other" has restrictPublicBuckets off.`,
    ],
    [
      "an Object Lambda access point's policy",
      [
        bucketOf(),
        attached("s3/accessPoint:AccessPoint", { arn: "arn:of:point" }),
        attached("s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint", {
          name: "smaller",
          configuration: { supportingAccessPoint: "arn:of:point" },
        }),
        attached("s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy", {
          name: "smaller",
          policy: publicDocument,
        }),
      ],
      `The policy of its access point "other" lets in everybody.`,
    ],
    [
      "a website",
      [bucketOf(), attached("s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2", {})],
      "It is a website",
    ],
    ["an inline website", [bucketOf({ website: { indexDocument: "index.html" } })], "It is a website"],
  ])("refuses %s", async (_, resources, message) => {
    expect(await blocked(...resources)).toEqual([expect.stringContaining(message)]);
  });

  it("takes what gives nobody else anything", async () => {
    expect(
      await blocked(
        bucketOf({ acl: "private", grants: [{ type: "CanonicalUser", id: "x", permissions: ["FULL_CONTROL"] }] }),
        attached("s3/bucketAcl:BucketAcl", control(group("s3/LogDelivery"))),
        attached("s3/bucketObjectv2:BucketObjectv2", { acl: "bucket-owner-full-control" }),
        attached("s3/bucketAcl:BucketAcl", { bucket: "logs", acl: "public-read" }),
        attached("s3/accessPoint:AccessPoint", { publicAccessBlockConfiguration: { blockPublicPolicy: true } }),
        attached("s3/accessPoint:AccessPoint", { policy: publicDocument, vpcConfiguration: { vpcId: "vpc-1" } }),
        attached("s3/accessPoint:AccessPoint", { bucket: "logs", policy: publicDocument }),
      ),
    ).toEqual([]);
    expect(await blocked(bucketOf({ acl: "", policy: "", websites: [] }))).toEqual([]);
  });

  it("leaves out what the provider has not computed yet, and waits for what the stack gave", async () => {
    const computed = { acl: unknown, grants: unknown, policy: unknown, website: unknown };
    expect(await blocked(bucketOf(computed))).toEqual([]);
    const other = bucketOf();
    expect(await blocked(bucketOf(computed, { from: { policy: [other], grants: [other] } }))).toEqual([
      expect.stringContaining("string value at .grants can't be known during preview"),
    ]);
    const point = attached("s3/accessPoint:AccessPoint", { policy: unknown }, { from: { policy: [other] } });
    expect(await blocked(bucketOf({ acl: "public-read" }), point)).toEqual([
      expect.stringContaining("Its ACL is public-read."),
      expect.stringContaining("string value at .policy can't be known during preview"),
    ]);
  });

  const openBy = (statement: object) =>
    blocked(bucketOf(), attached("s3/bucketPolicy:BucketPolicy", { policy: documentOf({ ...read, ...statement }) }));
  const account = "123456789012";
  const when = (operator: string, key: string, value: unknown) => ({
    Principal: "*",
    Condition: { [operator]: { [key]: value } },
  });

  it.each<[string, object]>([
    ["NotPrincipal", { NotPrincipal: { AWS: `arn:aws:iam::${account}:root` } }],
    ["a list of everybody", { Principal: { AWS: [`arn:aws:iam::${account}:root`, "*"] } }],
    ["a wildcard in a principal", { Principal: { AWS: "arn:aws:iam::*:root" } }],
    ["everybody beside a service", { Principal: { AWS: "*", Service: "cloudfront.amazonaws.com" } }],
    ["elements in another case", { principal: "*" }],
    ["no condition", { Principal: "*", Condition: {} }],
    ["an empty test", { Principal: "*", Condition: { StringEquals: {} } }],
    ["a test of no values", when("StringEquals", "aws:SourceAccount", [])],
    ["an empty value", when("StringEquals", "aws:SourceVpc", "")],
    ["every organization", when("StringEquals", "aws:PrincipalOrgID", "*")],
    ["any organization", when("StringLike", "aws:PrincipalOrgID", "o-*")],
    ["one wildcard of two values", when("StringLike", "aws:SourceAccount", [account, "*"])],
    ["a wildcard ARN", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/reader")],
    ["a variable", when("StringEquals", "aws:PrincipalArn", "${aws:PrincipalArn}")],
    ["IfExists", when("StringEqualsIfExists", "aws:SourceAccount", account)],
    ["a negation", when("StringNotEquals", "aws:PrincipalOrgID", "o-1234567890")],
    ["a negated address", when("NotIpAddress", "aws:SourceIp", "192.0.2.0/24")],
    ["ForAllValues", when("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-1234567890/r-1/")],
    ["Null", when("Null", "aws:PrincipalOrgID", "false")],
    ["a key that the caller sets", when("StringEquals", "aws:Referer", "https://example.com")],
    ["every address", when("IpAddress", "aws:SourceIp", "0.0.0.0/0")],
    ["every address in two halves", when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"])],
    ["two /8 in one", when("IpAddress", "aws:SourceIp", "52.0.0.0/7")],
    ["one half", when("IpAddress", "aws:SourceIp", ["128.0.0.0/1"])],
    [
      "every address in 256 parts",
      when(
        "IpAddress",
        "aws:SourceIp",
        Array.from({ length: 256 }, (_, index) => `${index}.0.0.0/8`),
      ),
    ],
    ["every IPv6 address", when("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "::/0"])],
    ["every IPv6 address in two halves", when("IpAddress", "aws:SourceIp", ["::/1", "8000::/1"])],
    ["every IPv4 address as IPv6", when("IpAddress", "aws:SourceIp", "::ffff:0:0/96")],
    ["what is no range", when("IpAddress", "aws:SourceIp", "everywhere")],
  ])("refuses a policy with %s", async (_, statement) => {
    expect(await openBy(statement)).toEqual([expect.stringMatching(/^Its policy lets in everybody.* Name who may/)]);
  });

  it.each<[string, object]>([
    ["an account", { Principal: { AWS: account } }],
    ["a denial to everybody but one", { Effect: "Deny", NotPrincipal: { AWS: account } }],
    ["a number for an account", when("StringEquals", "aws:SourceAccount", Number(account))],
    ["an organization", when("StringEquals", "aws:PrincipalOrgID", "o-1234567890")],
    ["a part of it", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1234567890/r-ab12/ou-ab12-1/*")],
    [
      "an account's access points",
      when("StringLike", "s3:DataAccessPointArn", `arn:aws:s3:eu-west-1:${account}:accesspoint/*`),
    ],
    ["networks", when("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "198.51.100.7", "17.0.0.0/8", "2001:db8::/32"])],
    ["private networks", when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])],
    [
      "one narrow test of two",
      {
        Principal: "*",
        Condition: { StringLike: { "aws:SourceArn": "*" }, StringEquals: { "AWS:SourceAccount": account } },
      },
    ],
  ])("takes a policy with %s", async (_, statement) => {
    expect(await openBy(statement)).toEqual([]);
  });
});

describe("the other policies of buckets", () => {
  const tlsOnly = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };

  it("look at a BucketV2, and at an inline policy", async () => {
    const bucket = (props: object) => bucketOf(props, {}, "aws:s3/bucketV2:BucketV2");
    expect(await judge(pictureBucketProtected, [bucket({})])).toHaveLength(1);
    expect(await judge(pictureBucketEncrypted, [bucket({})])).toHaveLength(1);
    expect(await judge(pictureBucketEncrypted, [bucket({ policy: documentOf(tlsOnly) })])).toEqual([]);
  });

  it.each([
    ["for some objects", { Resource: [arn, `${arn}/u/*`] }],
    ["for the bucket only", { Resource: arn }],
    ["with a second test", { Condition: { ...tlsOnly.Condition, StringEquals: { "aws:SourceAccount": "1" } } }],
    [
      "with a second test of the same kind",
      { Condition: { Bool: { "aws:SecureTransport": "false", "aws:ViaAWSService": "true" } } },
    ],
    ["to everybody but one", { Principal: undefined, NotPrincipal: { AWS: "123456789012" } }],
  ])("refuse a denial of requests without TLS %s", async (_, statement) => {
    const policy = documentOf({ ...tlsOnly, ...statement });
    expect(await judge(pictureBucketEncrypted, [bucketOf({ policy })])).toEqual([
      expect.stringContaining("Its policy takes requests without TLS."),
    ]);
  });
});
