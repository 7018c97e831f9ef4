// The Management API's errors as the auth0 provider reports them.
import { ManagementError } from "auth0";
import { PartlyCreated } from "./resource.ts";
import type { Created } from "./resource.ts";

/** An API's error as the provider shows it, such as `409 Conflict: Unable to delete an action bound to a trigger.` */
export function asProviderError(error: unknown): unknown {
  if (!(error instanceof ManagementError)) return error;
  const body = (error.body ?? {}) as {
    statusCode?: number;
    error?: string;
    message?: string;
    error_description?: string;
  };
  const text = body.message ?? body.error_description ?? error.message;
  return new Error(`${body.statusCode ?? error.statusCode ?? ""} ${body.error ?? ""}: ${text}`.trim(), {
    cause: error,
  });
}

export async function withProviderErrors<T>(call: PromiseLike<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw asProviderError(error);
  }
}

/** Undefined after a 404, because the provider then removes the resource from the state. */
export async function unlessGone<T>(call: PromiseLike<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ManagementError && error.statusCode === 404) return undefined;
    throw asProviderError(error);
  }
}

/** What follows the POST of a resource: what fails then leaves a resource that exists. */
export async function afterCreation(id: string, rest: () => Promise<Created | undefined>) {
  try {
    return await rest();
  } catch (error) {
    throw new PartlyCreated(asProviderError(error), id);
  }
}

/** What a read warns of since 3.55 (terraform-provider-auth0 #1654). @param type such as `auth0_action` */
export const goneWarning = (type: string) => (id: string) =>
  `Resource not found, removed from state. The ${type} resource with ID "${id}" was not found in Auth0 ` +
  `(the API returned 404) and has been removed from the Terraform state automatically.`;
