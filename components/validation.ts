// How bad arguments are refused: all at once, before a component registers anything.
import * as pulumi from "@pulumi/pulumi";

/** @throws pulumi.RunError, which Pulumi prints without a stack, with every fault on a line of its own; nothing where there is none. */
export function raise(heading: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new pulumi.RunError([heading, ...faults].join("\n  - "));
}

/** The arguments, if they have no fault. @throws pulumi.RunError with every fault */
export function raiseFaults<Args>(subject: string, args: Args, faultsOf: (args: Args) => readonly string[]): Args {
  raise(`${subject} cannot be created:`, faultsOf(args));
  return args;
}

/** Whether an argument's value is one that only the engine will know: it is not looked at. */
export const isNotKnownYet = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** The fault of a value that must be true or false, if it is given at all: a caller in JavaScript, or a setting in YAML, may say "yes". */
export function booleanFaults(setting: string, value: unknown): string[] {
  if (value === undefined || typeof value === "boolean") return [];
  return [`${setting}: ${JSON.stringify(value)} was given; it must be true or false.`];
}

/** A value as a fault names it; null stands for one that is missing. */
export const shown = (value: unknown): string => (value === null ? "nothing" : JSON.stringify(value));

/** The fault of a value that must be one of a closed set's, if it is given at all; null stands for one that is missing. */
export function closedSetFaults(setting: string, value: unknown, set: Readonly<Record<string, string>>): string[] {
  const allowed = Object.values(set);
  if (value === undefined || (typeof value === "string" && allowed.includes(value))) return [];
  return [`${setting}: ${shown(value)} was given; allowed are ${allowed.join(", ")}.`];
}
