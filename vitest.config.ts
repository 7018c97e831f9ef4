// Tests run on Node's own module loader: Pulumi serialises the dynamic provider's functions, which Vite's rewritten imports break.
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Engine tests wait: for processes, for the rate limits of a tenant that fails. One worker more than there are cores leaves none idle.
    maxWorkers: availableParallelism() + 1,
    globalSetup: "test/engine/obtain-engine.ts",
    // Only ends what hangs: an engine operation takes seconds, many more on a busy machine.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    experimental: { viteModuleRunner: false },
  },
});
