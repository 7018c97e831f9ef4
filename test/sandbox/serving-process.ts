// `npm run sandbox` as a process of its own, and a shell that has read what it prints.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { promisify } from "node:util";

export const serveScript = "sandbox/serve-clients.ts";

export interface ServingProcess {
  readonly child: ChildProcess;
  /** All that it has printed. */
  readonly text: string;
}

/**
 * Resolves once it has printed all of its lines.
 *
 * @param willStop is given the process as soon as there is one
 */
export async function serve(
  folder: string,
  willStop: (child: ChildProcess) => void,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ServingProcess> {
  const child = spawn(process.execPath, [serveScript, "--folder", folder, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  willStop(child);
  let [text, errors] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (part: string) => (errors += part));
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.endsWith('api/v2/"\n')) resolve({ child, text });
    });
    child.once("close", () => reject(new Error(errors)));
  });
}

/** By Ctrl-C. The code with which it has ended. */
export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.kill("SIGINT");
  return closed;
}

/** The printed lines as they are, and then a command, in a shell without any of these variables. */
export async function paste(text: string, command: string): Promise<string> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return (await promisify(execFile)("sh", ["-c", `${text}\n${command}`], { env: { PATH, NODE_COMPILE_CACHE } })).stdout;
}
