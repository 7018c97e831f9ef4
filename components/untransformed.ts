// The resources of which it is known that no transform sees them, but for those of the whole stack.
import type * as pulumi from "@pulumi/pulumi";

const untransformed = new WeakSet<pulumi.Resource>();

/** @param watch by which it is seen here, and which changes nothing */
export function noteTransforms(
  { resource, opts }: pulumi.ResourceTransformationArgs,
  watch: pulumi.ResourceTransformation,
): void {
  const isAloneOrInOne = opts.parent === undefined || untransformed.has(opts.parent);
  // Those of the older kind, which the program itself runs: also those of what is around it, and of the stack.
  const { __transformations: older } = resource as { readonly __transformations?: readonly unknown[] };
  const hasNoOlder = older?.every((transformation) => transformation === watch) === true;
  if (isAloneOrInOne && hasNoOlder && !opts.transforms?.length) untransformed.add(resource);
}

/** Not of what was declared before this package was imported, nor in another process: of that nothing is known. */
export const isUntransformed = (resource: pulumi.Resource): boolean => untransformed.has(resource);
