// Finds a provider's official plugin where the Pulumi engine itself finds it: on PATH, else among the plugins that the
// CLI has installed for the user.
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { unlessMissing } from "../private-file.ts";
import { findOnPath, isExecutable } from "./executables.ts";
import { isOlder } from "../../components/version-order.ts";

/** A plugin that was started, and has printed its version. */
export interface OfficialPlugin {
  /** Such as `auth0`. */
  readonly name: string;
  /** Without the leading `v`, such as `3.49.0`. */
  readonly version: string;
  /** The absolute path of the executable. */
  readonly executable: string;
  /** On PATH, or in the folder of the user's plugins. */
  readonly source: "path" | "plugins";
}

/**
 * Finds a provider's official plugin. As for the engine, the first on PATH hides all others, whatever its version; in
 * the folder of plugins only the exact version counts, of which the SDK is.
 *
 * @param wanted the SDK's version, such as `3.49.0`. A plugin on PATH may be newer, within the same major version.
 * @param env has `PATH`, and possibly `PULUMI_HOME`, whose default is `.pulumi` in the user's home folder
 * @throws Error that says in one line what is missing, and how to install it
 */
export async function findOfficialPlugin(
  name: string,
  wanted: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<OfficialPlugin> {
  const file = pluginFile(name);
  const install = `pulumi plugin install resource ${name} ${wanted}`;
  const [onPath] = await findOnPath(file, env);
  if (onPath !== undefined) {
    const { version = "", fault } = await pluginVersion(onPath, env);
    const unfit = fault ?? (suits(version, wanted) ? undefined : `is version ${version}, and ${wanted} is needed`);
    if (unfit === undefined) return { name, version, executable: onPath, source: "path" };
    throw new Error(
      `The official ${name} plugin on PATH, ${onPath}, ${unfit}. It hides every other one: take it from PATH, then ` +
        `run \`${install}\`.`,
    );
  }

  const { PULUMI_HOME: home = "", HOME = homedir() } = env;
  const folder = join(home === "" ? join(HOME, ".pulumi") : resolve(home), "plugins");
  const entries = (await unlessMissing(readdir(folder))) ?? [];
  const own = pluginFolder(name, wanted);
  if (!entries.includes(own)) {
    const others = entries.flatMap((entry) => pluginFolderOf(name).exec(entry)?.[1] ?? []).sort(byVersion);
    const but = others.length > 0 ? ` (${folder} has ${others.join(", ")})` : "";
    throw new Error(
      `The official ${name} plugin ${wanted} is not installed${but}. This installs it: \`${install}\`, or without a ` +
        `CLI of your own \`npm run pulumi -- ${install.replace("pulumi ", "")}\`.`,
    );
  }
  const executable = join(folder, own, file);
  // The CLI leaves this mark beside a plugin until it has unpacked all of it.
  const isPartial = entries.includes(`${own}.partial`);
  const fault = isPartial ? "was installed by half" : await faultOf(executable, wanted, env);
  if (fault === undefined) return { name, version: wanted, executable, source: "plugins" };
  throw new Error(`The official ${name} plugin ${executable} ${fault}. This mends it: \`${install} --reinstall\`.`);
}

/** The name by which the engine looks for a provider's plugin. */
export const pluginFile = (name: string) => `pulumi-resource-${name}`;

/** The folder in a Pulumi home's `plugins` that the engine takes for this version. */
export const pluginFolder = (name: string, version: string) => `resource-${name}-v${version}`;

/** The folders of all versions. The marks beside them, `.lock` and `.partial`, are no folders. */
const pluginFolderOf = (name: string) => new RegExp(`^resource-${name}-v(\\d+\\.\\d+\\.\\d+)$`);

const byVersion = (one: string, other: string) => (isOlder(one, other) ? -1 : 1);

/** What is wrong with an installed plugin, to be read after its path; undefined for nothing. */
async function faultOf(executable: string, wanted: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!(await isExecutable(executable))) return "is missing or cannot be executed";
  const { version, fault } = await pluginVersion(executable, env);
  return fault ?? (version === wanted ? undefined : `is version ${version}, in spite of its folder's name`);
}

/** Newer than the SDK is as good; of another major version is not. */
const suits = (version: string, wanted: string) =>
  version.split(".")[0] === wanted.split(".")[0] && !isOlder(version, wanted);

/**
 * Asks a plugin for its version, as every plugin that is bridged from Terraform answers it. It gets an almost empty
 * environment: none of the user's credentials.
 */
async function pluginVersion(
  executable: string,
  env: NodeJS.ProcessEnv,
): Promise<{ version?: string; fault?: string }> {
  try {
    const { stdout } = await promisify(execFile)(executable, ["-version"], {
      env: { PATH: env["PATH"] },
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    const version = /^v?(\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1];
    return version === undefined ? { fault: "does not print a version when asked by `-version`" } : { version };
  } catch {
    return { fault: `does not start on this machine (${process.platform} ${process.arch}); it may be for another` };
  }
}
