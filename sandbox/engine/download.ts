// Downloads Pulumi's own CLI, with its language hosts, into a cache folder: once for each version and platform, by
// npm's `pulumi` package, which is the CLI's installer.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { keptOnce } from "./kept-once.ts";

/** npm's `pulumi` package. */
export interface Installer {
  /** The version of the CLI that it installs: its own. */
  readonly version: string;
  /** The module that is its command. */
  readonly script: string;
}

export interface Download {
  /** The absolute path of the CLI. */
  readonly command: string;
  /** Why it is not there, in a few words; undefined if it is. */
  readonly failure?: string;
}

export interface DownloadOptions {
  /** Whether this file is the wanted CLI, and complete. */
  readonly isReady: (executable: string) => Promise<boolean>;
  /** Whether there is another engine. Then a download that failed is not tried again for a day. */
  readonly isSpared: () => Promise<boolean>;
  /** The user's own: it may name a proxy. */
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** In milliseconds: of a download, of a time in which it prints nothing, and until one that failed is tried again. */
const limits = { download: 600_000, silence: 30_000, failure: 86_400_000 };

/** The installer among this repository's dependencies; undefined if these were installed without it. */
export function npmsInstaller(): Installer | undefined {
  try {
    const folder = dirname(fileURLToPath(import.meta.resolve("pulumi/package.json")));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { version, script: join(folder, "run.js") };
  } catch {
    return undefined;
  }
}

/**
 * Downloads the CLI, or finds it where an earlier download has put it.
 *
 * @throws Error if it was interrupted, or if the cache folder cannot be written
 */
export async function downloadCli(
  cacheFolder: string,
  installer: Installer,
  options: DownloadOptions,
): Promise<Download> {
  const { version } = installer;
  const folder = join(cacheFolder, "engine", `cli-${version}-${process.platform}-${process.arch}`);
  const cliIn = (home: string) => join(home, "versions", version, "bin/pulumi");
  const isReady = (home: string) => options.isReady(cliIn(home));
  const command = cliIn(folder);
  if (await isReady(folder)) return { command };

  const failed = `${folder}.failed`;
  const failedAt = await stat(failed).then(
    ({ mtimeMs }) => mtimeMs,
    () => -Infinity,
  );
  if (Date.now() - failedAt < limits.failure && (await options.isSpared())) {
    return { command, failure: `it failed at ${new Date(failedAt).toISOString()}, and is tried again a day after` };
  }
  let failure: string | undefined;
  try {
    await keptOnce(folder, {
      doing: "downloading the Pulumi engine",
      isReady,
      async fill(home) {
        options.progress(`Downloading Pulumi's CLI ${version} by npm's \`pulumi\`, once, then kept in ${folder}.`);
        failure = await install(installer, home, options);
        if (failure === undefined && !(await isReady(home)))
          failure = "what it downloaded is another CLI, or not all of one";
        if (failure !== undefined) throw new Error(failure);
      },
      progress: options.progress,
    });
  } catch (error) {
    if (failure === undefined) throw error;
    await writeFile(failed, `${failure}\n`);
    return { command, failure };
  }
  await rm(failed, { force: true });
  return { command };
}

/**
 * Lets the installer download the CLI into a folder of its own. The installer and what it starts are a process group,
 * so that they end together.
 *
 * @returns why that failed; undefined if it did not
 */
async function install({ script, version }: Installer, home: string, options: DownloadOptions) {
  const child = spawn(process.execPath, [script, "version"], {
    env: {
      ...options.env,
      PULUMI_HOME: home,
      PULUMI_VERSION: version,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_USE_ENV_PROXY: "1",
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const started = Date.now();
  let heard = started;
  let last = "";
  let end: string | undefined;
  const stop = (why: string) => {
    end ??= why;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      heard = Date.now();
      last =
        text
          .trim()
          .split(/[\r\n]+/)
          .at(-1) || last;
    });
  }
  const alive = setInterval(() => {
    const now = Date.now();
    if (now - heard > limits.silence) return stop(`nothing was heard for ${limits.silence / 1000} s`);
    if (now - started > limits.download) return stop(`it took longer than ${limits.download / 60_000} minutes`);
    options.progress(`  ${Math.round((now - started) / 1000)} s: ${last}`);
  }, 5_000);
  // Ctrl-C does not reach a group of its own. This process must not end on it before what is incomplete is removed.
  const interrupted = "interrupted";
  const interrupt = () => stop(interrupted);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (end === interrupted) throw new Error("The download of Pulumi's CLI was interrupted.");
    return end ?? (code === 0 ? undefined : last.replace(/^pulumi: /, "") || `it ended with ${code}`);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    clearInterval(alive);
  }
}
