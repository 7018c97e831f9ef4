// JSON values: their types, the question whether one is an object, and objects in an order of keys.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/** Whether a value is an object, and neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The same value with every object's keys in order, at any depth. */
export function sortKeys(value: Json, compare: (a: string, b: string) => number): Json {
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, compare));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner, compare)]));
}

/** Orders texts by their UTF-16 code units, whatever the machine's language. */
export const byCodeUnits = (a: string, b: string) => (a < b ? -1 : 1);
