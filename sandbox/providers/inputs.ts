// What all bridged providers do with inputs: name resources that have no name, compare inputs, and derive them from a
// read.
import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../json.ts";
import { BridgeError } from "./diagnostics.ts";
import { isAssetOrArchive, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";
import { terraformPath } from "./sdk-types.ts";
import type { CheckFailure } from "./sdk-types.ts";

/** The engine's autonaming settings for one resource (Pulumi docs, "Automatic naming"). */
export interface Autonaming {
  readonly mode: "propose" | "enforce" | "disable";
  readonly proposedName: string;
}

/**
 * Under this key inputs have the names of the properties that were set automatically, as with every bridged provider.
 */
const defaultsKey = "__defaults";
const isDefaulted = (inputs: Properties, property: string) => {
  const defaults = inputs[defaultsKey];
  return Array.isArray(defaults) && defaults.includes(property);
};

/**
 * The inputs with a name: the program's, else the one that autonaming gave this resource before, else a new one. `olds`
 * is empty for a new resource, which a replacement also creates.
 *
 * @throws BridgeError if there is no name and naming is disabled
 */
export function withName(
  autoname: ResourceImplementation["autoname"],
  news: Properties,
  {
    olds,
    name,
    seed,
    autonaming,
  }: { olds: Properties; name: string; seed: Uint8Array; autonaming: Autonaming | undefined },
): Properties {
  const property = autoname?.property;
  const given = (input: string) => (news[input] ?? undefined) !== undefined;
  if (property === undefined || given(property) || autoname?.unless?.some(given)) return { ...news, [defaultsKey]: [] };
  const named = (value: unknown) => ({ ...news, [property]: value, [defaultsKey]: [property] });
  if (isDefaulted(olds, property)) return named(olds[property]);
  if (autonaming?.mode === "disable")
    throw new BridgeError("automatic naming is disabled but no explicit name was provided");
  if (autonaming?.mode === "enforce") return named(autonaming.proposedName);
  if (autonaming) return named(fit(autonaming.proposedName));
  if (autoname?.exact) return named(fit(name));
  const suffix = hash("sha256", seed).slice(0, 7);
  return named(`${fit(name)}-${suffix}`);

  function fit(proposed: string) {
    return autoname?.lowerCase ? proposed.toLowerCase() : proposed;
  }
}

/** The inputs with what their resource has by default, and with the bridge's lists of such values, at any depth. */
export function withDefaults(inputs: Properties, defaults: Properties = {}): Properties {
  const missing = Object.keys(defaults).filter((name) => isAbsent(inputs[name]));
  const own = inputs[defaultsKey];
  return {
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, marked(value)])),
    ...Object.fromEntries(missing.map((name) => [name, defaults[name]])),
    [defaultsKey]: [...(Array.isArray(own) ? (own as string[]) : []), ...missing].sort(),
  };
}

/** Without those lists. */
export function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (!isObject(value) || isAssetOrArchive(value)) return value;
  const members = Object.entries(value).filter(([name]) => name !== defaultsKey);
  return Object.fromEntries(members.map(([name, member]) => [name, unmarked(member)]));
}

function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (!isObject(value) || isAssetOrArchive(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, marked(member)] as const);
  return { ...Object.fromEntries(members), [defaultsKey]: [] };
}

export type Change = "add" | "delete" | "update";

/**
 * The paths at which two values differ, such as `origins[0].domainName`. Assets and archives are compared by the hash
 * of their content, and an empty list is the same as none.
 *
 * @param sets the lists whose items have no order
 */
export function differences(olds: Properties, news: Properties, sets: readonly string[] = []): Map<string, Change> {
  const changes = new Map<string, Change>();
  const compare = (before: unknown, after: unknown, path: string) => {
    if (isMissing(before) || isMissing(after)) {
      if (!isMissing(after)) changes.set(path, "add");
      else if (!isMissing(before)) changes.set(path, "delete");
    } else if (isAssetOrArchive(before) && isAssetOrArchive(after)) {
      if (before.hash !== after.hash) changes.set(path, "update");
    } else if (Array.isArray(before) && Array.isArray(after)) {
      if (sets.includes(path) && haveSameItems(before, after)) return;
      const longer = before.length > after.length ? before : after;
      longer.forEach((_, index) => compare(before[index], after[index], `${path}[${index}]`));
    } else if (isObject(before) && isObject(after)) {
      compareAll(before, after, path);
    } else if (before !== after) {
      changes.set(path, "update");
    }
  };
  const compareAll = (before: Properties, after: Properties, path: string) => {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!key.startsWith("__")) compare(before[key], after[key], pathTo(path, key));
    }
  };
  compareAll(olds, news, "");
  return changes;
}

/** Whether one is a permutation of the other. */
const haveSameItems = (some: readonly unknown[], others: readonly unknown[]) =>
  some.length === others.length &&
  some.every((item) => others.some((other) => differences({ item }, { item: other }).size === 0));

const isAbsent = (value: unknown) => value === undefined || value === null;
const isMissing = (value: unknown) => isAbsent(value) || (Array.isArray(value) && value.length === 0);

const pathTo = (path: string, key: string) => {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
};

/** The input that a path begins with. */
export const rootOf = (path: string) => path.split(/[.[]/, 1)[0] ?? path;

/** Whether a replacement deletes the old resource first: where the program names it, whatever it was named before. */
export function mustDeleteFirst(autoname: ResourceImplementation["autoname"], news: Properties): boolean {
  if (autoname === undefined || !Array.isArray(news[defaultsKey])) return false;
  return !isAbsent(news[autoname.property]) && !isDefaulted(news, autoname.property);
}

/**
 * The inputs of a resource in the state, as it was read: those that the program gives. What others have added shows in
 * the state alone.
 */
export function inputsFromRead(outputs: Properties, olds: Properties): Properties {
  const seen = Object.entries(olds).flatMap(([name, value]) => {
    if (name === defaultsKey) return [];
    return outputs[name] === undefined ? [] : [[name, seenIn(value, outputs[name])] as const];
  });
  const inputs = Object.fromEntries(seen);
  const defaults = olds[defaultsKey];
  if (!Array.isArray(defaults)) return inputs;
  const kept = (defaults as string[]).filter((name) => name in inputs && isDeepStrictEqual(inputs[name], olds[name]));
  return { ...inputs, [defaultsKey]: kept };
}

/** Of what an input has, as much as was read. */
function seenIn(input: unknown, output: unknown): unknown {
  if (Array.isArray(input) && Array.isArray(output))
    return input.slice(0, output.length).map((item, index) => seenIn(item, output[index]));
  if (!isObject(input) || !isObject(output) || isAssetOrArchive(input)) return output;
  return inputsFromRead(output, input);
}

/** The inputs of an imported resource: all that have a value which is not the default. */
export function inputsFromImport(outputs: Properties, names: readonly string[], defaults: Properties = {}): Properties {
  const isLeftOut = (name: string) => (name in defaults ? outputs[name] === defaults[name] : isEmpty(outputs[name]));
  const given = names.filter((name) => !isLeftOut(name)).map((name) => [name, outputs[name] ?? null] as const);
  return withDefaults(Object.fromEntries(given));
}

const isEmpty = (value: unknown) =>
  isAbsent(value) || value === "" || value === false || (typeof value === "object" && Object.keys(value).length === 0);

/** A provider's own check that a value is one of a set, in the Terraform SDK's words. */
export function oneOf(inputs: Properties, property: string, allowed: readonly string[], prefix = ""): CheckFailure[] {
  const value = inputs[property];
  if (isAbsent(value) || value === unknown || allowed.includes(value as string)) return [];
  const path = prefix + property;
  const names = allowed.map((name) => `"${name}"`).join(" ");
  const reason = `expected ${terraformPath(path)} to be one of [${names}], got ${value as string}`;
  return [{ property: path, reason }];
}

/**
 * Refuses inputs that have an effect at the service and not here: what passes in the sandbox must do the same at AWS.
 */
export function notEvaluated(inputs: Properties, properties: readonly string[], prefix = ""): CheckFailure[] {
  return properties
    .filter((property) => !isAbsent(inputs[property]))
    .map((property) => ({ property: prefix + property, reason: "the sandbox does not evaluate this" }));
}
