// Values as the engine sends them to a plugin that accepts secrets, resources and outputs.
import { unknownValue } from "../components/dynamic-resource.ts";

/** A resource's inputs or outputs. */
export type Properties = Readonly<Record<string, unknown>>;

/** Under this key is the kind of a special value (Pulumi, "Resource provider implementer's guide", Secrets). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Without marks, at every depth: a resource is its id, and what is not known yet is as the engine writes it. */
export function plain(properties: Properties): Properties {
  return plainValue(properties) as Properties;
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  switch (value[signatureKey]) {
    case secretSignature:
      return plainValue(value["value"]);
    case outputSignature:
      return "value" in value ? plainValue(value["value"]) : unknownValue;
    case resourceSignature:
      // A component has no id, and one that is not known yet is empty.
      return "id" in value ? plainValue(value["id"]) || unknownValue : value["urn"];
    default:
      return mapped(value, plainValue);
  }
}

/** The names of the properties in which something is a secret. */
export function secretKeys(properties: Properties): ReadonlySet<string> {
  return new Set(Object.keys(properties).filter((key) => isSecret(properties[key])));
}

function isSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSecret);
  if (!isObject(value)) return false;
  const signature = value[signatureKey];
  if (signature === secretSignature || (signature === outputSignature && value["secret"] === true)) return true;
  return Object.values(value).some(isSecret);
}

/** With the mark of a secret around the properties of these names. */
export function marked(properties: Properties, secrets: ReadonlySet<string>): Properties {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, secrets.has(key) ? { [signatureKey]: secretSignature, value } : value]),
  );
}

/**
 * A component's arguments, as the SDK has to be given them. It makes an Output of a whole argument in which something
 * is marked as a secret, and ours decide by their arguments' shape what they declare: so each such thing becomes an
 * Output by itself, and so does what is not known yet. What a language sends as null, because it has no other word for
 * it, is left out.
 *
 * @param dependenciesOf the URNs of the resources that an argument comes from, by its name
 */
export const constructInputs = (
  inputs: Properties,
  dependenciesOf: (name: string) => readonly string[] = () => [],
): Properties =>
  mapped(withoutNull(inputs), (value, name) =>
    isObject(value) && value[signatureKey] === secretSignature
      ? { ...value, value: plainValue(value["value"]) }
      : constructValue(value, dependenciesOf(name)),
  );

/** @param dependencies of the whole argument, for what is marked without its own */
function constructValue(value: unknown, dependencies: readonly string[]): unknown {
  const output = (known: unknown, own: unknown = dependencies) => ({
    ...{ [signatureKey]: outputSignature, secret: isSecret(value), dependencies: own },
    ...(known !== unknownValue && { value: known }),
  });
  if (value === unknownValue) return output(unknownValue);
  // The SDK looks for Outputs in what has dependencies, and into null as well.
  if (value === null && dependencies.length > 0) return output(null);
  if (Array.isArray(value)) return value.map((item) => constructValue(item, dependencies));
  if (!isObject(value)) return value;
  const known = plainValue(value);
  switch (value[signatureKey]) {
    case secretSignature:
    case outputSignature:
      return output(known, value["dependencies"]);
    case resourceSignature:
      // Of a resource that is not made yet, the SDK would take the URN for its id.
      return known === unknownValue ? output(unknownValue) : value;
    default:
      return mapped(withoutNull(value), (inner) => constructValue(inner, dependencies));
  }
}

const mapped = (properties: Properties, change: (value: unknown, key: string) => unknown): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, change(value, key)]));

const withoutNull = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
