// Tests run on Node's own module loader, as the program does: nothing that they load is rewritten.
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

// Each test file has a worker of its own, which loads the same modules as the others.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");

/** The longest files first, so that no worker is left alone with one at the end. */
const longest = ["faults", "login-flow", "start", "kill", "program", "operations", "workspace", "larger-stack"];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return index < 0 ? longest.length : index;
    };
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Engine tests wait: for processes, for the rate limits of a tenant that fails. One worker more than there are cores leaves none idle.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    globalSetup: "test/engine/obtain-engine.ts",
    // Only ends what hangs: an engine operation takes seconds, many more on a busy machine.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    experimental: { viteModuleRunner: false },
  },
});
