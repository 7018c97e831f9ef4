// Builds the Pulumi CLI from its Go module, which go.mod and go.sum beside this file pin, into a cache folder: once for
// each version and platform.
import { execFile, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { keptOnce } from "./kept-once.ts";
import { nodeScript } from "./node-script.ts";

const moduleFolder = import.meta.dirname;
const mainPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** The file name by which the engine finds the plugin for dynamic resources that are written for Node. */
export const dynamicProviderScript = "pulumi-resource-pulumi-nodejs";

const dynamicProvider = nodeScript("dynamic-provider");

const numeric = new Intl.Collator("en", { numeric: true });

/** Whether version `a` comes before version `b`. Both are numbers joined by dots. */
export function isOlder(a: string, b: string): boolean {
  return numeric.compare(a, b) < 0;
}

export interface EngineBuild {
  /** The folder for `pulumi` and the script of its dynamic provider. It exists only if the build is complete. */
  readonly folder: string;
  /** The CLI's version in go.mod, without the leading `v`. */
  readonly version: string;
  /** The oldest Go version that can build it: the `go` line of go.mod. */
  readonly oldestGo: string;
}

export interface BuildOptions {
  /** The absolute paths of the `go` commands, the preferred one first. */
  readonly gos: readonly string[];
  /** Whether this file is the wanted CLI and runs. */
  readonly isReady: (executable: string) => Promise<boolean>;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** What is to be built, and where. The folder's name contains a hash of everything that the build is made from. */
export async function engineBuild(cacheFolder: string): Promise<EngineBuild> {
  const [goMod, goSum] = await Promise.all(
    ["go.mod", "go.sum"].map((file) => readFile(join(moduleFolder, file), "utf8")),
  );
  const version = /^\s*github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(goMod ?? "")?.[1];
  const oldestGo = /^go (\S+)/m.exec(goMod ?? "")?.[1];
  if (version === undefined || oldestGo === undefined) {
    throw new Error(`${join(moduleFolder, "go.mod")} names no version of Pulumi or of Go.`);
  }
  const digest = hash("sha256", `${goMod}\0${goSum}\0${dynamicProvider}`).slice(0, 12);
  const name = `${version}-${digest}-${process.platform}-${process.arch}`;
  return { folder: join(cacheFolder, "engine", name), version, oldestGo };
}

/**
 * Builds the CLI into `build.folder`, or waits for another process that is building it.
 *
 * @returns `built`, or `cache` if another process built it in the meantime.
 * @throws Error if Go is missing or too old, or if the build fails. Then nothing is left in the cache.
 */
export async function buildEngine(build: EngineBuild, options: BuildOptions): Promise<"built" | "cache"> {
  const { progress } = options;
  const go = await suitableGo(build, options);
  const built = await keptOnce(build.folder, {
    doing: "building",
    isReady: (folder) => options.isReady(join(folder, "pulumi")),
    async fill(partial) {
      progress(
        `Building the Pulumi engine ${build.version} with Go, once: ` +
          `3 to 10 minutes from nothing, then kept in ${build.folder}.`,
      );
      await compile(go, join(partial, "pulumi"), build, options);
      await writeFile(join(partial, dynamicProviderScript), dynamicProvider, { mode: 0o755 });
      if (!(await options.isReady(join(partial, "pulumi")))) {
        throw new Error(`The Pulumi engine was built, but its \`pulumi version\` does not print v${build.version}.`);
      }
    },
    progress,
  });
  return built ? "built" : "cache";
}

/** The first `go` whose own version can build the engine: `go` must not download a newer one without being told. */
async function suitableGo({ version, oldestGo }: EngineBuild, { gos, env }: BuildOptions): Promise<string> {
  const remedy =
    `Install Go ${oldestGo} or newer (https://go.dev/dl/), with which the engine is built once, ` +
    `or Pulumi's own CLI (https://www.pulumi.com/docs/install/), with which nothing needs to be built.`;
  if (gos.length === 0) {
    throw new Error(`Neither a usable \`pulumi\` nor \`go\` was found on PATH. ${remedy}`);
  }
  const unsuitable: string[] = [];
  for (const go of gos) {
    // Outside of any module: in a module that needs a newer Go, `go version` would fail.
    const reported = await promisify(execFile)(go, ["version"], { cwd: tmpdir(), env: goEnvironment(env) }).then(
      ({ stdout }) => stdout.trim(),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const found = /\bgo(\d+(?:\.\d+)+)/.exec(reported)?.[1];
    if (found !== undefined && !isOlder(found, oldestGo)) return go;
    unsuitable.push(`${go} ${found === undefined ? `prints for \`go version\`: ${reported}` : `is version ${found}`}`);
  }
  throw new Error(`${unsuitable.join("; ")}; Pulumi ${version} needs Go ${oldestGo}. ${remedy}`);
}

/** The user's own settings for Go (module proxy, caches), without those that would change what is built. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOTOOLCHAIN: "local", GOWORK: "off", GOOS: "", GOARCH: "" };
}

async function compile(go: string, output: string, build: EngineBuild, { env, progress }: BuildOptions): Promise<void> {
  const linkerFlags = `-s -w -X ${versionVariable}=v${build.version}`;
  const child = spawn(
    go,
    ["build", "-v", "-mod=readonly", "-trimpath", "-ldflags", linkerFlags, "-o", output, mainPackage],
    { cwd: moduleFolder, env: goEnvironment(env), stdio: ["ignore", "ignore", "pipe"] },
  );
  // Go prints a line for each module that it downloads and each package that it compiles. All other lines are errors.
  let downloaded = 0;
  let compiled = 0;
  let latest = "";
  const rest: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    if (line.startsWith("go: downloading ")) downloaded += 1;
    else if (/^[\w.~/-]+$/.test(line)) compiled += 1;
    else rest.push(line);
    latest = line.replace("go: ", "");
  });
  const started = Date.now();
  const alive = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    progress(`  ${seconds} s: ${downloaded} modules downloaded, ${compiled} packages compiled; ${latest}`);
  }, 5_000);
  // Ctrl-C reaches Go by itself. This process must not end on it before it has removed the incomplete build.
  const stop = () => child.kill();
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => resolve(exitCode ?? signal ?? "an unknown signal"));
    });
    if (code !== 0) {
      const reason = rest.slice(-20).join("\n");
      throw new Error(`Building the Pulumi engine failed: \`go build\` ended with ${code}.\n${reason}`);
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    clearInterval(alive);
  }
}
