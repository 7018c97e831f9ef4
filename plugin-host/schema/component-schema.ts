// The schema's part about the components: what the Analyzer found, by the names and in the words of all languages.
import type { Property } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { Analysis } from "./analyze-components.ts";
import { descriptionOf } from "./description.ts";
import type { DocumentedExport } from "./documented-exports.ts";
import { enumValueName, nameOf, typeTokens } from "./schema-names.ts";

/** Inputs that only a TypeScript program can give. Elsewhere the resource option `dependsOn` says what `after` does. */
const programOnly: ReadonlySet<string> = new Set(["after"]);

/** What has a description in the schema, with what it consists of. */
export interface Described {
  readonly description: string;
  readonly enum?: readonly (Described & { readonly name: string })[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly inputProperties?: Readonly<Record<string, Described>>;
}

export interface ComponentSchema {
  readonly types: Readonly<Record<string, Described>>;
  readonly resources: Readonly<Record<string, Described>>;
}

/**
 * Sorted, so that it changes with the components only.
 *
 * @throws Error for what has no docstring, and for a name that another has
 */
export function componentSchema(analysis: Analysis, exports: ReadonlyMap<string, DocumentedExport>): ComponentSchema {
  const tokens = typeTokens(analysis);
  const propertiesOf = (owner: string, properties: Readonly<Record<string, Property>> = {}) =>
    Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => !programOnly.has(name))
        .map(([name, property]) => {
          const description = descriptionOf(exports.get(owner)?.properties.get(name));
          return [name, { ...typeOf(`${owner}.${name}`, property, tokens), description }];
        }),
    );

  const types = sorted(analysis.types).map(([original, { type, enum: values, properties, required }]) => {
    const name = nameOf(original);
    const { docstring, values: documented = [] } = exports.get(name) ?? {};
    const content = values
      ? { enum: documented.map((one) => ({ ...valueOf(one), description: descriptionOf(one.docstring) })) }
      : { properties: propertiesOf(name, properties), required };
    return [tokens.get(original) ?? original, { description: descriptionOf(docstring), type, ...content }] as const;
  });
  const resources = sorted(analysis.resources).map(([token, component]) => {
    const name = nameOf(token);
    const { inputProperties, requiredInputs, properties, required } = component;
    const content = {
      isComponent: true,
      inputProperties: propertiesOf(`${name}Args`, inputProperties),
      requiredInputs,
      properties: propertiesOf(name, properties),
      required,
    };
    return [token, { description: descriptionOf(exports.get(name)?.docstring), ...content }] as const;
  });

  const schema = { types: Object.fromEntries(types), resources: Object.fromEntries(resources) } as ComponentSchema;
  const undescribed = everyDescription(schema).flatMap(([subject, description]) => (description ? [] : [subject]));
  if (undescribed.length > 0)
    throw new Error(`These have no docstring, or are not exported: ${undescribed.join(", ")}.`);
  return schema;
}

const sorted = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1));

const valueOf = ({ name, value }: { readonly name: string; readonly value: string }) => ({
  name: enumValueName(name),
  value,
});

/** The type alone, with the token that the type has here. */
function typeOf(subject: string, property: Property, tokens: ReadonlyMap<string, string>): Record<string, unknown> {
  const { items, additionalProperties, plain } = property;
  return {
    ...("$ref" in property ? { $ref: refOf(subject, property.$ref, tokens) } : { type: wholeNumber(property.type) }),
    ...(items && { items: typeOf(subject, items, tokens) }),
    ...(additionalProperties && { additionalProperties: typeOf(subject, additionalProperties, tokens) }),
    ...(plain && { plain }),
  };
}

/** TypeScript has no word for it, but no component takes, or gives, any other number. */
const wholeNumber = (type: string) => (type === "number" ? "integer" : type);

function refOf(subject: string, ref: string, tokens: ReadonlyMap<string, string>): string {
  const token = tokens.get(ref.replace(/^#\/types\//, ""));
  if (token === undefined) throw new Error(`${subject} is of a type that is not this package's: ${ref}.`);
  return `#/types/${token}`;
}

/** Each description with what it is of: `UserPictures.mode`. An input and an output may have one name. */
export function everyDescription({ types, resources }: ComponentSchema): (readonly [subject: string, text: string])[] {
  return [...Object.entries(types), ...Object.entries(resources)].flatMap(([token, one]) => {
    const name = nameOf(token);
    const parts = [
      ...(one.enum ?? []).map((value) => [value.name, value] as const),
      ...Object.entries(one.inputProperties ?? {}),
      ...Object.entries(one.properties ?? {}),
    ];
    return [
      [name, one.description] as const,
      ...parts.map(([part, { description }]) => [`${name}.${part}`, description] as const),
    ];
  });
}
