// Runs a script of ours in a process of its own, which is sent messages as that of `fork`. The process is given the
// script's text: to remove the types of a file, Node would load what takes three times as long as its own start.
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import module from "node:module";

/** By their paths. */
const texts = new Map<string, string>();

/**
 * @param script TypeScript or JavaScript, an ES module that imports what is part of Node alone
 * @param options.flags of Node
 * @param options.output what becomes of its standard output and error
 */
export function runScript(
  script: string,
  {
    flags = [],
    output,
    ...options
  }: Pick<SpawnOptions, "env" | "cwd"> & { readonly flags?: readonly string[]; readonly output: "ignore" | "pipe" },
): ChildProcess {
  const text = texts.get(script) ?? withoutTypes(script);
  texts.set(script, text);
  const child = spawn(process.execPath, [...flags, "-"], { ...options, stdio: ["pipe", output, output, "ipc"] });
  // It may have ended before it has read all of it.
  child.stdin?.on("error", () => undefined).end(text);
  return child;
}

function withoutTypes(script: string): string {
  const text = readFileSync(script, "utf8");
  if (!script.endsWith(".ts")) return text;
  // Node warns of the function, and no longer of TypeScript files.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return module.stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
