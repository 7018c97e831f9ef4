// Tests run on Node's own module loader, as the program does: nothing that they load is rewritten.
import { globSync, readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

// Each worker loads the same modules as the others.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");

/** The tests that deploy with the Pulumi engine: only these need one to be there. */
const engineTests = ["test/engine/**/*.test.ts", "test/sandbox/engine/workspace.test.ts"];

/**
 * Tests without an engine that would take a third of the time of all others: logins by the hundred thousand, pictures
 * by the ten thousand, a browser, the compiler over the AWS SDK's types, processes of their own that measure or plan.
 */
const slowTests = [
  "test/actions/user-picture/properties.test.ts",
  "test/audit/**/*.test.ts",
  "test/bench/**/*.test.ts",
  "test/browser/**/*.test.ts",
  "test/cli/{command-processes,packed-cli}.test.ts",
  "test/cli/audit/audit-pictures.test.ts",
  "test/cli/images/picture-decoder.test.ts",
  "test/cli/import/{import-by-job,import-pictures,import-provider-pictures,killed-import}.test.ts",
  "test/cli/users/*.test.ts",
  "test/plugin-host/schema-generation.test.ts",
  "test/components/picture-store/picture-decoders.test.ts",
  "test/docs/api-reference.test.ts",
  "test/functions/{attack-pictures,mutated-pictures,upload-files}.test.ts",
  "test/sandbox/serve-clients.test.ts",
  "test/sandbox/tenant/packed-tenant.test.ts",
];

/**
 * For `npm run test:rare`: what takes long, such as docs/tour.md and the procedures of docs/operations.md, or shows
 * from another side what `npm test` has seen; and what other files leave to it.
 */
const rareTests = [
  "test/**/deploy-cli.test.ts",
  "test/browser/{demo,demo-isolation,picture-sizes}.test.ts",
  "test/compile.test.ts",
  "test/components/real-layouts.test.ts",
  "test/engine/composition.test.ts",
  "test/engine/delivery.test.ts",
  "test/engine/demo.test.ts",
  "test/engine/faults.test.ts",
  "test/engine/kill.test.ts",
  "test/engine/larger-stack.test.ts",
  "test/engine/official-plugin-life.test.ts",
  "test/engine/operations.test.ts",
  "test/engine/plugin-*.test.ts",
  "test/engine/program-sdk.test.ts",
  "test/engine/tour.test.ts",
  "test/functions/{cut-off-uploads,service-faults}.test.ts",
  "test/sandbox/providers/engine.test.ts",
];
/** Those that leave something to it ask test/rare.ts. */
const alsoRare = () => globSync("test/**/*.test.ts").filter((file) => readFileSync(file, "utf8").includes(`rare.ts"`));
const isRare = process.env["npm_lifecycle_event"] === "test:rare";

/** The longest files first, so that no worker is left alone with one at the end. */
const longest = [
  "engine/start",
  "engine/program",
  "engine/login-flow",
  "engine/node-consumers",
  "languages/languages",
  "engine/uploads",
  "engine/workspace",
  "engine/upgrade",
  "engine/picture-store",
  "engine/larger-stack-example",
  "engine/plugin",
  "engine/library",
  "sandbox/serve-clients",
  "browser/user-picture-upload",
  "browser/audit-page",
  "import/import-pictures",
  "tenant/packed-tenant",
  "connection-sync/provider",
  "components/inputs",
  "browser/choose-picture",
  "cli/command-processes",
  "functions/upload-files",
  "import/import-by-job",
  "plugin-host/schema-generation",
  "picture-store/edge",
];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      // A worker is kept for the next file only within a project.
      return ["engine", "slow", "unit"].indexOf(project.name) * 1000 + (index < 0 ? longest.length : index);
    };
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // Much of a test's time is the loading of Pulumi's SDK, which a worker does once for all of its files.
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...engineTests, ...slowTests, ...rareTests],
          isolate: false,
        },
      },
      { extends: true, test: { name: "slow", include: slowTests, exclude: rareTests, isolate: false } },
      {
        extends: true,
        test: {
          name: "engine",
          include: isRare ? [...rareTests, ...alsoRare()] : engineTests,
          exclude: isRare ? [] : rareTests,
          // Of the rare tests each file is the first of its process.
          isolate: isRare,
          globalSetup: ["test/engine/obtain-engine.ts", "test/engine/pack-library.ts"],
        },
      },
    ],
    // Many tests wait: for processes, for the rate limits of a tenant that fails. Two workers more than there are cores
    // leave none idle.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    // Only ends what hangs: an engine operation takes seconds, many more on a busy machine.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    coverage: {
      include: ["{actions,components,policies,sandbox,settings}/**/*.ts", "index.ts"],
      exclude: ["**/dist/**"],
      reporter: "text",
    },
    setupFiles: "test/stack-traces.ts",
    // No test replaces a module.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
