// S3's API operations for buckets and objects, with the checks that decide whether a deployment succeeds; and KMS's for
// the keys that encrypt the objects.
import { hash, randomBytes } from "node:crypto";
import { fail, malformedXml } from "./aws-error.ts";
import { checkLifecycleRules } from "./bucket-lifecycle.ts";
import { isPublic, parseBucketPolicy, parsePolicy } from "./bucket-policy.ts";
import { randomText } from "./edge-state.ts";
import type {
  Bucket,
  DeleteMarker,
  EncryptionRule,
  KeptVersion,
  LifecycleRule,
  ObjectHeaders,
  PublicAccessBlock,
  Store,
  StoredObject,
} from "./edge-state.ts";
import {
  isMarker,
  keysOf,
  replaceVersions,
  versionIdOf,
  versionsOf,
  withoutCurrent,
  withVersion,
} from "./object-versions.ts";

/**
 * The operations are named as in the Amazon S3 and KMS API references, and throw the `AwsError`s that are named there.
 */
export function s3Operations(store: Store) {
  const { state } = store;
  const bucketNamed = (name: string): Bucket =>
    state.buckets[name] ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);

  function putObject(name: string, key: string, bytes: Uint8Array, headers: ObjectHeaders): StoredObject {
    const bucket = bucketNamed(name);
    if (key === "" || Buffer.byteLength(key) > 1024) fail("KeyTooLongError", "Your key is too long");
    if (Object.keys(headers.tags ?? {}).length > 10) fail("BadRequest", "Object tags cannot be greater than 10");
    const encryption = bucket.encryptionRules?.[0]?.applyServerSideEncryptionByDefault;
    if (encryption?.kmsMasterKeyId !== undefined && state.kmsKeys[encryption.kmsMasterKeyId] === undefined)
      fail("KMS.NotFoundException", `Key '${encryption.kmsMasterKeyId}' does not exist`);
    const object: StoredObject = {
      ...headers,
      // The MD5 of what it keeps (Amazon S3 API reference, "Object"): with a KMS key not of the bytes.
      etag: encryption?.kmsMasterKeyId === undefined ? hash("md5", bytes) : randomBytes(16).toString("hex"),
      sha256: store.putBytes(bytes),
      size: bytes.length,
      lastModified: new Date().toISOString(),
      ...(encryption && { encryption }),
      ...(bucket.versioning === "Enabled" && { versionId: randomText(32) }),
    };
    replaceVersions(store, bucket, key, withVersion(bucket, key, object));
    return object;
  }

  function change<Key extends keyof Bucket>(bucket: Bucket, key: Key, value: Bucket[Key] | undefined): void {
    if (value === undefined) Reflect.deleteProperty(bucket, key);
    else bucket[key] = value;
    store.save();
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
      const bucket = bucketNamed(name);
      const notEmpty = "The bucket you tried to delete is not empty";
      if (Object.keys(bucket.objects).length > 0) fail("BucketNotEmpty", notEmpty, 409);
      if (keysOf(bucket).length > 0)
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
      const version =
        versionsOf(bucketNamed(name), key).find((one) => versionIdOf(one) === versionId) ??
        fail("NoSuchVersion", "The specified version does not exist.", 404);
      if (isMarker(version))
        fail(
          "InvalidRequest",
          "The source of a copy request may not specifically refer to a delete marker by version id.",
        );
      const { etag, sha256, size, lastModified, versionId: _, encryption, ...headers } = version;
      putObject(name, key, store.bytes(sha256), headers);
    },
    headObject: (name: string, key: string): StoredObject | undefined => state.buckets[name]?.objects[key],
    /** The bytes of an object. */
    getObject(name: string, key: string): Buffer {
      const { sha256 } = bucketNamed(name).objects[key] ?? fail("NoSuchKey", "The specified key does not exist.", 404);
      return store.bytes(sha256);
    },
    /**
     * DeleteObject without a version. A bucket that keeps versions gets a delete marker, which is returned, even for a
     * key that has no object.
     */
    deleteObject(name: string, key: string): DeleteMarker | undefined {
      const bucket = bucketNamed(name);
      replaceVersions(store, bucket, key, withoutCurrent(bucket, key, new Date()));
      return bucket.deleteMarkers?.[key];
    },
    /** DeleteObject of one version, or of a marker; the one before it is current then. Returns what there was. */
    deleteObjectVersion(name: string, key: string, versionId: string): KeptVersion | undefined {
      const bucket = bucketNamed(name);
      const versions = versionsOf(bucket, key);
      const found = versions.find((version) => versionIdOf(version) === versionId);
      const left = versions.filter((version) => version !== found);
      replaceVersions(store, bucket, key, left);
      return found;
    },
    /** Deletes the current version and every earlier one, and the markers. */
    deleteObjectVersions: (name: string, key: string): void => replaceVersions(store, bucketNamed(name), key, []),
    /** The keys of all objects, including deleted ones of which a version or a marker is left. */
    listObjectVersions: (name: string): string[] => keysOf(bucketNamed(name)),
    /** KMS's PutKeyPolicy; the key itself is another team's. */
    putKeyPolicy(keyArn: string, policy: string): void {
      parsePolicy(policy, { service: "kms", ownsResource: (resource) => resource === "*" || resource === keyArn });
      state.kmsKeys[keyArn] = policy;
      store.save();
    },
  };
}
