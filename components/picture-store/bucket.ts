// The picture store's bucket: private, encrypted, with versions, and readable by one distribution alone.
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { idToRead } from "../validation.ts";
import { aws } from "../aws.ts";
import { PicturesOnDestroy } from "./closed-sets.ts";
import type { PictureStoreArgs, PictureStoreOptions } from "./args.ts";
import * as defaults from "./defaults.ts";
import { lifecycleRules } from "./lifecycle-rules.ts";

export interface PictureBucket {
  readonly bucket: Bucket;
  /** What a change of the bucket's access waits for. */
  readonly accessBlocked: pulumi.Resource[];
  /** What an object waits for. */
  readonly configured: pulumi.Resource[];
}

/** A bucket of the store's own, or the one that somebody else manages. */
export function bucketOf(name: string, args: PictureStoreArgs, opts: pulumi.CustomResourceOptions): PictureBucket {
  const { existingBucket } = args;
  if (existingBucket === undefined) return newBucket(name, args, opts);
  // A name that there is no bucket of fails the preview.
  const bucket = aws.Bucket.get(`${name}-existing-bucket`, idToRead(existingBucket), undefined, opts);
  return { bucket, accessBlocked: [], configured: [] };
}

/** All of the bucket's settings stay on a bucket that is kept, and go with one that is deleted. */
function newBucket(name: string, args: PictureStoreArgs, opts: pulumi.CustomResourceOptions): PictureBucket {
  const { picturesOnDestroy: onDestroy = PicturesOnDestroy.Protect, importBucketName, kmsMasterKeyId, tags } = args;
  const { bucketName = importBucketName } = args;
  const bucket = new aws.Bucket(
    `${name}-bucket`,
    {
      ...(bucketName !== undefined && { bucket: bucketName }),
      forceDestroy: onDestroy === PicturesOnDestroy.Empty,
      ...(tags && { tags }),
    },
    {
      ...opts,
      ...(onDestroy === PicturesOnDestroy.Protect && { protect: true, retainOnDelete: true }),
      // Without an effect as long as the state has this bucket. If it has none, because a refresh could not see it, an
      // update takes it over, or fails in its preview, and never makes a new, empty one.
      ...(importBucketName !== undefined && { import: importBucketName }),
    },
  );
  const ofBucket = { ...opts, deletedWith: bucket };
  const accessBlock = new aws.BucketPublicAccessBlock(
    `${name}-public-access-block`,
    { bucket: bucket.bucket, ...defaults.bucketPublicAccessBlock },
    ofBucket,
  );
  // S3 refuses two changes of a bucket's access at once (OperationAborted).
  const ownership = new aws.BucketOwnershipControls(
    `${name}-ownership-controls`,
    { bucket: bucket.bucket, ...defaults.bucketOwnershipControls },
    { ...ofBucket, dependsOn: accessBlock },
  );
  const encryption = new aws.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket: bucket.bucket, rules: [encryptionRule(kmsMasterKeyId)] },
    ofBucket,
  );
  const versioning = new aws.BucketVersioning(
    `${name}-versioning`,
    { bucket: bucket.bucket, ...defaults.bucketVersioning },
    ofBucket,
  );
  new aws.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    { bucket: bucket.bucket, rules: lifecycleRules(args) },
    // Rules on versions need versions (AWS provider docs, "aws_s3_bucket_lifecycle_configuration").
    { ...ofBucket, dependsOn: versioning },
  );
  return { bucket, accessBlocked: [ownership], configured: [encryption, versioning] };
}

function encryptionRule(kmsMasterKeyId: pulumi.Input<string> | undefined) {
  if (kmsMasterKeyId === undefined) return defaults.encryptionRule;
  return {
    ...defaults.encryptionRule,
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId },
    // One request to KMS for many objects.
    bucketKeyEnabled: true,
  };
}

/**
 * The bucket's policy: this distribution, and no other, may read the pictures' prefixes (CloudFront docs, "Restrict
 * access to an Amazon S3 origin"); nobody may do anything without TLS (AWS Security Hub, S3.5).
 */
export function bucketPolicy(bucketArn: pulumi.Input<string>, distributionArn: pulumi.Input<string>) {
  const forDistribution = {
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Condition: { StringEquals: { "AWS:SourceArn": distributionArn } },
  };
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CloudFrontReadsPictures",
        ...forDistribution,
        Action: "s3:GetObject",
        Resource: defaults.readablePrefixes.map((prefix) => pulumi.interpolate`${bucketArn}/${prefix}*`),
      },
      {
        // S3 tells only who may list a bucket that an object is missing, and answers 403 to others (S3 API reference,
        // "GetObject").
        Sid: "CloudFrontSeesWhatIsMissing",
        ...forDistribution,
        Action: "s3:ListBucket",
        Resource: bucketArn,
      },
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** The policy on a bucket of the store's own. */
export function policyOf(
  name: string,
  { existingBucket }: PictureStoreOptions,
  { bucket, accessBlocked }: PictureBucket,
  policy: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (existingBucket !== undefined) return [];
  const ofBucket = { ...opts, deletedWith: bucket, dependsOn: accessBlocked };
  return [new aws.BucketPolicy(`${name}-bucket-policy`, { bucket: bucket.bucket, policy }, ofBucket)];
}

/**
 * What a KMS key's policy must say for the distribution to read what the key encrypts (CloudFront docs, "SSE-KMS").
 * Known once a person has been told of it: the distribution's ARN is in it, so in the first update no policy has it
 * yet, and no token names a picture before that is said.
 */
export function kmsKeyPolicyStatement(
  { kmsMasterKeyId }: PictureStoreOptions,
  distributionArn: pulumi.Input<string>,
  store: pulumi.Resource,
): pulumi.Output<string | undefined> {
  if (kmsMasterKeyId === undefined) return pulumi.output(undefined);
  const say = (words: string) =>
    pulumi.log.info(`Every picture answers 403 until the policy of the key (kmsMasterKeyId) has ${words}`, store);
  const output = "the statement in the output kmsKeyPolicyStatement";
  if (pulumi.runtime.isDryRun()) void say(`${output}, which pulumi up says as soon as it knows the distribution.`);
  const statement = pulumi.jsonStringify({
    Sid: "CloudFrontDecryptsPictures",
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: { StringEquals: { "AWS:SourceArn": distributionArn } },
  });
  return statement.apply(async (text) => {
    if (!pulumi.runtime.isDryRun()) await say((await pulumi.isSecret(statement)) ? output : `this statement: ${text}`);
    return text;
  });
}
