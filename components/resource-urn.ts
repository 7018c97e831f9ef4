// The URN by which the engine, and another process, knows a resource.
import type { Resource } from "@pulumi/pulumi";

/** Once the resource is registered. */
export const urnOf = (resource: Resource): Promise<string> => new Promise((resolve) => resource.urn.apply(resolve));
