// The tenant's two kinds of error: the Management API's body and OAuth 2.0's, and the handler that answers with them.
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** An error of the Management API. Answered as `{ statusCode, error, message, errorCode? }`. */
export class ManagementApiError extends Error {
  readonly statusCode: number;
  readonly errorCode: string | undefined;

  constructor(statusCode: number, message: string, errorCode?: string) {
    super(message);
    this.statusCode = statusCode;
    this.errorCode = errorCode;
  }
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

/** 400 as the Management API words a body or a query that its schema refuses. */
export const payloadError = (reason: string) =>
  new ManagementApiError(400, `Payload validation error: '${reason}'.`, "invalid_body");

export function answerError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof OAuthError) {
    return reply.code(error.statusCode).send({ error: error.error, error_description: error.message });
  }
  const fault = error.validation?.[0];
  if (fault) return reply.code(400).send(bodyOf(payloadError(describeFault(fault))));
  const statusCode = error.statusCode ?? 500;
  const errorCode = error instanceof ManagementApiError ? error.errorCode : undefined;
  return reply.code(statusCode).send(bodyOf(new ManagementApiError(statusCode, error.message, errorCode)));
}

function describeFault(fault: NonNullable<FastifyError["validation"]>[number]): string {
  const property = fault.instancePath.slice(1).replaceAll("/", ".");
  if (fault.keyword === "additionalProperties") {
    return `Additional properties not allowed: ${String(fault.params["additionalProperty"])}`;
  }
  return `${fault.message ?? "invalid"}${property === "" ? "" : ` on property ${property}`}`;
}

const bodyOf = ({ statusCode, message, errorCode }: ManagementApiError) => ({
  statusCode,
  error: STATUS_CODES[statusCode],
  message,
  errorCode,
});
