// What the Management API answers when it refuses, for the person who reads it in a preview.

/** The HTTP status of an answer; undefined for every other error. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** The API's own message in one line: the SDK's has the whole body in it. */
export function describeApiError(error: unknown): string {
  const status = statusOf(error);
  const body = error instanceof Error && "body" in error ? error.body : undefined;
  const message =
    typeof body === "object" && body !== null && "message" in body && typeof body.message === "string"
      ? body.message
      : typeof body === "object" && body !== null && "error_description" in body
        ? String(body.error_description)
        : error instanceof Error
          ? error.message
          : String(error);
  if (status === undefined) return message;
  const hint =
    status === 401
      ? ` Check auth0:domain, auth0:clientId and auth0:clientSecret (or AUTH0_DOMAIN, …). "pulumi refresh" and "pulumi destroy" use those ` +
        `that the last "pulumi up" saved, unless they are told --run-program.`
      : "";
  return `Auth0 answered ${status}: ${message}${message.endsWith(".") ? "" : "."}${hint}`;
}

export function apiError(error: unknown): Error {
  return withoutStack(describeApiError(error));
}

/** Pulumi prints an error's stack as well as its message. */
export function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = "";
  return error;
}

export function raiseApiError(error: unknown): never {
  throw apiError(error);
}

/** Undefined where the API answers that there is no such thing. */
export function unlessGone<T>(call: PromiseLike<T>): Promise<T | undefined> {
  return Promise.resolve(call).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}
