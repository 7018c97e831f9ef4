// The component that keeps pictures: one private S3 bucket behind one CloudFront distribution, and the default picture in it.
import { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import * as pulumi from "@pulumi/pulumi";
import type { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import { defaultPicturesFaults, defaultPictureUrls } from "./default-pictures.ts";
import type { DefaultPicturesArgs } from "./default-pictures.ts";
import { closedSetFaults, raiseFaults } from "./faults.ts";
import type { PictureFile } from "./picture-file.ts";
import * as defaults from "./picture-store-defaults.ts";
import { uploaderPolicyJson } from "./uploader-policy.ts";

/** What happens to the bucket, which holds users' data, when the store is destroyed or replaced. */
export const PicturesOnDestroy = {
  /** The bucket is protected: `pulumi destroy` refuses, and a bucket that leaves the program stays in AWS. */
  Protect: "protect",
  /** An empty bucket is deleted; AWS refuses to delete one that holds pictures. */
  Fail: "fail",
  /** The bucket is deleted with every picture in it. It must have been applied (`pulumi up`) before it helps. */
  Empty: "empty",
} as const;
export type PicturesOnDestroy = (typeof PicturesOnDestroy)[keyof typeof PicturesOnDestroy];

export interface PictureStoreArgs extends DefaultPicturesArgs {
  /** What happens to users' pictures with the store. @default "protect" */
  picturesOnDestroy?: PicturesOnDestroy;
  /** `uploaderPolicyJson` allows to erase users' pictures as well, as when a user is deleted. @default false */
  uploaderMayErase?: boolean;
}

/**
 * Every fault of the arguments, a sentence each; none for good ones.
 *
 * @param mode the default pictures': `gravatar-fallback` takes fewer of them
 */
export function pictureStoreFaults(args: PictureStoreArgs, mode?: DefaultPictureMode): string[] {
  return [
    ...defaultPicturesFaults(args, mode),
    ...closedSetFaults("picturesOnDestroy", args.picturesOnDestroy, PicturesOnDestroy),
  ];
}

/**
 * A picture store. Keys: `d/<sha256>.<ext>` are default pictures, `u/…` users' pictures; CloudFront may read nothing else.
 * Needs the AWS provider only; the distribution takes some minutes to be deployed.
 */
export class PictureStore extends pulumi.ComponentResource {
  /** `https://<distribution's domain>/`, with the slash. */
  readonly baseUrl: pulumi.Output<string>;
  /** Known once the edge serves it: after the object, the bucket's policy and the deployed distribution. */
  readonly defaultPictureUrl: pulumi.Output<string>;
  /** By the connection's name. */
  readonly connectionDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  /** By the organization's name. */
  readonly organizationDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  readonly bucketName: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionDomainName: pulumi.Output<string>;
  /** The IAM policy of an application's own uploader: it may store users' pictures (`u/…`), and nothing else. */
  readonly uploaderPolicyJson: pulumi.Output<string>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered. */
  constructor(name: string, args: PictureStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:PictureStore",
      name,
      raiseFaults(`PictureStore "${name}"`, args, (args) => pictureStoreFaults(args)),
      opts,
    );
    const child = { parent: this };
    const onDestroy = args.picturesOnDestroy ?? PicturesOnDestroy.Protect;

    const bucket = new Bucket(
      `${name}-bucket`,
      { forceDestroy: onDestroy === PicturesOnDestroy.Empty },
      onDestroy === PicturesOnDestroy.Protect ? { ...child, protect: true, retainOnDelete: true } : child,
    );
    const accessBlock = new BucketPublicAccessBlock(
      `${name}-public-access-block`,
      { bucket: bucket.bucket, ...defaults.bucketPublicAccessBlock },
      child,
    );
    const accessControl = new OriginAccessControl(`${name}-origin-access-control`, defaults.originAccessControl, child);
    const distribution = newDistribution(`${name}-distribution`, bucket, accessControl, child);
    const policy = new BucketPolicy(
      `${name}-bucket-policy`,
      { bucket: bucket.bucket, policy: bucketPolicy(bucket, distribution) },
      // S3 refuses two changes of a bucket's access at once (OperationAborted).
      { ...child, dependsOn: accessBlock },
    );

    this.baseUrl = pulumi.interpolate`https://${distribution.domainName}/`;
    const urls = defaultPictureUrls(args, (picture, nameSuffix) => {
      const object = newDefaultPicture(`${name}-default-picture${nameSuffix}`, picture, bucket, child);
      return pulumi.all([this.baseUrl, object.key, policy.id]).apply(([baseUrl, key]) => `${baseUrl}${key}`);
    });
    this.defaultPictureUrl = urls.defaultPictureUrl;
    this.connectionDefaultPictureUrls = urls.connectionDefaultPictureUrls;
    this.organizationDefaultPictureUrls = urls.organizationDefaultPictureUrls;
    this.bucketName = bucket.bucket;
    this.distributionId = distribution.id;
    this.distributionDomainName = distribution.domainName;
    this.uploaderPolicyJson = uploaderPolicyJson({
      bucketArn: bucket.arn,
      distributionArn: distribution.arn,
      mayErase: args.uploaderMayErase === true,
    });
    this.registerOutputs({
      baseUrl: this.baseUrl,
      defaultPictureUrl: this.defaultPictureUrl,
      connectionDefaultPictureUrls: this.connectionDefaultPictureUrls,
      organizationDefaultPictureUrls: this.organizationDefaultPictureUrls,
      bucketName: this.bucketName,
      distributionId: this.distributionId,
      distributionDomainName: this.distributionDomainName,
      uploaderPolicyJson: this.uploaderPolicyJson,
    });
  }
}

function newDistribution(
  name: string,
  bucket: Bucket,
  accessControl: OriginAccessControl,
  opts: pulumi.ResourceOptions,
) {
  const originId = "pictures";
  return new Distribution(
    name,
    {
      ...defaults.distribution,
      comment: "User pictures",
      origins: [{ originId, domainName: bucket.bucketRegionalDomainName, originAccessControlId: accessControl.id }],
      defaultCacheBehavior: {
        ...defaults.cacheBehavior,
        allowedMethods: [...defaults.cacheBehavior.allowedMethods],
        cachedMethods: [...defaults.cacheBehavior.cachedMethods],
        targetOriginId: originId,
      },
    },
    opts,
  );
}

/**
 * This distribution, and no other, may read the pictures' prefixes (AWS docs, "Restrict access to an Amazon S3 origin");
 * nobody may do anything without TLS (AWS Security Hub, S3.5).
 */
function bucketPolicy(bucket: Bucket, distribution: Distribution): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CloudFrontReadsPictures",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: defaults.readablePrefixes.map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix}*`),
        Condition: { StringEquals: { "AWS:SourceArn": distribution.arn } },
      },
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

function newDefaultPicture(
  name: string,
  { key, contentType, base64 }: PictureFile,
  bucket: Bucket,
  opts: pulumi.CustomResourceOptions,
): BucketObjectv2 {
  return new BucketObjectv2(
    name,
    {
      bucket: bucket.bucket,
      key,
      contentType,
      // The bytes that were checked, not a path: a path would be read again later, and differs from machine to machine.
      contentBase64: base64,
      cacheControl: defaults.pictureCacheControl,
      // S3 takes ten tags an object, so a provider's default tags are not put on it.
      overrideProvider: { defaultTags: { tags: {} } },
    },
    { ...opts, retainOnDelete: true },
  );
}
