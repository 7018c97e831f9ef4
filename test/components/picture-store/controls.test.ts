// The table of security controls against what the store declares: each control has a judge here, which finds what the
// table says.
import { describe, expect, it } from "vitest";
import { controls } from "../../../components/picture-store/controls.ts";
import { PictureStore } from "../../../components/picture-store/picture-store.ts";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";
import { mockEngine } from "../mock-engine.ts";
import { everyOption } from "./store-variants.ts";

const engine = mockEngine();

type Inputs = Record<string, unknown>;
interface Declared {
  /** The inputs of the only resource of a type; empty where there is none. */
  of(type: string): Inputs;
  has(type: string): boolean;
  objects: Inputs[];
  statements: { Effect: string; Principal: unknown; Action: unknown; Condition?: Record<string, Inputs> }[];
}

async function declaredBy(args: Partial<PictureStoreArgs> = {}): Promise<Declared> {
  const defaultPictures = { general: { file: "assets/default-picture.png" } };
  new PictureStore("pictures", { defaultPictures, ...args }, engine.recorded);
  const registered = await engine.registered();
  const all = (type: string) => registered.filter((resource) => resource.type === `aws:${type}`);
  const policy = all("s3/bucketPolicy:BucketPolicy")[0]?.inputs["policy"] as string | undefined;
  return {
    of: (type) => all(type)[0]?.inputs ?? {},
    has: (type) => all(type).length > 0,
    objects: all("s3/bucketObjectv2:BucketObjectv2").map(({ inputs }) => inputs),
    statements: (JSON.parse(policy ?? '{ "Statement": [] }') as { Statement: Declared["statements"] }).Statement,
  };
}

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Inputs | undefined)?.[name], value);

const bucket = "s3/bucket:Bucket";
const accessBlock = "s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const lifecycle = "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const distribution = "cloudfront/distribution:Distribution";

const blocks = (name: string) => (it: Declared) => it.of(accessBlock)[name] === true;
const blocksAll = (it: Declared) =>
  ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every((name) =>
    blocks(name)(it),
  );
const noAcls = (it: Declared) =>
  !it.has("s3/bucketAcl:BucketAcl") &&
  at(it.of("s3/bucketOwnershipControls:BucketOwnershipControls"), "rule", "objectOwnership") === "BucketOwnerEnforced";
const tlsOnly = (it: Declared) =>
  it.statements.some(
    ({ Effect, Principal, Action, Condition }) =>
      Effect === "Deny" &&
      Principal === "*" &&
      Action === "s3:*" &&
      at(Condition, "Bool", "aws:SecureTransport") === "false",
  );
const allowsOnlyCloudFront = (it: Declared) =>
  it.statements.every(
    ({ Effect, Principal, Condition }) =>
      Effect === "Deny" ||
      (at(Principal, "Service") === "cloudfront.amazonaws.com" &&
        at(Condition, "StringEquals", "AWS:SourceArn") !== undefined),
  );
const denyLeavesOwnerIn = (it: Declared) =>
  it.statements.every(({ Effect, Condition }) => Effect === "Allow" || Condition !== undefined);
const encryption = (it: Declared) =>
  at(
    it.of("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"),
    ...["rules", "0", "applyServerSideEncryptionByDefault", "sseAlgorithm"],
  );
const byKms = (it: Declared) => encryption(it) === "aws:kms";
const versioned = (it: Declared) =>
  at(it.of("s3/bucketVersioning:BucketVersioning"), "versioningConfiguration", "status") === "Enabled";
const rules = (it: Declared) => (it.of(lifecycle)["rules"] ?? []) as Inputs[];
const hasRule = (action: string) => (it: Declared) =>
  rules(it).some((rule) => rule["status"] === "Enabled" && rule[action] !== undefined);
const declares = (type: string) => (it: Declared) => it.has(type);

const distributionHas = (path: string[], test: (value: unknown) => boolean) => (it: Declared) =>
  test(at(it.of(distribution), ...path));
const redirects = distributionHas(["defaultCacheBehavior", "viewerProtocolPolicy"], (it) => it === "redirect-to-https");
const origins = (it: Declared) => it.of(distribution)["origins"] as Inputs[];
const onlyS3 = (it: Declared) =>
  origins(it).every(
    (origin) => String(origin["domainName"]).includes(".s3.") && origin["customOriginConfig"] === undefined,
  );
const byAccessControl = (it: Declared) =>
  onlyS3(it) && origins(it).every((origin) => origin["originAccessControlId"] !== undefined);
const rootObject = distributionHas(["defaultRootObject"], (it) => typeof it === "string");
const failover = distributionHas(["originGroups"], (it) => it !== undefined);
const legacyLogs = distributionHas(["loggingConfig"], (it) => it !== undefined);
const webAcl = distributionHas(["webAclId"], (it) => it !== undefined);
const ownCertificate = distributionHas(["viewerCertificate", "acmCertificateArn"], (it) => it !== undefined);
const modernTls = distributionHas(["viewerCertificate", "minimumProtocolVersion"], (it) =>
  /^TLSv1\.[23]_/.test(String(it)),
);
const sni = distributionHas(
  ["viewerCertificate"],
  (it) => at(it, "cloudfrontDefaultCertificate") === true || at(it, "sslSupportMethod") === "sni-only",
);

/** What the control's own rule looks at, as far as it shows in the declared resources. */
const judges: Record<string, (it: Declared) => boolean> = {
  "S3.1": declares("s3/accountPublicAccessBlock:AccountPublicAccessBlock"),
  "S3.2": blocksAll,
  "S3.3": blocksAll,
  "S3.5": tlsOnly,
  "S3.6": allowsOnlyCloudFront,
  "S3.7": declares("s3/bucketReplicationConfig:BucketReplicationConfig"),
  "S3.8": blocksAll,
  "S3.9": declares("s3/bucketLogging:BucketLogging"),
  "S3.10": (it) => versioned(it) && rules(it).length > 0,
  "S3.11": declares("s3/bucketNotification:BucketNotification"),
  "S3.12": noAcls,
  "S3.13": (it) => rules(it).some((rule) => rule["status"] === "Enabled"),
  "S3.14": versioned,
  "S3.15": declares("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"),
  "S3.17": byKms,
  "S3.20": (it) =>
    at(it.of("s3/bucketVersioning:BucketVersioning"), "versioningConfiguration", "mfaDelete") === "Enabled",
  "S3.22": declares("cloudtrail/trail:Trail"),
  "S3.23": declares("cloudtrail/trail:Trail"),
  CKV_AWS_18: declares("s3/bucketLogging:BucketLogging"),
  CKV_AWS_19: (it) => encryption(it) === "AES256" || byKms(it),
  CKV_AWS_20: noAcls,
  CKV_AWS_21: versioned,
  CKV_AWS_53: blocks("blockPublicAcls"),
  CKV_AWS_54: blocks("blockPublicPolicy"),
  CKV_AWS_55: blocks("ignorePublicAcls"),
  CKV_AWS_56: blocks("restrictPublicBuckets"),
  CKV_AWS_57: noAcls,
  CKV_AWS_70: allowsOnlyCloudFront,
  CKV_AWS_93: denyLeavesOwnerIn,
  CKV_AWS_143: declares("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"),
  CKV_AWS_144: declares("s3/bucketReplicationConfig:BucketReplicationConfig"),
  CKV_AWS_145: byKms,
  CKV_AWS_186: (it) => it.objects.every((object) => object["kmsKeyId"] !== undefined),
  CKV_AWS_300: hasRule("abortIncompleteMultipartUpload"),
  CKV_AWS_375: noAcls,
  CKV_AWS_379: tlsOnly,
  CKV2_AWS_6: blocksAll,
  CKV2_AWS_43: noAcls,
  CKV2_AWS_61: declares(lifecycle),
  CKV2_AWS_62: declares("s3/bucketNotification:BucketNotification"),
  CKV2_AWS_65: noAcls,

  "CloudFront.1": rootObject,
  "CloudFront.3": redirects,
  "CloudFront.4": failover,
  "CloudFront.5": declares("cloudwatch/logDelivery:LogDelivery"),
  "CloudFront.6": webAcl,
  "CloudFront.7": ownCertificate,
  "CloudFront.8": sni,
  "CloudFront.9": onlyS3,
  "CloudFront.10": onlyS3,
  "CloudFront.12": (it) => it.has(bucket) && byAccessControl(it),
  "CloudFront.13": byAccessControl,
  "CloudFront.14": distributionHas(["tags"], (it) => Object.keys(it ?? {}).length > 0),
  "CloudFront.15": modernTls,
  "CloudFront.16": onlyS3,
  "CloudFront.17": distributionHas(["defaultCacheBehavior", "trustedKeyGroups"], (it) => it !== undefined),
  CKV_AWS_34: redirects,
  CKV_AWS_68: webAcl,
  CKV_AWS_86: legacyLogs,
  CKV_AWS_174: modernTls,
  CKV_AWS_216: distributionHas(["enabled"], (it) => it === true),
  CKV_AWS_259: (it) => {
    const policy = it.of("cloudfront/responseHeadersPolicy:ResponseHeadersPolicy");
    const hsts = at(policy, "securityHeadersConfig", "strictTransportSecurity");
    return at(hsts, "includeSubdomains") === true && at(hsts, "preload") === true;
  },
  CKV_AWS_305: rootObject,
  CKV_AWS_310: failover,
  CKV_AWS_374: distributionHas(["restrictions", "geoRestriction", "restrictionType"], (it) => it !== "none"),
  CKV2_AWS_32: distributionHas(["defaultCacheBehavior", "responseHeadersPolicyId"], (it) => it !== undefined),
  CKV2_AWS_42: ownCertificate,
  CKV2_AWS_46: byAccessControl,
  // It looks into the web ACL, which is never the store's.
  CKV2_AWS_47: () => false,
  CKV2_AWS_54: onlyS3,
  CKV2_AWS_72: onlyS3,
};

describe("controls", () => {
  it("lists each control once, with a reason, and the judges below are the same", () => {
    const ids = controls.map(({ id }) => id);

    expect(ids.toSorted()).toEqual(Object.keys(judges).sort());
    expect(controls.filter(({ reason }) => !/^[A-Zh].{20,}\.$/.test(reason))).toEqual([]);
  });

  it("says of each what the declared resources show", async () => {
    const declared = await declaredBy();
    const judged = controls.map(({ id }) => ({ id, status: judges[id]?.(declared) ? "pass" : "exception" }));

    expect(judged).toEqual(controls.map(({ id, status }) => ({ id, status })));
  });

  it("says of each exception which option makes it pass, if any does", async () => {
    const declared = await declaredBy(everyOption);
    const exceptions = controls.filter(({ status }) => status === "exception");
    const passing = exceptions.filter(({ id }) => judges[id]?.(declared)).map(({ id }) => id);
    const passes = controls.filter(({ status }) => status === "pass");

    expect(passing).toEqual(exceptions.filter(({ option }) => option !== undefined).map(({ id }) => id));
    expect(passes.filter(({ id }) => !judges[id]?.(declared))).toEqual([]);
    for (const { option } of exceptions) if (option !== undefined) expect(everyOption).toHaveProperty(option);
  });
});
