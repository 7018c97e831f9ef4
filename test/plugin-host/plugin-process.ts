// The plugin's process, started as Pulumi's Node host starts it, and called as the engine calls it.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export interface PluginProcess {
  /** As PULUMI_DEBUG_PROVIDERS takes it. */
  readonly attach: string;
  readonly child: ChildProcess;
  /** What it has printed since the last call, its port aside. */
  readonly takePrinted: () => string;
  close(): Promise<void>;
}

export interface PluginFolder {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A folder as `npm install` leaves one, with this repository's build. Its files may be changed. */
export async function pluginFolder(name = "plugin"): Promise<PluginFolder> {
  const root = await mkdtemp(join(tmpdir(), "plugin-"));
  const folder = join(root, name);
  await cp("plugin", folder, { recursive: true });
  await mkdir(join(folder, "node_modules"));
  await symlink(resolve("."), join(folder, "node_modules/auth0-user-pictures"));
  await symlink(resolve("node_modules/@pulumi"), join(folder, "node_modules/@pulumi"));
  return { folder, remove: () => rm(root, { recursive: true }) };
}

export interface RunOptions {
  /** @default none that serves */
  readonly engineAddress?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** The program's folder. @default this process's */
  readonly cwd?: string;
  /** The executable. @default this process's */
  readonly node?: string;
}

/** @throws Error with what it printed, where it ends before it serves */
export function startPlugin(folder: string, options: RunOptions = {}): Promise<PluginProcess> {
  const { engineAddress = "127.0.0.1:1", environment = {}, node = process.execPath, cwd } = options;
  const script = join(folder, "node_modules/@pulumi/pulumi/cmd/run-plugin/index.js");
  const child = spawn(node, [script, folder, engineAddress], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...environment },
    ...(cwd !== undefined && { cwd }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  let printed = "";
  const takePrinted = () => {
    const taken = printed;
    printed = "";
    return taken;
  };
  child.stderr.on("data", (data: Buffer) => (printed += data.toString()));
  return new Promise((serves, fails) => {
    createInterface(child.stdout).on("line", (line) => {
      if (!/^\d+$/.test(line)) return void (printed += `${line}\n`);
      const close = async () => {
        child.kill();
        await ended;
      };
      serves({ attach: `auth0-user-pictures:${line}`, child, takePrinted, close });
    });
    void ended.then((code) => fails(new Error(`${printed}(it ended with ${code})`)));
  });
}
