// Values as the engine sends them to a plugin that accepts secrets.

/** A resource's inputs or outputs. */
export type Properties = Readonly<Record<string, unknown>>;

/** Under this key is the kind of a special value (Pulumi, "Resource provider implementer's guide", Secrets). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** In the place of a value that is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Without marks, at every depth. */
export function plain(properties: Properties): Properties {
  return plainValue(properties) as Properties;
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return plainValue(value["value"]);
  if (value[signatureKey] === outputSignature) return "value" in value ? plainValue(value["value"]) : unknown;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
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
