// The component that keeps pictures: one private S3 bucket behind one CloudFront distribution, and the default picture in it.
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import type { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import type { ResponseHeadersPolicy } from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import * as pulumi from "@pulumi/pulumi";
import type { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import { aws } from "./aws.ts";
import { defaultPicturesFaults, defaultPictureUrls, generalPicture } from "./default-pictures.ts";
import type { DefaultPicturesArgs } from "./default-pictures.ts";
import { closedSetFaults, raiseFaults } from "./faults.ts";
import type { PictureFile } from "./picture-file.ts";
import * as defaults from "./picture-store-defaults.ts";
import { uploaderPolicyJson } from "./uploader-policy.ts";

/** What happens to the bucket, which holds users' data, when the store is destroyed or replaced. */
export const PicturesOnDestroy = {
  /** The bucket is protected: `pulumi destroy` refuses, and a bucket that leaves the program stays in AWS. */
  Protect: "protect",
  /**
   * A bucket without users' pictures is deleted; AWS refuses to delete one that holds any, or earlier versions of some (BucketNotEmpty).
   * A default picture goes when another takes its place, for it would keep the bucket from being empty.
   */
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

    const bucket = new aws.Bucket(
      `${name}-bucket`,
      { forceDestroy: onDestroy === PicturesOnDestroy.Empty },
      onDestroy === PicturesOnDestroy.Protect ? { ...child, protect: true, retainOnDelete: true } : child,
    );
    const ofBucket = { ...child, deletedWith: bucket };
    const { accessBlocked, objectsFollow } = configureBucket(name, bucket, ofBucket);
    const accessControl = new aws.OriginAccessControl(
      `${name}-origin-access-control`,
      defaults.originAccessControl,
      child,
    );
    const responseHeaders = new aws.ResponseHeadersPolicy(
      `${name}-response-headers-policy`,
      defaults.responseHeadersPolicy,
      child,
    );
    const missingPicture = generalPicture(args);
    const distribution = newDistribution(
      `${name}-distribution`,
      { bucket, accessControl, responseHeaders, hasMissingPicture: missingPicture !== undefined },
      child,
    );
    const policy = new aws.BucketPolicy(
      `${name}-bucket-policy`,
      { bucket: bucket.bucket, policy: bucketPolicy(bucket, distribution) },
      // S3 refuses two changes of a bucket's access at once (OperationAborted).
      { ...ofBucket, dependsOn: accessBlocked },
    );
    const objectOptions = { ...child, dependsOn: objectsFollow };
    this.baseUrl = pulumi.interpolate`https://${distribution.domainName}/`;
    const urls = defaultPictureUrls(args, (picture) => {
      // Named by its content: whose default it is may change, and then no deletion of the one takes the other's object away.
      const object = newDefaultPicture(`${name}-default-picture-${picture.key.slice(2, 10)}`, picture, bucket, {
        ...objectOptions,
        // Tokens and Gravatar addresses still name a default picture that is no longer the default.
        retainOnDelete: onDestroy !== PicturesOnDestroy.Fail,
      });
      return pulumi.all([this.baseUrl, object.key, policy.id]).apply(([baseUrl, key]) => `${baseUrl}${key}`);
    });
    if (missingPicture !== undefined)
      newMissingPicture(`${name}-missing-picture`, missingPicture, bucket, {
        ...objectOptions,
        ...(onDestroy !== PicturesOnDestroy.Fail && { deletedWith: bucket }),
      });
    announce(onDestroy, this);

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

/**
 * What makes the bucket private and keeps its pictures. All of it stays on a bucket that is kept, and goes with one that is deleted.
 *
 * @returns what the bucket's policy and its objects are to wait for
 */
function configureBucket(name: string, { bucket }: Bucket, opts: pulumi.CustomResourceOptions) {
  const accessBlock = new aws.BucketPublicAccessBlock(
    `${name}-public-access-block`,
    { bucket, ...defaults.bucketPublicAccessBlock },
    opts,
  );
  const ownership = new aws.BucketOwnershipControls(
    `${name}-ownership-controls`,
    { bucket, ...defaults.bucketOwnershipControls },
    { ...opts, dependsOn: accessBlock },
  );
  const encryption = new aws.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket, rules: [defaults.encryptionRule] },
    opts,
  );
  const versioning = new aws.BucketVersioning(`${name}-versioning`, { bucket, ...defaults.bucketVersioning }, opts);
  new aws.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    { bucket, rules: defaults.lifecycleRules },
    // Rules on versions need versions (AWS provider docs, "aws_s3_bucket_lifecycle_configuration").
    { ...opts, dependsOn: versioning },
  );
  return { accessBlocked: ownership, objectsFollow: [encryption, versioning] };
}

function newDistribution(
  name: string,
  {
    bucket,
    accessControl,
    responseHeaders,
    hasMissingPicture,
  }: {
    bucket: Bucket;
    accessControl: OriginAccessControl;
    responseHeaders: ResponseHeadersPolicy;
    hasMissingPicture: boolean;
  },
  opts: pulumi.ResourceOptions,
) {
  const originId = "pictures";
  const { key, errorCachingMinTtl } = defaults.missingPicture;
  return new aws.Distribution(
    name,
    {
      ...defaults.distribution,
      comment: "User pictures",
      origins: [{ originId, domainName: bucket.bucketRegionalDomainName, originAccessControlId: accessControl.id }],
      defaultCacheBehavior: {
        ...defaults.cacheBehavior,
        targetOriginId: originId,
        responseHeadersPolicyId: responseHeaders.id,
      },
      // CloudFront may list the bucket, see below: a request for "/" must not, whether there is such an object or not.
      defaultRootObject: key,
      ...(hasMissingPicture && {
        customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: `/${key}`, errorCachingMinTtl }],
      }),
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
        // S3 tells only who may list a bucket that an object is missing, and answers 403 to others (S3 API reference, "GetObject").
        Sid: "CloudFrontSeesWhatIsMissing",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:ListBucket",
        Resource: bucket.arn,
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
  return new aws.BucketObjectv2(
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
    opts,
  );
}

/**
 * Says in each preview what becomes of the pictures, because `pulumi destroy` does not run the program: a bucket is emptied only after an
 * update that said so (AWS provider docs, "aws_s3_bucket": `force_destroy`).
 */
function announce(onDestroy: PicturesOnDestroy, store: pulumi.Resource): void {
  if (!pulumi.runtime.isDryRun()) return;
  const toDelete =
    'To delete it with every picture, set picturesOnDestroy to "empty", run pulumi up, which must apply it first, and then pulumi destroy.';
  const announcements: Record<PicturesOnDestroy, string> = {
    [PicturesOnDestroy.Protect]: `The bucket with users' pictures is protected (picturesOnDestroy: "protect"): pulumi destroy, and any change that would replace it, are refused. ${toDelete}`,
    [PicturesOnDestroy.Fail]: `The bucket is deleted by pulumi destroy, or replaced, only while it holds no user's picture (picturesOnDestroy: "fail"). ${toDelete}`,
    [PicturesOnDestroy.Empty]: `From this update on, pulumi destroy, and any change that replaces the bucket, delete it with every user's picture in it (picturesOnDestroy: "empty").`,
  };
  void pulumi.log.info(announcements[onDestroy], store);
}

/** The body of the answer to a request for a picture that is not there. */
function newMissingPicture(
  name: string,
  { contentType, base64 }: PictureFile,
  bucket: Bucket,
  opts: pulumi.CustomResourceOptions,
): void {
  const { key, cacheControl } = defaults.missingPicture;
  new aws.BucketObjectv2(
    name,
    {
      bucket: bucket.bucket,
      key,
      contentType,
      contentBase64: base64,
      cacheControl,
      overrideProvider: { defaultTags: { tags: {} } },
    },
    opts,
  );
}
