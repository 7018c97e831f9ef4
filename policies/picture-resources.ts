// Which buckets and distributions of a stack hold and serve pictures: those of a picture store component, and those that are tagged so.
import type { PolicyConfigSchema, PolicyResource } from "@pulumi/policy";
import { ifKnown } from "./unknown-values.ts";

/** How a stack says which of its buckets and distributions are a picture store's. */
export interface PictureResourceConfig {
  /** Types of components whose buckets and distributions count besides those of this package's PictureStore. */
  readonly componentTypes?: readonly string[];
  /** Buckets and distributions with this tag count too: `key`, or `key=value`. */
  readonly tag?: string;
}

export const pictureResourceProperties: PolicyConfigSchema["properties"] = {
  componentTypes: {
    type: "array",
    items: { type: "string" },
    description: "Types of components that hold pictures, besides auth0-user-pictures:index:PictureStore.",
  },
  tag: {
    type: "string",
    minLength: 1,
    description: "A tag of buckets and distributions that hold pictures: key, or key=value.",
  },
};

export const bucketType = "aws:s3/bucket:Bucket";
export const distributionType = "aws:cloudfront/distribution:Distribution";

const storeType = "auth0-user-pictures:index:PictureStore";

/**
 * Whether a bucket or distribution belongs to a picture store. Its URN names the types of all its parents, so it does not matter how deep in
 * a stack the store is, nor what it is called.
 */
export function isPictureResource(
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
 * Whether a property of a resource names another one. In the preview that creates both, it is not known yet what it names; the engine says
 * which resources it was computed from.
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
