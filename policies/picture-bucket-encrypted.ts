// A bucket with users' pictures is encrypted: on the way, by its policy, and at rest, by S3's own keys or by those that the configuration asks for.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { refusesWithoutTls, statementsOf } from "./policy-statements.ts";
import { attachedTo, bucketType, isPictureResource, pictureResourceProperties } from "./picture-resources.ts";
import type { PictureResourceConfig } from "./picture-resources.ts";
import { judgeEach } from "./unknown-values.ts";

interface Config extends PictureResourceConfig {
  /** The stack must set one of these algorithms itself. Without it S3's own encryption counts, which no bucket is without. */
  readonly sseAlgorithms?: readonly string[];
}

export const pictureBucketEncrypted: StackValidationPolicy = {
  name: "picture-bucket-encrypted",
  description: "A bucket with users' pictures is encrypted, in transit and at rest.",
  severity: "high",
  configSchema: {
    properties: {
      ...pictureResourceProperties,
      sseAlgorithms: {
        type: "array",
        items: { type: "string", enum: ["AES256", "aws:kms", "aws:kms:dsse"] },
        minItems: 1,
        description:
          "The stack must set one of these itself. Without it S3's own encryption (AES256) counts, which every bucket has.",
      },
    },
  },
  validateStack(args, reportViolation) {
    const { resources } = args;
    const config = args.getConfig<Config>();
    const buckets = resources.filter(({ type }) => type === bucketType);
    judgeEach(buckets, (bucket) => {
      if (!isPictureResource(bucket, config)) return;
      judgeEach([inTransitFaults, atRestFaults], (faultsOf) => {
        for (const fault of faultsOf(bucket, resources, config)) reportViolation(fault, bucket.urn);
      });
    });
  },
};

function inTransitFaults(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const policies = attachedTo(bucket, "aws:s3/bucketPolicy:BucketPolicy", resources);
  return policies.some(({ props }) => statementsOf(props["policy"]).some(refusesWithoutTls))
    ? []
    : [
        'Its policy takes requests without TLS. Deny s3:* to everybody where the condition Bool "aws:SecureTransport" is "false".',
      ];
}

interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: { readonly sseAlgorithm?: string };
}

function atRestFaults(
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
