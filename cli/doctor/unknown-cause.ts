// Why something could not be looked at, and what mends that.
import { apiErrorOf, asCommandError, describeTenantError, statusOf } from "../tenant/tenant-error.ts";

export interface UnknownCause {
  readonly found: string;
  readonly fix: string;
  /** Whether the tenant knows the client, which lacks a scope only. */
  readonly isScopeMissing: boolean;
}

/** Of an error of the Management API, as the SDK throws it, or as commands are told it. */
export function tenantCause(error: unknown): UnknownCause {
  const refused = causesOf(error).find((one) => statusOf(one) === 403 && apiErrorOf(one).code === "insufficient_scope");
  if (refused === undefined)
    return {
      found: describeTenantError(asCommandError(error)),
      fix: "Mend that, and run the doctor again.",
      isScopeMissing: false,
    };
  const [, scopes = ""] = /expected any of: ([\w:, -]+)/.exec(apiErrorOf(refused).message ?? "") ?? [];
  const scope = scopes.trim() === "" ? "a scope that this needs" : `the scope ${scopes.trim().replaceAll(",", " or ")}`;
  return {
    found: `The client lacks ${scope}.`,
    fix:
      `Grant it ${scope}: Auth0's dashboard, Applications > APIs > Auth0 Management API > Application Access ` +
      `(or the client's grant in the stack).`,
    isScopeMissing: true,
  };
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}
