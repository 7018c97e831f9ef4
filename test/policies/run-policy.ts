// Runs one policy as @pulumi/policy does: on props that throw where a value is not known yet, with the policy's own
// configuration.
import { createRequire } from "node:module";
import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

/** The package exports it, and leaves it out of its types. */
const { unknownCheckingProxy } = createRequire(import.meta.url)("@pulumi/policy") as {
  unknownCheckingProxy: <T>(props: T) => T;
};

/** What the engine passes for a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface ResourceOptions {
  readonly protect?: boolean;
  /** The types of its parents, outermost first. */
  readonly parents?: readonly string[];
  /** The resources that each property was computed from. */
  readonly from?: Readonly<Record<string, readonly PolicyResource[]>>;
}

export function resource(type: string, name: string, props: object, options: ResourceOptions = {}): PolicyResource {
  const { protect = false, parents = [], from = {} } = options;
  return {
    type,
    name,
    urn: `urn:pulumi:test::program::${[...parents, type].join("$")}::${name}`,
    props: unknownCheckingProxy(props),
    opts: {
      protect,
      ignoreChanges: [],
      aliases: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
      additionalSecretOutputs: [],
    },
    dependencies: [],
    propertyDependencies: Object.fromEntries(
      Object.entries(from).map(([property, sources]) => [property, [...sources]]),
    ),
    isType: () => false,
    asType: () => undefined,
  };
}

/**
 * What a policy says of the resources: `<name>: <message>` for each violation, and what it could not judge yet.
 *
 * @param config the policy's own, as in the pack's configuration file
 */
export async function judge(
  policy: ResourceValidationPolicy | StackValidationPolicy,
  resources: readonly PolicyResource[],
  config: object = {},
): Promise<string[]> {
  const said: string[] = [];
  const common = {
    stackTags: new Map<string, string>(),
    getConfig: <T extends object>() => config as T,
    notApplicable: (reason?: string): never => {
      throw new Error(`not applicable: ${reason}`);
    },
  };
  const run = async (validate: () => void | Promise<void>) => {
    try {
      await validate();
    } catch (error) {
      said.push((error as Error).message);
    }
  };
  if ("validateStack" in policy) {
    const nameOf = (urn?: string) => resources.find((it) => it.urn === urn)?.name ?? "the stack";
    await run(() =>
      policy.validateStack({ ...common, resources: [...resources] }, (message, urn) => {
        said.push(`${nameOf(urn)}: ${message}`);
      }),
    );
    return said;
  }
  for (const { type, name, urn, props, opts } of resources)
    for (const validate of [policy.validateResource ?? []].flat())
      await run(() =>
        validate(
          { ...common, type, name, urn, props, opts, isType: () => false, asType: () => undefined },
          (message) => {
            said.push(`${name}: ${message}`);
          },
        ),
      );
  return said;
}
