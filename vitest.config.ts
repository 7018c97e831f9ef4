// Tests run on Node's own module loader: Pulumi serialises the dynamic provider's functions, which Vite's rewritten imports break.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Engine tests mostly wait for one process at a time; by default one core would be left idle.
    maxWorkers: "100%",
    globalSetup: "test/engine/obtain-engine.ts",
    // Only ends what hangs: an engine operation takes seconds, many more on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    experimental: { viteModuleRunner: false },
  },
});
