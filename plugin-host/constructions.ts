// The components that are being made in this process. Their errors may come late, out of a promise that nobody waits
// for, and each has to end the component that it is of: the SDK would end all of them with it.
import { AsyncLocalStorage } from "node:async_hooks";
import { RunError } from "@pulumi/pulumi";

/** How one component is refused. */
type Refuse = (error: Error) => void;

const constructions = new AsyncLocalStorage<Refuse>();

/** Runs what makes a component. Each error in it that nobody catches is given to `refuse`. */
export const construct = (make: () => void, refuse: Refuse): void => constructions.run(refuse, make);

/**
 * From now on. What is of no component goes to those who have listened so far, as the SDK does: each prints it, and the
 * process ends with a code of failure.
 */
export function catchConstructionErrors(): void {
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    const others = process.listeners(event as "uncaughtException");
    process.removeAllListeners(event);
    process.on(event, (thrown: unknown, ...rest: unknown[]) => {
      const refuse = constructions.getStore();
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (refuse === undefined) for (const other of others) Reflect.apply(other, process, [thrown, ...rest]);
      else refuse(error);
    });
  }
}

/**
 * All that is wrong with one component, in one error. A refusal is a text for people; of anything else the stack is
 * printed, because it is needed to find what is wrong here.
 */
export function refusalOf(errors: readonly Error[]): Error {
  const messages = errors.map((error) => {
    const { message, stack } = error;
    // The engine and the SDK say before what a transform of ours refuses how they came to call it.
    const refused = /transform failed: \w*Error: (.* cannot be created: .*)$/s.exec(message)?.[1];
    if (refused !== undefined) return refused;
    if (!RunError.isInstance(error)) console.error(stack);
    // The SDK says before an error that comes late on which way it came.
    return message.replace(/^(?:error serializing property "[^"]*": )+/, "");
  });
  // Each component's refusals under its name, as where all of them are found at once.
  const byHeading = new Map<string, Set<string>>();
  for (const message of messages) {
    const [heading = "", ...lines] = message.split("\n");
    const known = byHeading.get(heading) ?? new Set();
    byHeading.set(heading, known.add(lines.join("\n")));
  }
  const texts = [...byHeading].map(([heading, found]) => [heading, ...found].filter((text) => text !== "").join("\n"));
  return new RunError(texts.join("\n"));
}
