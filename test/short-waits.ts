// A test that need not see how long something waits before it goes on.
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import { afterEach, beforeEach } from "vitest";

/** Around each test of the file or the block: what waits by `node:timers/promises` goes on after a moment. */
export function shortWaits(): void {
  const { setTimeout } = timers;
  const replaceBy = (other: typeof setTimeout) => {
    timers.setTimeout = other;
    // For the modules that import it by its name.
    syncBuiltinESMExports();
  };
  beforeEach(() => replaceBy((_delay, value, options) => setTimeout(1, value, options)));
  afterEach(() => replaceBy(setTimeout));
}
