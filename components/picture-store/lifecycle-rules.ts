// What the bucket deletes by itself, and when.
import type { input } from "@pulumi/aws/types/index.js";
import type { Input } from "@pulumi/pulumi";
import type { PictureStoreArgs } from "./args.ts";
import { UploadState } from "./picture-tags.ts";

const ofEveryBucket = [
  {
    id: "abort-incomplete-uploads",
    status: "Enabled",
    filter: { prefix: "" },
    // Parts of an upload that never ended cost as much as objects, and no listing shows them.
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
  },
  {
    id: "expire-old-versions",
    status: "Enabled",
    filter: { prefix: "" },
    // A week to undo a mistake; then an erased picture is erased.
    noncurrentVersionExpiration: { noncurrentDays: 7 },
    // What is left of a deleted object once its versions are gone.
    expiration: { expiredObjectDeleteMarker: true },
  },
] satisfies input.s3.BucketLifecycleConfigurationRule[];

/**
 * Another lifecycle rule: what an upload has replaced. Tokens, and applications that keep a URL, name it for a while.
 *
 * @param days counted from the tag on, because an object is copied to be tagged
 */
const expireReplaced = (days: Input<number>) =>
  ({
    id: "expire-replaced-pictures",
    status: "Enabled",
    filter: { and: { prefix: "u/", tags: { state: UploadState.Replaced } } },
    expiration: { days },
  }) satisfies input.s3.BucketLifecycleConfigurationRule;

export const lifecycleRules = ({
  replacedPictureDays,
}: PictureStoreArgs): input.s3.BucketLifecycleConfigurationRule[] =>
  replacedPictureDays === undefined ? ofEveryBucket : [...ofEveryBucket, expireReplaced(replacedPictureDays)];
