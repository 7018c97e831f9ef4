// How a policy selects the resources that it is about: by their type tokens. The provider packages' classes, which
// @pulumi/policy can select by too, would have to be installed and loaded with the pack.
import type { PolicyResource, ReportViolation, ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";

export type ValidateProps<Props> = (
  props: Props,
  args: ResourceValidationArgs,
  reportViolation: ReportViolation,
) => void | Promise<void>;

/** Validates each resource of one type; all others pass. */
export function validateType<Props>(type: string, validate: ValidateProps<Props>): ResourceValidation {
  return (args, reportViolation) => {
    if (args.type === type) return validate(args.props as Props, args, reportViolation);
  };
}

export function resourcesOfType(resources: readonly PolicyResource[], type: string): PolicyResource[] {
  return resources.filter((resource) => resource.type === type);
}
