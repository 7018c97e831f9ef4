// What a picture store can be told.
import type * as pulumi from "@pulumi/pulumi";
import type { DefaultPicturesArgs } from "../default-picture-args.ts";
import type { AccessLogFormat, GeoRestrictionType, PicturesOnDestroy, PriceClass } from "./closed-sets.ts";
import type { PictureDomainArgs } from "./domain-args.ts";

/** Countries in which the pictures are shown, or are not. */
export interface GeoRestrictionArgs {
  /** `whitelist`: the pictures are shown in these countries only. `blacklist`: everywhere but there. */
  restrictionType: pulumi.Input<GeoRestrictionType>;
  /** The countries, by their ISO 3166-1 alpha-2 codes. @example ["DE", "AT"] */
  locations: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * CloudFront's access logs (v2), delivered by CloudWatch Logs. They hold viewers' IP addresses, which are personal
 * data.
 */
export interface AccessLogsArgs {
  /**
   * Where they go: the ARN of an S3 bucket (not the pictures'), a CloudWatch log group or a Firehose stream.
   *
   * @example "arn:aws:logs:us-east-1:123456789012:log-group:pictures"
   */
  destinationResourceArn: pulumi.Input<string>;
  /** The form of each record; `w3c` and `parquet` are for S3 only, and a log group takes no `raw`. @default "json" */
  outputFormat?: pulumi.Input<AccessLogFormat>;
  /**
   * The fields of each record: leave `c-ip` out for logs without addresses (CloudFront docs, "Standard logging
   * reference").
   *
   * @default CloudFront's own choice, its 33 standard fields
   * @example ["date", "time", "cs-uri-stem", "sc-status"]
   */
  recordFields?: pulumi.Input<pulumi.Input<string>[]>;
}

/** A distribution that somebody else manages, and that serves the pictures; the output `origin` is what it needs. */
export interface ExistingDistributionArgs {
  /** The distribution that may read the bucket. @example "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE" */
  arn: pulumi.Input<string>;
  /** Where it serves the pictures, with the slash and without a path. @example "https://cdn.example.org/" */
  baseUrl: pulumi.Input<string>;
}

/** The options of a picture store, all of which may be left out: without any it is a store with its defaults. */
export interface PictureStoreOptions {
  /**
   * What happens to users' pictures with the store: `protect` (destroy is refused), `fail` (an empty bucket is deleted)
   * or `empty` (the bucket is deleted with every picture in it). Plain, because Pulumi's `protect` is.
   *
   * @default "protect"
   */
  picturesOnDestroy?: PicturesOnDestroy;
  /**
   * A host of your own. Whether there is one is plain, because it decides which resources there are.
   *
   * @default CloudFront's own, `https://d….cloudfront.net/`
   * @example { domainName: "pictures.example.org", zoneId: "Z0123456789ABCDEFGHIJ" }
   */
  domain?: PictureDomainArgs;
  /** From where CloudFront serves; an `existingDistribution` has one of its own. @default "PriceClass_100" */
  priceClass?: pulumi.Input<PriceClass>;
  /**
   * Countries in which the pictures are shown, or are not.
   *
   * @default everywhere
   * @example { restrictionType: "whitelist", locations: ["DE", "AT"] }
   */
  geoRestriction?: pulumi.Input<GeoRestrictionArgs>;
  /**
   * The ARN of a WAF web ACL of CloudFront's scope, so in us-east-1.
   *
   * @default none
   * @example "arn:aws:wafv2:us-east-1:123456789012:global/webacl/pictures/60669652-455b-4ae9-85a4-c4c02393f86c"
   */
  webAclId?: pulumi.Input<string>;
  /**
   * Where CloudFront's access logs go. Whether there are any is plain, because it decides which resources there are.
   *
   * @default no logs
   * @example { destinationResourceArn: "arn:aws:s3:::logs.example.org", recordFields: ["date", "cs-uri-stem"] }
   */
  accessLogs?: AccessLogsArgs;
  /**
   * The ARN of the KMS key that encrypts the pictures, in the bucket's region. The key's policy must let the
   * distribution decrypt: the output `kmsKeyPolicyStatement` is the statement to add, and `pulumi up` says it. With
   * `existingBucket`: the key with which that bucket is encrypted already. A default picture that somebody overwrote
   * is not put back by `pulumi up --refresh`.
   *
   * @default S3's own keys
   * @example "arn:aws:kms:eu-central-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c"
   */
  kmsMasterKeyId?: pulumi.Input<string>;
  /**
   * The id of a response headers policy to share; an account has 20. Its headers take the place of the store's, which
   * make a hostile file harmless.
   *
   * @default the store's own
   * @example "60669652-455b-4ae9-85a4-c4c02393f86c"
   */
  responseHeadersPolicyId?: pulumi.Input<string>;
  /**
   * The name of the store's own bucket. The present one changes nothing; another one is another bucket.
   *
   * @default made by Pulumi of the component's name, `-bucket-` and random characters
   * @example "pictures.example.org"
   */
  bucketName?: pulumi.Input<string>;
  /**
   * The name of the store's own bucket, which is there already: it is never made, and taken over where the stack has
   * lost sight of it. Set it once the bucket is there, and leave it. Plain, because Pulumi's `import` is.
   *
   * @default the bucket is made
   * @example "user-pictures-store-bucket-0a1b2c3"
   */
  importBucketName?: string;
  /**
   * The name of a bucket that somebody else manages, in this account and in the stack's region (`aws:region`): one of
   * another region is not found. Only the store's default pictures are put into it, and not put back by `pulumi up
   * --refresh`; its policy must have the statements of the output `bucketPolicyJson`.
   *
   * @default a bucket of the store's own
   * @example "another-teams-bucket"
   */
  existingBucket?: pulumi.Input<string>;
  /**
   * A distribution that somebody else manages. The output `origin` (of `UserPictures`: `pictureOrigin`) is what it
   * needs.
   *
   * @default a distribution of the store's own
   * @example { arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE", baseUrl: "https://cdn.example.org/" }
   */
  existingDistribution?: ExistingDistributionArgs;
  /**
   * Tags of everything that the store creates and that takes tags, but for objects; at most 50.
   *
   * @default none
   * @example { "team": "identity" }
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Tags of the default pictures; at most 10 (Amazon S3 docs, "Categorizing your objects using tags").
   *
   * @default none
   * @example { "content": "default-picture" }
   */
  objectTags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The output `uploaderPolicyJson` allows to delete users' pictures too, as when a user is deleted. @default false */
  uploaderCanDelete?: pulumi.Input<boolean>;
}

/** A picture store by itself: its options, and the default pictures that it keeps. */
export interface PictureStoreArgs extends PictureStoreOptions {
  /** The pictures of users who have none; `general` is needed. @example { general: { file: "default-picture.png" } } */
  defaultPictures?: DefaultPicturesArgs;
  /**
   * After how many days a user's picture expires that an upload has replaced, 1 to 3,650. `PictureUploads` tags such
   * pictures; a bucket that is there (`existingBucket`) has lifecycle rules of its own, so with it they are the
   * service's to delete.
   *
   * @default no picture expires
   * @example 30
   */
  replacedPictureDays?: pulumi.Input<number>;
}
