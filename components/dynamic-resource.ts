// A dynamic resource whose provider in the state is a few constant lines: they only import, by the package's own
// name, what does the work.
import * as pulumi from "@pulumi/pulumi";

/** The value that Pulumi's engine passes for an input that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What does the work: made from the stack's config, once for each process. */
export type Implementation<Inputs, State> = Required<Omit<pulumi.dynamic.ResourceProvider<Inputs, State>, "configure">>;

/**
 * A module of this package, and its function that makes the implementation. Both names stand in every state and
 * never change.
 */
export interface ImplementationName {
  readonly module: `auth0-user-pictures/${string}`;
  readonly factory: string;
}

/**
 * The provider as Pulumi's dynamic provider loads it: a CommonJS module with a `handler` that returns the provider
 * (@pulumi/pulumi, cmd/dynamic-provider). Pulumi's own serialisation of a class would write the class's text, at
 * ten times the size, and take a quarter of a second for it at each preview. `refresh` and `delete` run the text
 * that the last update wrote, so a change of it is a decision: see whether the old one still works.
 */
function providerText({ module, factory }: ImplementationName): string {
  return `exports.handler = () => {
  let config = { get: () => undefined };
  let loaded;
  const load = () => (loaded ??= import("${module}").then((module) => module.${factory}(config)));
  return {
    configure: async (request) => void (config = request.config),
    check: async (olds, news) => (await load()).check(olds, news),
    diff: async (id, olds, news) => (await load()).diff(id, olds, news),
    create: async (inputs) => (await load()).create(inputs),
    read: async (id, props) => (await load()).read(id, props),
    update: async (id, olds, news) => (await load()).update(id, olds, news),
    delete: async (id, props) => (await load()).delete(id, props),
  };
};
`;
}

/** What `pulumi.dynamic.Resource` is, with this text for a provider. */
export abstract class ImportedDynamicResource extends pulumi.CustomResource {
  constructor(
    type: string,
    implementation: ImplementationName,
    name: string,
    props: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const token = `pulumi-nodejs:dynamic/auth0-user-pictures:${type}`;
    super(token, name, { ...props, __provider: providerText(implementation) }, opts);
  }
}
