// Which buckets and distributions of a stack hold and serve pictures: those inside of a picture store component, and
// those that the configuration names by a component's type or by a tag.
import type { PolicyResource, ResourceValidation, StackValidation, StackValidationArgs } from "@pulumi/policy";
import { listSetting, textSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { resourcesOfType, validateType } from "./resources-of-type.ts";
import type { ValidateProps } from "./resources-of-type.ts";
import { ifKnown, isKnown, validateEach } from "./unknown-values.ts";

export const pictureResourceSettings = {
  componentTypes: listSetting(
    "Types of components that hold pictures, besides auth0-user-pictures:index:PictureStore.",
  ),
  tag: textSetting("A tag of buckets and distributions that hold pictures: key, or key=value."),
};

type PictureResourceConfig = ConfigOf<typeof pictureResourceSettings>;

export const bucketTypes = ["aws:s3/bucket:Bucket"];
export const distributionTypes = [
  "aws:cloudfront/distribution:Distribution",
  "aws:cloudfront/multitenantDistribution:MultitenantDistribution",
];

const storeType = "auth0-user-pictures:index:PictureStore";

/** Validates each picture bucket or distribution on its own, before it is changed. */
export function validatePictureResource<Props>(
  types: readonly string[],
  validate: ValidateProps<Props>,
): ResourceValidation {
  return validateType<Props>(types, (props, args, reportViolation) => {
    if (isPictureResource(args, args.getConfig<PictureResourceConfig>())) return validate(props, args, reportViolation);
  });
}

/** Validates each picture bucket or distribution together with the stack's other resources. */
export function validatePictureResourceInStack(
  types: readonly string[],
  validate: (resource: PolicyResource, args: StackValidationArgs, report: (violation: string) => void) => void,
): StackValidation {
  return (args, reportViolation) => {
    const config = args.getConfig<PictureResourceConfig>();
    validateEach(resourcesOfType(args.resources, ...types), (resource) => {
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
 * Whether a property of a resource names another one, at any depth. In the preview that creates both, its value is not
 * known yet; then the engine says which resources it was computed from.
 *
 * @param names the target's properties of which each tells it
 */
export function refersTo(
  resource: PolicyResource,
  property: string,
  target: PolicyResource,
  names: readonly string[] = ["bucket", "id", "arn"],
): boolean {
  const sources = resource.propertyDependencies[property] ?? [];
  if (sources.some(({ urn }) => urn === target.urn)) return true;
  const value: unknown = sources.length > 0 ? ifKnown(resource.props, property) : resource.props[property];
  const ids = names.flatMap((name) => idsIn(ifKnown(target.props, name)));
  return idsIn(value).some((id) => ids.includes(id));
}

/** A text itself; of an object its texts that tell what it is of: a name, or the regions' buckets. */
function idsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  const {
    name,
    regions = [],
    supportingAccessPoint,
  } = value as {
    readonly name?: string;
    readonly regions?: readonly { readonly bucket?: string }[];
    readonly supportingAccessPoint?: string;
  };
  return [name, supportingAccessPoint, ...regions.map(({ bucket }) => bucket)].filter((id) => id !== undefined);
}

/** The resources of one type that are attached to a bucket by their property `bucket`. */
export function attachedTo(
  bucket: PolicyResource,
  type: string,
  resources: readonly PolicyResource[],
): PolicyResource[] {
  return resourcesOfType(resources, type).filter((resource) => refersTo(resource, "bucket", bucket));
}

/**
 * A property that the stack may have given. The provider fills in most that it did not give, which a preview does not
 * know yet: such a one was computed from no other resource.
 *
 * @throws UnknownValueError where the stack gave it, and it is not known yet
 */
export function given({ props, propertyDependencies }: PolicyResource, property: string): unknown {
  const isComputed = (propertyDependencies[property] ?? []).length === 0 && !isKnown(props, property);
  return isComputed ? undefined : props[property];
}
