// Serves the components, and the resources of their own, to the engine: what the plugin's process does.
import * as pulumi from "@pulumi/pulumi";
import * as library from "../components/index.ts";
import { becomePlugin, packageName } from "../components/plugin-process.ts";
import { customResources } from "./custom-resources.ts";
import { serveSettings } from "./provider-service.ts";

type AnyComponent = new (
  name: string,
  args: object,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource & Readonly<Record<string, unknown>>;

/** What is read here of the package's schema. */
interface PackageSchema {
  readonly version: string;
  readonly resources: Readonly<Record<string, { readonly properties?: object }>>;
}

/**
 * Serves until the engine ends the process.
 *
 * @param schema the text of the plugin's schema.json
 */
export async function servePlugin(schema: string): Promise<void> {
  const { version, resources } = JSON.parse(schema) as PackageSchema;
  becomePlugin({ version });
  // A refusal is a text for people. The SDK's own listeners, which come later, print the stack of every error.
  process.on("unhandledRejection", (error) => {
    if (pulumi.RunError.isInstance(error)) error.stack = error.message;
  });

  const settings = serveSettings();
  await pulumi.provider.main(
    { version, schema, construct, ...customResources(settings) },
    // As `cmd/run-plugin` of the SDK sets them: the engine's address.
    process.argv.slice(2),
  );

  async function construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ) {
    const properties = resources[type]?.properties;
    const Component = (library as unknown as Record<string, AnyComponent | undefined>)[type.split(":").at(-1) ?? ""];
    if (properties === undefined || Component === undefined)
      throw new Error(`${packageName} ${version} has no component of the type ${type}.`);
    const component = new Component(name, inputs, options);
    const state = Object.fromEntries(Object.keys(properties).map((key) => [key, component[key]]));
    return Promise.resolve({ urn: component.urn, state });
  }
}
