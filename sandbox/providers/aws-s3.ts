// The resource types of the aws stand-in for S3.
import { randomUUID } from "node:crypto";
import type { ControlPlane } from "../edge/control-plane.ts";
import type {
  EncryptionRule,
  LifecycleRule,
  ObjectHeaders,
  PublicAccessBlock,
  StoredObject,
} from "../edge/edge-state.ts";
import { assetContent } from "./asset-content.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated } from "./inputs.ts";
import { containsUnknown, isAsset, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

type Resources = Readonly<Record<string, ResourceImplementation>>;

/** By region: the hosted zone of its endpoint (Amazon S3 docs, "Amazon S3 website endpoints"). */
const hostedZones: Readonly<Record<string, string>> = {
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-west-2": "Z3BJ6K6RIION7M",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-central-1": "Z21DNDUVLTQW6Q",
};

export function s3Resources(s3: ControlPlane, settings: () => AwsSettings): Resources {
  return {
    "aws:s3/bucket:Bucket": bucket(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
      ...ofBucket({
        put: (name, inputs) => s3.putPublicAccessBlock(name, publicAccessBlockOf(inputs)),
        get: (name) => s3.getBucket(name)?.publicAccessBlock,
        remove: (name, { skipDestroy }) => (skipDestroy ? undefined : s3.putPublicAccessBlock(name, undefined)),
      }),
      defaults: { ...publicAccessBlockOf({}) },
    },
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket({
      put: (name, { rule }) =>
        s3.putBucketOwnershipControls(name, (rule as { objectOwnership: string }).objectOwnership),
      get: (name) => outputNamed("rule", s3.getBucket(name)?.ownershipControls),
      remove: (name) => s3.putBucketOwnershipControls(name, undefined),
    }),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket({
      put: (name, { rules }) => s3.putBucketEncryption(name, rules as EncryptionRule[]),
      get: (name) => outputNamed("rules", s3.getBucket(name)?.encryptionRules),
      remove: (name) => s3.putBucketEncryption(name, undefined),
    }),
    "aws:s3/bucketVersioning:BucketVersioning": {
      ...ofBucket({
        put: (name, { versioningConfiguration }) =>
          s3.putBucketVersioning(name, (versioningConfiguration as { status: string }).status),
        get: (name) => {
          const versioningConfiguration = outputNamed("status", s3.getBucket(name)?.versioning);
          return outputNamed("versioningConfiguration", versioningConfiguration);
        },
        // Versioning cannot be removed, only suspended.
        remove: (name) => s3.putBucketVersioning(name, "Suspended"),
      }),
      check: (inputs) => notEvaluated(inputs, ["mfa"]),
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket({
      put: (name, { rules }) => s3.putBucketLifecycle(name, rules as LifecycleRule[]),
      get: (name) => outputNamed("rules", s3.getBucket(name)?.lifecycleRules),
      remove: (name) => s3.putBucketLifecycle(name, undefined),
    }),
    "aws:s3/bucketPolicy:BucketPolicy": {
      ...ofBucket({
        put: (name, { policy }) => s3.putBucketPolicy(name, policy as string),
        get: (name) => outputNamed("policy", s3.getBucket(name)?.policy),
        remove: (name) => s3.putBucketPolicy(name, undefined),
      }),
      // A policy that is given as an object is kept as text. It is unknown as long as a part of it is unknown.
      normalize: ({ policy, ...inputs }) => ({
        ...inputs,
        policy: containsUnknown(policy) ? unknown : typeof policy === "string" ? policy : JSON.stringify(policy),
      }),
    },
    "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject(),
  };

  function bucket(): ResourceImplementation {
    const outputsOf = (name: string, state: Properties): Properties => {
      const region = s3.getBucket(name)?.region ?? "";
      return {
        forceDestroy: false,
        ...state,
        arn: `arn:aws:s3:::${name}`,
        bucket: name,
        bucketDomainName: `${name}.s3.amazonaws.com`,
        bucketNamespace: "global",
        bucketRegion: region,
        bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
        hostedZoneId: hostedZones[region] ?? "",
        objectLockEnabled: false,
        region,
        tagsAll: s3.getBucket(name)?.tags ?? {},
      };
    };
    const tag = (name: string, inputs: Properties) => s3.putBucketTagging(name, allTags(inputs, settings()));
    return {
      // prettier-ignore
      computed: [
        "arn", "bucket", "bucketDomainName", "bucketNamespace", "bucketRegion", "bucketRegionalDomainName",
        "hostedZoneId", "objectLockEnabled", "region", "tagsAll",
      ],
      defaults: { forceDestroy: false },
      replaceOnChanges: ["bucket", "bucketPrefix", "region"],
      autoname: { property: "bucket", lowerCase: true, unless: ["bucketPrefix"] },
      check: (inputs) => notEvaluated(inputs, notEvaluatedOfBucket),
      create(inputs) {
        const prefix = inputs["bucketPrefix"] as string | undefined;
        const unique = randomUUID().replaceAll("-", "").slice(0, 26);
        const name = (inputs["bucket"] as string | undefined) ?? `${prefix ?? ""}${unique}`;
        s3.createBucket(name, regionOf(inputs, settings()));
        tag(name, inputs);
        return { id: name, outputs: outputsOf(name, inputs) };
      },
      read(name, state) {
        // Whatever HeadBucket refuses, the provider takes for a missing bucket.
        const found = s3.headBucket(name, regionOf(state, settings()));
        return found && { id: name, outputs: outputsOf(name, state) };
      },
      update(name, _state, inputs) {
        tag(name, inputs);
        return outputsOf(name, inputs);
      },
      delete(name, { forceDestroy }) {
        const found = s3.getBucket(name);
        if (found === undefined) return;
        if (forceDestroy) for (const key of s3.listObjectVersions(name)) s3.deleteObjectVersions(name, key);
        s3.deleteBucket(name);
      },
    };
  }

  /** The resource type of a bucket's setting. Its id is the bucket's name. */
  function ofBucket(setting: {
    put: (bucket: string, inputs: Properties) => void;
    get: (bucket: string) => object | undefined;
    remove: (bucket: string, state: Properties) => void;
  }): ResourceImplementation {
    const outputsOf = (inputs: Properties) => ({ ...inputs, region: regionOf(inputs, settings()) });
    return {
      computed: ["region"],
      replaceOnChanges: ["bucket", "region"],
      create(inputs) {
        const name = inputs["bucket"] as string;
        setting.put(name, inputs);
        return { id: name, outputs: outputsOf(inputs) };
      },
      read(name, state) {
        const found = setting.get(name);
        return found && { id: name, outputs: outputsOf({ ...state, bucket: name, ...found }) };
      },
      update(name, _state, inputs) {
        setting.put(name, inputs);
        return outputsOf(inputs);
      },
      delete(name, state) {
        if (s3.getBucket(name)) setting.remove(name, state);
      },
    };
  }

  function bucketObject(): ResourceImplementation {
    const contents = ["source", "content", "contentBase64"];
    const outputsOf = (bucket: string, key: string, object: StoredObject, state: Properties): Properties => ({
      forceDestroy: false,
      ...state,
      ...Object.fromEntries(
        objectHeaderNames.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]),
      ),
      arn: `arn:aws:s3:::${bucket}/${key}`,
      bucket,
      etag: object.etag,
      key,
      region: s3.getBucket(bucket)?.region,
      serverSideEncryption: object.encryption?.sseAlgorithm ?? "AES256",
      storageClass: "STANDARD",
      tagsAll: object.tags ?? {},
      versionId: object.versionId ?? "",
    });
    const put = async (inputs: Properties) => {
      const [bucket, key] = [inputs["bucket"] as string, inputs["key"] as string];
      const object = s3.putObject(bucket, key, await bytesOf(inputs), headersOf(inputs));
      return { id: key, outputs: outputsOf(bucket, key, object, inputs) };
    };
    const headersOf = (inputs: Properties): ObjectHeaders => {
      const tags = allTags(inputs, settings());
      const given = objectHeaderNames.filter((name) => inputs[name] !== undefined).map((name) => [name, inputs[name]]);
      return { contentType: "application/octet-stream", ...Object.fromEntries(given), tags } as ObjectHeaders;
    };
    return {
      // prettier-ignore
      computed: [
        "arn", "contentType", "etag", "region", "serverSideEncryption", "storageClass", "tagsAll", "versionId",
      ],
      defaults: { forceDestroy: false },
      replaceOnChanges: ["bucket", "key", "region"],
      autoname: { property: "key", exact: true },
      check(inputs) {
        const given = contents.filter((name) => inputs[name] !== undefined);
        return [
          ...notEvaluated(inputs, notEvaluatedOfObject),
          ...given
            .slice(1)
            .map((property) => ({ property, reason: `"${property}": conflicts with ${given[0] ?? ""}` })),
        ];
      },
      create: put,
      read(id, state) {
        // The id of an import is `bucket/key`, the id in the state is the key.
        const imported = /^(?:s3:\/\/)?([^/]+)\/(.+)$/.exec(id);
        const bucket = (state["bucket"] as string | undefined) ?? imported?.[1] ?? "";
        const key = state["bucket"] === undefined ? (imported?.[2] ?? "") : id;
        const object = s3.headObject(bucket, key);
        return object && { id: key, outputs: outputsOf(bucket, key, object, state) };
      },
      update: async (_id, _state, inputs) => (await put(inputs)).outputs,
      computedByUpdate: (state, inputs) => {
        const text = (value: unknown) => JSON.stringify(isAsset(value) ? value.hash : value);
        const differs = (name: string) => text(state[name]) !== text(inputs[name]);
        if ([...contents, "sourceHash"].some(differs)) return ["etag", "versionId"];
        // For these too the provider puts the object anew (its source, `hasObjectContentChanges`).
        const others = ["etag", ...objectHeaderNames].filter((name) => inputs[name] !== undefined);
        return others.some(differs) ? ["versionId"] : [];
      },
      delete: (key, { bucket }) => {
        if (s3.getBucket(bucket as string)) s3.deleteObjectVersions(bucket as string, key);
      },
    };
  }
}

/** An object with this one output; undefined if there is no value. */
const outputNamed = (name: string, value: unknown) => (value === undefined ? undefined : { [name]: value });

/** A bucket's inputs that the edge does not have, or that are resources of their own since @pulumi/aws 7. */
// prettier-ignore
const notEvaluatedOfBucket = [
  "accelerationStatus", "acl", "bucketNamespace", "corsRules", "grants", "lifecycleRules", "logging",
  "objectLockConfiguration", "objectLockEnabled", "policy", "replicationConfiguration", "requestPayer",
  "serverSideEncryptionConfiguration", "versioning", "website",
];

// prettier-ignore
const notEvaluatedOfObject = [
  "acl", "kmsKeyId", "bucketKeyEnabled", "objectLockLegalHoldStatus", "objectLockMode", "objectLockRetainUntilDate",
  "websiteRedirect",
];

const objectHeaderNames = [
  "contentType",
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "metadata",
] as const satisfies readonly (keyof ObjectHeaders)[];

const publicAccessBlockOf = (inputs: Properties): PublicAccessBlock => ({
  blockPublicAcls: inputs["blockPublicAcls"] === true,
  blockPublicPolicy: inputs["blockPublicPolicy"] === true,
  ignorePublicAcls: inputs["ignorePublicAcls"] === true,
  restrictPublicBuckets: inputs["restrictPublicBuckets"] === true,
});

/** The object's bytes. */
async function bytesOf({ source, content, contentBase64 }: Properties): Promise<Uint8Array> {
  if (typeof content === "string") return Buffer.from(content);
  if (typeof contentBase64 === "string") return Buffer.from(contentBase64, "base64");
  if (source === undefined) return Buffer.alloc(0);
  return assetContent(source, "source");
}
