// Rows → the users whose they are: fifty ids a search, because calls of the tenant are what an import waits for.
import { inTurns } from "../../functions/services/in-turns.ts";
import { resolveUser } from "../tenant/resolve-user.ts";
import { TenantCallError } from "../tenant/tenant-error.ts";
import type { TenantUser, UsersApi } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";
import { userName } from "./import-row.ts";
import type { ImportRow } from "./import-row.ts";
import { rowFailure } from "./row-failure.ts";
import type { RowFailure } from "./row-failure.ts";

export interface ResolvedRow {
  readonly row: ImportRow;
  readonly user: TenantUser;
}

export interface FailedRow {
  readonly row: ImportRow;
  readonly failure: RowFailure;
}

/** An earlier run has done it. */
export interface SkippedRow {
  readonly row: ImportRow;
  readonly doneAs: string;
}

export type LookedUpRow = ResolvedRow | FailedRow | SkippedRow;

export interface ResolveOptions {
  readonly users: UsersApi;
  /** The user's id where an earlier run has done the row. */
  readonly doneAs: (row: ImportRow) => Promise<string | undefined>;
  /** Whether an earlier run was cut off in it: what the search says of the user can be from before that. */
  readonly wasBegun: (row: ImportRow) => boolean;
  readonly signal: AbortSignal;
}

/** Rows of one search. */
const batchSize = 50;
/** Calls for single users. */
const atOnce = 8;

/** In their order. The next rows' users are looked up while these are imported, and no further ahead. */
export async function* resolveRows(
  rows: AsyncIterable<ImportRow>,
  options: ResolveOptions,
): AsyncGenerator<LookedUpRow> {
  const batches = inBatches(rows);
  const resolveNext = async () => {
    const next = await batches.next();
    return next.done ? undefined : resolveBatch(next.value, options);
  };
  const placeOf = new Map<string, string>();
  let next = resolveNext();
  try {
    for (;;) {
      const resolved = await next;
      if (resolved === undefined) return;
      next = resolveNext();
      // It is waited for when these have been taken.
      next.catch(() => undefined);
      for (const one of resolved) yield refuseAgain(one, placeOf);
    }
  } finally {
    await next.catch(() => undefined);
    await batches.return(undefined);
  }
}

async function* inBatches(rows: AsyncIterable<ImportRow>): AsyncGenerator<ImportRow[]> {
  let batch: ImportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function resolveBatch(batch: readonly ImportRow[], options: ResolveOptions): Promise<LookedUpRow[]> {
  const { users, doneAs, wasBegun, signal } = options;
  const rows = await inTurns(batch, atOnce, async (row) => ({
    row,
    done: row.refusal === undefined ? await doneAs(row) : undefined,
  }));
  const ids = rows.flatMap(({ row, done }) => {
    const name = row.refusal === undefined && done === undefined && !wasBegun(row) ? userName(row.user) : undefined;
    return name !== undefined && "id" in name ? name.id : [];
  });
  const found = ids.length > 0 ? await search(users, ids) : new Map<string, TenantUser>();
  return inTurns(rows, atOnce, async ({ row, done }): Promise<LookedUpRow> => {
    if (row.refusal !== undefined) return { row, failure: { reason: row.refusal, isOutage: false } };
    if (done !== undefined) return { row, doneAs: done };
    try {
      signal.throwIfAborted();
      return { row, user: found.get(row.user) ?? (await resolveUser(users, row.user)) };
    } catch (error) {
      const failure = rowFailure(error);
      if (failure === undefined) throw error;
      return { row, failure };
    }
  });
}

/** Where the search cannot do it, each user is asked for. */
async function search(users: UsersApi, ids: readonly string[]): Promise<ReadonlyMap<string, TenantUser>> {
  try {
    return await users.findUsers(ids);
  } catch (error) {
    if (error instanceof TenantCallError) return new Map();
    throw error;
  }
}

/**
 * A user whom one row names by the id and another by the address, which only the tenant knows: the first row counts,
 * in every run.
 */
function refuseAgain(one: LookedUpRow, placeOf: Map<string, string>): LookedUpRow {
  if ("failure" in one) return one;
  const { row } = one;
  const userId = "user" in one ? one.user.user_id : one.doneAs;
  const first = placeOf.get(userId);
  if (first === undefined) {
    placeOf.set(userId, row.place);
    return one;
  }
  const reason = `It names the user ${printable(userId)}, whose picture is that of ${first}. Leave one of the two.`;
  return { row, failure: { reason, isOutage: false } };
}
