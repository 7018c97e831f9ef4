// Whether this process is the plugin that serves the components to programs in every language.

/** As Pulumi's options of a resource name a plugin: its resources are of the process that this one is. */
export interface PluginProcess {
  /** The plugin's own, which the engine would else look for in another version. */
  readonly version: string;
  /** Where the engine has the plugin from, if that is part of its name there: a git repository's. */
  readonly pluginDownloadURL?: string;
}

let plugin: PluginProcess | undefined;
let ownFolder: string | undefined;

/**
 * To be called before the first component is made.
 *
 * @param folder the plugin's own, into which npm has installed this package
 */
export function becomePlugin(process: PluginProcess, folder: string): void {
  plugin = process;
  ownFolder = folder;
}

/** Undefined in a program of Node. */
export const pluginProcess = (): PluginProcess | undefined => plugin;

/** The plugin's own folder; undefined in a program of Node, whose own is the working directory. */
export const pluginFolder = (): string | undefined => ownFolder;

export const packageName = "auth0-user-pictures";

/** The type of a resource that the plugin serves. It stands in states and never changes. */
export const ownType = (name: string): string => `${packageName}:index:${name}`;
