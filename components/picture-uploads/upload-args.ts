// What picture uploads can be told.
import type * as pulumi from "@pulumi/pulumi";
import type { PictureSweepArgs, UploadAccessLogsArgs, UploadThrottlingArgs } from "./upload-parts.ts";
import type { ClientAuthentication, WriteBack } from "./upload-sets.ts";

/** The options of picture uploads, all of which may be left out: without any these are uploads with their defaults. */
export interface PictureUploadsOptions {
  /**
   * Origins of the pages that may upload, `https://host` or `https://host:port`; `http://localhost` with any port too,
   * for development. Applications that are no browser need none.
   *
   * @default none, and no browser lets a page of another origin upload
   * @example ["https://app.example.org"]
   */
  allowedOrigins?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The upload API's identifier in Auth0, which an application asks tokens for as their `audience`. Another one is
   * another API: applications need new tokens.
   *
   * @default `urn:auth0-user-pictures:<project>:<stack>:<name>`, with the component's name
   * @example "https://pictures.example.org/uploads"
   */
  identifier?: pulumi.Input<string>;
  /**
   * Who issues the users' tokens, as their `iss` says it, to the letter: `https://host/`, with the slash. Applications
   * that log in by a custom domain of the tenant get tokens of that domain.
   *
   * @default `https://`, the tenant's own domain (the setting `auth0:domain`), and a slash
   * @example "https://login.example.org/"
   */
  issuer?: pulumi.Input<string>;
  /**
   * How the functions authenticate to Auth0: `client_secret_post` (a secret, which is in the state, encrypted) or
   * `private_key_jwt` (keys that never leave AWS KMS; Auth0's Enterprise plan). Another way is another application in
   * Auth0, and uploads go on while it changes. Plain, because it decides which resources there are.
   *
   * @default "client_secret_post"
   * @example "private_key_jwt"
   */
  clientAuthentication?: ClientAuthentication;
  /**
   * Who writes `user_metadata.picture`: `user_metadata` (the upload function) or `none` (the page, with the user's own
   * token; then no credential is made that can write). Plain, because it decides which resources there are.
   *
   * @default "user_metadata"
   * @example "none"
   */
  writeBack?: WriteBack;
  /**
   * Days that a picture stays after it was replaced, because tokens and applications still name it: 1 to 3,650.
   *
   * @default 30
   * @example 90
   */
  replacedPictureDays?: pulumi.Input<number>;
  /** Different pictures that one user may have at a time, replaced ones too: 1 to 300. @default 50 @example 20 */
  maxPictures?: pulumi.Input<number>;
  /** Seconds that one picture may be processed: 1 to 15. @default 5 @example 10 */
  maxSeconds?: pulumi.Input<number>;
  /**
   * Megabytes of the upload function, by which it gets its share of processors: 1,024 to 10,240; 1,769 are one
   * processor (AWS Lambda docs, "Configure Lambda function memory"). A hostile picture takes 600 before it is refused.
   *
   * @default 1769
   * @example 3008
   */
  memorySize?: pulumi.Input<number>;
  /**
   * How many uploads are processed at once at most, taken from what the account's functions share: 1 to 1,000. An
   * account that is new has no more than 10, and reserves none.
   *
   * @default as many as the account has
   * @example 20
   */
  reservedConcurrentExecutions?: pulumi.Input<number>;
  /**
   * How many requests the API takes, of all users together; who comes in vain is answered 429.
   *
   * @default 20 requests a second, 40 at once
   * @example { rateLimit: 5, burstLimit: 10 }
   */
  throttling?: pulumi.Input<UploadThrottlingArgs>;
  /**
   * Days that the log groups keep what the functions and the API log; 0 is for ever (CloudWatch Logs API reference,
   * "PutRetentionPolicy").
   *
   * @default 30
   * @example 365
   */
  logRetentionInDays?: pulumi.Input<number>;
  /**
   * A log of the API's requests. Whether there is one is plain, because it decides which resources there are.
   *
   * @default no log, but the functions' own, which tell what was refused or failed
   * @example { fields: ["requestId", "status", "identity.sourceIp"] }
   */
  accessLogs?: UploadAccessLogsArgs;
  /**
   * ARNs of what the alarms notify, such as an SNS topic, in the stack's region: that the sweep is behind or does
   * not run, that an erasure failed for good.
   *
   * @default nobody, so that the alarms are only seen in CloudWatch
   * @example ["arn:aws:sns:eu-central-1:123456789012:on-call"]
   */
  alarmActions?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Erase a deleted user's pictures in the sweep's next run after Auth0 tells of it, by an event stream to Amazon
   * EventBridge, and not only when its pass comes to them. Event streams are in Early Access, on Auth0's Enterprise
   * plan (Auth0 docs, "Event Streams"). Plain, because it decides which resources there are.
   *
   * @default false
   * @example true
   */
  eventStream?: boolean;
  /**
   * How the pictures of users who are no more are found and erased.
   *
   * @default every hour, with one request a second, within 72 hours
   * @example { everyHours: 6, withinHours: 48 }
   */
  sweep?: pulumi.Input<PictureSweepArgs>;
  /**
   * Tags of everything that the uploads create on AWS and that takes tags; at most 50.
   *
   * @default none
   * @example { "team": "identity" }
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Picture uploads by themselves: their options, and the store that the pictures go to. */
export interface PictureUploadsArgs extends PictureUploadsOptions {
  /** The store's bucket, in the stack's region. @example store.bucketName */
  bucketName: pulumi.Input<string>;
  /** The bucket's ARN. @default that of `bucketName`, in AWS's commercial regions @example store.bucketArn */
  bucketArn?: pulumi.Input<string>;
  /** Where the bucket's pictures are shown, `https://host/`. @example store.baseUrl */
  pictureBaseUrl: pulumi.Input<string>;
  /**
   * The distribution that shows them, which is told of every picture that is erased, unless it is another account's.
   * Whether one is given is plain, because it decides what the sweep may do.
   *
   * @default none, so that an erased picture is shown at an edge until it expires there, for up to a week
   * @example store.distributionArn
   */
  distributionArn?: pulumi.Input<string>;
  /**
   * The ARN of the KMS key that encrypts the bucket. Whether one is given is plain, because it decides what the
   * functions may do.
   *
   * @default S3's own keys
   * @example "arn:aws:kms:eu-central-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c"
   */
  kmsMasterKeyId?: pulumi.Input<string>;
  /**
   * The bucket has a lifecycle rule that expires objects under `u/` of the tag `state=replaced`, after
   * `replacedPictureDays`. Without one the sweep deletes them. Plain, because it decides what the sweep does.
   *
   * @default false
   * @example true
   */
  bucketExpiresReplaced?: boolean;
}
