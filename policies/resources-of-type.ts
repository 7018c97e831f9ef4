// How a policy selects the resources that it is about: by their type tokens. The provider packages' classes, which
// @pulumi/policy can select by too, would have to be installed and loaded with the pack.
import type { PolicyResource, ReportViolation, ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";

export type ValidateProps<Props> = (
  props: Props,
  args: ResourceValidationArgs,
  reportViolation: ReportViolation,
) => void | Promise<void>;

/** Validates each resource of these types; all others pass. */
export function validateType<Props>(types: readonly string[], validate: ValidateProps<Props>): ResourceValidation {
  return (args, reportViolation) => {
    if (isOfType(args, types)) return validate(args.props as Props, args, reportViolation);
  };
}

export function resourcesOfType(resources: readonly PolicyResource[], ...types: readonly string[]): PolicyResource[] {
  return resources.filter((resource) => isOfType(resource, types));
}

/** The AWS provider has many a resource twice: `aws:s3/bucketV2:BucketV2` is `aws:s3/bucket:Bucket`. */
function isOfType(resource: { readonly type: string }, types: readonly string[]): boolean {
  return types.includes(resource.type) || types.includes(resource.type.replace(/v2(?=:|$)/gi, ""));
}
