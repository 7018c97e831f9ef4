// Values as the engine sends them to a plugin that accepts secrets, resources and outputs.

/** A resource's inputs or outputs. */
export type Properties = Readonly<Record<string, unknown>>;

/** Under this key is the kind of a special value (Pulumi, "Resource provider implementer's guide", Secrets). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
/** In the place of a value that is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

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
      return "value" in value ? plainValue(value["value"]) : unknown;
    case resourceSignature:
      // A component has no id, and one that is not known yet is empty.
      return "id" in value ? plainValue(value["id"]) || unknown : value["urn"];
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
 * Output by itself. What a language sends as null, because it has no other word for it, is left out.
 */
export const constructInputs = (inputs: Properties): Properties =>
  mapped(withoutNull(inputs), (value) =>
    isObject(value) && value[signatureKey] === secretSignature
      ? { ...value, value: plainValue(value["value"]) }
      : constructValue(value),
  );

function constructValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(constructValue);
  if (!isObject(value)) return value;
  const signature = value[signatureKey];
  if (signature !== secretSignature && signature !== outputSignature) return mapped(withoutNull(value), constructValue);
  const known = plainValue(value);
  return {
    [signatureKey]: outputSignature,
    secret: isSecret(value),
    dependencies: value["dependencies"] ?? [],
    ...(known !== unknown && { value: known }),
  };
}

const mapped = (properties: Properties, change: (value: unknown) => unknown): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, change(value)]));

const withoutNull = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
