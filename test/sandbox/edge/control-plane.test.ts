// What S3 and CloudFront refuse, and how they say it: a deployment that AWS would refuse must fail in the sandbox too.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accessLogFields } from "../../../components/picture-store/defaults.ts";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import { distributionArn } from "../../../sandbox/edge/identity.ts";
import type { ControlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore, readEdgeState } from "../../../sandbox/edge/edge-store.ts";

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
/** An issued certificate. */
function certificateOf(domainName: string, region = "us-east-1") {
  const acmCertificateArn = api.requestCertificate(domainName, region);
  const { name = "", type = "", value = "" } = api.describeCertificate(acmCertificateArn)?.validation ?? {};
  api.putRecordElsewhere({ name, type, values: [value] });
  api.validateCertificate(acmCertificateArn);
  return { acmCertificateArn, sslSupportMethod: "sni-only" };
}
const accessControl = {
  name: "pictures",
  originAccessControlOriginType: "s3",
  signingBehavior: "always",
  signingProtocol: "sigv4",
};

test("a bucket: its name, its namesake, its deletion while objects are left", () => {
  expect(() => api.createBucket("Pictures", "us-east-1")).toThrow("InvalidBucketName");
  expect(() => api.createBucket("pictures", "eu-west-1")).toThrow("BucketAlreadyOwnedByYou");
  api.putObject("pictures", "d/kept", Buffer.from("x"), {});
  api.createBucket("pictures", "us-east-1"); // There it succeeds, and changes nothing.
  expect(api.headObject("pictures", "d/kept")).toBeDefined();
  api.deleteObject("pictures", "d/kept");
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
  const named = distribution({ aliases: ["pictures.example.com"], viewerCertificate: certificateOf("*.example.com") });
  const { id } = api.createDistribution(named);
  expect(() => api.createDistribution(named)).toThrow("CNAMEAlreadyExists");
  expect(() => api.deleteDistribution(id)).toThrow("DistributionNotDisabled");
  api.updateDistribution(id, distribution({ enabled: false }));
  api.deleteDistribution(id);
  expect(() => api.deleteDistribution(id)).toThrow("NoSuchDistribution");
});

test("an alias moves to a distribution whose certificate covers it, and which DNS names", () => {
  const aliases = ["pictures.example.com"];
  const source = api.createDistribution(
    distribution({ aliases, viewerCertificate: certificateOf("pictures.example.com") }),
  );
  const bare = api.createDistribution(distribution());
  const target = api.createDistribution(distribution({ viewerCertificate: certificateOf("*.example.com") }));
  const move = (id: string) => () => api.associateAlias(id, "pictures.example.com");

  expect(move("E0")).toThrow("NoSuchDistribution");
  expect(move(bare.id)).toThrow("InvalidViewerCertificate");
  expect(move(target.id)).toThrow("_pictures.example.com does not name");
  api.putRecordElsewhere({ name: "_pictures.example.com", type: "TXT", values: [target.domainName] });
  move(target.id)();
  expect(api.getDistribution(target.id)?.config.aliases).toEqual(aliases);
  expect(api.getDistribution(source.id)?.config.aliases).toEqual([]);
});

test("an alias needs an issued certificate in us-east-1 that covers it", () => {
  const aliases = ["pictures.example.com"];
  const create = (change: object) => () => api.createDistribution(distribution({ aliases, ...change }));
  expect(create({})).toThrow("InvalidViewerCertificate: To add an alternate domain name");
  expect(create({ viewerCertificate: certificateOf("*.example.org") })).toThrow("doesn't cover");
  expect(create({ viewerCertificate: certificateOf("*.example.com", "eu-west-1") })).toThrow("isn't in us-east-1");
  const pending = api.requestCertificate("pending.example.com", "us-east-1");
  expect(api.validateCertificate(pending)).toBe(false);
  const sslSupportMethod = "sni-only";
  expect(create({ viewerCertificate: { acmCertificateArn: pending, sslSupportMethod } })).toThrow("isn't valid");
  const { acmCertificateArn } = certificateOf("pictures.example.com");
  expect(create({ viewerCertificate: { acmCertificateArn } })).toThrow("SSLSupportMethod is required");
  create({ viewerCertificate: { acmCertificateArn, sslSupportMethod } })();
  expect(() => api.deleteCertificate(acmCertificateArn)).toThrow("ResourceInUseException");
});

test("a record is of its zone, has its name to itself, and may be overwritten only on demand", () => {
  const zone = api.createHostedZone("example.com");
  const record = { name: "pictures.example.com", type: "A", values: ["192.0.2.1"] };
  const put = (change: object, overwrite = false) => api.putRecord(zone, { ...record, ...change }, { overwrite });
  expect(() => api.putRecord("Z0", record, { overwrite: false })).toThrow("NoSuchHostedZone");
  expect(() => put({ name: "pictures.example.org" })).toThrow("is not permitted in zone example.com.");
  expect(() => put({ name: "example.com", type: "CNAME" })).toThrow("not permitted at apex");
  put({});
  expect(() => put({})).toThrow("but it already exists");
  put({ values: ["192.0.2.2"] }, true);
  expect(api.getRecord(zone, "Pictures.example.com.", "A")?.values).toEqual(["192.0.2.2"]);
});

test("access logs are delivered from us-east-1, each distribution's once", () => {
  const { id } = api.createDistribution(distribution());
  const source = { region: "us-east-1", logType: "ACCESS_LOGS", resourceArn: distributionArn(id) };
  const destination = { region: "us-east-1", destinationResourceArn: "arn:aws:s3:::logs" };
  const putSource = (change: object) => () => api.putDeliverySource("a", { ...source, ...change });
  expect(putSource({ region: "eu-west-1" })).toThrow("not supported in region eu-west-1");
  expect(putSource({ resourceArn: distributionArn("E0") })).toThrow("does not exist");
  expect(putSource({ logType: "ERROR_LOGS" })).toThrow("LogType ERROR_LOGS");
  expect(() => api.putDeliverySource("a".repeat(61), source)).toThrow("less than or equal to 60");
  putSource({})();
  expect(() => api.putDeliverySource("b", source)).toThrow("ConflictException");
  expect(() => api.putDeliveryDestination("d", { ...destination, outputFormat: "xml" })).toThrow("OutputFormat xml");
  const deliveryDestinationArn = api.putDeliveryDestination("d", destination);
  expect(() => api.createDelivery("1", { deliverySourceName: "b", deliveryDestinationArn })).toThrow("does not exist");
  const delivery = api.createDelivery("1", { deliverySourceName: "a", deliveryDestinationArn });
  // CloudFront's own choice of fields, which our default repeats.
  expect(delivery.recordFields).toEqual(accessLogFields);
  const another = api.putDeliveryDestination("e", destination);
  const second = { deliverySourceName: "a", deliveryDestinationArn: another };
  expect(() => api.createDelivery("2", second)).toThrow("this type of destination");
  const group = {
    region: "us-east-1",
    destinationResourceArn: "arn:aws:logs:us-east-1:123456789012:log-group:pictures",
  };
  expect(() => api.putDeliveryDestination("e", group)).toThrow("cannot be changed");
  expect(() => api.putDeliveryDestination("f", { ...group, outputFormat: "parquet" })).toThrow("not supported");
  api.deleteDeliveryDestination("e");
  expect(() => api.deleteDeliverySource("a")).toThrow("ConflictException");
  expect(() => api.deleteDeliveryDestination("d")).toThrow("ConflictException");
  api.deleteDelivery("1");
  api.deleteDeliverySource("a");
  api.deleteDeliveryDestination("d");
});

test.each([
  [{ customErrorResponses: [{ errorCode: 302 }] }, "InvalidErrorCode"],
  [{ customErrorResponses: [{ errorCode: 404, responsePagePath: "/d/x" }] }, "InvalidResponseCode"],
  [{ customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: "d/x" }] }, "must begin with /"],
  [{ customErrorResponses: [{ errorCode: 404 }, { errorCode: 404 }] }, "duplicate error codes"],
  [{ defaultRootObject: "/d/x" }, "InvalidDefaultRootObject"],
  [{ cacheTagConfig: { headerName: "cache tag" } }, "CacheTagConfig"],
  [{ webAclId: "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/1" }, "InvalidWebACLId"],
  [{ restrictions: { geoRestriction: { restrictionType: "whitelist", locations: [] } } }, "InvalidGeoRestriction"],
  [{ restrictions: { geoRestriction: { restrictionType: "whitelist", locations: ["de"] } } }, "InvalidGeoRestriction"],
])("the distribution %j is refused", (change, message) => {
  expect(() => api.createDistribution(distribution(change))).toThrow(message);
});

test("an invalidation takes paths with a star at their end, and whole tags", () => {
  const { id } = api.createDistribution(distribution());
  api.createInvalidation(id, ["/u/*", "/d/a.png", "#u:1"]);
  for (const item of ["u/*", "/*/a.png", "#", "#a,b", "#a b"])
    expect(() => api.createInvalidation(id, [item])).toThrow("is not valid");
  expect(() => api.createInvalidation("E0", ["/*"])).toThrow("NoSuchDistribution");
});

const custom = (header: string) => ({ customHeadersConfig: { items: [{ header, value: "*", override: true }] } });
const cors = (accessControlAllowCredentials: boolean) => ({
  corsConfig: {
    accessControlAllowCredentials,
    accessControlAllowHeaders: { items: ["*"] },
    accessControlAllowMethods: { items: ["GET"] },
    accessControlAllowOrigins: { items: ["*"] },
    originOverride: true,
  },
});
const removed = (...names: string[]) => ({ removeHeadersConfig: { items: names.map((header) => ({ header })) } });

test.each([
  [removed("Content-Length"), "cannot be removed"],
  [removed(...Array.from({ length: 11 }, (_, index) => `x-${index}`)), "TooManyRemoveHeaders"],
  [custom("X-Frame-Options"), "x-frame-options that is a security header"],
  [custom("Access-Control-Allow-Origin"), "Invalid custom header: access-control-allow-origin"],
  [{ ...cors(false), ...custom("access-control-max-age") }, "Invalid custom header: access-control-max-age"],
  [cors(true), "cannot contain * when allowCredentials is true"],
])("the headers policy %j is refused", (change, message) => {
  expect(() => api.responseHeadersPolicies.create({ name: "pictures", ...change })).toThrow(message);
});

test("a bucket with versions keeps what is overwritten and deleted, and is not empty while it does", () => {
  expect(() => api.putBucketVersioning("pictures", "Disabled")).toThrow("MalformedXML");
  api.putBucketVersioning("pictures", "Enabled");
  const [first, second] = ["1", "2"].map((text) => api.putObject("pictures", "d/x", Buffer.from(text), {}));
  api.deleteObject("pictures", "d/x");
  expect(api.getBucket("pictures")?.noncurrentVersions?.["d/x"]).toEqual([first, second]);
  expect(() => api.deleteBucket("pictures")).toThrow("You must delete all versions in the bucket.");
  for (const key of api.listObjectVersions("pictures")) api.deleteObjectVersions("pictures", key);
  api.deleteBucket("pictures");
});

test("a bucket has a marker of what is deleted, is not empty with it, and no copy is made of it", () => {
  api.putBucketVersioning("pictures", "Enabled");
  const { versionId = "" } = api.deleteObject("pictures", "d/x") ?? {};
  expect(() => api.deleteBucket("pictures")).toThrow("You must delete all versions in the bucket.");
  expect(() => api.copyObjectVersion("pictures", "d/x", versionId)).toThrow("may not specifically refer to a delete");
  expect(api.deleteObjectVersion("pictures", "d/x", versionId)).toMatchObject({ isDeleteMarker: true });
  expect(api.deleteObjectVersion("pictures", "d/x", versionId)).toBeUndefined();
  api.deleteBucket("pictures");
});

test("versioning that is suspended keeps earlier versions, and one without an id, which can be a marker", () => {
  const kept = () => [api.getBucket("pictures")?.noncurrentVersions?.["d/x"], api.headObject("pictures", "d/x")];
  const put = (text: string) => api.putObject("pictures", "d/x", Buffer.from(text), {});
  api.putBucketVersioning("pictures", "Enabled");
  const first = put("1");
  api.putBucketVersioning("pictures", "Suspended");
  put("2");
  const third = put("3");
  expect(kept()).toEqual([[first], third]);
  expect(api.deleteObject("pictures", "d/x")).not.toHaveProperty("versionId");
  expect(kept()).toEqual([[first], undefined]);
  expect(api.deleteObjectVersion("pictures", "d/x", "null")).toMatchObject({ isDeleteMarker: true });
  expect(kept()).toEqual([undefined, first]);
  expect(readdirSync(join(folder, "objects"))).toEqual([first.sha256]);
});

test("an edge that was kept from before has markers of what is deleted, the same each time", () => {
  api.putBucketVersioning("pictures", "Enabled");
  const [deleted] = ["d/deleted", "d/there"].map((key) => api.putObject("pictures", key, Buffer.from(key), {}));
  for (const key of ["d/deleted", "d/there"]) api.deleteObject("pictures", key);
  const again = api.putObject("pictures", "d/there", Buffer.from("again"), {});
  // As an older sandbox wrote it.
  const file = join(folder, "edge.json");
  const state = readEdgeState(folder);
  const { deleteMarkers, ...before } = state.buckets["pictures"] ?? expect.fail("no bucket");
  expect(Object.keys(deleteMarkers ?? {})).toEqual(["d/deleted"]);
  rmSync(join(folder, "edge-objects.jsonl"));
  writeFileSync(file, JSON.stringify({ ...state, buckets: { pictures: before } }));

  const opened = controlPlane(openStore(folder));
  const marker = opened.getBucket("pictures")?.deleteMarkers?.["d/deleted"];
  expect(opened.getBucket("pictures")?.deleteMarkers).toEqual({ "d/deleted": marker });
  expect(openStore(folder).state.buckets["pictures"]?.deleteMarkers).toEqual({ "d/deleted": marker });
  opened.deleteObjectVersion("pictures", "d/deleted", marker?.versionId ?? "");
  expect(opened.headObject("pictures", "d/deleted")).toEqual(deleted);
  expect(opened.headObject("pictures", "d/there")).toEqual(again);
});

const all = { prefix: "", objectSizeGreaterThan: 0, objectSizeLessThan: 0 };
const abortsUploads = { abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } };
test.each([
  [[{ id: "a", status: "Enabled" }], "At least one action"],
  [[{ id: "a", status: "On", expiration: { days: 1, expiredObjectDeleteMarker: false } }], "MalformedXML"],
  [[{ id: "a", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 0 } }], "a positive integer"],
  [[{ id: "a", status: "Enabled", expiration: { days: 1, expiredObjectDeleteMarker: true } }], "MalformedXML"],
  [
    [{ id: "a", status: "Enabled", filter: { ...all, tag: { key: "a", value: "b" } }, ...abortsUploads }],
    "cannot be specified with Tags",
  ],
  [
    [{ id: "a", status: "Enabled", filter: { ...all, and: { ...all, tags: { a: "b" } } }, ...abortsUploads }],
    "cannot be specified with Tags",
  ],
  [
    [
      {
        id: "a",
        status: "Enabled",
        filter: { ...all, tag: { key: "a", value: "b" } },
        expiration: { days: 0, expiredObjectDeleteMarker: true },
      },
    ],
    "ExpiredObjectDeleteMarker cannot be specified with Tags",
  ],
  [
    [1, 2].map(() => ({ id: "a", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 1 } })),
    "Rule ID must be unique",
  ],
])("the lifecycle rules %j are refused", (rules, message) => {
  expect(() => api.putBucketLifecycle("pictures", rules)).toThrow(message);
});

test("encryption is of a kind that S3 knows, by a key that exists", () => {
  const key = "arn:aws:kms:us-east-1:123456789012:key/1";
  const byDefault = (rule: object) => [{ applyServerSideEncryptionByDefault: rule as { sseAlgorithm: string } }];
  const encrypt = (rules: Parameters<ControlPlane["putBucketEncryption"]>[1]) => () =>
    api.putBucketEncryption("pictures", rules);
  expect(encrypt(byDefault({ sseAlgorithm: "AES128" }))).toThrow("MalformedXML");
  expect(encrypt([{ blockedEncryptionTypes: ["SSE-S3"] }])).toThrow("MalformedXML");
  expect(encrypt(byDefault({ sseAlgorithm: "AES256", kmsMasterKeyId: key }))).toThrow("is not applicable");
  encrypt(byDefault({ sseAlgorithm: "aws:kms", kmsMasterKeyId: key }))();
  const put = () => api.putObject("pictures", "d/x", Buffer.from("x"), {});
  expect(put).toThrow("KMS.NotFoundException");
  expect(() => api.putKeyPolicy(key, statement({ Resource: "*" }))).toThrow("invalid action");
  api.putKeyPolicy(key, statement({ Action: "kms:Decrypt", Resource: "*" }));
  expect(put().encryption).toEqual({ sseAlgorithm: "aws:kms", kmsMasterKeyId: key });
});

test.each([
  ["originAccessControls", 64],
  ["responseHeadersPolicies", 128],
] as const)("a name in %s has at most %i characters", (collection, most) => {
  const named = (length: number) => () => api[collection].create({ ...accessControl, name: "n".repeat(length) });
  expect(named(most)).not.toThrow();
  expect(named(most + 1)).toThrow("InvalidArgument");
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
