// The tenant's two kinds of error, the Management API's and OAuth 2.0's, and the handler that sends them.
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** An error of the Management API. The response's body is `{ statusCode, error, message, errorCode?, attributes? }`. */
export class ManagementApiError extends Error {
  readonly statusCode: number;
  readonly errorCode: string | undefined;
  readonly attributes: { readonly error: string } | undefined;

  constructor(statusCode: number, message: string, errorCode?: string, attributes?: { readonly error: string }) {
    super(message);
    this.statusCode = statusCode;
    this.errorCode = errorCode;
    this.attributes = attributes;
  }
}

/** For an access token of the Management API; as in a public post about a live tenant's answer. */
export function expiredToken(): ManagementApiError {
  const error = "Expired token received for JSON Web Token validation";
  return new ManagementApiError(401, error, undefined, { error });
}

/** An error of the token endpoint or of a login (RFC 6749, sections 4.1.2.1 and 5.2). */
export class OAuthError extends Error {
  readonly statusCode: number;
  readonly error: string;

  constructor(error: string, description: string, statusCode = 400) {
    super(description);
    this.error = error;
    this.statusCode = statusCode;
  }
}

/** A 400, in the Management API's words, for a body or a query that its schema refuses. */
export const payloadError = (reason: string) =>
  new ManagementApiError(400, `Payload validation error: '${reason}'.`, "invalid_body");

/** For an operation that Auth0 may have, and the sandbox has not: a 404 would say that something does not exist. */
export const notSimulated = (method: string, url: string) =>
  new ManagementApiError(501, `${method} ${url.replace(/\?.*/s, "")} is not simulated by the sandbox`);

export function sendError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof OAuthError) {
    return reply.code(error.statusCode).send({ error: error.error, error_description: error.message });
  }
  const violation = error.validation?.[0];
  if (violation) return reply.code(400).send(bodyOf(payloadError(describeViolation(violation))));
  const statusCode = error.statusCode ?? 500;
  const { errorCode, attributes } = error instanceof ManagementApiError ? error : {};
  return reply.code(statusCode).send(bodyOf(new ManagementApiError(statusCode, error.message, errorCode, attributes)));
}

function describeViolation(violation: NonNullable<FastifyError["validation"]>[number]): string {
  const property = violation.instancePath.slice(1).replaceAll("/", ".");
  if (violation.keyword === "additionalProperties") {
    return `Additional properties not allowed: ${String(violation.params["additionalProperty"])}`;
  }
  return `${violation.message ?? "invalid"}${property === "" ? "" : ` on property ${property}`}`;
}

const bodyOf = ({ statusCode, message, errorCode, attributes }: ManagementApiError) => ({
  statusCode,
  error: STATUS_CODES[statusCode],
  message,
  errorCode,
  attributes,
});
