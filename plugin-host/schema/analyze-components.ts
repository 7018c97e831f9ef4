// Pulumi's own Analyzer, which finds a component's inputs and outputs in its TypeScript. It refuses a component with a
// public field of a type that it does not know, such as a child; it passes over getters.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema.js";

/** What other languages see of the components, by Pulumi's names and with the words that it finds. */
export type Analysis = Pick<PackageSpec, "resources" | "types">;

/**
 * It takes seconds.
 *
 * @throws Error for a component that Pulumi's schema cannot express
 */
export function analyzeComponents(
  projectFolder: string,
  entry: string,
  packageName: string,
  names: readonly string[],
): Analysis {
  // The Analyzer compiles all that the tsconfig.json of its folder names, and only the components matter here.
  const folder = mkdtempSync(join(tmpdir(), "analyzer-"));
  try {
    const config = {
      extends: join(projectFolder, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(projectFolder, "node_modules/@types")] },
      files: [entry],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const analyzer = new Analyzer(folder, packageName, { main: entry }, new Set(names));
    const { components, typeDefinitions } = analyzer.analyze();
    return generateSchema(packageName, "", "", components, typeDefinitions, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
