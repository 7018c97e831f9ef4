// S3's API operations for buckets and objects, with the checks that decide whether a deployment succeeds; and KMS's for
// the keys that encrypt the objects.
import { hash, randomBytes } from "node:crypto";
import { fail } from "./aws-error.ts";
import { isPublic, parseBucketPolicy, parsePolicy } from "./bucket-policy.ts";
import { randomText } from "./edge-state.ts";
import type {
  Bucket,
  EncryptionRule,
  LifecycleRule,
  ObjectHeaders,
  PublicAccessBlock,
  Store,
  StoredObject,
} from "./edge-state.ts";

/**
 * The operations are named as in the Amazon S3 and KMS API references, and throw the `AwsError`s that are named there.
 */
export function s3Operations(store: Store) {
  const { state } = store;
  const bucketNamed = (name: string): Bucket =>
    state.buckets[name] ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);

  function putObject(name: string, key: string, bytes: Uint8Array, headers: ObjectHeaders): StoredObject {
    const bucket = bucketNamed(name);
    const { objects } = bucket;
    if (key === "" || Buffer.byteLength(key) > 1024) fail("KeyTooLongError", "Your key is too long");
    if (Object.keys(headers.tags ?? {}).length > 10) fail("BadRequest", "Object tags cannot be greater than 10");
    const encryption = bucket.encryptionRules?.[0]?.applyServerSideEncryptionByDefault;
    if (encryption?.kmsMasterKeyId !== undefined && state.kmsKeys[encryption.kmsMasterKeyId] === undefined)
      fail("KMS.NotFoundException", `Key '${encryption.kmsMasterKeyId}' does not exist`);
    const before = objects[key];
    const object: StoredObject = {
      ...headers,
      // The MD5 of what it keeps (Amazon S3 API reference, "Object"): with a KMS key not of the bytes.
      etag: encryption?.kmsMasterKeyId === undefined ? hash("md5", bytes) : randomBytes(16).toString("hex"),
      sha256: store.putBytes(bytes),
      lastModified: new Date().toISOString(),
      ...(encryption && { encryption }),
      ...(bucket.versioning === "Enabled" && { versionId: randomText(32) }),
    };
    if (before) makeNoncurrent(name, key, before);
    objects[key] = object;
    store.save();
    if (before) store.dropBytes(before.sha256);
    return object;
  }

  function change<Key extends keyof Bucket>(bucket: Bucket, key: Key, value: Bucket[Key] | undefined): void {
    if (value === undefined) Reflect.deleteProperty(bucket, key);
    else bucket[key] = value;
    store.save();
  }

  /** A bucket with versioning keeps an object that is overwritten or deleted. */
  function makeNoncurrent(name: string, key: string, object: StoredObject): void {
    const bucket = bucketNamed(name);
    if (bucket.versioning !== "Enabled") return;
    const versions = (bucket.noncurrentVersions ??= {});
    versions[key] = [...(versions[key] ?? []), object];
  }

  return {
    createBucket(name: string, region: string): void {
      if (!/^(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes("..") || /^[0-9.]+$/.test(name))
        fail("InvalidBucketName", "The specified bucket is not valid.");
      // In us-east-1 alone that succeeds, and changes nothing (Amazon S3 API reference, "CreateBucket").
      if (state.buckets[name]?.region === "us-east-1" && region === "us-east-1") return;
      if (state.buckets[name])
        fail(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          409,
        );
      state.buckets[name] = { region, objects: {} };
      store.save();
    },
    /** HeadBucket, as it answers a deployment in this region: undefined for its 301, 403 and 404. */
    headBucket(name: string, region: string): Readonly<Bucket> | undefined {
      const bucket = state.buckets[name];
      return bucket?.region === region && !bucket.listDenied ? bucket : undefined;
    },
    /** Takes `s3:ListBucket` on the bucket from the deployment, or gives it back. */
    denyListBucket: (name: string, denied: boolean) => change(bucketNamed(name), "listDenied", denied || undefined),
    getBucket: (name: string): Readonly<Bucket> | undefined => state.buckets[name],
    deleteBucket(name: string): void {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      const notEmpty = "The bucket you tried to delete is not empty";
      if (Object.keys(objects).length > 0) fail("BucketNotEmpty", notEmpty, 409);
      if (Object.keys(noncurrentVersions).length > 0)
        fail("BucketNotEmpty", `${notEmpty}. You must delete all versions in the bucket.`, 409);
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
          fail(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
          );
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
      const becomesPublic = policy !== undefined && isPublic(parseBucketPolicy(policy, name));
      if (becomesPublic && bucket.publicAccessBlock?.blockPublicPolicy)
        fail(
          "AccessDenied",
          "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the " +
            "BlockPublicPolicy block public access setting.",
          403,
        );
      change(bucket, "policy", policy);
    },
    putObject,
    /** CopyObject of the current version onto its own key, with other headers and tags: it is as new. */
    rewriteObject(name: string, key: string, headers: ObjectHeaders): StoredObject {
      const { sha256 } = bucketNamed(name).objects[key] ?? fail("NoSuchKey", "The specified key does not exist.", 404);
      return putObject(name, key, store.bytes(sha256), headers);
    },
    /** CopyObject of an earlier version onto its own key: its content is current again, as a new version. */
    copyObjectVersion(name: string, key: string, versionId: string): void {
      const versions = bucketNamed(name).noncurrentVersions?.[key] ?? [];
      const version =
        versions.find((one) => one.versionId === versionId) ??
        fail("NoSuchVersion", "The specified version does not exist.", 404);
      const { etag, sha256, lastModified, versionId: _, encryption, ...headers } = version;
      putObject(name, key, store.bytes(sha256), headers);
    },
    headObject: (name: string, key: string): StoredObject | undefined => state.buckets[name]?.objects[key],
    /** The bytes of an object. */
    getObject(name: string, key: string): Buffer {
      const { sha256 } = bucketNamed(name).objects[key] ?? fail("NoSuchKey", "The specified key does not exist.", 404);
      return store.bytes(sha256);
    },
    deleteObject(name: string, key: string): void {
      const { objects } = bucketNamed(name);
      const object = objects[key];
      if (object === undefined) return; // S3 responds 204 for a key that does not exist.
      makeNoncurrent(name, key, object);
      Reflect.deleteProperty(objects, key);
      store.save();
      store.dropBytes(object.sha256);
    },
    /** DeleteObject of one version; the one before it is current then. */
    deleteObjectVersion(name: string, key: string, versionId: string): void {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      const versions = [...(noncurrentVersions[key] ?? []), objects[key] ?? []].flat();
      const isIt = (version: StoredObject) => (version.versionId ?? "null") === versionId;
      const left = versions.filter((version) => !isIt(version));
      // A deleted object has earlier versions only, and none of them becomes current.
      const current = objects[key] === undefined ? undefined : left.pop();
      if (current === undefined) Reflect.deleteProperty(objects, key);
      else objects[key] = current;
      if (left.length === 0) Reflect.deleteProperty(noncurrentVersions, key);
      else noncurrentVersions[key] = left;
      store.save();
      for (const { sha256 } of versions.filter(isIt)) store.dropBytes(sha256);
    },
    /** Deletes the current version and every earlier one. */
    deleteObjectVersions(name: string, key: string): void {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      const versions = [objects[key] ?? [], noncurrentVersions[key] ?? []].flat();
      Reflect.deleteProperty(objects, key);
      Reflect.deleteProperty(noncurrentVersions, key);
      store.save();
      for (const { sha256 } of versions) store.dropBytes(sha256);
    },
    /** The keys of all objects, including deleted ones that have earlier versions. */
    listObjectVersions: (name: string): string[] => {
      const { objects, noncurrentVersions = {} } = bucketNamed(name);
      return [...new Set([...Object.keys(objects), ...Object.keys(noncurrentVersions)])];
    },
    /** KMS's PutKeyPolicy; the key itself is another team's. */
    putKeyPolicy(keyArn: string, policy: string): void {
      parsePolicy(policy, { service: "kms", ownsResource: (resource) => resource === "*" || resource === keyArn });
      state.kmsKeys[keyArn] = policy;
      store.save();
    },
  };
}

/** What PutBucketLifecycleConfiguration refuses (Amazon S3 API reference, "LifecycleRule"). */
function checkLifecycleRules(rules: readonly LifecycleRule[]): void {
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    fail("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
  for (const { id, status, filter, ...actions } of rules) {
    if (id.length > 255) fail("InvalidArgument", "ID length should not exceed allowed limit of 255");
    if (!["Enabled", "Disabled"].includes(status)) malformedXml();
    const { expiration, noncurrentVersionExpiration, abortIncompleteMultipartUpload, ...others } = actions;
    if (Object.keys(actions).length === 0)
      fail("InvalidRequest", "At least one action needs to be specified in a rule");
    if (Object.values(others).some((action) => Array.isArray(action) && action.length > 0))
      fail("NotEvaluated", "The sandbox's edge has one storage class, and so no transitions", 501);
    if (expiration?.days && expiration.expiredObjectDeleteMarker) malformedXml();
    const days = [
      expiration?.days,
      noncurrentVersionExpiration?.noncurrentDays,
      abortIncompleteMultipartUpload?.daysAfterInitiation,
    ];
    if (days.some((count) => count !== undefined && !(Number.isInteger(count) && count > 0)))
      fail("InvalidArgument", "'Days' in the rule must be a positive integer");
    if (abortIncompleteMultipartUpload && (filter?.tag ?? filter?.and?.tags))
      fail("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags");
  }
}

const malformedXml = () =>
  fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
