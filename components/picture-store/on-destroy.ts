// What becomes of users' pictures when the store is destroyed, for the person who reads the preview.
import * as pulumi from "@pulumi/pulumi";
import { stackRegion } from "../stack-region.ts";
import { PicturesOnDestroy } from "./closed-sets.ts";
import type { PictureStoreOptions } from "./args.ts";

/**
 * Says it in each preview, because `pulumi destroy` does not run the program, and empties a bucket only after an update
 * that said so (AWS provider docs, "aws_s3_bucket": `force_destroy`).
 */
export function announceOnDestroy(args: PictureStoreOptions, store: pulumi.Resource): void {
  if (!pulumi.runtime.isDryRun()) return;
  const isStacks = store.getProvider("aws:s3/bucket:Bucket") === undefined;
  void pulumi.log.info(describeOnDestroy(args, isStacks ? stackRegion() : undefined), store);
  const unguarded = describeAnyAccount(args, store);
  if (unguarded !== undefined) void pulumi.log.warn(unguarded, store);
}

/**
 * What can take a protected bucket's place where no account is named: a refresh that may not see the bucket takes it
 * for deleted (AWS provider, "aws_s3_bucket": HeadBucket that answers 301, 400 or 403), and a refresh does not run the
 * program, so that only the provider's own check of the account is in its way.
 */
export function describeAnyAccount(args: PictureStoreOptions, store: pulumi.Resource): string | undefined {
  const { picturesOnDestroy: onDestroy = PicturesOnDestroy.Protect, existingBucket, importBucketName } = args;
  if (onDestroy !== PicturesOnDestroy.Protect || existingBucket !== undefined) return undefined;
  // A provider of the component's own has settings that only the engine knows.
  if (store.getProvider("aws:s3/bucket:Bucket") !== undefined) return undefined;
  const allowed = new pulumi.Config("aws").get("allowedAccountIds") ?? "[]";
  // With importBucketName no update makes another bucket; but there is more than the bucket to lose.
  const and = importBucketName === undefined ? "and the next pulumi up makes a new, empty one" : "and all else with it";
  return allowed === "[]"
    ? "The bucket with users' pictures is protected, and aws:allowedAccountIds is not set: with another account's " +
        `credentials a refresh takes the bucket for deleted, ${and}. ` +
        "Name its account: pulumi config set --path 'aws:allowedAccountIds[0]' <account>"
    : undefined;
}

/** What `pulumi destroy` does with the pictures, and with what serves them. */
export function describeOnDestroy(args: PictureStoreOptions, region = "the store's region"): string {
  const { picturesOnDestroy: onDestroy = PicturesOnDestroy.Protect, existingBucket, existingDistribution } = args;
  const setting = `(picturesOnDestroy: "${onDestroy}")`;
  const isServedByOwn = existingDistribution === undefined;
  if (existingBucket !== undefined)
    return [
      "The bucket is not the store's own (existingBucket): " +
        "pulumi destroy leaves it, and users' pictures in it, as they are. " +
        `It is looked for in ${region}: one that is said not to exist may be in another region, or account.`,
      ...(isServedByOwn && onDestroy === PicturesOnDestroy.Protect
        ? [
            `The distribution that serves them is protected ${setting}: ` +
              "pulumi destroy, and any change that would replace it, is refused. " +
              'To delete it, set picturesOnDestroy to "fail", run pulumi up, which must apply it first, ' +
              "and then pulumi destroy.",
          ]
        : []),
    ].join(" ");
  const toDelete =
    'To delete it with every picture, set picturesOnDestroy to "empty", run pulumi up, which must apply it first, ' +
    "and then pulumi destroy.";
  switch (onDestroy) {
    case PicturesOnDestroy.Protect: {
      const refused = isServedByOwn
        ? `, and the distribution that serves them, are protected ${setting}: ` +
          `pulumi destroy, and any change that would replace them`
        : ` is protected ${setting}: pulumi destroy, and any change that would replace it`;
      return `The bucket with users' pictures${refused}, is refused. ${toDelete}`;
    }
    case PicturesOnDestroy.Fail:
      return (
        `The bucket is deleted by pulumi destroy, or by a change that replaces it, only while it holds no user's ` +
        `picture ${setting}. ${toDelete}`
      );
    case PicturesOnDestroy.Empty:
      return (
        `Once this is applied, pulumi destroy, and any change that replaces the bucket, delete it with every user's ` +
        `picture in it ${setting}.`
      );
  }
}
