// What the Management API's routes read of a request: scopes, paging, fields.
import { ManagementApiError } from "./errors.ts";

export function requireScope(granted: ReadonlySet<string>, anyOf: readonly string[]): void {
  if (anyOf.some((scope) => granted.has(scope))) return;
  throw new ManagementApiError(403, `Insufficient scope, expected any of: ${anyOf.join(", ")}`, "insufficient_scope");
}

export type Query = Record<string, string | string[] | undefined>;

/** The page that `page` (default 0) and `per_page` ask for. */
export function paginate<T>(items: readonly T[], query: Query, defaultSize = 50): Page<T> {
  const page = integer(query, "page", 0, Number.MAX_SAFE_INTEGER, 0);
  const perPage = integer(query, "per_page", 1, 100, defaultSize);
  return { items: items.slice(page * perPage, (page + 1) * perPage), page, perPage, total: items.length };
}

interface Page<T> {
  items: T[];
  page: number;
  perPage: number;
  total: number;
}

/**
 * The Actions endpoints' page fields, which leave out what is zero: no `page` on the first page, and no `total` on a page
 * without items. Seen in recorded answers (terraform-provider-auth0's test recordings); go-auth0 pages for ever otherwise.
 */
export const pageFields = ({ items, page, perPage, total }: Page<unknown>) => ({
  ...(items.length > 0 && { total }),
  ...(page > 0 && { page }),
  per_page: perPage,
});

export function integer(query: Query, name: string, least: number, most: number, otherwise: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ManagementApiError(
    400,
    `Query validation error: 'Expected an integer from ${least} to ${most}' on property ${name}.`,
    "invalid_query_string",
  );
}

/** `fields` and `include_fields` of the endpoints that take them: the named fields only, or all but them. */
export function selectFields(resource: object, { fields, include_fields }: Query): object {
  if (typeof fields !== "string") return resource;
  const named = new Set(fields.split(","));
  return Object.fromEntries(
    Object.entries(resource).filter(([key]) => named.has(key) === (include_fields !== "false")),
  );
}
