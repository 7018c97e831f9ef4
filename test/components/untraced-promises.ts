// Pulumi's SDK keeps with each of its promises where it was made, for a list at the end of those that never settle.
// That takes half of the time in which a component is made, and no test reads the list.
import { createRequire } from "node:module";
import { afterEach, beforeEach } from "vitest";

interface Debuggable {
  debuggablePromise: (promise: Promise<unknown>) => Promise<unknown>;
}
const debuggable = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable") as Debuggable;

/** Around each test of the file. */
export function untracedPromises(): void {
  const { debuggablePromise } = debuggable;
  beforeEach(() => void (debuggable.debuggablePromise = (promise) => promise));
  afterEach(() => void (debuggable.debuggablePromise = debuggablePromise));
}
