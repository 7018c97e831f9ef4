// The plugin's own resources, as the engine asks for them: the implementations that dynamic resources have, with the
// tenant's settings of the provider that the engine has configured.
import * as pulumi from "@pulumi/pulumi";
import { withoutStack } from "../components/auth0/api-error.ts";
import type { Auth0ProviderConfig } from "../components/auth0/provider-settings.ts";
import { connectionSyncProvider } from "../components/connection-sync/provider.ts";
import type { Implementation } from "../components/dynamic-resource.ts";
import { actionDeploymentProvider } from "../components/picture-action/deployment-provider.ts";
import { ownType, packageName } from "../components/plugin-process.ts";
import { marked, plain, secretKeys } from "./secrets.ts";
import type { Properties } from "./secrets.ts";

type AnyImplementation = Implementation<Properties, Properties>;
type CustomResources = Required<
  Pick<pulumi.provider.Provider, "check" | "diff" | "create" | "read" | "update" | "delete">
>;

const factories = new Map(
  Object.entries({ ConnectionSyncFlag: connectionSyncProvider, ActionDeployment: actionDeploymentProvider }).map(
    ([name, make]) => [ownType(name), make as unknown as (config: Auth0ProviderConfig) => AnyImplementation] as const,
  ),
);

/**
 * A plugin that constructs components gets secrets with their marks. The implementations know none: what they return
 * under a name whose value was marked is marked again.
 */
export function customResources(config: Auth0ProviderConfig): CustomResources {
  const implementations = new Map<string, AnyImplementation>();
  const of = (urn: string): AnyImplementation => {
    // Behind it is the name, which may have colons as well.
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const implementation = implementations.get(type) ?? factories.get(type)?.(config);
    if (implementation === undefined) throw withoutStack(`${packageName} has no resource of the type ${type}.`);
    implementations.set(type, implementation);
    return implementation;
  };
  return {
    async check(urn, olds: Properties, news: Properties) {
      const { inputs, failures = [] } = await of(urn).check(plain(olds), plain(news));
      return { inputs: marked(inputs ?? plain(news), secretKeys(news)), failures };
    },
    diff: (id, urn, olds: Properties, news: Properties) => of(urn).diff(id, plain(olds), plain(news)),
    async create(urn, inputs: Properties) {
      const secrets = secretKeys(inputs);
      const { id, outs } = await of(urn).create(plain(inputs)).catch(markedFailure(secrets));
      return { id, outs: marked(outs ?? {}, secrets) };
    },
    async read(id, urn, props: Properties = {}) {
      const secrets = secretKeys(props);
      const found = await of(urn).read(id, plain(props));
      // Without an id the resource is gone.
      return {
        id: found.id ?? "",
        props: marked(found.props ?? {}, secrets),
        ...(found.inputs && { inputs: marked(found.inputs, secrets) }),
      };
    },
    async update(id, urn, olds: Properties, news: Properties) {
      const secrets = secretKeys(news);
      const { outs } = await of(urn).update(id, plain(olds), plain(news)).catch(markedFailure(secrets));
      return { outs: marked(outs ?? {}, secrets) };
    },
    delete: (id, urn, props: Properties) => of(urn).delete(id, plain(props)),
  };
}

/** A failure that leaves something behind has the properties of that. */
const markedFailure = (secrets: ReadonlySet<string>) => (error: unknown) => {
  const { properties } = error as { readonly properties?: Properties };
  throw properties === undefined ? error : Object.assign(error as object, { properties: marked(properties, secrets) });
};
