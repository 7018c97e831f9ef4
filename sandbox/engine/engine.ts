// Finds the Pulumi engine (its CLI) for the sandbox: the one on PATH if it is new enough, else a build of our own that is kept in
// the user's cache folder.
import { execFile } from "node:child_process";
import { access, constants, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { buildEngine, dynamicProviderScript, engineBuild, isOlder } from "./build.ts";

/** A Pulumi CLI that answered `pulumi version`. */
export interface Engine {
  /** Absolute path of the executable. `pulumi-resource-pulumi-nodejs` lies beside it. */
  readonly command: string;
  /** Without the leading `v`: `3.250.0`. */
  readonly version: string;
  readonly source: "path" | "cache" | "built";
}

export interface EngineOptions {
  /** Called with each line that a waiting user should see: what was passed over and why, and the progress of a build. */
  readonly progress: (line: string) => void;
  /** Default: this user's cache folder for the program. The build is kept below it, in `engine/`. */
  readonly cacheFolder?: string;
  /** Where `PATH` and Go's own settings come from. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The oldest CLI on PATH that is used. @pulumi/pulumi 3.270's Automation API runs `refresh` and `destroy` on an inline program from 3.181
 * on, and since 3.206 it receives the engine's events over gRPC; from an older CLI it polls a file, a path that nothing here exercises.
 */
export const oldestEngine = "3.206.0";

const execute = promisify(execFile);
/**
 * Finds or builds the engine: `pulumi` on PATH, else the build in the cache, else a new build, which needs Go.
 *
 * @throws Error that names what is missing (no Go, a Go that is too old) or why the build failed, and what to do about it.
 */
export async function obtainEngine(options: EngineOptions): Promise<Engine> {
  const env = options.env ?? process.env;
  const cacheFolder = options.cacheFolder ?? envPaths("auth0-user-pictures", { suffix: "" }).cache;
  return (await engineOnPath(env, options.progress)) ?? (await engineOfOurOwn(cacheFolder, env, options.progress));
}

async function engineOnPath(env: NodeJS.ProcessEnv, progress: (line: string) => void): Promise<Engine | undefined> {
  const command = await findOnPath("pulumi", env);
  if (command === undefined) return undefined;
  const passedOver = (reason: string) => progress(`Passing over ${command}: ${reason}.`);
  const version = await pulumiVersion(command, env);
  if (version === undefined) return void passedOver("it does not answer `pulumi version` with a version");
  if (isOlder(version, oldestEngine)) return void passedOver(`it is version ${version}, and ${oldestEngine} is needed`);
  // Homebrew and others put a link on PATH; the engine looks beside the file that the link leads to.
  const folders = new Set([dirname(command), dirname(await realpath(command))]);
  const complete = await Promise.all([...folders].map((folder) => isExecutable(join(folder, dynamicProviderScript))));
  if (!complete.includes(true)) return void passedOver(`${dynamicProviderScript} is not beside it`);
  return { command, version, source: "path" };
}

async function engineOfOurOwn(
  cacheFolder: string,
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<Engine> {
  const build = await engineBuild(cacheFolder);
  const command = join(build.folder, "pulumi");
  const isReady = async (executable: string) => (await pulumiVersion(executable, env)) === build.version;
  if (await isReady(command)) return { command, version: build.version, source: "cache" };
  const go = await findOnPath("go", env);
  const source = await buildEngine(build, { go, isReady, env, progress });
  return { command, version: build.version, source };
}

/** The first executable file of this name in the folders of `env.PATH`, as an absolute path. */
async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    // An empty or relative entry means the current folder, which is no place to take an engine from.
    if (!folder.startsWith("/")) continue;
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * What `pulumi version` answers, as numbers joined by dots; undefined if it answers anything else. It is asked with next to nothing in its
 * environment, as the sandbox will run it: a version manager's shim that needs more is of no use there.
 */
async function pulumiVersion(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await execute(command, ["version"], {
      env: { PATH: env["PATH"], PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: 30_000,
    });
    return /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}
