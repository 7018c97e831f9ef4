// Serves the components, and the resources of their own, to the engine: what the plugin's process does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { becomePlugin, packageName } from "../components/plugin-process.ts";
import { urnOf } from "../components/resource-urn.ts";
import { madeUnder } from "../components/settings-provider.ts";
import type { Surroundings } from "../components/settings-provider.ts";
import { customResources } from "./custom-resources.ts";
import { tellEngine } from "./engine-log.ts";
import { installationOf } from "./installation.ts";
import { withProvidersHeld } from "./lost-providers.ts";
import { holdOneProcess } from "./one-process.ts";
import { prepareService } from "./provider-service.ts";

type AnyComponent = new (
  name: string,
  args: object,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource & Readonly<Record<string, unknown>>;

/** What is read here of the package's schema. */
interface PackageSchema {
  readonly version: string;
  readonly pluginDownloadURL?: string;
  readonly resources: Readonly<Record<string, { readonly properties?: object }>>;
}

/**
 * Serves until the engine ends the process.
 *
 * @param folder the plugin's own, with schema.json
 */
export async function servePlugin(folder: string): Promise<void> {
  const schema = readFileSync(join(folder, "schema.json"), "utf8");
  const { version, resources, ...found } = JSON.parse(schema) as PackageSchema;
  const { pluginDownloadURL } = found;
  const given = { version, ...(pluginDownloadURL !== undefined && { pluginDownloadURL }) };
  becomePlugin({ ...given, ...installationOf(folder) }, folder);

  // The library that reaches the engine, on this machine, would ask the environment's proxy (http_proxy) for it.
  process.env["no_grpc_proxy"] ??= "127.0.0.1,localhost";
  const service = prepareService(version);
  // As `cmd/run-plugin` of the SDK sets them; the engine's address is the last of them.
  const options = process.argv.slice(2);
  tellEngine(options.at(-1));
  await pulumi.provider.main({ version, schema, construct, ...customResources(service.settings) }, options);
  service.assertServed();

  async function construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ) {
    const Component = await componentOf(type);
    const properties = resources[type]?.properties;
    if (properties === undefined || Component === undefined)
      throw new pulumi.RunError(`${packageName} ${version} has no component of the type ${type}.`);
    await holdOneProcess();
    const around = await surroundingsOf(options.parent);
    const held = await withProvidersHeld(type, name, await withDeletedWith(options));
    const component = madeUnder(around, () => new Component(name, inputs, held));
    const state = Object.fromEntries(Object.keys(properties).map((key) => [key, component[key]]));
    return { urn: component.urn, state };
  }
}

async function surroundingsOf(parent: pulumi.Resource | undefined): Promise<Surroundings | undefined> {
  return parent && { parent, urn: await urnOf(parent) };
}

/** Pulumi's SDK for Node (3.270) takes the URN for a provider's, with the provider's id where the name is. */
async function withDeletedWith(options: pulumi.ComponentResourceOptions): Promise<pulumi.ComponentResourceOptions> {
  const { deletedWith } = options;
  if (!(deletedWith instanceof pulumi.DependencyProviderResource)) return options;
  const [urn, name] = [await urnOf(deletedWith), await new Promise<string>((resolve) => deletedWith.id.apply(resolve))];
  return { ...options, deletedWith: new pulumi.DependencyResource(`${urn}::${name}`) };
}

/** Loaded with the first component: a process that serves no more than a tenant's settings has none. */
async function componentOf(type: string): Promise<AnyComponent | undefined> {
  const library = await import("../components/index.ts");
  return (library as unknown as Record<string, AnyComponent | undefined>)[type.split(":").at(-1) ?? ""];
}
