// A bucket with users' pictures is private: nobody reads or lists it but whom its policy names.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { openTo, statementsOf } from "./policy-statements.ts";
import { attachedTo, bucketType, isPictureResource, pictureResourceProperties } from "./picture-resources.ts";
import type { PictureResourceConfig } from "./picture-resources.ts";
import { judgeEach } from "./unknown-values.ts";

const accessBlocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const publicAcls = ["public-read", "public-read-write", "authenticated-read"];

export const pictureBucketPrivate: StackValidationPolicy = {
  name: "picture-bucket-private",
  description: "A bucket with users' pictures is private.",
  severity: "critical",
  configSchema: { properties: pictureResourceProperties },
  validateStack(args, reportViolation) {
    const { resources } = args;
    const config = args.getConfig<PictureResourceConfig>();
    const buckets = resources.filter(({ type }) => type === bucketType);
    judgeEach(buckets, (bucket) => {
      if (!isPictureResource(bucket, config)) return;
      judgeEach([accessBlockFaults, aclFaults, bucketPolicyFaults], (faultsOf) => {
        for (const fault of faultsOf(bucket, resources)) reportViolation(fault, bucket.urn);
      });
    });
  },
};

function accessBlockFaults(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const blocks = attachedTo(bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", resources);
  if (blocks.length === 0)
    return [
      "The stack has no BucketPublicAccessBlock for it, so nobody would notice if its access block were lifted. Add one, all true.",
    ];
  return blocks.flatMap(({ props }) => {
    const open = accessBlocks.filter((name) => props[name] !== true);
    return open.length === 0
      ? []
      : [`Its BucketPublicAccessBlock leaves ${open.join(", ")} off. Set all four to true.`];
  });
}

function aclFaults(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const acls = [bucket, ...attachedTo(bucket, "aws:s3/bucketAcl:BucketAcl", resources)];
  return acls.flatMap(({ props }) =>
    publicAcls.includes(props["acl"] as string)
      ? [`Its ACL is ${String(props["acl"])}. Take the ACL out: the bucket's policy says who may read.`]
      : [],
  );
}

function bucketPolicyFaults(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const policies = attachedTo(bucket, "aws:s3/bucketPolicy:BucketPolicy", resources);
  return policies.flatMap(({ props }) =>
    statementsOf(props["policy"]).flatMap((statement) => {
      const whom = openTo(statement);
      return whom === undefined
        ? []
        : [
            `Its policy lets in ${whom}. Name who may, or add a condition such as AWS:SourceArn with the distribution's ARN.`,
          ];
    }),
  );
}
