// What all bridged providers do with inputs: name resources that have no name, compare inputs, and derive them from a
// read.
import { hash } from "node:crypto";
import { isObject } from "../json.ts";
import { isAsset, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";
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
): { readonly inputs: Properties } | { readonly failure: CheckFailure } {
  const property = autoname?.property;
  const given = (input: string) => (news[input] ?? undefined) !== undefined;
  if (property === undefined || given(property) || autoname?.unless?.some(given)) return { inputs: news };
  const named = (value: unknown) => ({ inputs: { ...news, [property]: value, [defaultsKey]: [property] } });
  if (isDefaulted(olds, property)) return named(olds[property]);
  if (autonaming?.mode === "disable")
    return { failure: { property, reason: `automatic naming is disabled, so '${property}' must be given` } };
  if (autonaming?.mode === "enforce") return named(autonaming.proposedName);
  if (autonaming) return named(fit(autonaming.proposedName));
  if (autoname?.exact) return named(fit(name));
  const suffix = hash("sha256", seed).slice(0, 7);
  return named(`${fit(name)}-${suffix}`);

  function fit(proposed: string) {
    return autoname?.lowerCase ? proposed.toLowerCase() : proposed;
  }
}

export type Change = "add" | "delete" | "update";

/**
 * The paths at which two inputs differ, such as `origins[0].domainName`. Assets are compared by the hash of their
 * content.
 */
export function differences(olds: Properties, news: Properties): Map<string, Change> {
  const changes = new Map<string, Change>();
  const compare = (before: unknown, after: unknown, path: string) => {
    if (isAbsent(before) || isAbsent(after)) {
      if (!isAbsent(after)) changes.set(path, "add");
      else if (!isAbsent(before)) changes.set(path, "delete");
    } else if (isAsset(before) && isAsset(after)) {
      if (before.hash !== after.hash) changes.set(path, "update");
    } else if (Array.isArray(before) && Array.isArray(after)) {
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

const isAbsent = (value: unknown) => value === undefined || value === null;

const pathTo = (path: string, key: string) => {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
};

/** The input that a path begins with. */
export const rootOf = (path: string) => path.split(/[.[]/, 1)[0] ?? path;

/** Whether a replacement must delete the old resource first, because the program has fixed the name of both. */
export function mustDeleteFirst(
  autoname: ResourceImplementation["autoname"],
  olds: Properties,
  news: Properties,
): boolean {
  if (autoname === undefined || isDefaulted(news, autoname.property)) return false;
  return !isAbsent(news[autoname.property]) && olds[autoname.property] === news[autoname.property];
}

/**
 * The inputs that correspond to what was read. For a resource in the state these are the program's inputs and what
 * others have added; for an imported one all that are not empty.
 */
export function inputsFromRead(
  outputs: Properties,
  olds: Properties,
  { names, computed }: { names: readonly string[]; computed: readonly string[] },
): Properties {
  const isImport = Object.keys(olds).length === 0;
  const added = names.filter(
    (name) => !(name in olds) && !isEmpty(outputs[name]) && (isImport || !computed.includes(name)),
  );
  return {
    ...Object.fromEntries(Object.entries(olds).map(([name, value]) => [name, name in outputs ? outputs[name] : value])),
    ...Object.fromEntries(added.map((name) => [name, outputs[name]])),
  };
}

const isEmpty = (value: unknown) =>
  isAbsent(value) || value === "" || value === false || (typeof value === "object" && Object.keys(value).length === 0);

/** A provider's own check that a value is one of a set, in the Terraform SDK's words. */
export function oneOf(inputs: Properties, property: string, allowed: readonly string[], prefix = ""): CheckFailure[] {
  const value = inputs[property];
  if (isAbsent(value) || value === unknown || allowed.includes(value as string)) return [];
  const path = prefix + property;
  const names = allowed.map((name) => `"${name}"`).join(" ");
  const reason = `expected ${path} to be one of [${names}], got ${JSON.stringify(value)}`;
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
