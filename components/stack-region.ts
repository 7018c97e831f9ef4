// Where a stack's resources are made on AWS, and how long the names may be that they get.
import * as pulumi from "@pulumi/pulumi";

/** The stack's region: of its settings, else of the environment. Undefined where only a profile says it. */
export function stackRegion(): string | undefined {
  const { AWS_REGION: ofEnvironment, AWS_DEFAULT_REGION: ofDefault } = process.env;
  return new pulumi.Config("aws").get("region") ?? ofEnvironment ?? ofDefault;
}

/**
 * How long a name may be of which AWS's names are made, for them to have the length that AWS takes. Neither Pulumi nor
 * the provider cuts them. Infinite for a stack that has names made in a way of its own: it knows what it gets.
 *
 * @param length AWS's limit
 * @param suffix what is added to the name
 */
export const longestName = (length: number, suffix: string): number =>
  new pulumi.Config("pulumi").get("autonaming") === undefined ? length - autonamed - suffix.length : Infinity;

/** Pulumi's own suffix of a name that it makes: "-" and seven digits. */
const autonamed = 8;
