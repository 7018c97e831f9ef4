// The write side of the edge: S3's and CloudFront's API operations for the resource types of the picture store, with the
// checks that decide whether a deployment succeeds. Only the provider stand-in calls it.
import { createHash, randomInt, randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import { isPublic, parseBucketPolicy } from "./bucket-policy.ts";
import type {
  Bucket,
  Distribution,
  DistributionConfig,
  ObjectHeaders,
  OriginAccessControl,
  PublicAccessBlock,
  ResponseHeadersPolicy,
  Store,
  Stored,
  StoredObject,
} from "./state.ts";

/** The account of every ARN: the one that AWS's documentation uses in its examples. */
export const accountId = "123456789012";

export type ControlPlane = ReturnType<typeof controlPlane>;

/** The operations are named as in the Amazon S3 and CloudFront API references; each throws `AwsError` as they do. */
export function controlPlane(store: Store) {
  const { state } = store;
  const bucketNamed = (name: string): Bucket =>
    state.buckets[name] ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
  return {
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
      if (Object.keys(bucketNamed(name).objects).length > 0)
        fail("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
      Reflect.deleteProperty(state.buckets, name);
      store.save();
    },
    putBucketTagging: (name: string, tags: Readonly<Record<string, string>>) => change(bucketNamed(name), "tags", tags),
    putPublicAccessBlock: (name: string, block: PublicAccessBlock | undefined) =>
      change(bucketNamed(name), "publicAccessBlock", block),
    putBucketOwnershipControls(name: string, objectOwnership: string | undefined) {
      const valid = ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"];
      if (objectOwnership !== undefined && !valid.includes(objectOwnership))
        fail(
          "MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published schema",
          400,
        );
      change(bucketNamed(name), "ownershipControls", objectOwnership === undefined ? undefined : { objectOwnership });
    },
    putBucketPolicy(name: string, policy: string | undefined) {
      const bucket = bucketNamed(name);
      if (policy !== undefined && isPublic(parseBucketPolicy(policy, name)) && bucket.publicAccessBlock?.blockPublicPolicy)
        fail("AccessDenied", "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the BlockPublicPolicy block public access setting.", 403); // prettier-ignore
      change(bucket, "policy", policy);
    },
    putObject(name: string, key: string, bytes: Uint8Array, headers: ObjectHeaders): StoredObject {
      const { objects } = bucketNamed(name);
      if (key === "" || Buffer.byteLength(key) > 1024) fail("KeyTooLongError", "Your key is too long", 400);
      if (Object.keys(headers.tags ?? {}).length > 10) fail("BadRequest", "Object tags cannot be greater than 10", 400);
      const before = objects[key];
      const etag = createHash("md5").update(bytes).digest("hex");
      const object = { ...headers, etag, sha256: store.putBytes(bytes), lastModified: new Date().toISOString() };
      objects[key] = object;
      store.save();
      if (before) store.dropBytes(before.sha256);
      return object;
    },
    headObject: (name: string, key: string): StoredObject | undefined => state.buckets[name]?.objects[key],
    deleteObject(name: string, key: string): void {
      const { objects } = bucketNamed(name);
      const object = objects[key];
      if (object === undefined) return; // S3 answers 204 for a key that is not there.
      Reflect.deleteProperty(objects, key);
      store.save();
      store.dropBytes(object.sha256);
    },
    originAccessControls: collection<OriginAccessControl>(state.originAccessControls, "OriginAccessControl", {
      newId: () => `E${random(13).toUpperCase()}`,
      inUse: (id) => distributions().some(({ config }) => config.origins.some((it) => it.originAccessControlId === id)),
    }),
    responseHeadersPolicies: collection<ResponseHeadersPolicy>(state.responseHeadersPolicies, "ResponseHeadersPolicy", {
      newId: randomUUID,
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
  };

  function change<Key extends keyof Bucket>(bucket: Bucket, key: Key, value: Bucket[Key] | undefined): void {
    if (value === undefined) Reflect.deleteProperty(bucket, key);
    else bucket[key] = value;
    store.save();
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
    { newId, inUse }: { newId: () => string; inUse: (id: string) => boolean },
  ) {
    const existing = (id: string) =>
      entries[id] ?? fail(`NoSuch${type}`, `The specified ${words(type)} does not exist.`, 404);
    const put = (id: string, config: Config): Stored<Config> => {
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

/** Every cache behaviour of a distribution, in the order in which CloudFront tries them. */
export const behaviors = (config: DistributionConfig) => [
  ...(config.orderedCacheBehaviors ?? []),
  { ...config.defaultCacheBehavior, pathPattern: "*" },
];

export const distributionArn = (id: string) => `arn:aws:cloudfront::${accountId}:distribution/${id}`;

const words = (type: string) => type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

const letters = "0123456789abcdefghijklmnopqrstuvwxyz";
const random = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
const newEtag = () => `E${random(13).toUpperCase()}`;

const noSuchDistribution = () => fail("NoSuchDistribution", "The specified distribution does not exist.", 404);

function fail(code: string, message: string, status: number): never {
  throw new AwsError(code, message, status);
}
