// `npm run plugin:schema`: writes plugin/schema.json, by which other languages use the components. Pulumi's Analyzer
// finds what there is; the docstrings say what it means.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageSpec, Property } from "@pulumi/pulumi/provider/experimental/schema.js";
import { format, resolveConfig } from "prettier";
import type { Docstring } from "../../docs/docstrings.ts";
import { analyzeComponents } from "./analyze-components.ts";
import { describe } from "./description.ts";
import { documentedExports } from "./documented-exports.ts";
import type { DocumentedExport } from "./documented-exports.ts";
import { packageFacts } from "./package-facts.ts";
import type { Manifest } from "./package-facts.ts";
import { enumValueName, nameOfToken, namesOf, typeName } from "./schema-names.ts";

const projectFolder = join(import.meta.dirname, "../..");
export const schemaFile = join(projectFolder, "plugin/schema.json");

/** Inputs that only a TypeScript program can give. Elsewhere `dependsOn` says what `after` does. */
const programOnly: ReadonlySet<string> = new Set(["after"]);

type Exports = ReadonlyMap<string, DocumentedExport>;
type Analysis = Pick<PackageSpec, "resources" | "types">;

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
  const analysis = analyzeComponents(projectFolder, entry, manifest.name, components);
  const schema = { ...packageFacts(manifest), ...schemaOf(analysis, exports) };
  return format(JSON.stringify(schema), { parser: "json", ...(await resolveConfig(schemaFile)) });
}

/**
 * What was analyzed, in the words and with the names of every language; sorted, so that it changes with the components
 * only.
 *
 * @throws Error for what has no docstring, or a name that another has
 */
export function schemaOf({ resources, types }: Analysis, exports: Exports) {
  const components = namesOf(resources);
  const originals = namesOf(types);
  const renamed = new Map(
    Object.keys(types).map((token) => {
      const name = nameOfToken(token);
      return [token, token.replace(name, typeName(name, components, originals))];
    }),
  );
  const words = new Words(exports);
  const propertiesOf = (owner: string, properties: Readonly<Record<string, Property>> = {}) =>
    Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => !programOnly.has(name))
        .map(([name, property]) => [
          name,
          { ...typeOf(property, renamed), description: words.ofProperty(owner, name) },
        ]),
    );
  const schema = {
    types: sorted(types, (name, { type, enum: values, properties, required }) => ({
      description: words.of(name),
      type,
      ...(values
        ? {
            enum: exports.get(name)?.values.map((one) => ({
              name: enumValueName(one.name),
              value: one.value,
              description: words.ofDocstring(`${name}.${one.name}`, one.docstring),
            })),
          }
        : { properties: propertiesOf(name, properties), required }),
    })),
    resources: sorted(resources, (name, { inputProperties, requiredInputs, properties, required }) => ({
      description: words.of(name),
      isComponent: true,
      inputProperties: propertiesOf(`${name}Args`, inputProperties),
      requiredInputs,
      properties: propertiesOf(name, properties),
      required,
    })),
  };
  words.assertComplete();
  const renameToken = ([token, value]: [string, unknown]) => [renamed.get(token) ?? token, value] as const;
  return { ...schema, types: Object.fromEntries(Object.entries(schema.types).map(renameToken)) };
}

const sorted = <Value, Result>(record: Readonly<Record<string, Value>>, of: (name: string, value: Value) => Result) =>
  Object.fromEntries(
    Object.entries(record)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([token, value]) => [token, of(nameOfToken(token), value)]),
  );

/** The type alone, by its new name. */
function typeOf(property: Property, renamed: ReadonlyMap<string, string>): Record<string, unknown> {
  const { items, additionalProperties, plain } = property;
  return {
    ...("$ref" in property ? { $ref: refOf(property.$ref, renamed) } : { type: wholeNumber(property.type) }),
    ...(items && { items: typeOf(items, renamed) }),
    ...(additionalProperties && { additionalProperties: typeOf(additionalProperties, renamed) }),
    ...(plain && { plain }),
  };
}

/** TypeScript has no word for it, but no component takes, or gives, any other number. */
const wholeNumber = (type: string) => (type === "number" ? "integer" : type);

function refOf(ref: string, renamed: ReadonlyMap<string, string>): string {
  const name = renamed.get(ref.replace(/^#\/types\//, ""));
  if (name === undefined) throw new Error(`The schema refers to ${ref}, which is not of this package.`);
  return `#/types/${name}`;
}

/** The docstrings' words, by the names of what they describe. */
class Words {
  readonly #exports: Exports;
  readonly #missing: string[] = [];

  constructor(exports: Exports) {
    this.#exports = exports;
  }

  of(name: string): string {
    return this.ofDocstring(name, this.#exports.get(name)?.docstring);
  }

  ofProperty(owner: string, name: string): string {
    return this.ofDocstring(`${owner}.${name}`, this.#exports.get(owner)?.properties.get(name));
  }

  ofDocstring(subject: string, docstring: Docstring | undefined): string {
    const description = docstring ? describe(docstring) : "";
    if (description === "") this.#missing.push(subject);
    return description;
  }

  /** @throws Error with everything that was asked for and says nothing */
  assertComplete(): void {
    if (this.#missing.length > 0)
      throw new Error(`These have no docstring, or are not exported: ${this.#missing.join(", ")}.`);
  }
}

if (process.argv[1] === import.meta.filename) writeFileSync(schemaFile, await makeSchema());
