// Cross-origin requests, as an HTTP API answers them by itself where it is told which it allows (API Gateway docs,
// "Configure CORS for HTTP APIs in API Gateway").
import type { CorsConfiguration } from "../edge/function-state.ts";

type Headers = Readonly<Record<string, string>>;

/** Whether it is a browser's question whether it may; without these two headers it is a request as any other. */
export const isPreflight = (method: string, headers: Headers) =>
  method === "OPTIONS" && headers["origin"] !== undefined && headers["access-control-request-method"] !== undefined;

/** The answer to a preflight request has them, and is empty; for an origin that is not allowed there are none. */
export function preflightHeaders(cors: CorsConfiguration, { origin = "" }: Headers): Headers {
  const allowed = originHeaders(cors, origin);
  if (Object.keys(allowed).length === 0) return {};
  const { allowMethods = [], allowHeaders = [], maxAge } = cors;
  return {
    ...allowed,
    ...(allowMethods.length > 0 && { "access-control-allow-methods": allowMethods.join(",") }),
    ...(allowHeaders.length > 0 && { "access-control-allow-headers": allowHeaders.join(",") }),
    ...(maxAge !== undefined && { "access-control-max-age": String(maxAge) }),
  };
}

/**
 * The headers of any other response, errors too. "If you configure CORS for an API, API Gateway ignores CORS headers
 * returned from your backend integration."
 */
export function withCorsHeaders(
  cors: CorsConfiguration | undefined,
  origin: string | undefined,
  own: Headers,
): Headers {
  if (cors === undefined) return own;
  const others = Object.entries(own).filter(([name]) => !name.startsWith("access-control-"));
  const allowed = origin === undefined ? {} : originHeaders(cors, origin);
  const { exposeHeaders = [] } = cors;
  return {
    ...Object.fromEntries(others),
    ...allowed,
    ...(Object.keys(allowed).length > 0 &&
      exposeHeaders.length > 0 && { "access-control-expose-headers": exposeHeaders.join(",") }),
  };
}

function originHeaders({ allowOrigins = [], allowCredentials }: CorsConfiguration, origin: string): Headers {
  const isAllowed = (allowed: string) =>
    allowed === "*" || (allowed.endsWith("://*") ? origin.startsWith(allowed.slice(0, -1)) : allowed === origin);
  if (!allowOrigins.some(isAllowed)) return {};
  return {
    "access-control-allow-origin": allowOrigins.includes("*") ? "*" : origin,
    ...(allowCredentials === true && { "access-control-allow-credentials": "true" }),
  };
}
