// What AWS refuses of a store that no argument shows by itself: names that grow too long, and another region. It is
// refused before anything is made, because AWS refuses it half-way.
import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { longestName, stackRegion } from "../stack-region.ts";
import { assertNoRefusals } from "../validation.ts";
import type { PictureStoreOptions } from "./args.ts";
import { accountRegionalBucket, kmsKeyRegion } from "./formats.ts";

/** By what it is made for: the longest name that AWS takes. */
const longest = {
  // CloudFront API reference, "OriginAccessControlConfig".
  originAccessControl: { logicalName: "-origin-access-control", length: 64 },
  // CloudWatch Logs API reference, "PutDeliveryDestination".
  accessLogs: { logicalName: "-access-log-destination", length: 60 },
} as const;

/**
 * What of a store's name is refused: AWS's names are made from it, and neither Pulumi nor the provider cuts them.
 *
 * @param suffix what a component adds to its own name, which it is refused for
 */
export function validateStoreName(name: string, args: PictureStoreOptions, suffix = ""): Refusal[] {
  const hasLogs = args.accessLogs !== undefined;
  const { logicalName, length } = longest[hasLogs ? "accessLogs" : "originAccessControl"];
  const most = longestName(length, suffix + logicalName);
  // A stack that has names made in a way of its own knows what it gets.
  if (most === Infinity) return [];
  const refuse = (message: string): Refusal => ({ path: [], message });
  const tooLong = `the name "${name}" has ${name.length} characters; AWS takes at most ${most}`;
  const withLogs = hasLogs ? " with accessLogs" : "";
  return [
    ...(name.length > most
      ? [refuse(`${tooLong}${withLogs}, because the names of the store's resources are made from it.`)]
      : []),
    ...((args.existingBucket ?? args.importBucketName ?? args.bucketName) === undefined &&
    !/^[a-z0-9][a-z0-9.-]*$/i.test(name)
      ? [refuse(`the bucket is named after "${name}", and S3 takes letters, digits, dots and hyphens only.`)]
      : []),
    ...(hasLogs && !/^[\w-]*$/.test(name)
      ? [refuse(`accessLogs are named after "${name}": letters, digits, hyphens and underscores only.`)]
      : []),
  ];
}

/**
 * Refuses what is in another region than the store's resources, as far as its name shows it: at once, or, where the
 * component has a provider of its own, as soon as that one's region is known.
 */
export function assertRegion(subject: string, component: pulumi.ComponentResource, args: PictureStoreOptions): void {
  const refuse = (refusals: readonly Refusal[]) => assertNoRefusals(`${subject} cannot be created:`, refusals);
  const provider = component.getProvider("aws:s3/bucket:Bucket") as { readonly region?: unknown } | undefined;
  if (provider === undefined) {
    refuse(otherRegions(args, stackRegion(), "the stack's region (aws:region)"));
  } else if (pulumi.Output.isInstance(provider.region)) {
    provider.region.apply((region) => refuse(otherRegions(args, region, "the region of the store's provider")));
  }
}

function otherRegions(args: PictureStoreOptions, region: unknown, whose: string): Refusal[] {
  const regions = {
    bucketName: accountRegionalBucket(args.bucketName)?.region,
    importBucketName: accountRegionalBucket(args.importBucketName)?.region,
    existingBucket: accountRegionalBucket(args.existingBucket)?.region,
    kmsMasterKeyId: kmsKeyRegion(args.kmsMasterKeyId),
  };
  const names = ["bucketName", "importBucketName", "existingBucket", "kmsMasterKeyId"] as const;
  return names.flatMap((path) => {
    const other = regions[path];
    if (typeof region !== "string" || other === undefined || other === region) return [];
    const message = `it is in ${other}, and ${whose} is ${region}. A bucket and its key are found in that region only.`;
    return [{ path: [path], message }];
  });
}
