// The stack's auth0 settings, as the plugin keeps them in the state for its own resources: refresh and destroy work
// with them, and run no program.
import * as pulumi from "@pulumi/pulumi";
import { settingNames } from "./auth0/provider-settings.ts";
import { ownType, packageName, pluginProcess } from "./plugin-process.ts";

/** The plugin's provider with the settings of one tenant. */
class SettingsProvider extends pulumi.ProviderResource {
  constructor(name: string, opts: pulumi.ResourceOptions) {
    super(packageName, name, stackSettings(), { ...opts, ...pluginProcess() });
  }
}

/**
 * All are secrets, because some are. What stands in the environment is not among them: the plugin reads it when an
 * operation runs. A default provider of the plugin would see the settings of its own namespace only.
 */
function stackSettings(): pulumi.Inputs {
  const config = new pulumi.Config("auth0");
  const given = settingNames.map((name) => [name, config.getSecret(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/**
 * The provider for a component's resources of this package; undefined in a program of Node. A component around it
 * shares its own, by its children's `providers`, because each provider is a process.
 *
 * @param name the component's
 */
export function settingsProvider(
  component: pulumi.ComponentResource,
  name: string,
): pulumi.ProviderResource | undefined {
  if (pluginProcess() === undefined) return undefined;
  const given = component.getProvider(ownType("any"));
  // One that a program has given is of a namespace of its own, as a default one.
  return given instanceof SettingsProvider ? given : new SettingsProvider(`${name}-settings`, { parent: component });
}
