// Which run of a program this is: a process may make several, one after the other or at once.
import * as pulumi from "@pulumi/pulumi";

/**
 * Of a program in another language, whose components are constructed in this process: each construction has a client of
 * the engine's monitor, and all of one run have that one's address. The last run's alone, because addresses are used
 * again.
 */
let constructing: { readonly address: string } | undefined;

/** The same object for all that one run of a program declares; undefined outside of one. */
export function programRun(): object | undefined {
  const monitor = pulumi.runtime.getMonitor();
  const address = monitor && addressOf(monitor);
  // A program has a stack, and one client; what is constructed for another process has none.
  if (address === undefined || pulumi.runtime.getStackResource() !== undefined) return monitor;
  if (constructing?.address !== address) constructing = { address };
  return constructing;
}

/** Whether there is an engine: not under mocks. */
export function hasEngine(): boolean {
  const monitor = pulumi.runtime.getMonitor();
  return monitor !== undefined && addressOf(monitor) !== undefined;
}

/** As a client of gRPC tells it; a mock tells none. */
const addressOf = (monitor: object): string | undefined =>
  (monitor as { readonly getChannel?: () => { getTarget(): string } }).getChannel?.().getTarget();
