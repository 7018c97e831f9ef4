// What of AWS one store of a program has alone: two would write over each other's pictures, or the second would be
// refused half-way. The names are everybody's, so they are the same things with another AWS provider.
import type * as pulumi from "@pulumi/pulumi";
import { claimedInput, note } from "../one-owner.ts";
import type { Claim } from "../one-owner.ts";
import type { PictureStoreOptions } from "./args.ts";

const advice = "Two stores of it get in each other's way: give each its own, or use one store for both.";

const bucket = (name: string) => `bucket "${name}"`;
const host = (name: string) => `host "${name.toLowerCase()}"`;

/** Refuses a second owner at once where the names are plain, else as soon as they are known. */
export function claimOfAws(owner: pulumi.ComponentResource, subject: string, args: PictureStoreOptions): void {
  const { bucketName, importBucketName, existingBucket, domain, existingDistribution } = args;
  const claims: readonly (readonly [Claim["path"], pulumi.Input<string> | undefined, (known: string) => string])[] = [
    [["bucketName"], bucketName, bucket],
    [["importBucketName"], importBucketName, bucket],
    [["existingBucket"], existingBucket, bucket],
    [["domain", "domainName"], domain?.domainName, host],
    [["existingDistribution", "arn"], existingDistribution?.arn, (arn) => `distribution ${arn}`],
    [["existingDistribution", "baseUrl"], existingDistribution?.baseUrl, (url) => host(new URL(url).host)],
  ];
  for (const [path, given, thingOf] of claims)
    if (given !== undefined)
      void claimedInput(given, (known) => ({ owner, subject, tenant: undefined, thing: thingOf(known), path, advice }));
}

/** For another store of the program, which may be given this bucket as an existing one. */
export function noteBucket(owner: pulumi.ComponentResource, subject: string, name: pulumi.Output<string>): void {
  name.apply((known) => note({ owner, subject, tenant: undefined, thing: bucket(known), path: [], advice }));
}
