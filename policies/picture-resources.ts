// Which buckets and distributions of a stack hold and serve pictures: those inside of a picture store component, and
// those that the configuration names by a component's type or by a tag.
import type { PolicyResource, ResourceValidation, StackValidation, StackValidationArgs } from "@pulumi/policy";
import { listSetting, textSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { resourcesOfType, validateType } from "./resources-of-type.ts";
import type { ValidateProps } from "./resources-of-type.ts";
import { ifKnown, validateEach } from "./unknown-values.ts";

export const pictureResourceSettings = {
  componentTypes: listSetting(
    "Types of components that hold pictures, besides auth0-user-pictures:index:PictureStore.",
  ),
  tag: textSetting("A tag of buckets and distributions that hold pictures: key, or key=value."),
};

type PictureResourceConfig = ConfigOf<typeof pictureResourceSettings>;

export const bucketType = "aws:s3/bucket:Bucket";
export const distributionType = "aws:cloudfront/distribution:Distribution";

const storeType = "auth0-user-pictures:index:PictureStore";

/** Validates each picture bucket or distribution on its own, before it is changed. */
export function validatePictureResource<Props>(type: string, validate: ValidateProps<Props>): ResourceValidation {
  return validateType<Props>(type, (props, args, reportViolation) => {
    if (isPictureResource(args, args.getConfig<PictureResourceConfig>())) return validate(props, args, reportViolation);
  });
}

/** Validates each picture bucket or distribution together with the stack's other resources. */
export function validatePictureResourceInStack(
  type: string,
  validate: (resource: PolicyResource, args: StackValidationArgs, report: (violation: string) => void) => void,
): StackValidation {
  return (args, reportViolation) => {
    const config = args.getConfig<PictureResourceConfig>();
    validateEach(resourcesOfType(args.resources, type), (resource) => {
      if (isPictureResource(resource, config))
        validate(resource, args, (violation) => reportViolation(violation, resource.urn));
    });
  };
}

/**
 * Whether a bucket or distribution belongs to a picture store. Its URN names the types of all its parents, so it does
 * not matter how deep in a stack the store is, nor what it is called.
 */
function isPictureResource(
  { urn, props }: { readonly urn: string; readonly props: Readonly<Record<string, unknown>> },
  { componentTypes = [], tag }: PictureResourceConfig,
): boolean {
  const types = urn.split("::")[2]?.split("$") ?? [];
  if (types.some((type) => type === storeType || componentTypes.includes(type))) return true;
  if (tag === undefined) return false;
  const [key = "", value] = tag.split(/=(.*)/s);
  const tags = (props["tags"] ?? {}) as Readonly<Record<string, string>>;
  return Object.hasOwn(tags, key) && (value === undefined || tags[key] === value);
}

/**
 * Whether a property of a resource names another one. In the preview that creates both, its value is not known yet;
 * then the engine says which resources it was computed from.
 */
function refersTo(resource: PolicyResource, property: string, target: PolicyResource): boolean {
  const sources = resource.propertyDependencies[property] ?? [];
  if (sources.some(({ urn }) => urn === target.urn)) return true;
  const value: unknown = sources.length > 0 ? ifKnown(resource.props, property) : resource.props[property];
  return value !== undefined && ["bucket", "id", "arn"].some((name) => ifKnown(target.props, name) === value);
}

/** The resources of one type that are attached to a bucket by their property `bucket`. */
export function attachedTo(
  bucket: PolicyResource,
  type: string,
  resources: readonly PolicyResource[],
): PolicyResource[] {
  return resources.filter((resource) => resource.type === type && refersTo(resource, "bucket", bucket));
}
