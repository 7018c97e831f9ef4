// The search of users by the parameter `q`, in the part of Lucene's syntax that Auth0 has (docs, "User Search Query
// Syntax"): fields with a value, a phrase, a wildcard at the end or a range; `_exists_`; AND, OR, NOT and brackets.
import { ManagementApiError } from "./errors.ts";
import type { Unchanging } from "./records.ts";
import type { Query } from "./requests.ts";
import type { User } from "./tenant-state.ts";

type StoredUser = Unchanging<User>;
type Test = (user: StoredUser) => boolean;

/** Docs, "User Search Best Practices": of these the case does not matter. */
const withoutCase = new Set(["email", "name", "given_name", "family_name", "nickname"]);

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
    return (user) => tests.some((test) => test(user));
  };
  const all = (): Test => {
    const tests = [one()];
    while (take("AND", "&&")) tests.push(one());
    return (user) => tests.every((test) => test(user));
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
  const folded = (value: unknown) => (withoutCase.has(field) ? textOf(value).toLowerCase() : textOf(value));
  const matches = range === undefined ? matcher(phrase, word, folded) : withinRange(range);
  return (user) => valuesAt(user, path).some((value) => matches(folded(value)));
}

function matcher(phrase: string | undefined, word: string, folded: (value: unknown) => string) {
  if (phrase !== undefined) return (value: string) => value === folded(phrase);
  const wanted = folded(word.replaceAll(/\\(.)/g, "$1"));
  if (wanted.indexOf("*") < wanted.length - 1 && wanted.includes("*")) throw syntaxError("q");
  return (value: string) => (wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted);
}

/** `[1 TO 5]` with its ends, `{1 TO 5}` without, `*` for no end. Numbers are compared as such, the rest as text. */
function withinRange(range: string): (value: string) => boolean {
  const [, open, from = "", to = "", close] = /^([[{])\s*(\S+) TO (\S+)\s*([\]}])$/.exec(range) ?? [];
  if (open === undefined) throw syntaxError("q");
  const compare = (a: string, b: string) => {
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
