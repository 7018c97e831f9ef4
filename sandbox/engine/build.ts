// Builds the Pulumi CLI from its Go module, which go.mod and go.sum beside this file pin, into a cache folder: once for
// each version and platform.
import { hash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileGo, suitableGo } from "./go-build.ts";
import { keptOnce } from "./kept-once.ts";
import { nodeScript } from "./node-script.ts";

const moduleFolder = import.meta.dirname;
const mainPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** The file name by which the engine finds the plugin for dynamic resources that are written for Node. */
export const dynamicProviderScript = "pulumi-resource-pulumi-nodejs";

const dynamicProvider = nodeScript("dynamic-provider");

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
  const { progress, env } = options;
  const go = await goFor(build, options);
  const built = await keptOnce(build.folder, {
    doing: "building the Pulumi engine",
    isReady: (folder) => options.isReady(join(folder, "pulumi")),
    async fill(partial) {
      progress(
        `Building the Pulumi engine ${build.version} with Go, once: ` +
          `3 to 10 minutes from nothing, then kept in ${build.folder}.`,
      );
      const linkerFlags = `-s -w -X ${versionVariable}=v${build.version}`;
      const output = join(partial, "pulumi");
      const whole = { name: "the Pulumi engine", moduleFolder, packages: [mainPackage], output, linkerFlags };
      await compileGo(go, whole, { env, progress });
      await writeFile(join(partial, dynamicProviderScript), dynamicProvider, { mode: 0o755 });
      if (!(await options.isReady(join(partial, "pulumi")))) {
        throw new Error(`The Pulumi engine was built, but its \`pulumi version\` does not print v${build.version}.`);
      }
    },
    progress,
  });
  return built ? "built" : "cache";
}

/** A `go` that can build it. */
async function goFor({ version, oldestGo }: EngineBuild, { gos, env }: BuildOptions): Promise<string> {
  const remedy =
    `Install Go ${oldestGo} or newer (https://go.dev/dl/), with which the engine is built once, ` +
    `or Pulumi's own CLI (https://www.pulumi.com/docs/install/), with which nothing needs to be built.`;
  const found = await suitableGo(gos, oldestGo, env);
  if ("go" in found) return found.go;
  if (found.unsuitable.length === 0) {
    throw new Error(`Neither a usable \`pulumi\` nor \`go\` was found on PATH. ${remedy}`);
  }
  throw new Error(`${found.unsuitable.join("; ")}; Pulumi ${version} needs Go ${oldestGo}. ${remedy}`);
}
