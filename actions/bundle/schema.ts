// The words that every schema here is written in. What is refused is data, a path and a message; it becomes text once.
import * as v from "valibot";

/** Why a value is refused, and where it stands. */
export interface Refusal {
  readonly path: readonly (string | number)[];
  /** What was given, what is allowed and how to mend it: a sentence or two, without the path. */
  readonly message: string;
}

export type Schema = v.GenericSchema;

type Issue = v.BaseIssue<unknown>;

/** Every refusal of the value, in the schema's order; an empty list for a good one. */
export function refusalsOf(
  schema: Schema,
  value: unknown,
  messageOf: (issue: Issue) => string = ({ message }) => message,
): Refusal[] {
  const { issues = [] } = v.safeParse(schema, value);
  return issues.map((issue) => ({
    path: (issue.path ?? []).map(({ key }) => key as string | number),
    message: messageOf(issue),
  }));
}

/**
 * As a person reads it: `store.domain.domainName: "…" was given; …`, and `connections["a b"]`, `allowedUrlPrefixes[0]`.
 */
export function refusalText({ path, message }: Refusal): string {
  const steps = path.map((key, index) => {
    // A provider's setting is one step, with its namespace: auth0:domain.
    const isPlain = typeof key === "string" && (index === 0 ? /^[\w:-]+$/ : /^[\w-]+$/).test(key);
    return isPlain ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return steps.length === 0 ? message : `${steps.join("").replace(/^\./, "")}: ${message}`;
}

/** The refusals of a part, as those of the whole. */
export const under = (path: Refusal["path"], refusals: readonly Refusal[]): Refusal[] =>
  refusals.map((refusal) => ({ ...refusal, path: [...path, ...refusal.path] }));

/** A value as a message shows it: short, and without a password that somebody pasted as part of a URL. */
export function shown(value: unknown): string {
  const json = JSON.stringify(withoutInstances(value)) as string | undefined;
  const text = value === undefined || value === null ? "nothing" : (json ?? typeof value);
  const masked = text.replace(/\/\/[^/@"]*@/g, "//…@");
  return masked.length > 200 ? `${masked.slice(0, 200)}…` : masked;
}

/**
 * What a class made is shown by the class's name, as `"<Key>"`: JSON has the insides of it, or advice to programmers.
 */
function withoutInstances(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInstances);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutInstances(inner)]));
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  return `<${"__pulumiOutput" in value ? "Output" : value.constructor.name}>`;
}

/** What an object literal, or JSON, makes: no array, and nothing that a class made. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** A value that passes a test. The message is made from the value. */
export function passing(test: (value: unknown) => boolean, message: (value: unknown) => string): Schema {
  return v.custom<unknown>(test, ({ input }) => message(input));
}

/** A string of a format. @param words what is allowed, as in "it must be …" */
export function matching(pattern: RegExp, words: string): Schema {
  return passing(
    (value) => typeof value === "string" && pattern.test(value),
    (value) => `${shown(value)} was given; it must be ${words}.`,
  );
}

/** One value of a closed set. */
export function oneOf(set: Readonly<Record<string, string>>): Schema {
  const allowed: readonly unknown[] = Object.values(set);
  return passing(
    (value) => allowed.includes(value),
    (value) => `${shown(value)} was given; allowed are ${allowed.join(", ")}.`,
  );
}

/** @param words what is counted, as in "whole number of …" */
export function wholeNumber(least: number, most: number, words: string): Schema {
  return passing(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    (value) => `${shown(value)} was given; it must be a whole number of ${words}, ${least} to ${most}.`,
  );
}

/** A caller in JavaScript, or a setting in YAML, may say "yes". */
export const trueOrFalse: Schema = passing(
  (value) => typeof value === "boolean",
  (value) => `${shown(value)} was given; it must be true or false.`,
);

/** A rule between several keys of an object. Its keys may still have any value. */
export type Rule<Args> = (args: Partial<Args>) => readonly Refusal[];

/**
 * An object of these keys and no others.
 *
 * @param entries the schema of each key of `Args`: `v.optional` for one that may be absent
 */
export function shape<Args extends object>(
  entries: { readonly [Name in keyof Required<Args>]: Schema },
  ...rules: readonly Rule<Args>[]
): Schema {
  const names = Object.keys(entries);
  const missing = ({ path, input }: Issue) => {
    const schema = entries[path?.[0]?.key as keyof Args] as Schema | undefined;
    return (schema && refusalsOf(schema, input)[0]?.message) ?? "nothing was given.";
  };
  const unknownKeys = (args: object) =>
    Object.keys(args)
      .filter((name) => !names.includes(name))
      .map((name) => ({ path: [name], message: `there is no such setting. There are ${names.join(", ")}.` }));
  return objectWith(
    `an object with ${names.join(", ")}`,
    () => v.looseObject(entries as v.ObjectEntries, missing),
    (args) => [...unknownKeys(args), ...rules.flatMap((rule) => rule(args as Partial<Args>))],
  );
}

/**
 * An object whose keys are names.
 *
 * @param words what it is, as in "it must be …"
 */
export function byName(
  name: Schema,
  value: Schema,
  words: string,
  ...rules: readonly Rule<Record<string, unknown>>[]
): Schema {
  return objectWith(
    words,
    (given) => v.looseObject(Object.fromEntries(Object.keys(given).map((key) => [key, value]))),
    (given) => [
      ...Object.keys(given).flatMap((key) => under([key], refusalsOf(name, key))),
      ...rules.flatMap((rule) => rule(given)),
    ],
  );
}

/** Rules see the object as it was given: valibot leaves names such as `constructor` out of what it hands on. */
function objectWith(
  words: string,
  schemaOf: (given: Record<string, unknown>) => Schema,
  ruleRefusals: (given: Record<string, unknown>) => readonly Refusal[],
): Schema {
  const refused = passing(
    () => false,
    (given) => `${shown(given)} was given; it must be ${words}.`,
  );
  return v.lazy((given) =>
    isPlainObject(given)
      ? v.pipe(
          schemaOf(given),
          v.rawCheck<unknown>(({ addIssue }) => {
            for (const { path, message } of ruleRefusals(given)) addIssue({ message, ...pathOf(given, path) });
          }),
        )
      : refused,
  );
}

/** A path as valibot writes it. */
function pathOf(input: Record<string, unknown>, [first, ...rest]: Refusal["path"]): { path?: [v.IssuePathItem] } {
  if (first === undefined) return {};
  const item = (key: string | number): v.IssuePathItem => ({
    ...{ type: "object", origin: "value", input, value: undefined },
    key: String(key),
  });
  return { path: [item(first), ...rest.map(item)] as [v.IssuePathItem] };
}

/** @param words what it is, as in "it must be …" */
export function list(item: Schema, words: string): Schema {
  return v.array(item, ({ input }) => `${shown(input)} was given; it must be ${words}.`);
}
