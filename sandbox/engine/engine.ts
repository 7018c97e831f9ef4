// Finds the Pulumi engine (its CLI): the user's own on PATH if it is new enough, else the one that npm's `pulumi`
// package downloads, else a build of our own. The latter two are kept in the user's cache folder.
import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { buildEngine, dynamicProviderScript, engineBuild } from "./build.ts";
import { downloadCli, npmsInstaller, type Installer } from "./download.ts";
import { findOnPath, isExecutable } from "./executables.ts";
import { isOlder } from "../../components/version-order.ts";

/** A Pulumi CLI of which `pulumi version` has printed the version. */
export interface Engine {
  /** The absolute path of the executable. `pulumi-resource-pulumi-nodejs` is in the same folder. */
  readonly command: string;
  /** Without the leading `v`, such as `3.250.0`. */
  readonly version: string;
  /** On PATH, downloaded by npm's `pulumi`, built earlier, or built now. A build has no Node language host. */
  readonly source: "path" | "npm" | "cache" | "built";
}

export interface EngineOptions {
  /** Called with each line for a user who waits: what was tried in vain, and the progress of a download or a build. */
  readonly progress: (line: string) => void;
  /**
   * What is downloaded or built is kept in its folder `engine/`.
   *
   * @default `auth0-user-pictures` in XDG_CACHE_HOME, else in the user's cache folder
   */
  readonly cacheFolder?: string;
  /** Has `PATH`, and the user's own settings for Go and for a proxy. @default `process.env` */
  readonly env?: NodeJS.ProcessEnv;
  /** What downloads the CLI; null for nothing. @default npm's `pulumi` package, as it is installed here */
  readonly installer?: Installer | null;
}

/**
 * The oldest CLI on PATH that is used. The Automation API of @pulumi/pulumi 3.270 needs CLI 3.181 to run `refresh` and
 * `destroy` on an inline program. Since 3.206 it receives the engine's events over gRPC; for an older CLI it would poll
 * a file, which nothing here tests.
 */
export const oldestEngine = "3.206.0";

const execute = promisify(execFile);

/**
 * Finds the engine: `pulumi` on PATH, else the CLI that npm's `pulumi` downloads, else a build, which needs Go. Each of
 * them is looked for in the cache before it is downloaded or built.
 *
 * @throws Error that says what is missing (no Go, a Go that is too old, a cache folder that can be written) or why the
 * build failed, and what to do.
 */
export async function obtainEngine(options: EngineOptions): Promise<Engine> {
  const { progress, env = process.env, installer = npmsInstaller() ?? null } = options;
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder(env);
  const build = await engineBuild(cacheFolder);
  const built = join(build.folder, "pulumi");
  const isBuild = async (executable: string) => (await pulumiVersion(executable, env)) === build.version;
  // The CLI takes a quarter of a second to say its version.
  let isBuilt: Promise<boolean> | undefined;
  const isBuildThere = () => (isBuilt ??= isBuild(built));

  const onPath = await engineOnPath(env, progress);
  if (onPath !== undefined) return onPath;

  if (installer === null) {
    progress("Passing over npm's `pulumi`: it is not installed.");
  } else {
    const { version } = installer;
    const isReady = async (executable: string) =>
      (await pulumiVersion(executable, env)) === version && (await isComplete(executable));
    const options = { isReady, isSpared: isBuildThere, env, progress };
    const { command, failure } = await downloadCli(cacheFolder, installer, options).catch(async (error: unknown) => {
      const unwritable = unwritableCache(cacheFolder, error);
      if (unwritable === undefined || !(await isBuildThere())) throw unwritable ?? error;
      return { command: built, failure: unwritable.message };
    });
    if (failure === undefined) return { command, version, source: "npm" };
    progress(`Passing over npm's \`pulumi\`, which downloads Pulumi's CLI ${version}: ${failure}.`);
  }

  const engine = { command: built, version: build.version };
  if (await isBuildThere()) return { ...engine, source: "cache" };
  const gos = await findOnPath("go", env);
  const source = await buildEngine(build, { gos, isReady: isBuild, env, progress }).catch((error: unknown) => {
    throw unwritableCache(cacheFolder, error) ?? error;
  });
  return { ...engine, source };
}

/**
 * Where users say it on Linux; the same on other systems, so that there is a way out everywhere. A relative path, which
 * would be another folder in each place, does not count (XDG Base Directory Specification).
 */
export function defaultCacheFolder({ XDG_CACHE_HOME: folder = "" }: NodeJS.ProcessEnv): string {
  const ofSystem = join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
  return join(isAbsolute(folder) ? folder : ofSystem, "auth0-user-pictures");
}

/** What is said of an error of the file system in the cache folder; undefined for any other error. */
function unwritableCache(cacheFolder: string, error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { path = "" } = error as NodeJS.ErrnoException;
  if (path === "" || !(path.startsWith(cacheFolder) || cacheFolder.startsWith(path))) return undefined;
  return new Error(
    `The Pulumi engine is to be kept in ${cacheFolder}, where nothing can be written: ${error.message}. ` +
      `Set XDG_CACHE_HOME to a folder of yours, or install Pulumi's own CLI (https://www.pulumi.com/docs/install/).`,
  );
}

/** The user's own CLI: the first on PATH that can be used, so that an old one, or npm's in disguise, hides none. */
async function engineOnPath(env: NodeJS.ProcessEnv, progress: (line: string) => void): Promise<Engine | undefined> {
  const commands = await findOnPath("pulumi", env);
  if (commands.length === 0) progress("There is no `pulumi` on PATH, apart from npm's.");
  for (const command of commands) {
    const passOver = (reason: string) => progress(`Passing over ${command}: ${reason}.`);
    const version = await pulumiVersion(command, env);
    if (version === undefined) passOver("`pulumi version` does not print a version");
    else if (isOlder(version, oldestEngine)) passOver(`it is version ${version}, and ${oldestEngine} is needed`);
    else if (!(await isComplete(command))) passOver(`${dynamicProviderScript} is not beside it`);
    else return { command, version, source: "path" };
  }
  return undefined;
}

/**
 * Whether the CLI has its plugin for dynamic resources. Homebrew and others put a link on PATH; the engine looks for
 * its plugins beside the file that the link leads to.
 */
async function isComplete(command: string): Promise<boolean> {
  const folders = new Set([dirname(command), dirname(await realpath(command))]);
  const found = await Promise.all([...folders].map((folder) => isExecutable(join(folder, dynamicProviderScript))));
  return found.includes(true);
}

/**
 * The version that `pulumi version` prints, as numbers joined by dots; undefined if it prints anything else. It runs
 * with an almost empty environment, as later in the sandbox: the shim of a version manager, which needs more, does not
 * work there. Its proxy is nobody: a CLI needs no network for this, and what would download one must not do so unsaid.
 */
async function pulumiVersion(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await execute(command, ["version"], {
      env: {
        PATH: env["PATH"],
        PULUMI_SKIP_UPDATE_CHECK: "true",
        HTTPS_PROXY: "http://127.0.0.1:1",
        NODE_USE_ENV_PROXY: "1",
      },
      timeout: 30_000,
    });
    return /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}
