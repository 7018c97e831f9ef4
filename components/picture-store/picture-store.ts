// The component that keeps pictures: one private S3 bucket behind one CloudFront distribution, and the default picture in it.
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "./aws.ts";
import { defaultPictureUrls, generalPicture } from "./default-pictures.ts";
import { raiseFaults } from "../validation.ts";
import type { PictureFile } from "./picture-file.ts";
import { PicturesOnDestroy, pictureStoreFaults } from "./args.ts";
import type { PictureStoreArgs } from "./args.ts";
import { bucketPolicy, existingBucket, kmsKeyPolicyStatement, newBucket } from "./bucket.ts";
import * as defaults from "./defaults.ts";
import { existingDistribution, newDistribution } from "./distribution.ts";
import type { DnsRecord, PictureOrigin } from "./distribution.ts";
import { uploaderPolicyJson } from "./uploader-policy.ts";

/**
 * A picture store. Keys: `d/<sha256>.<ext>` are default pictures, `u/…` users' pictures; CloudFront may read nothing else.
 * Needs the AWS provider only; the distribution takes some minutes to be deployed.
 */
export class PictureStore extends pulumi.ComponentResource {
  /** `https://<the domain, or the distribution's own>/`, with the slash. */
  readonly baseUrl: pulumi.Output<string>;
  /** Known once the edge serves it: after the object, the bucket's policy, the deployed distribution and its DNS records. */
  readonly defaultPictureUrl: pulumi.Output<string>;
  /** By the connection's name. */
  readonly connectionDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  /** By the organization's name. */
  readonly organizationDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionArn: pulumi.Output<string>;
  readonly distributionDomainName: pulumi.Output<string>;
  /** The DNS records that you set: those of a `domain` without a `zoneId`. */
  readonly dnsRecords: pulumi.Output<DnsRecord[]>;
  /** The bucket's policy. An `existingBucket` must have its statements. */
  readonly bucketPolicyJson: pulumi.Output<string>;
  /** The statement that the policy of `kmsMasterKeyId` must have; undefined without such a key. */
  readonly kmsKeyPolicyStatement: pulumi.Output<string | undefined>;
  /** What an `existingDistribution` needs to serve the pictures. */
  readonly origin: pulumi.Output<PictureOrigin>;
  /**
   * The IAM policy of an application's own uploader: it may store users' pictures (`u/…`), encrypt them with `kmsMasterKeyId`, and erase them with
   * `uploaderMayErase`; nothing else.
   */
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

    const { bucket, accessBlocked, configured } =
      args.existingBucket === undefined
        ? newBucket(name, args, child)
        : existingBucket(name, args.existingBucket, child);
    const accessControl = new aws.OriginAccessControl(
      `${name}-origin-access-control`,
      defaults.originAccessControl,
      child,
    );
    const origin = {
      domainName: bucket.bucketRegionalDomainName,
      originAccessControlId: accessControl.id,
      responseHeadersPolicyId:
        args.responseHeadersPolicyId ??
        new aws.ResponseHeadersPolicy(`${name}-response-headers-policy`, defaults.responseHeadersPolicy, child).id,
      defaultRootObject: defaults.missingPicture.key,
      ...(args.defaultPictureFile !== undefined && { missingPicturePath: `/${defaults.missingPicture.key}` }),
    };
    const distribution =
      args.existingDistribution === undefined
        ? newDistribution(name, args, origin, child)
        : existingDistribution(args.existingDistribution);
    this.bucketPolicyJson = bucketPolicy(bucket.arn, distribution.arn);
    const policies =
      args.existingBucket === undefined
        ? [
            new aws.BucketPolicy(
              `${name}-bucket-policy`,
              { bucket: bucket.bucket, policy: this.bucketPolicyJson },
              { ...child, deletedWith: bucket, dependsOn: accessBlocked },
            ),
          ]
        : [];
    // An object that would keep a bucket from being empty is deleted before it; others go, or stay, with the bucket.
    const bucketMustBeEmpty = args.existingBucket === undefined && args.picturesOnDestroy === PicturesOnDestroy.Fail;
    const ofBucket = { ...child, dependsOn: configured };
    const servedAfter = [...policies, ...distribution.served].map(({ urn }) => urn);
    const urls = defaultPictureUrls(args, (picture) => {
      // Named by its content: whose default it is may change, and then no deletion of the one takes the other's object away.
      const objectName = `${name}-default-picture-${picture.key.slice(2, 10)}`;
      const object = newPicture(objectName, picture, defaults.pictureCacheControl, args, bucket, {
        ...ofBucket,
        // Tokens and Gravatar addresses still name a default picture that is no longer the default.
        retainOnDelete: !bucketMustBeEmpty,
      });
      return pulumi
        .all([distribution.baseUrl, object.key, ...servedAfter])
        .apply(([baseUrl, key]) => `${baseUrl}${key}`);
    });
    const missingPicture = generalPicture(args);
    if (missingPicture !== undefined) {
      // The body of the answer to a request for a picture that is not there.
      const { key, cacheControl } = defaults.missingPicture;
      newPicture(`${name}-missing-picture`, { ...missingPicture, key }, cacheControl, args, bucket, {
        ...ofBucket,
        ...(args.existingBucket === undefined && !bucketMustBeEmpty && { deletedWith: bucket }),
      });
    }
    announce(args, this);

    this.baseUrl = distribution.baseUrl;
    this.defaultPictureUrl = urls.defaultPictureUrl;
    this.connectionDefaultPictureUrls = urls.connectionDefaultPictureUrls;
    this.organizationDefaultPictureUrls = urls.organizationDefaultPictureUrls;
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.distributionId = distribution.id;
    this.distributionArn = distribution.arn;
    this.distributionDomainName = distribution.domainName;
    this.dnsRecords = distribution.dnsRecords;
    this.kmsKeyPolicyStatement =
      args.kmsMasterKeyId === undefined ? pulumi.output(undefined) : kmsKeyPolicyStatement(distribution.arn);
    this.origin = pulumi.output(origin);
    this.uploaderPolicyJson = uploaderPolicyJson({
      bucketArn: bucket.arn,
      distributionArn: distribution.arn,
      ...(args.kmsMasterKeyId !== undefined && { kmsKeyArn: args.kmsMasterKeyId }),
      mayErase: args.uploaderMayErase === true,
    });
    this.registerOutputs({
      baseUrl: this.baseUrl,
      defaultPictureUrl: this.defaultPictureUrl,
      connectionDefaultPictureUrls: this.connectionDefaultPictureUrls,
      organizationDefaultPictureUrls: this.organizationDefaultPictureUrls,
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      distributionId: this.distributionId,
      distributionArn: this.distributionArn,
      distributionDomainName: this.distributionDomainName,
      dnsRecords: this.dnsRecords,
      bucketPolicyJson: this.bucketPolicyJson,
      kmsKeyPolicyStatement: this.kmsKeyPolicyStatement,
      origin: this.origin,
      uploaderPolicyJson: this.uploaderPolicyJson,
    });
  }
}

function newPicture(
  name: string,
  { key, contentType, base64 }: PictureFile,
  cacheControl: string,
  { objectTags }: PictureStoreArgs,
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
      cacheControl,
      // S3 takes ten tags an object, so a provider's default tags are not put on it.
      overrideProvider: { defaultTags: { tags: {} } },
      ...(objectTags && { tags: objectTags }),
    },
    opts,
  );
}

/**
 * Says in each preview what becomes of users' pictures, because `pulumi destroy` does not run the program, and empties a bucket only after
 * an update that said so (AWS provider docs, "aws_s3_bucket": `force_destroy`).
 */
function announce(args: PictureStoreArgs, store: pulumi.Resource): void {
  if (pulumi.runtime.isDryRun()) void pulumi.log.info(announcementOf(args), store);
}

/** What `pulumi destroy` does with the pictures, and with what serves them. */
export function announcementOf(args: PictureStoreArgs): string {
  const { picturesOnDestroy: onDestroy = PicturesOnDestroy.Protect, existingBucket, existingDistribution } = args;
  const setting = `(picturesOnDestroy: "${onDestroy}")`;
  const isServedByOwn = existingDistribution === undefined;
  if (existingBucket !== undefined)
    return [
      "The bucket is not the store's own (existingBucket): pulumi destroy leaves it, and users' pictures in it, as they are.",
      ...(isServedByOwn && onDestroy === PicturesOnDestroy.Protect
        ? [
            `The distribution that serves them is protected ${setting}: pulumi destroy, and any change that would replace it, is refused. ` +
              'To delete it, set picturesOnDestroy to "fail", run pulumi up, which must apply it first, and then pulumi destroy.',
          ]
        : []),
    ].join(" ");
  const toDelete =
    'To delete it with every picture, set picturesOnDestroy to "empty", run pulumi up, which must apply it first, and then pulumi destroy.';
  switch (onDestroy) {
    case PicturesOnDestroy.Protect:
      return isServedByOwn
        ? `The bucket with users' pictures, and the distribution that serves them, are protected ${setting}: pulumi destroy, and any change that would replace them, is refused. ${toDelete}`
        : `The bucket with users' pictures is protected ${setting}: pulumi destroy, and any change that would replace it, is refused. ${toDelete}`;
    case PicturesOnDestroy.Fail:
      return `The bucket is deleted by pulumi destroy, or by a change that replaces it, only while it holds no user's picture ${setting}. ${toDelete}`;
    case PicturesOnDestroy.Empty:
      return `Once this is applied, pulumi destroy, and any change that replaces the bucket, delete it with every user's picture in it ${setting}.`;
  }
}
