// Errors of the Management API, for the person who reads them in a preview.
import { shownByEngine } from "./printed-once.ts";
import { longestRateLimit } from "./retrying-fetch.ts";
import type { Outcome } from "./retrying-fetch.ts";

/** The HTTP status of a response that the SDK threw; undefined for every other error. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** The API's own message in one line. The SDK's message has the whole body in it, which may hold secrets. */
export function describeApiError(error: unknown): string {
  const status = statusOf(error);
  if (status === undefined) return error instanceof Error ? error.message : String(error);
  const { body } = error as { body?: { message?: unknown; error_description?: unknown } | null };
  const said = [body?.message, body?.error_description].find((text) => typeof text === "string");
  const message = said === undefined ? "" : `: ${said}`;
  return `Auth0 answered ${status}${message}${message.endsWith(".") ? "" : "."}${hints[status] ?? ""}`;
}

/** Of the settings. */
export const savedByUp =
  `"pulumi refresh" and "pulumi destroy" use those that the last "pulumi up" saved, ` +
  `unless they are told --run-program.`;

const hints: Readonly<Record<number, string>> = {
  401: ` Check auth0:domain, auth0:clientId and auth0:clientSecret (or AUTH0_DOMAIN, …). ${savedByUp}`,
  429:
    ` It has done so for ${longestRateLimit / 60_000} minutes, whenever a call was made: something else uses up ` +
    `the tenant's rate limit. Find it in the tenant's logs ("api_limit"), and run this command again.`,
};

/** The response that was thrown as an error: undefined where the network failed, and for an error of another kind. */
export function outcomeOf(error: unknown): Outcome | undefined {
  const status = statusOf(error);
  if (status === undefined) return undefined;
  const { rawResponse: raw } = error as { rawResponse?: { readonly headers: Headers } };
  return { status, headers: raw?.headers ?? new Headers() };
}

/** Statuses whose messages speak of the caller or of Auth0, never of what was sent. */
const statusesWithoutValues: readonly number[] = [401, 403, 404, 429];

/**
 * As `describeApiError`, for a write of values that belong to others: Auth0's validation quotes the values that it
 * refuses, so only names are shown.
 *
 * @param names those of the properties that were sent, at every depth
 */
export function describeWithoutValues(error: unknown, names: ReadonlySet<string>): string {
  const status = statusOf(error);
  if (status === undefined || status >= 500 || statusesWithoutValues.includes(status)) return describeApiError(error);
  const message = describeApiError(error);
  const properties = [...message.matchAll(/on property ([\w.]*\w)/g)].map(([, name = ""]) => name);
  const known = properties.filter((name) => name.split(".").every((part) => names.has(part)));
  return (
    `Auth0 answered ${status}${known.length > 0 ? ` on property ${known.join(", ")}` : ""}. ` +
    `Its message is not shown, because it may quote the value of an option.`
  );
}

export function apiError(error: unknown): Error {
  return withoutStack(describeApiError(error));
}

/** Pulumi prints an error's stack as well as its message, and the message twice. */
export function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = "";
  shownByEngine(error);
  return error;
}

export function throwApiError(error: unknown): never {
  throw apiError(error);
}

/** Undefined where the API says that there is no such thing. */
export function unlessGone<T>(call: PromiseLike<T>): Promise<T | undefined> {
  return Promise.resolve(call).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}
