// A bucket with users' pictures is encrypted: in transit, by its policy, and at rest, by S3's own keys or by those that
// the configuration asks for.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { deniesWithoutTls, statementsOf } from "./bucket-policy-document.ts";
import { nonEmptyListSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import {
  attachedTo,
  bucketTypes,
  given,
  pictureResourceSettings,
  validatePictureResourceInStack,
} from "./picture-resources.ts";
import { reportEach } from "./unknown-values.ts";

const settings = {
  ...pictureResourceSettings,
  sseAlgorithms: nonEmptyListSetting(
    "The stack must set one of these itself. " +
      "Without it S3's own encryption (AES256) counts, which every bucket has.",
    ["AES256", "aws:kms", "aws:kms:dsse"],
  ),
};

type Config = ConfigOf<typeof settings>;

export const pictureBucketEncrypted: StackValidationPolicy = {
  name: "picture-bucket-encrypted",
  description: "A bucket with users' pictures is encrypted, in transit and at rest.",
  severity: "high",
  configSchema: { properties: settings },
  validateStack: validatePictureResourceInStack(bucketTypes, (bucket, args, report) => {
    const checks = [inTransitViolations, atRestViolations];
    reportEach(checks, (violationsOf) => violationsOf(bucket, args.resources, args.getConfig<Config>()), report);
  }),
};

function inTransitViolations(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const attached = attachedTo(bucket, "aws:s3/bucketPolicy:BucketPolicy", resources);
  const documents = [given(bucket, "policy"), ...attached.map(({ props }) => props["policy"] as unknown)];
  return documents.some((document) => statementsOf(document).some(deniesWithoutTls))
    ? []
    : [
        "Its policy takes requests without TLS. " +
          'Deny s3:* on all of it to everybody where the condition Bool "aws:SecureTransport" is "false", alone.',
      ];
}

interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: { readonly sseAlgorithm?: string };
}

function atRestViolations(
  bucket: PolicyResource,
  resources: readonly PolicyResource[],
  { sseAlgorithms }: Config,
): string[] {
  if (sseAlgorithms === undefined) return [];
  const type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
  const set = attachedTo(bucket, type, resources)
    .flatMap(({ props }) => (props["rules"] ?? []) as EncryptionRule[])
    .map(({ applyServerSideEncryptionByDefault: rule }) => rule?.sseAlgorithm ?? "none");
  return set.some((algorithm) => sseAlgorithms.includes(algorithm))
    ? []
    : [
        `The stack sets ${set.length === 0 ? "no encryption" : set.join(", ")} for it; ` +
          `a BucketServerSideEncryptionConfiguration with ${sseAlgorithms.join(" or ")} is asked for.`,
      ];
}
