// Finds the Pulumi engine (its CLI) for the sandbox: the one on PATH if it is new enough, else a build of our own,
// which is kept in the user's cache folder.
import { execFile } from "node:child_process";
import { access, constants, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { buildEngine, dynamicProviderScript, engineBuild, isOlder } from "./build.ts";

/** A Pulumi CLI of which `pulumi version` has printed the version. */
export interface Engine {
  /** The absolute path of the executable. `pulumi-resource-pulumi-nodejs` is in the same folder. */
  readonly command: string;
  /** Without the leading `v`, such as `3.250.0`. */
  readonly version: string;
  readonly source: "path" | "cache" | "built";
}

export interface EngineOptions {
  /** Called with each line for a user who waits: which CLI is not used and why, and the progress of a build. */
  readonly progress: (line: string) => void;
  /** The build is kept in its folder `engine/`. @default the user's cache folder for this program */
  readonly cacheFolder?: string;
  /** Has `PATH` and Go's own settings. @default `process.env` */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The oldest CLI on PATH that is used. The Automation API of @pulumi/pulumi 3.270 needs CLI 3.181 to run `refresh` and
 * `destroy` on an inline program. Since 3.206 it receives the engine's events over gRPC; for an older CLI it would poll
 * a file, which nothing here tests.
 */
export const oldestEngine = "3.206.0";

const execute = promisify(execFile);

/**
 * Finds or builds the engine: `pulumi` on PATH, else the build in the cache, else a new build, which needs Go.
 *
 * @throws Error that says what is missing (no Go, a Go that is too old) or why the build failed, and what to do.
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
  if (version === undefined) return void passedOver("`pulumi version` does not print a version");
  if (isOlder(version, oldestEngine)) return void passedOver(`it is version ${version}, and ${oldestEngine} is needed`);
  // Homebrew and others put a link on PATH. The engine looks for its plugins beside the file that the link leads to.
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

/**
 * The first executable file of this name in the folders of `env.PATH`, as an absolute path. What npm has installed does
 * not count: npm puts its `node_modules/.bin` folders first, and its `pulumi` is no CLI, but an installer of one.
 */
async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    // An empty or relative entry means the current folder: a command in it is not trusted.
    if (!folder.startsWith("/")) continue;
    const path = join(folder, name);
    if ((await isExecutable(path)) && !(await isOfNpm(path))) return path;
  }
  return undefined;
}

async function isOfNpm(path: string): Promise<boolean> {
  return [path, await realpath(path)].some((one) => one.split(sep).includes("node_modules"));
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
 * The version that `pulumi version` prints, as numbers joined by dots; undefined if it prints anything else. It runs
 * with an almost empty environment, as later in the sandbox: the shim of a version manager, which needs more, does not
 * work there.
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
