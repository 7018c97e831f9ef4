// What an error means for an import: one row's failure, or the end of all.
import { UploadRefusal } from "../../functions/picture-upload/upload-refusal.ts";
import { PictureSourceError } from "../images/picture-source.ts";
import { refusalReason } from "../images/refusal-reason.ts";
import { NoSuchUserError, readOnlyReason } from "../store/assign-picture.ts";
import { StoreUnavailableError } from "../store/picture-bucket.ts";
import { UnknownUserError } from "../tenant/resolve-user.ts";
import { TenantCallError } from "../tenant/tenant-error.ts";
import { ReadOnlyPictureError } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";

export interface RowFailure {
  readonly reason: string;
  /** Whether Auth0 or AWS could not do it, rather than the row be wrong: then others fail as well. */
  readonly isOutage: boolean;
}

/** Undefined for what ends the whole import. */
export function rowFailure(error: unknown): RowFailure | undefined {
  const failure = failureOf(error);
  return failure && { ...failure, reason: printable(failure.reason, 500) };
}

function failureOf(error: unknown): RowFailure | undefined {
  if (error instanceof UploadRefusal) return { reason: refusalReason(error), isOutage: false };
  if (error instanceof ReadOnlyPictureError) return { reason: readOnlyReason(error), isOutage: false };
  if (error instanceof PictureSourceError || error instanceof UnknownUserError || error instanceof NoSuchUserError)
    return { reason: error.message, isOutage: false };
  if (error instanceof StoreUnavailableError) return { reason: error.message, isOutage: true };
  if (error instanceof TenantCallError)
    return { reason: error.message, isOutage: error.status === undefined || error.status >= 500 };
  return undefined;
}
