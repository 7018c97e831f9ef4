// The component that keeps pictures: one private S3 bucket behind one CloudFront distribution, and default pictures in
// it.
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import * as pulumi from "@pulumi/pulumi";
import type { OutputsOf } from "../component-outputs.ts";
import { validOrThrow } from "../validation.ts";
import { PicturesOnDestroy } from "./closed-sets.ts";
import type { PictureStoreArgs } from "./args.ts";
import { aws } from "../aws.ts";
import { bucketOf, bucketPolicy, kmsKeyPolicyStatement, policyOf } from "./bucket.ts";
import type { PictureBucket } from "./bucket.ts";
import { defaultPictureUrls } from "./default-pictures.ts";
import type { DefaultPictureUrls } from "./default-pictures.ts";
import * as defaults from "./defaults.ts";
import { distributionOf, originOf } from "./distribution.ts";
import type { PictureDistribution } from "./distribution.ts";
import { assertRegion } from "./limits.ts";
import { announceOnDestroy } from "./on-destroy.ts";
import { claimOfAws, noteBucket } from "./owner.ts";
import type { PictureFile } from "./picture-file.ts";
import { uploaderPolicyJson } from "./uploader-policy.ts";
import type { DnsRecord, PictureOrigin } from "./store-outputs.ts";
import { validatePictureStore } from "./validate.ts";
import type { ValidPictureStore } from "./validate.ts";

/**
 * A picture store. Keys: `d/<sha256>.<ext>` are default pictures, `u/…` users' pictures; CloudFront may read nothing
 * else. Needs the AWS provider only; the distribution takes some minutes to be deployed.
 *
 * @example
 * const store = new PictureStore("pictures", { defaultPictures: { general: { file: "default-picture.png" } } });
 * export const baseUrl = store.baseUrl; // https://d111111abcdef8.cloudfront.net/
 */
export class PictureStore extends pulumi.ComponentResource {
  /** Where the pictures are: `https://host/`, of the domain or the distribution's own, with the slash. */
  declare readonly baseUrl: pulumi.Output<string>;
  /**
   * The URL of the general default picture. Known once the edge serves it: after the object, the bucket's policy, the
   * deployed distribution and its DNS records.
   */
  declare readonly defaultPictureUrl: pulumi.Output<string>;
  /** The URLs of connections' default pictures, by the connection's name. */
  declare readonly connectionDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  /** The URLs of organizations' default pictures, by the organization's name. */
  declare readonly organizationDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  /** The name of the bucket that holds the pictures. */
  declare readonly bucketName: pulumi.Output<string>;
  /** The bucket's ARN. */
  declare readonly bucketArn: pulumi.Output<string>;
  /** The id of the distribution that serves the pictures. */
  declare readonly distributionId: pulumi.Output<string>;
  /** The distribution's ARN. */
  declare readonly distributionArn: pulumi.Output<string>;
  /** CloudFront's own name for the distribution, such as `d111111abcdef8.cloudfront.net`. */
  declare readonly distributionDomainName: pulumi.Output<string>;
  /** The DNS records that you set: those of a `domain` without a `zoneId`. */
  declare readonly dnsRecords: pulumi.Output<DnsRecord[]>;
  /** The bucket's policy. An `existingBucket` must have its statements. */
  declare readonly bucketPolicyJson: pulumi.Output<string>;
  /** The statement that the policy of `kmsMasterKeyId` must have; none without such a key. */
  declare readonly kmsKeyPolicyStatement: pulumi.Output<string | undefined>;
  /** What an `existingDistribution` needs to serve the pictures. */
  declare readonly origin: pulumi.Output<PictureOrigin>;
  /**
   * The IAM policy of an application's own uploader: it may store users' pictures (`u/…`), encrypt them with
   * `kmsMasterKeyId`, and delete them with `uploaderCanDelete`; nothing else.
   */
  declare readonly uploaderPolicyJson: pulumi.Output<string>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered */
  constructor(name: string, args: PictureStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `PictureStore "${name}"`;
    const valid = validOrThrow(subject, args, () => validatePictureStore(subject, args, name));
    super("auth0-user-pictures:index:PictureStore", name, args, opts);
    const child = { parent: this };
    const options = valid.args;
    assertRegion(subject, this, options);
    claimOfAws(this, subject, options);

    const bucket = bucketOf(name, options, child);
    // Another team's distribution goes on using them.
    const ofOrigin = { ...child, ...(options.existingDistribution && { retainOnDelete: true }) };
    const accessControl = new aws.OriginAccessControl(
      `${name}-origin-access-control`,
      defaults.originAccessControl,
      ofOrigin,
    );
    const origin = originOf(name, valid, bucket, accessControl, ofOrigin);
    const distribution = distributionOf(name, options, origin, child);
    const bucketPolicyJson = bucketPolicy(bucket.bucket.arn, distribution.arn);
    const policies = policyOf(name, options, bucket, bucketPolicyJson, child);
    const served = [...policies, ...distribution.served];
    const keyPolicyStatement = kmsKeyPolicyStatement(options, distribution.arn, this);
    const urls = newDefaultPictures(name, valid, { bucket, distribution, served, keyPolicyStatement }, child);
    noteBucket(this, subject, bucket.bucket.bucket);
    announceOnDestroy(options, this);

    const { bucket: name_, arn: bucketArn } = bucket.bucket;
    const outputs: OutputsOf<PictureStore> = {
      baseUrl: distribution.baseUrl,
      defaultPictureUrl: urls.general,
      connectionDefaultPictureUrls: pulumi.output(urls.byConnection),
      organizationDefaultPictureUrls: pulumi.output(urls.byOrganization),
      bucketName: name_,
      bucketArn,
      distributionId: distribution.id,
      distributionArn: distribution.arn,
      distributionDomainName: distribution.domainName,
      dnsRecords: distribution.dnsRecords,
      bucketPolicyJson,
      kmsKeyPolicyStatement: keyPolicyStatement,
      origin: pulumi.output(origin),
      uploaderPolicyJson: uploaderPolicyJson(options, bucketArn, distribution.arn),
    };
    Object.assign(this, outputs);
    this.registerOutputs(outputs);
  }
}

interface Served {
  readonly bucket: PictureBucket;
  readonly distribution: PictureDistribution;
  /** What a URL of the store waits for. */
  readonly served: readonly pulumi.Resource[];
  readonly keyPolicyStatement: pulumi.Output<string | undefined>;
}

/** The default pictures' objects, and the picture of a missing one. */
function newDefaultPictures(
  name: string,
  { args, files }: ValidPictureStore,
  { bucket: { bucket, configured }, distribution, served, keyPolicyStatement }: Served,
  child: pulumi.CustomResourceOptions,
): DefaultPictureUrls {
  // An object that would keep a bucket from being empty is deleted before it; others go, or stay, with the bucket.
  const mustBeEmpty = args.existingBucket === undefined && args.picturesOnDestroy === PicturesOnDestroy.Fail;
  const ofBucket = { ...child, dependsOn: configured };
  const isServed = pulumi.all([keyPolicyStatement, ...served.map(({ urn }) => urn)]);
  const urls = defaultPictureUrls(args.defaultPictures ?? {}, files, (picture) => {
    // Named by its content: whose default it is may change, and then no deletion of one resource takes another's object
    // away.
    const objectName = `${name}-default-picture-${picture.key.slice(2, 10)}`;
    const object = newPicture(objectName, picture, defaults.pictureCacheControl, args, bucket, {
      ...ofBucket,
      // Tokens and Gravatar addresses still name a default picture that is no longer the default. Where it may go,
      // nothing is said: then the component's own option counts.
      ...(!mustBeEmpty && { retainOnDelete: true }),
    });
    return pulumi.all([distribution.baseUrl, object.key, isServed]).apply(([baseUrl, key]) => `${baseUrl}${key}`);
  });
  const missingPicture = files.get(args.defaultPictures?.general?.file ?? "");
  if (missingPicture !== undefined) {
    // The body of the response to a request for a picture that is not there.
    const { key, cacheControl } = defaults.missingPicture;
    newPicture(`${name}-missing-picture`, { ...missingPicture, key }, cacheControl, args, bucket, {
      ...ofBucket,
      ...(!mustBeEmpty && args.existingDistribution && { retainOnDelete: true }),
      ...(args.existingBucket === undefined && !mustBeEmpty && { deletedWith: bucket }),
    });
  }
  return urls;
}

function newPicture(
  name: string,
  { key, contentType, base64, md5 }: PictureFile,
  cacheControl: string,
  { objectTags, kmsMasterKeyId, existingBucket }: PictureStoreArgs,
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
      // By it a refresh sees that somebody overwrote the object, and the next `up` puts it back. It says so only where
      // S3's own keys encrypt the object (Amazon S3 API reference, "Object"), as they do in the store's own bucket.
      ...(kmsMasterKeyId === undefined && existingBucket === undefined && { etag: md5 }),
      // S3 takes ten tags an object, so a provider's default tags are not put on it.
      overrideProvider: { defaultTags: { tags: {} } },
      ...(objectTags && { tags: objectTags }),
    },
    opts,
  );
}
