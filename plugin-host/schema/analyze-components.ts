// Pulumi's own Analyzer, which finds a component's inputs and outputs in its TypeScript. It refuses a component with a
// public field of a type that it does not know, such as a child; it passes over getters.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { Manifest } from "./package-facts.ts";

/** What other languages see of the components, by Pulumi's names and with the words that it finds. */
export type Analysis = Pick<PackageSpec, "resources" | "types">;

/**
 * It takes seconds.
 *
 * @param entry the module that exports the components
 * @throws Error for a component that Pulumi's schema cannot express
 */
export function analyzeComponents(
  projectFolder: string,
  entry: string,
  { name, dependencies }: Pick<Manifest, "name" | "dependencies">,
  components: readonly string[],
): Analysis {
  // The Analyzer compiles all that the tsconfig.json of its folder names, and only the components matter here. What
  // they depend on is many times as large; a type of it, which is Any to the Analyzer then, has no place in the schema.
  const folder = mkdtempSync(join(tmpdir(), "analyzer-"));
  const unread = Object.keys(dependencies).filter((dependency) => dependency !== "@pulumi/pulumi");
  const config = {
    extends: join(projectFolder, "tsconfig.json"),
    compilerOptions: {
      typeRoots: [join(projectFolder, "node_modules/@types")],
      paths: Object.fromEntries(
        unread.flatMap((dependency) => [dependency, `${dependency}/*`]).map((path) => [path, ["./unread.d.ts"]]),
      ),
    },
    files: [entry],
  };
  try {
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(folder, "unread.d.ts"), "export {};");
    const analyzer = new Analyzer(folder, name, { main: entry }, new Set(components));
    const { components: found, typeDefinitions } = analyzer.analyze();
    return generateSchema(name, "", "", found, typeDefinitions, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
