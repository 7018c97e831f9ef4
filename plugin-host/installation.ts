// How this plugin was installed, as its folder tells: the engine puts it into `plugins/resource-<name>-v<version>` of
// its home folder. One of a Git repository is named by the repository and the plugin's folder in it, and is found again
// by its URL alone (pulumi, workspace/plugins.go: PluginDescriptor.LocalName).
import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";

/** What is not known is of a plugin that is used where it was written, or that has no URL in its name. */
export interface Installation {
  /** That of the tag, or `0.0.0-x<hash>` of a commit. */
  readonly version?: string;
  /** Of a Git repository: `git://<host>/<owner>/<repository>.git/<folder>`. */
  readonly pluginDownloadURL?: string;
}

/** @param folder the plugin's own, with PulumiPlugin.yaml */
export function installationOf(folder: string): Installation {
  const own = realpathSync(folder);
  for (let installed = own; dirname(installed) !== installed; installed = dirname(installed)) {
    const [, name, version] = /^resource-(.+)-v(\d+\.\d+\.\d+.*)$/.exec(basename(installed)) ?? [];
    if (name === undefined || version === undefined || basename(dirname(installed)) !== "plugins") continue;
    const place = relative(installed, own).split(sep).join("/");
    const url = gitUrl(installed, name, place);
    return { version, ...(url !== undefined && { pluginDownloadURL: url }) };
  }
  return {};
}

/** Undefined for a plugin that is not of a Git repository. */
function gitUrl(installed: string, name: string, place: string): string | undefined {
  const suffix = place === "" ? "" : `_${place.replaceAll("/", "_")}`;
  if (!name.endsWith(`.git${suffix}`)) return undefined;
  const repository = name.slice(0, name.length - suffix.length);
  const remote = remoteOf(installed);
  // Without the clone's own word, as GitHub has it: neither a host nor an owner has an underscore there.
  const path = remote?.replaceAll("/", "_") === repository ? remote : repository.replace("_", "/").replace("_", "/");
  return `git://${path}${place === "" ? "" : `/${place}`}`;
}

/** What the clone was made from: host and path, without the user and the password that may be in it. */
function remoteOf(clone: string): string | undefined {
  try {
    const config = readFileSync(join(clone, ".git", "config"), "utf8");
    const { host, pathname } = new URL(/^\s*url\s*=\s*(\S+)\s*$/m.exec(config)?.[1] ?? "");
    return `${host}${pathname.replace(/\/$/, "").replace(/(?<!\.git)$/, ".git")}`;
  } catch {
    return undefined;
  }
}
