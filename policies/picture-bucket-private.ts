// A bucket with users' pictures is private: only those whom its policy names read or list it.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { bucketPoliciesOf, openTo, statementsOf } from "./bucket-policy-document.ts";
import {
  attachedTo,
  bucketType,
  pictureResourceSettings,
  validatePictureResourceInStack,
} from "./picture-resources.ts";
import { reportEach } from "./unknown-values.ts";

const accessBlocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const publicAcls = ["public-read", "public-read-write", "authenticated-read"];

export const pictureBucketPrivate: StackValidationPolicy = {
  name: "picture-bucket-private",
  description: "A bucket with users' pictures is private.",
  severity: "critical",
  configSchema: { properties: pictureResourceSettings },
  validateStack: validatePictureResourceInStack(bucketType, (bucket, { resources }, report) => {
    const checks = [accessBlockViolations, aclViolations, bucketPolicyViolations];
    reportEach(checks, (violationsOf) => violationsOf(bucket, resources), report);
  }),
};

function accessBlockViolations(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const blocks = attachedTo(bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", resources);
  if (blocks.length === 0)
    return [
      "The stack has no BucketPublicAccessBlock for it, so nobody would notice if its access block were lifted. " +
        "Add one, all true.",
    ];
  return blocks.flatMap(({ props }) => {
    const open = accessBlocks.filter((name) => props[name] !== true);
    return open.length === 0
      ? []
      : [`Its BucketPublicAccessBlock leaves ${open.join(", ")} off. Set all four to true.`];
  });
}

function aclViolations(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const acls = [bucket, ...attachedTo(bucket, "aws:s3/bucketAcl:BucketAcl", resources)];
  return acls.flatMap(({ props }) =>
    publicAcls.includes(props["acl"] as string)
      ? [`Its ACL is ${String(props["acl"])}. Take the ACL out: the bucket's policy says who may read.`]
      : [],
  );
}

function bucketPolicyViolations(bucket: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const statements = bucketPoliciesOf(bucket, resources).flatMap(statementsOf);
  return statements.flatMap((statement) => {
    const whom = openTo(statement);
    const remedy = "Name who may, or add a condition such as AWS:SourceArn with the distribution's ARN.";
    return whom === undefined ? [] : [`Its policy lets in ${whom}. ${remedy}`];
  });
}
