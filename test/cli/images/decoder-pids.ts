// The decoder's processes, as the system has them: Linux tells in /proc.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** @param parent that started them */
export function decoderPids(parent = process.pid): number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((pid) => pid !== "" && readOf(pid, "cmdline").includes("decoder-process"))
    .map(Number);
}

/** Neither gone nor waiting to be. */
export const isRunning = (pid: number) => /^[^Z]/.test(statOf(pid)[0] ?? "");

export const groupOf = (pid: number) => Number(statOf(pid)[2]);
export const environmentOf = (pid: number) => readOf(pid, "environ");

/** Until it has worked for so long since then, in milliseconds of a processor. */
export async function worksFor(pid: number, milliseconds: number): Promise<void> {
  const used = () => (Number(statOf(pid)[11]) + Number(statOf(pid)[12])) * 10;
  for (const before = used(); used() < before + milliseconds;) await sleep(2);
}

export async function untilEnded(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await sleep(5);
}

/** proc(5), from the state on: what is before it may hold anything. */
function statOf(pid: number): string[] {
  return readOf(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
}

function readOf(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
