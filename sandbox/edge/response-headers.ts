// Applies a response headers policy to a response (CloudFront docs, "Understand response headers policies").
import { matchesWildcard } from "./bucket-policy.ts";
import type { EdgeResponse } from "./s3.ts";
import type { ResponseHeadersPolicy } from "./edge-state.ts";

type Headers = Record<string, string>;
interface ViewerCors {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * The response with the policy's headers. First the headers that the policy removes are taken from the origin's; then
 * each header of the policy is set, unless the origin sent one of that name and the policy does not override it.
 */
export function applyResponseHeaders(
  policy: ResponseHeadersPolicy,
  response: EdgeResponse,
  viewer: ViewerCors,
): EdgeResponse {
  const removed = new Set(policy.removeHeadersConfig?.items?.map(({ header }) => header.toLowerCase()));
  const headers: Headers = Object.fromEntries(Object.entries(response.headers).filter(([name]) => !removed.has(name)));
  const set = (name: string, value: string, override: boolean) => {
    if (override || headers[name] === undefined) headers[name] = value;
  };
  for (const [name, value, override] of securityHeaders(policy.securityHeadersConfig ?? {})) set(name, value, override);
  for (const { header, value, override } of policy.customHeadersConfig?.items ?? []) {
    set(header.toLowerCase(), value, override);
  }
  if (policy.corsConfig) applyCors(policy.corsConfig, headers, viewer);
  return { ...response, headers };
}

type Security = NonNullable<ResponseHeadersPolicy["securityHeadersConfig"]>;

function securityHeaders(security: Security): [name: string, value: string, override: boolean][] {
  const { contentSecurityPolicy: csp, contentTypeOptions, frameOptions, referrerPolicy } = security;
  const { strictTransportSecurity: hsts, xssProtection: xss } = security;
  const headers: [string, string, boolean][] = [];
  if (csp) headers.push(["content-security-policy", csp.contentSecurityPolicy, csp.override]);
  if (contentTypeOptions) headers.push(["x-content-type-options", "nosniff", contentTypeOptions.override]);
  if (frameOptions) headers.push(["x-frame-options", frameOptions.frameOption, frameOptions.override]);
  if (referrerPolicy) headers.push(["referrer-policy", referrerPolicy.referrerPolicy, referrerPolicy.override]);
  if (hsts) {
    const directives = [`max-age=${hsts.accessControlMaxAgeSec}`];
    if (hsts.includeSubdomains) directives.push("includeSubDomains");
    if (hsts.preload) directives.push("preload");
    headers.push(["strict-transport-security", directives.join("; "), hsts.override]);
  }
  if (xss) {
    const parts = [xss.protection ? "1" : "0"];
    if (xss.modeBlock) parts.push("mode=block");
    if (xss.reportUri) parts.push(`report=${xss.reportUri}`);
    headers.push(["x-xss-protection", parts.join("; "), xss.override]);
  }
  return headers;
}

const everyMethod = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

function applyCors(cors: NonNullable<ResponseHeadersPolicy["corsConfig"]>, headers: Headers, viewer: ViewerCors): void {
  const { origin } = viewer.headers;
  const patterns = cors.accessControlAllowOrigins.items ?? [];
  const fromOrigin = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
  if (fromOrigin.length > 0 && !cors.originOverride) return;
  // Seen on real distributions (github.com/ttoss/ttoss, pull requests 1205 and 1206): CORS owns Vary, so a custom one
  // loses without an error, and a cross-origin answer has none.
  Reflect.deleteProperty(headers, "vary");
  if (typeof origin !== "string") {
    headers["vary"] = "Origin";
    return;
  }
  for (const name of fromOrigin) Reflect.deleteProperty(headers, name);
  const host = origin.replace(/^https?:\/\//, "");
  if (!patterns.some((pattern) => matchesWildcard(pattern, pattern.includes("://") ? origin : host))) return;

  headers["access-control-allow-origin"] = patterns.includes("*") ? "*" : origin;
  if (cors.accessControlAllowCredentials) headers["access-control-allow-credentials"] = "true";
  const isPreflight = viewer.method === "OPTIONS" && viewer.headers["access-control-request-method"] !== undefined;
  if (isPreflight) {
    const methods = cors.accessControlAllowMethods.items ?? [];
    headers["access-control-allow-methods"] = methods.includes("ALL") ? everyMethod : methods.join(", ");
    headers["access-control-allow-headers"] = (cors.accessControlAllowHeaders.items ?? []).join(", ");
    if (cors.accessControlMaxAgeSec) headers["access-control-max-age"] = String(cors.accessControlMaxAgeSec);
  } else if (cors.accessControlExposeHeaders?.items?.length) {
    headers["access-control-expose-headers"] = cors.accessControlExposeHeaders.items.join(", ");
  }
}
