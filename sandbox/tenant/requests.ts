// What the tenant's routes share: their options, a schema, and what they read from a request (the token and its scopes,
// the page, the fields).
import type { IncomingHttpHeaders } from "node:http";
import { ManagementApiError } from "./errors.ts";

/** A JSON schema, of which the routes' schemas are made. */
export const nonEmptyText = { type: "string", minLength: 1 };

/** A route's options: the scope that it needs, and the schema of its body. */
export const needs = (scope: string, body?: object) => ({
  config: { scopes: [scope] },
  ...(body && { schema: { body } }),
});

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = ({ authorization = "" }: IncomingHttpHeaders): string | undefined =>
  /^Bearer (.+)$/i.exec(authorization)?.[1];

/** @throws ManagementApiError if none of the scopes in `anyOf` is granted */
export function requireScope(granted: ReadonlySet<string>, anyOf: readonly string[]): void {
  if (anyOf.some((scope) => granted.has(scope))) return;
  throw new ManagementApiError(403, `Insufficient scope, expected any of: ${anyOf.join(", ")}`, "insufficient_scope");
}

export type Query = Record<string, string | string[] | undefined>;

/** The page that the parameters `page` (default 0) and `per_page` name. */
export function paginate<T>(items: readonly T[], query: Query, defaultSize = 50): Page<T> {
  const { page, perPage } = pageOf(query, defaultSize);
  return { items: items.slice(page * perPage, (page + 1) * perPage), page, perPage, total: items.length };
}

export const pageOf = (query: Query, defaultSize = 50) => ({
  page: integer(query, "page", 0, Number.MAX_SAFE_INTEGER, 0),
  perPage: integer(query, "per_page", 1, 100, defaultSize),
});

interface Page<T> {
  items: T[];
  page: number;
  perPage: number;
  total: number;
}

/**
 * The fields about the page in responses of the Actions endpoints. They leave out zeros: no `page` on the first page,
 * and no `total` on an empty page, as in the recorded responses of terraform-provider-auth0's tests. go-auth0 needs
 * this: it asks for pages until one has no `total`.
 */
export const pageFields = ({ items, page, perPage, total }: Page<unknown>) => ({
  ...(items.length > 0 && { total }),
  ...(page > 0 && { page }),
  per_page: perPage,
});

/** @throws ManagementApiError if the parameter is given and is no integer from `min` to `max` */
function integer(query: Query, name: string, min: number, max: number, byDefault: number): number {
  const text = query[name];
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ManagementApiError(
    400,
    `Query validation error: 'Expected an integer from ${min} to ${max}' on property ${name}.`,
    "invalid_query_string",
  );
}

/**
 * A list in the form that the query asks for: by checkpoint (`from`, `take`; Auth0 docs, "Get Paginated Lists of
 * Entities"), by offset with totals (`include_totals`), or without anything around it.
 */
export function showList<T>(
  name: string,
  found: readonly T[],
  query: Query,
  { idOf, show }: { readonly idOf: (item: T) => string; readonly show: (item: T) => object },
): object {
  if (query["from"] !== undefined || query["take"] !== undefined) {
    const start = query["from"] === undefined ? 0 : found.findIndex((item) => idOf(item) === query["from"]);
    if (start < 0) throw new ManagementApiError(400, "Invalid checkpoint", "invalid_query_string");
    const end = start + integer(query, "take", 1, 100, 50);
    const next = found[end];
    return { [name]: found.slice(start, end).map(show), ...(next !== undefined && { next: idOf(next) }) };
  }
  const { items, page, perPage, total } = paginate(found, query);
  if (query["include_totals"] !== "true") return items.map(show);
  return { [name]: items.map(show), start: page * perPage, limit: perPage, length: items.length, total };
}

/** By the parameters `fields` and `include_fields`: the named fields only, or all except these. */
export function selectFields(resource: object, { fields, include_fields }: Query): object {
  if (typeof fields !== "string") return resource;
  const named = new Set(fields.split(","));
  return Object.fromEntries(
    Object.entries(resource).filter(([key]) => named.has(key) === (include_fields !== "false")),
  );
}
