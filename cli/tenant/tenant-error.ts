// What went wrong with the tenant, for the person who runs the command.
import { describeApiError, outcomeOf } from "../../components/auth0/api-error.ts";
import { CommandError } from "../terminal/command-error.ts";

/** Auth0 did not do as it was asked, for one call. The message is one sentence. */
export class TenantCallError extends Error {
  override readonly name = "TenantCallError";
  /** The answer's HTTP status; undefined where there was none. */
  readonly status: number | undefined;
  /** Such as `operation_not_supported`. */
  readonly code: string | undefined;

  constructor(message: string, status: number | undefined, code: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** The Management API's own words for an error that the SDK threw. */
export function apiErrorOf(error: unknown): { readonly code?: string; readonly message?: string } {
  const { body } = (error ?? {}) as { readonly body?: unknown };
  const { errorCode, error: oauthCode, message } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const code = [errorCode, oauthCode].find((text) => typeof text === "string");
  return { ...(code !== undefined && { code }), ...(typeof message === "string" && { message }) };
}

export const statusOf = (error: unknown): number | undefined => outcomeOf(error)?.status;

/** In one line, without what the SDK adds. */
export function describeTenantError(error: unknown): string {
  if (error instanceof CommandError || error instanceof TenantCallError) return error.message;
  const status = statusOf(error);
  if (status === undefined) return error instanceof Error ? error.message : String(error);
  // The hints of that function are for a stack's settings.
  if (status === 401) return `Auth0 answered 401: ${apiErrorOf(error).message ?? "Unauthorized"}.`;
  return describeApiError(error).replaceAll(/\s+/g, " ");
}

/**
 * A CommandError where the whole command cannot go on before somebody mends it: no token, no scope, an endless rate
 * limit. Every other error as it is.
 */
export function asCommandError(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof CommandError) return cause;
    if (statusOf(cause) === 403 && apiErrorOf(cause).code === "insufficient_scope") return scopeError(cause);
  }
  return error;
}

function scopeError(error: Error): CommandError {
  const [, scopes] = /expected any of: ([\w:, -]+)/.exec(apiErrorOf(error).message ?? "") ?? [];
  const missing =
    scopes === undefined ? "a scope that this needs" : `the scope ${scopes.trim().replaceAll(",", " or")}`;
  return new CommandError(
    `The client may not do this: it lacks ${missing}. Grant it in Auth0's dashboard, Applications > APIs > ` +
      `Auth0 Management API > Application Access (or its client grant), and run the command again.`,
    { cause: error },
  );
}

/** What the SDK answers. @throws CommandError, TenantCallError, or the signal's reason */
export async function explained<T>(answer: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    // The SDK takes an abort for a time limit of its own.
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (signal.aborted && cause === signal.reason) throw cause;
    const known = asCommandError(error);
    if (known !== error) throw known;
    throw new TenantCallError(describeTenantError(error), statusOf(error), apiErrorOf(error).code, { cause: error });
  }
}
