// The write side of the edge: the API operations for the resource types of the picture store, S3's and CloudFront's here, with the checks
// that decide whether a deployment succeeds. The provider stand-in calls it.
import { createHash, randomInt, randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import { isPublic, parseBucketPolicy, parsePolicy } from "./bucket-policy.ts";
import type { Cache } from "./cache.ts";
import { checkAliases, domainOperations } from "./domains.ts";
import { logDeliveryOperations } from "./log-delivery.ts";
import type {
  Bucket,
  Distribution,
  DistributionConfig,
  EncryptionRule,
  LifecycleRule,
  ObjectHeaders,
  OriginAccessControl,
  PublicAccessBlock,
  ResponseHeadersPolicy,
  Store,
  Stored,
  StoredObject,
} from "./edge-state.ts";

export type ControlPlane = ReturnType<typeof controlPlane>;

/** The operations are named as in the Amazon S3 and CloudFront API references; each throws `AwsError` as they do. */
export function controlPlane(store: Store, cache?: Cache) {
  const { state } = store;
  const bucketNamed = (name: string): Bucket =>
    state.buckets[name] ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
  return {
    ...domainOperations(store),
    ...logDeliveryOperations(store),
    createBucket(name: string, region: string): void {
      if (!/^(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes("..") || /^[0-9.]+$/.test(name))
        fail("InvalidBucketName", "The specified bucket is not valid.", 400);
      if (state.buckets[name])
        fail(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          409,
        );
      state.buckets[name] = { region, objects: {} };
      store.save();
    },
    getBucket: (name: string): Readonly<Bucket> | undefined => state.buckets[name],
    deleteBucket(name: string): void {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      if (Object.keys(objects).length > 0) fail("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
      if (Object.keys(noncurrentVersions).length > 0)
        fail("BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.", 409); // prettier-ignore
      Reflect.deleteProperty(state.buckets, name);
      store.save();
    },
    putBucketTagging: (name: string, tags: Readonly<Record<string, string>>) => change(bucketNamed(name), "tags", tags),
    putPublicAccessBlock: (name: string, block: PublicAccessBlock | undefined) =>
      change(bucketNamed(name), "publicAccessBlock", block),
    putBucketOwnershipControls(name: string, objectOwnership: string | undefined) {
      const valid = ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"];
      if (objectOwnership !== undefined && !valid.includes(objectOwnership)) malformedXml();
      change(bucketNamed(name), "ownershipControls", objectOwnership === undefined ? undefined : { objectOwnership });
    },
    putBucketEncryption(name: string, rules: readonly EncryptionRule[] | undefined) {
      for (const { applyServerSideEncryptionByDefault: byDefault, blockedEncryptionTypes = [] } of rules ?? []) {
        const { sseAlgorithm = "AES256", kmsMasterKeyId } = byDefault ?? {};
        if (!["AES256", "aws:kms", "aws:kms:dsse"].includes(sseAlgorithm)) malformedXml();
        if (!blockedEncryptionTypes.every((type) => ["SSE-C", "NONE"].includes(type))) malformedXml();
        if (sseAlgorithm === "AES256" && kmsMasterKeyId !== undefined)
          fail("InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse", 400); // prettier-ignore
      }
      change(bucketNamed(name), "encryptionRules", rules);
    },
    putBucketVersioning(name: string, status: string) {
      if (!["Enabled", "Suspended"].includes(status)) malformedXml();
      change(bucketNamed(name), "versioning", status);
    },
    putBucketLifecycle(name: string, rules: readonly LifecycleRule[] | undefined) {
      if (rules !== undefined) checkLifecycleRules(rules);
      change(bucketNamed(name), "lifecycleRules", rules);
    },
    putBucketPolicy(name: string, policy: string | undefined) {
      const bucket = bucketNamed(name);
      if (policy !== undefined && isPublic(parseBucketPolicy(policy, name)) && bucket.publicAccessBlock?.blockPublicPolicy)
        fail("AccessDenied", "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the BlockPublicPolicy block public access setting.", 403); // prettier-ignore
      change(bucket, "policy", policy);
    },
    putObject(name: string, key: string, bytes: Uint8Array, headers: ObjectHeaders): StoredObject {
      const bucket = bucketNamed(name);
      const { objects } = bucket;
      if (key === "" || Buffer.byteLength(key) > 1024) fail("KeyTooLongError", "Your key is too long", 400);
      if (Object.keys(headers.tags ?? {}).length > 10) fail("BadRequest", "Object tags cannot be greater than 10", 400);
      const before = objects[key];
      const etag = createHash("md5").update(bytes).digest("hex");
      const encryption = bucket.encryptionRules?.[0]?.applyServerSideEncryptionByDefault;
      if (encryption?.kmsMasterKeyId !== undefined && state.kmsKeys[encryption.kmsMasterKeyId] === undefined)
        fail("KMS.NotFoundException", `Key '${encryption.kmsMasterKeyId}' does not exist`, 400);
      const lastModified = new Date().toISOString();
      const object: StoredObject = {
        ...headers,
        etag,
        sha256: store.putBytes(bytes),
        lastModified,
        ...(encryption && { encryption }),
        ...(bucket.versioning === "Enabled" && { versionId: random(32) }),
      };
      if (before) makeNoncurrent(name, key, before);
      objects[key] = object;
      store.save();
      if (before) store.dropBytes(before.sha256);
      return object;
    },
    /** CopyObject of an earlier version onto its own key: it is the current one again, as a new version. */
    copyObjectVersion(name: string, key: string, versionId: string): void {
      const versions = bucketNamed(name).noncurrentVersions?.[key] ?? [];
      const version =
        versions.find((one) => one.versionId === versionId) ??
        fail("NoSuchVersion", "The specified version does not exist.", 404);
      const { etag, sha256, lastModified, versionId: _, encryption, ...headers } = version;
      this.putObject(name, key, store.bytes(sha256), headers);
    },
    headObject: (name: string, key: string): StoredObject | undefined => state.buckets[name]?.objects[key],
    deleteObject(name: string, key: string): void {
      const { objects } = bucketNamed(name);
      const object = objects[key];
      if (object === undefined) return; // S3 answers 204 for a key that is not there.
      makeNoncurrent(name, key, object);
      Reflect.deleteProperty(objects, key);
      store.save();
      store.dropBytes(object.sha256);
    },
    /** The current version and every earlier one. */
    deleteObjectVersions(name: string, key: string): void {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      const versions = [objects[key] ?? [], noncurrentVersions[key] ?? []].flat();
      Reflect.deleteProperty(objects, key);
      Reflect.deleteProperty(noncurrentVersions, key);
      store.save();
      for (const { sha256 } of versions) store.dropBytes(sha256);
    },
    /** The keys of all objects, deleted ones with earlier versions among them. */
    listObjectVersions: (name: string): string[] => {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      return [...new Set([...Object.keys(objects), ...Object.keys(noncurrentVersions)])];
    },
    /** A key of another team's: KMS's PutKeyPolicy. */
    putKeyPolicy(keyArn: string, policy: string): void {
      parsePolicy(policy, { service: "kms", ownsResource: (resource) => resource === "*" || resource === keyArn });
      state.kmsKeys[keyArn] = policy;
      store.save();
    },
    originAccessControls: collection<OriginAccessControl>(state.originAccessControls, "OriginAccessControl", {
      newId: () => `E${random(13).toUpperCase()}`,
      inUse: (id) => distributions().some(({ config }) => config.origins.some((it) => it.originAccessControlId === id)),
    }),
    responseHeadersPolicies: collection<ResponseHeadersPolicy>(state.responseHeadersPolicies, "ResponseHeadersPolicy", {
      newId: randomUUID,
      check: checkResponseHeaders,
      inUse: (id) =>
        distributions().some(({ config }) => behaviors(config).some((it) => it.responseHeadersPolicyId === id)),
    }),
    createDistribution(config: DistributionConfig): Distribution {
      validate(config);
      const id = `E${random(13).toUpperCase()}`;
      return storeDistribution(
        { id, domainName: `d${random(13)}.cloudfront.net`, callerReference: randomUUID() },
        config,
      );
    },
    listDistributions: (): Distribution[] => Object.values(state.distributions),
    getDistribution: (id: string): Distribution | undefined => state.distributions[id],
    updateDistribution(id: string, config: DistributionConfig): Distribution {
      const distribution = state.distributions[id] ?? noSuchDistribution();
      validate(config, id);
      return storeDistribution(distribution, config);
    },
    deleteDistribution(id: string): void {
      if ((state.distributions[id] ?? noSuchDistribution()).config.enabled)
        fail("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409);
      Reflect.deleteProperty(state.distributions, id);
      store.save();
    },
    /** Items as `/u/*` or `#tag`. */
    createInvalidation(id: string, items: readonly string[]): void {
      const { config } = state.distributions[id] ?? noSuchDistribution();
      for (const item of items) {
        const isTag = item.startsWith("#");
        if (isTag ? !/^#[!-+--~]{1,256}$/.test(item) : !/^\/[^*]*\*?$/.test(item))
          fail("InvalidArgument", `Your request contains the invalidation item ${item}, which is not valid.`, 400);
        // A distribution without tags ignores them.
        if (!isTag || config.cacheTagConfig) cache?.forget(id, item);
      }
    },
  };

  function change<Key extends keyof Bucket>(bucket: Bucket, key: Key, value: Bucket[Key] | undefined): void {
    if (value === undefined) Reflect.deleteProperty(bucket, key);
    else bucket[key] = value;
    store.save();
  }

  /** What a bucket with versioning keeps of an object that is overwritten or deleted. */
  function makeNoncurrent(name: string, key: string, object: StoredObject): void {
    const bucket = bucketNamed(name);
    if (bucket.versioning !== "Enabled") return;
    const versions = (bucket.noncurrentVersions ??= {});
    versions[key] = [...(versions[key] ?? []), object];
  }

  function distributions() {
    return Object.values(state.distributions);
  }

  function storeDistribution(
    identity: Pick<Distribution, "id" | "domainName" | "callerReference">,
    config: DistributionConfig,
  ) {
    const { id, domainName, callerReference } = identity;
    const lastModifiedTime = new Date().toISOString();
    const distribution: Distribution = { id, domainName, callerReference, config, etag: newEtag(), lastModifiedTime };
    state.distributions[id] = distribution;
    store.save();
    return distribution;
  }

  function validate(config: DistributionConfig, id?: string): void {
    checkErrorResponses(config);
    checkAliases(state, config);
    checkGeoRestriction(config);
    if (config.webAclId && !/^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\//.test(config.webAclId))
      fail("InvalidWebACLId", "Web ACL is not accessible by the requester.", 400);
    if (config.defaultRootObject?.startsWith("/") || (config.defaultRootObject?.length ?? 0) > 255)
      fail("InvalidDefaultRootObject", "The parameter DefaultRootObject is invalid.", 400);
    if (config.cacheTagConfig && !/^[\w-]+$/.test(config.cacheTagConfig.headerName))
      fail("InvalidArgument", "The parameter CacheTagConfig HeaderName is invalid.", 400);
    const originIds = config.origins.map(({ originId }) => originId);
    for (const { targetOriginId, responseHeadersPolicyId } of behaviors(config)) {
      if (!originIds.includes(targetOriginId))
        fail("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404);
      if (responseHeadersPolicyId && !state.responseHeadersPolicies[responseHeadersPolicyId])
        fail("NoSuchResponseHeadersPolicy", "The specified response headers policy does not exist.", 404);
    }
    for (const { originAccessControlId } of config.origins) {
      if (originAccessControlId && !state.originAccessControls[originAccessControlId])
        fail("NoSuchOriginAccessControl", "The specified origin access control does not exist.", 404);
    }
    const taken = distributions().some(
      (other) => other.id !== id && other.config.aliases?.some((alias) => config.aliases?.includes(alias)),
    );
    if (taken)
      fail(
        "CNAMEAlreadyExists",
        "One or more of the CNAMEs you provided are already associated with a different resource.",
        409,
      );
  }

  function collection<Config extends { readonly name: string }>(
    entries: Record<string, Stored<Config>>,
    type: "OriginAccessControl" | "ResponseHeadersPolicy",
    { newId, inUse, check }: { newId: () => string; inUse: (id: string) => boolean; check?: (config: Config) => void },
  ) {
    const existing = (id: string) =>
      entries[id] ?? fail(`NoSuch${type}`, `The specified ${words(type)} does not exist.`, 404);
    const put = (id: string, config: Config): Stored<Config> => {
      check?.(config);
      if (Object.values(entries).some((other) => other.id !== id && other.config.name === config.name))
        fail(`${type}AlreadyExists`, `A ${words(type)} with this name already exists.`, 409);
      const stored = { id, config, etag: newEtag() };
      entries[id] = stored;
      store.save();
      return stored;
    };
    return {
      create: (config: Config) => put(newId(), config),
      get: (id: string): Stored<Config> | undefined => entries[id],
      update: (id: string, config: Config) => put(existing(id).id, config),
      delete(id: string): void {
        existing(id);
        if (inUse(id))
          fail(`${type}InUse`, `Cannot delete the ${words(type)} because it is attached to a distribution.`, 409);
        Reflect.deleteProperty(entries, id);
        store.save();
      },
    };
  }
}

/** What PutBucketLifecycleConfiguration refuses (Amazon S3 API reference, "LifecycleRule"). */
function checkLifecycleRules(rules: readonly LifecycleRule[]): void {
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    fail("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule", 400);
  for (const { id, status, filter, ...actions } of rules) {
    if (id.length > 255) fail("InvalidArgument", "ID length should not exceed allowed limit of 255", 400);
    if (!["Enabled", "Disabled"].includes(status)) malformedXml();
    const { expiration, noncurrentVersionExpiration, abortIncompleteMultipartUpload, ...others } = actions;
    if (Object.keys(actions).length === 0)
      fail("InvalidRequest", "At least one action needs to be specified in a rule", 400);
    if (Object.values(others).some((action) => Array.isArray(action) && action.length > 0))
      fail("NotEvaluated", "The sandbox's edge has one storage class, and so no transitions", 501);
    if (expiration?.days && expiration.expiredObjectDeleteMarker) malformedXml();
    const days = [
      expiration?.days,
      noncurrentVersionExpiration?.noncurrentDays,
      abortIncompleteMultipartUpload?.daysAfterInitiation,
    ];
    if (days.some((count) => count !== undefined && !(Number.isInteger(count) && count > 0)))
      fail("InvalidArgument", "'Days' in the rule must be a positive integer", 400);
    if (abortIncompleteMultipartUpload && filter?.tag)
      fail("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags", 400);
  }
}

/** CloudFront API reference, "GeoRestriction". */
function checkGeoRestriction({ restrictions }: DistributionConfig): void {
  const { restrictionType = "none", locations = [] } = restrictions?.geoRestriction ?? {};
  const listed = restrictionType !== "none";
  if (!["none", "whitelist", "blacklist"].includes(restrictionType) || listed !== locations.length > 0)
    fail("InvalidGeoRestrictionParameter", "The specified geo restriction parameter is not valid.", 400);
  if (!locations.every((code) => /^[A-Z]{2}$/.test(code)))
    fail("InvalidGeoRestrictionParameter", "The specified geo restriction contains a country code that is not valid.", 400); // prettier-ignore
}

/** CloudFront API reference, "CustomErrorResponse". */
function checkErrorResponses({ customErrorResponses = [] }: DistributionConfig): void {
  const codes = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
  for (const { errorCode, responseCode, responsePagePath } of customErrorResponses) {
    if (!codes.includes(errorCode))
      fail("InvalidErrorCode", "Your request contains an error code that is not valid.", 400);
    if ((responseCode === undefined) !== (responsePagePath === undefined))
      fail("InvalidResponseCode", "A response code and a response page path are given together or not at all.", 400);
    if (responsePagePath !== undefined && !responsePagePath.startsWith("/"))
      fail("InvalidArgument", "The parameter ResponsePagePath must begin with /.", 400);
  }
  if (new Set(customErrorResponses.map(({ errorCode }) => errorCode)).size < customErrorResponses.length)
    fail("InvalidArgument", "The parameter CustomErrorResponses contains duplicate error codes.", 400);
}

const kept = /^(connection|content-encoding|content-length|expect|host|keep-alive|proxy-.*|trailer|transfer-encoding|upgrade|via|warning|x-accel-.*|x-amz-cf-.*|x-amzn-.*|x-cache.*|x-edge-.*|x-forwarded-proto|x-real-ip)$/; // prettier-ignore
const ofTheirOwn = /^(content-security-policy|x-content-type-options|x-frame-options|referrer-policy|strict-transport-security|x-xss-protection|access-control-.*)$/; // prettier-ignore

/** CloudFront docs, "Understand response headers policies" and "Quotas": ten headers of each kind. */
function checkResponseHeaders({ customHeadersConfig, removeHeadersConfig }: ResponseHeadersPolicy): void {
  const named = (items: readonly { readonly header: string }[] | undefined) =>
    (items ?? []).map(({ header }) => header.toLowerCase());
  const [custom, removed] = [named(customHeadersConfig?.items), named(removeHeadersConfig?.items)];
  if (custom.length > 10)
    fail("TooManyCustomHeadersInResponseHeadersPolicy", "The number of custom headers exceeds the maximum.", 400);
  if (removed.length > 10)
    fail("TooManyRemoveHeadersInResponseHeadersPolicy", "The number of headers to remove exceeds the maximum.", 400);
  for (const header of custom.filter((name) => ofTheirOwn.test(name)))
    fail("InvalidArgument", `The parameter Name contains ${header} that is a security header and cannot be set as custom header.`, 400); // prettier-ignore
  for (const header of removed.filter((name) => kept.test(name)))
    fail("InvalidArgument", `The header ${header} cannot be removed.`, 400);
}

/** Every cache behaviour of a distribution, in the order in which CloudFront tries them. */
export const behaviors = (config: DistributionConfig) => [
  ...(config.orderedCacheBehaviors ?? []),
  { ...config.defaultCacheBehavior, pathPattern: "*" },
];

const words = (type: string) => type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

const letters = "0123456789abcdefghijklmnopqrstuvwxyz";
const random = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
const newEtag = () => `E${random(13).toUpperCase()}`;

const malformedXml = () =>
  fail(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
    400,
  );
const noSuchDistribution = () => fail("NoSuchDistribution", "The specified distribution does not exist.", 404);

function fail(code: string, message: string, status: number): never {
  throw new AwsError(code, message, status);
}
