// Builds programs from a Go module with the user's own Go.
import { execFile, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { isOlder } from "../../components/version-order.ts";

export interface GoBuild {
  /** What is built, for a message: `the Pulumi engine`. */
  readonly name: string;
  /** The folder with go.mod and go.sum, which pin everything. */
  readonly moduleFolder: string;
  /** What to build, each a `main` package. */
  readonly packages: readonly string[];
  /** The file to write or, where it ends in a slash, the folder for a file of each package's name. */
  readonly output: string;
  /** @default those that leave out what only a debugger needs */
  readonly linkerFlags?: string;
}

export interface GoBuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/**
 * The first `go` whose own version is new enough: `go` must not download a newer one without being told.
 *
 * @returns it, or what is wrong with each of them
 */
export async function suitableGo(
  gos: readonly string[],
  oldestGo: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly go: string } | { readonly unsuitable: readonly string[] }> {
  const unsuitable: string[] = [];
  for (const go of gos) {
    // Outside of any module: in a module that needs a newer Go, `go version` would fail.
    const reported = await promisify(execFile)(go, ["version"], { cwd: tmpdir(), env: goEnvironment(env) }).then(
      ({ stdout }) => stdout.trim(),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const found = /\bgo(\d+(?:\.\d+)+)/.exec(reported)?.[1];
    if (found !== undefined && !isOlder(found, oldestGo)) return { go };
    unsuitable.push(`${go} ${found === undefined ? `prints for \`go version\`: ${reported}` : `is version ${found}`}`);
  }
  return { unsuitable };
}

/** The user's own settings for Go (module proxy, caches), without those that would change what is built. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOTOOLCHAIN: "local", GOWORK: "off", GOOS: "", GOARCH: "" };
}

/** @throws Error with the last lines that Go has printed */
export async function compileGo(go: string, build: GoBuild, { env, progress }: GoBuildOptions): Promise<void> {
  const { name, moduleFolder, packages, output, linkerFlags = "-s -w" } = build;
  const child = spawn(
    go,
    ["build", "-v", "-mod=readonly", "-trimpath", "-ldflags", linkerFlags, "-o", output, ...packages],
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
      throw new Error(`Building ${name} failed: \`go build\` ended with ${code}.\n${reason}`);
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    clearInterval(alive);
  }
}
