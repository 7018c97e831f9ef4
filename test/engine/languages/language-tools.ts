// What the engine needs for programs in other languages than Node's, built and installed once, in the user's cache
// folder: YAML's language host, the generator of SDKs, and Python's SDK. Pulumi's own hosts for Python and Go are in no
// registry: those in this folder do their work.
import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { defaultCacheFolder } from "../../../sandbox/engine/engine.ts";
import type { Engine } from "../../../sandbox/engine/engine.ts";
import { findOnPath, isExecutable } from "../../../sandbox/engine/executables.ts";
import { compileGo, suitableGo } from "../../../sandbox/engine/go-build.ts";
import { keptOnce } from "../../../sandbox/engine/kept-once.ts";
import { isOlder } from "../../../components/version-order.ts";

const run = promisify(execFile);
const moduleFolder = import.meta.dirname;
const yamlHost = "pulumi-language-yaml";
const yamlHostPackage = `github.com/pulumi/pulumi-yaml/cmd/${yamlHost}`;
const goSdk = "github.com/pulumi/pulumi/sdk/v3";
/** Its go.mod and go.sum name the modules of every Go program that is run here. */
const goProgram = resolve(import.meta.dirname, "../../../examples/go");
/** Of Pulumi's SDK (`requires-python`). */
const oldestPython = "3.10";
/** With what its generated SDKs import, and what installs them from their folders. */
const pythonPackages = ["pulumi==3.272.0", "parver==1.0.1.post0", "setuptools==80.9.0", "wheel==0.48.0"];

export type Language = "yaml" | "python" | "go";

export interface LanguageTools {
  /** By language: why none of its programs can be run here. */
  readonly missing: Readonly<Partial<Record<Language, string>>>;
  /** Where the engine has none of its own. */
  readonly yamlHost?: { readonly version: string; readonly executable: string };
  /** Writes an SDK: `generate-sdk SCHEMA.json LANGUAGE FOLDER`. */
  readonly generateSdk?: string;
  readonly go?: string;
  /** The interpreter of an environment with Pulumi's SDK. */
  readonly python?: string;
}

export interface ToolsOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line for a user who waits. */
  readonly progress: (line: string) => void;
}

/**
 * What is there, and what can be built and installed. Only where something is not in the cache folder yet does it use
 * the network.
 *
 * @throws Error if a build or an installation fails; not if there is no Go or no Python
 */
export async function obtainLanguageTools(engine: Engine, options: ToolsOptions): Promise<LanguageTools> {
  const { env = process.env } = options;
  const goMod = await readFile(join(moduleFolder, "go.mod"), "utf8");
  const oldestGo = /^go (\S+)/m.exec(goMod)?.[1] ?? "";
  const version = /pulumi-yaml v(\S+)/.exec(goMod)?.[1] ?? "";
  const found = await suitableGo(await findOnPath("go", env), oldestGo, env);
  const hasYaml = await isExecutable(join(dirname(await realpath(engine.command)), yamlHost));
  if (!("go" in found)) {
    const needed = `Go ${oldestGo} or newer is not on PATH`;
    return { missing: { python: needed, go: needed, ...(!hasYaml && { yaml: needed }) } };
  }
  const { go } = found;
  const built = await buildTools(go, { ...options, env });
  await prepareGoModules(go, env);
  const python = await preparePython({ ...options, env });
  return {
    missing: python === undefined ? { python: `Python ${oldestPython} or newer is not on PATH` } : {},
    ...(!hasYaml && { yamlHost: { version, executable: join(built, yamlHost) } }),
    generateSdk: join(built, "generate-sdk"),
    go,
    ...(python !== undefined && { python }),
  };
}

/** @returns the folder with both programs, whose name contains a hash of all that they are made from */
async function buildTools(go: string, { env, progress }: Required<ToolsOptions>): Promise<string> {
  const sources = ["go.mod", "go.sum", join("generate-sdk", "main.go")];
  const texts = await Promise.all(sources.map((file) => readFile(join(moduleFolder, file), "utf8")));
  const name = `${hash("sha256", texts.join("\0")).slice(0, 12)}-${process.platform}-${process.arch}`;
  const folder = join(defaultCacheFolder(env), "languages", name);
  await keptOnce(folder, {
    doing: "building what runs programs in YAML, Python and Go",
    isReady: (one) => isExecutable(join(one, yamlHost)),
    async fill(partial) {
      progress(`Building what runs programs in YAML, Python and Go, once: 2 to 5 minutes, then kept in ${folder}.`);
      const packages = ["./generate-sdk", yamlHostPackage];
      const build = { name: "what runs other languages", moduleFolder, packages, output: `${partial}/` };
      await compileGo(go, build, { env, progress });
    },
    progress,
  });
  return folder;
}

/** Downloads and compiles what Go programs import, into the user's own caches for Go. */
async function prepareGoModules(go: string, env: NodeJS.ProcessEnv): Promise<void> {
  const imported = ["pulumi", "pulumi/internals"].map((name) => `${goSdk}/go/${name}`);
  await run(go, ["build", "-mod=readonly", ...imported], {
    cwd: goProgram,
    env: { ...env, GOTOOLCHAIN: "local", GOWORK: "off" },
  });
}

/** @returns the interpreter of an environment of its own; undefined where there is no Python that can make one */
async function preparePython({ env, progress }: Required<ToolsOptions>): Promise<string | undefined> {
  const [python] = await findOnPath("python3", env);
  if (python === undefined) return undefined;
  const { stdout: version } = await run(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], { env });
  if (isOlder(version.trim(), oldestPython)) return undefined;
  const name = `python-${version.trim()}-${hash("sha256", pythonPackages.join(" ")).slice(0, 12)}`;
  const folder = join(defaultCacheFolder(env), "languages", `${name}-${process.platform}-${process.arch}`);
  const interpreter = (one: string) => join(one, "bin", "python");
  await keptOnce(folder, {
    doing: "installing Pulumi's Python SDK",
    isReady: (one) => isExecutable(interpreter(one)),
    async fill(partial) {
      progress(`Installing Pulumi's Python SDK, once: half a minute, then kept in ${folder}.`);
      await run(python, ["-m", "venv", partial], { env });
      await run(interpreter(partial), ["-m", "pip", "install", "--quiet", ...pythonPackages], { env });
    },
    progress,
  });
  return interpreter(folder);
}
