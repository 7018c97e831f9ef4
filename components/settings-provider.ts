// The stack's auth0 settings, as the plugin keeps them in the state for its own resources: refresh and destroy work
// with them, and run no program.
import * as pulumi from "@pulumi/pulumi";
import { settingNames } from "./auth0/provider-settings.ts";
import { ownType, packageName, pluginProcess } from "./plugin-process.ts";
import { programRun } from "./program-run.ts";

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

/** What a program's component is declared under: the stack, or another component. */
export interface Surroundings {
  readonly parent: pulumi.Resource;
  /** The parent's. */
  readonly urn: string;
}

let surroundings: Surroundings | undefined;

/** Makes a component for which there may be others beside it, in the same program. */
export function madeUnder<Component>(around: Surroundings | undefined, make: () => Component): Component {
  surroundings = around;
  try {
    return make();
  } finally {
    surroundings = undefined;
  }
}

/** Of each run of a program: by the URN of what its components are declared under. */
const shared = new WeakMap<object, Map<string, SettingsProvider>>();

/**
 * The provider for a component's resources of this package; undefined in a program of Node. Each provider is a process
 * of 150 MB, so the components beside it share it, and so do those within it, by its children's `providers`.
 *
 * @param name the component's
 */
export function settingsProvider(
  component: pulumi.ComponentResource,
  name: string,
): pulumi.ProviderResource | undefined {
  if (pluginProcess() === undefined) return undefined;
  const given = component.getProvider(ownType("any"));
  if (given instanceof SettingsProvider) return given;
  const run = programRun();
  // One that a program has given is of a namespace of its own, as a default one, and of a process that others are not
  // made in: its components' provider must not have the name of theirs.
  if (given !== undefined || surroundings === undefined || run === undefined)
    return new SettingsProvider(`${name}-settings`, { parent: component });
  const { parent, urn } = surroundings;
  const providers = shared.get(run) ?? new Map<string, SettingsProvider>();
  shared.set(run, providers);
  const provider = providers.get(urn) ?? new SettingsProvider(sharedName(urn), { parent });
  providers.set(urn, provider);
  return provider;
}

/** The parents' names are not in a URN, only their types. The stack's is, already. */
function sharedName(urn: string): string {
  const [types = "", ...name] = urn.split("::").slice(2);
  return types === "pulumi:pulumi:Stack" ? `${packageName}-settings` : `${name.join("::")}-${packageName}-settings`;
}
