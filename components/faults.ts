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

/** The fault of a value that must be one of a closed set's, if it is given at all. */
export function closedSetFaults(setting: string, value: unknown, set: Readonly<Record<string, string>>): string[] {
  const allowed = Object.values(set);
  if (value === undefined || (typeof value === "string" && allowed.includes(value))) return [];
  return [`${setting}: ${JSON.stringify(value)} was given; allowed are ${allowed.join(", ")}.`];
}
