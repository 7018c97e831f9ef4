// The search of users by the parameter `q`, in the part of Lucene's syntax that Auth0 has (docs, "User Search Query
// Syntax"): fields with a value, a phrase, a wildcard at the end or a range; `_exists_`; AND, OR, NOT and brackets.
import { ManagementApiError } from "./errors.ts";
import type { Unchanging } from "./records.ts";
import type { Query } from "./requests.ts";
import type { User } from "./tenant-state.ts";

type StoredUser = Unchanging<User>;
type Test = ((user: StoredUser) => boolean) & {
  /** If it is whether a field has one of these values: several such tests of a field are one. */
  readonly oneOf?: { readonly field: string; readonly values: Set<string> };
};

/** Docs, "User Search Best Practices": of these the case does not matter. */
const withoutCase = new Set(["email", "name", "given_name", "family_name", "nickname"]);

/** Docs, "User Search Query Syntax", "Searchable profile attributes". */
const dates = new Set(["created_at", "updated_at", "last_login"]);

/** @throws ManagementApiError 400 if the query has another syntax */
export function searchUsers(users: readonly StoredUser[], { q, sort }: Query): readonly StoredUser[] {
  const found = typeof q === "string" && q.trim() !== "" ? users.filter(parse(q)) : users;
  if (typeof sort !== "string") return found;
  const [, field = "", direction] = /^([\w.]+):(-?1)$/.exec(sort) ?? [];
  if (direction === undefined) throw syntaxError("sort");
  const path = field.split(".");
  const keyed = found.map((user) => ({ user, key: textOf(valuesAt(user, path)[0]) }));
  const ordered = keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ user }) => user);
  return direction === "1" ? ordered : ordered.reverse();
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

const syntaxError = (parameter: string) =>
  new ManagementApiError(
    400,
    `Query validation error: 'The sandbox does not know this syntax' on property ${parameter}.`,
    "invalid_query_string",
  );

/** How many brackets and negations may be in each other. */
const maxDepth = 100;

/** A field with its value or with a group of values, one of these, an operator, or a bracket. */
const token =
  /\s*(?:(?<mark>[()]|AND\b|OR\b|NOT\b|&&|\|\||!|-)|(?:(?<field>[\w.]+):)?(?:"(?<phrase>(?:[^"\\]|\\.)*)"|(?<range>[[{][^\]}]*[\]}])|(?<group>(?<=:)\()|(?<word>[^\s()"]+)))/y;

function parse(q: string): Test {
  const tokens: Record<string, string | undefined>[] = [];
  token.lastIndex = 0;
  const end = q.trimEnd().length;
  while (token.lastIndex < end) {
    const match = token.exec(q);
    if (!match?.groups) throw syntaxError("q");
    tokens.push(match.groups);
  }
  tokens.reverse();
  const isNext = (...marks: string[]) => marks.includes(tokens.at(-1)?.["mark"] ?? "");
  const take = (...marks: string[]) => isNext(...marks) && tokens.pop() !== undefined;

  const any = (): Test => {
    const tests = [all()];
    // Without an operator between them, one of two has to be true.
    while (take("OR", "||") || (tokens.length > 0 && !isNext(")"))) tests.push(all());
    const [first, ...others] = mergeValues(tests);
    if (!first) throw syntaxError("q");
    return others.length === 0 ? first : (user) => first(user) || others.some((test) => test(user));
  };
  const all = (): Test => {
    const first = one();
    const others: Test[] = [];
    while (take("AND", "&&")) others.push(one());
    return others.length === 0 ? first : (user) => first(user) && others.every((test) => test(user));
  };
  let depth = 0;
  let groupField: string | undefined;
  const one = (): Test => {
    if (++depth > maxDepth) throw syntaxError("q");
    const test = inner();
    depth--;
    return test;
  };
  const inner = (): Test => {
    if (take("NOT", "-", "!")) {
      const test = one();
      return (user) => !test(user);
    }
    if (take("(")) {
      const test = any();
      if (!take(")")) throw syntaxError("q");
      return test;
    }
    const { field = groupField, phrase, range, word, group } = tokens.pop() ?? {};
    if (field === undefined) throw syntaxError("q");
    if (group !== undefined) return ofGroup(field);
    return testOf(field, phrase?.replaceAll(/\\(.)/g, "$1"), range, word);
  };

  /** `user_id:("auth0|a" OR "auth0|b")`: several values of one field. */
  const ofGroup = (field: string): Test => {
    if (groupField !== undefined) throw syntaxError("q");
    groupField = field;
    const test = any();
    if (!take(")")) throw syntaxError("q");
    groupField = undefined;
    return test;
  };

  const test = any();
  if (tokens.length > 0) throw syntaxError("q");
  return test;
}

function testOf(field: string, phrase: string | undefined, range: string | undefined, word = ""): Test {
  const path = (field === "_exists_" ? (phrase ?? word) : field).split(".");
  if (field === "_exists_") return (user) => valuesAt(user, path).length > 0;
  const folded = foldedOf(field);
  const satisfies = (matches: (value: string) => boolean): Test => {
    const [name = "", ...inner] = path;
    if (inner.length > 0) return (user) => valuesAt(user, path).some((value) => matches(folded(value)));
    return (user) => {
      const value: unknown = Object.hasOwn(user, name) ? user[name as keyof StoredUser] : undefined;
      if (typeof value === "string") return matches(folded(value));
      return valuesAt(user, path).some((one) => matches(folded(one)));
    };
  };
  if (range !== undefined) return satisfies(withinRange(range, dates.has(field)));
  const wanted = folded(phrase ?? word.replaceAll(/\\(.)/g, "$1"));
  if (phrase === undefined && wanted.includes("*")) {
    if (wanted.indexOf("*") < wanted.length - 1) throw syntaxError("q");
    return satisfies((value) => value.startsWith(wanted.slice(0, -1)));
  }
  const values = new Set([wanted]);
  return Object.assign(
    satisfies((value) => values.has(value)),
    { oneOf: { field, values } },
  );
}

const foldedOf = (field: string) => (withoutCase.has(field) ? (value: unknown) => textOf(value).toLowerCase() : textOf);

/**
 * Alternatives of which several are values of one field, as of somebody who looks for 50 ids: a look into a set instead
 * of 50 comparisons, for each of the tenant's users.
 */
function mergeValues(tests: readonly Test[]): Test[] {
  const merged = new Map<string, Set<string>>();
  return tests.filter((test) => {
    if (!test.oneOf) return true;
    const { field, values } = test.oneOf;
    const known = merged.get(field);
    if (!known) merged.set(field, values);
    else for (const value of values) known.add(value);
    return !known;
  });
}

/**
 * `[1 TO 5]` with its ends, `{1 TO 5}` without, `*` for no end. Numbers are compared as such, the rest as text; of
 * dates only what the end has: `[2026-11-27 TO 2026-11-27]` is that whole day.
 */
function withinRange(range: string, isDate: boolean): (value: string) => boolean {
  const parts = /^([[{])\s*("(?:[^"\\]|\\.)*"|\S+) TO ("(?:[^"\\]|\\.)*"|\S+)\s*([\]}])$/.exec(range) ?? [];
  const [, open, ...ends] = parts;
  if (open === undefined) throw syntaxError("q");
  const [from = "", to = "", close] = ends.map((end) => end.replace(/^"(.*)"$/, "$1").replaceAll(/\\(.)/g, "$1"));
  const compare = (a: string, b: string) => {
    if (isDate) {
      const end = b.replace(/Z$/, "");
      const start = a.slice(0, end.length);
      return start < end ? -1 : start > end ? 1 : 0;
    }
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? (a < b ? -1 : a > b ? 1 : 0) : x - y;
  };
  return (value) =>
    (from === "*" || compare(value, from) >= (open === "[" ? 0 : Number.MIN_VALUE)) &&
    (to === "*" || compare(value, to) <= (close === "]" ? 0 : -Number.MIN_VALUE));
}

/** The values at a path such as `identities.connection`, also those in lists. */
function valuesAt(value: unknown, path: readonly string[], from = 0): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path, from));
  const name = path[from];
  if (name === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return [];
  return valuesAt((value as Record<string, unknown>)[name], path, from + 1);
}
