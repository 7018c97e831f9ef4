// `npm run plugin:schema`: writes plugin/schema.json, by which other languages use the components. Pulumi's Analyzer
// finds what there is; the docstrings say what it means.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatted } from "../../docs/formatted.ts";
import { analyzeComponents } from "./analyze-components.ts";
import { componentSchema } from "./component-schema.ts";
import { documentedExports } from "./documented-exports.ts";
import { packageFacts } from "./package-facts.ts";
import type { Manifest } from "./package-facts.ts";

const projectFolder = join(import.meta.dirname, "../..");
export const schemaFile = join(projectFolder, "plugin/schema.json");

/**
 * plugin/schema.json, as it has to be.
 *
 * @throws Error for what Pulumi's schema cannot express, and for what has no docstring
 */
export async function makeSchema(): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as Manifest;
  const entry = join(projectFolder, "components/index.ts");
  const exports = documentedExports(entry);
  const components = [...exports].flatMap(([name, { isClass }]) => (isClass ? [name] : []));
  const analysis = analyzeComponents(projectFolder, entry, manifest, components);
  const schema = { ...packageFacts(manifest), ...componentSchema(analysis, exports) };
  return formatted(schemaFile, JSON.stringify(schema));
}

if (process.argv[1] === import.meta.filename) writeFileSync(schemaFile, await makeSchema());
