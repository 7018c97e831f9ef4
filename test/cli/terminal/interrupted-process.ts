// Works on until it is interrupted, and then a little to its end. What it prints says how far it is.
import { setTimeout } from "node:timers/promises";
import { watchInterruption } from "../../../cli/terminal/command-interruption.ts";

const isEndless = process.argv[2] === "endless";
const interruption = watchInterruption((line) => void process.stderr.write(`${line}\n`));
const { signal } = interruption;
process.stdout.write("working\n");
while (!signal.aborted) await setTimeout(20);
process.stdout.write(`${String(signal.reason)}\n`);
while (isEndless) await setTimeout(20);
interruption.end();
process.stdout.write(`finished, ${process.listenerCount("SIGINT") + process.listenerCount("SIGTERM")} listeners\n`);
