// What a bridged provider compares: the state, which it has read or written, with what it plans to make of it.
import { isObject } from "../json.ts";
import { differences, rootOf } from "./inputs.ts";
import type { Change } from "./inputs.ts";
import { unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

type Planned = Pick<ResourceImplementation, "computed" | "computedInside" | "plan" | "defaults" | "computedByUpdate">;

/**
 * What the program says; else what the provider decides; else, of what the service sets, what it has set before
 * (Terraform plugin docs, "Computed" beside "Optional"); else a default, or nothing.
 *
 * @param names the inputs and outputs of the resource's type
 * @param ignored the inputs that stay as they are
 */
export function plannedState(implementation: Planned, { names, state, news, ignored = [] }: PlanRequest): Properties {
  const { computed, plan, defaults, computedByUpdate } = implementation;
  const decided = plan?.(news) ?? {};
  const byUpdate = computedByUpdate?.(state, news) ?? [];
  const valueOf = (name: string): unknown => {
    const said = news[name];
    if (ignored.includes(name)) return state[name];
    // An empty text says nothing where the service would say something.
    if (said !== undefined && said !== null && !(said === "" && computed.includes(name))) return said;
    if (name in decided) return decided[name];
    if (byUpdate.includes(name)) return unknown;
    return computed.includes(name) ? state[name] : defaults?.[name];
  };
  const planned = names.map((name) => [name, valueOf(name)] as const);
  return filledInside(implementation, Object.fromEntries(planned.filter(([, value]) => value !== undefined)), state);
}

/** With what the service sets inside of the program's values: as it was set before, else unknown. */
export function filledInside(
  { computedInside = [] }: Pick<ResourceImplementation, "computedInside">,
  planned: Properties,
  state: Properties = {},
): Properties {
  return computedInside.reduce((filled, { path, names }) => fill(filled, state, path, names) as Properties, planned);
}

function fill(value: unknown, before: unknown, [first, ...rest]: readonly string[], names: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const items = Array.isArray(before) ? (before as unknown[]) : [];
    return value.map((item, index) => fill(item, items[index], first === undefined ? [] : [first, ...rest], names));
  }
  if (!isObject(value)) return value;
  const old = isObject(before) ? before : undefined;
  if (first !== undefined) {
    return first in value ? { ...value, [first]: fill(value[first], old?.[first], rest, names) } : value;
  }
  const missing = names.filter((name) => value[name] === undefined && (old === undefined || name in old));
  return { ...value, ...Object.fromEntries(missing.map((name) => [name, old ? old[name] : unknown])) };
}

export interface PlanRequest {
  readonly names: readonly string[];
  readonly state: Properties;
  readonly news: Properties;
  readonly ignored?: readonly string[];
}

export interface Difference {
  readonly change: Change;
  readonly replaces: boolean;
}

/** By path, such as `origins[0].domainName`. */
export function planDifferences(
  implementation: ResourceImplementation,
  request: PlanRequest,
): ReadonlyMap<string, Difference> {
  const { update, replaceOnChanges, mustReplace, replaceForState, sets = [] } = implementation;
  const { names, state, news, ignored = [] } = request;
  const planned = plannedState(implementation, request);
  const known = Object.fromEntries(names.map((name) => [name, state[name]]));
  const changes = differences(known, planned, sets);
  const forState = (replaceForState?.(state, news) ?? []).filter((name) => !ignored.includes(name));
  for (const name of forState) changes.set(name, "update");
  const replaces = (path: string) =>
    update === undefined ||
    forState.includes(path) ||
    replaceOnChanges.includes(rootOf(path)) ||
    mustReplace?.(path, state, planned) === true;
  return new Map([...changes].map(([path, change]) => [path, { change, replaces: replaces(path) }]));
}
