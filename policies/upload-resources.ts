// Which resources of a stack take users' uploads: those inside of an uploads component, and those that the
// configuration names by a component's type.
import type { PolicyResource, ResourceValidation } from "@pulumi/policy";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validateType } from "./resources-of-type.ts";
import type { ValidateProps } from "./resources-of-type.ts";

export const uploadResourceSettings = {
  componentTypes: listSetting(
    "Types of components that take uploads, besides auth0-user-pictures:index:PictureUploads.",
  ),
};

export type UploadResourceConfig = ConfigOf<typeof uploadResourceSettings>;

const uploadsType = "auth0-user-pictures:index:PictureUploads";

/** Validates each resource of the uploads on its own, before it is changed. */
export function validateUploadResource<Props>(
  types: readonly string[],
  validate: ValidateProps<Props>,
): ResourceValidation {
  return validateType<Props>(types, (props, args, reportViolation) => {
    if (isUploadResource(args, args.getConfig<UploadResourceConfig>())) return validate(props, args, reportViolation);
  });
}

/** A URN names the types of all its parents, so neither the depth of a component in a stack nor its name matters. */
export function isUploadResource(
  { urn }: Pick<PolicyResource, "urn">,
  { componentTypes = [] }: UploadResourceConfig,
): boolean {
  const types = urn.split("::")[2]?.split("$") ?? [];
  return types.some((type) => type === uploadsType || componentTypes.includes(type));
}
