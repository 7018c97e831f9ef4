// Ctrl-C once lets what is under way finish; twice is the end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { InterruptedError } from "../../../cli/terminal/interrupted-error.ts";
import { watchInterruption } from "../../../cli/terminal/command-interruption.ts";
import type { Interruption } from "../../../cli/terminal/command-interruption.ts";

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (name) => {
  it("is told, and lets it finish; npm's copy of it is no second one", async () => {
    const child = start();
    await child.said("working");
    child.kill(name);
    child.kill(name);
    expect(await child.closed).toEqual([0, null]);
    expect(child.output()).toEqual([
      "working",
      "Interrupted: finishing what is under way. Press Ctrl-C again to end at once.",
      "InterruptedError: It was interrupted. What was begun is finished; run the same command again for the rest.",
      "finished, 0 listeners",
    ]);
  });

  it("ends it at once when it comes again", async () => {
    const child = start("endless");
    await child.said("working");
    child.kill(name);
    await child.said("InterruptedError");
    // As somebody does who sees that it has not ended.
    while (child.isRunning()) {
      child.kill(name);
      await setTimeout(50);
    }
    expect(await child.closed).toEqual([130, null]);
    expect(child.output()).toHaveLength(3);
  });
});

describe("within one process", () => {
  let interruption: Interruption;
  afterEach(() => interruption.end());

  it("counts a press as another after half a second, whatever signal it sends", () => {
    let time = 1000;
    const [exits, lines]: [number[], string[]] = [[], []];
    const options = { exit: (code: number) => void exits.push(code), now: () => time };
    interruption = watchInterruption((line) => void lines.push(line), options);
    expect(interruption.signal.aborted).toBe(false);
    process.emit("SIGINT");
    expect(interruption.signal.reason).toBeInstanceOf(InterruptedError);
    time += 499;
    process.emit("SIGINT");
    expect(exits).toEqual([]);
    time += 1;
    process.emit("SIGTERM");
    expect([exits, lines.length]).toEqual([[130], 1]);
  });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "interrupted-process.ts"), ...args]);
  let text = "";
  const changed = new EventTarget();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      changed.dispatchEvent(new Event("change"));
    });
  return {
    closed: once(child, "close"),
    kill: (name: NodeJS.Signals) => child.kill(name),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    output: () => text.trim().split("\n"),
    async said(words: string) {
      while (!text.includes(words)) await once(changed, "change");
    },
  };
}
