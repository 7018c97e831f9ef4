// How an HTTP API gives a request to a function, and takes its answer: payload format 2.0 (API Gateway docs, "Create
// AWS Lambda proxy integrations for HTTP APIs in API Gateway").
import { accountId } from "../edge/identity.ts";
import { isObject } from "../json.ts";
import { apiDomain } from "../edge/http-api-operations.ts";
import type { HttpApi } from "../edge/function-state.ts";
import { scopesOf } from "./jwt-verifier.ts";
import type { Claims } from "./jwt-verifier.ts";

export interface ProxyRequest {
  readonly api: HttpApi;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Name and value of each header, in the order in which they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  readonly body: Buffer;
  /** Of the token, on a route with an authorizer. */
  readonly authorized?: { readonly claims: Claims; readonly hasScopes: boolean };
}

export interface ProxyResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

export function proxyEvent(request: ProxyRequest): object {
  const { api, stage, routeKey, requestId, method, path, query, sourceIp, body, authorized } = request;
  const headers = joinedHeaders(request.headers);
  const { cookie, ...others } = headers;
  const domainName = apiDomain(api);
  const isText = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i.test(
    headers["content-type"] ?? "",
  );
  const now = new Date();
  const seconds = Math.floor(now.getTime() / 1000).toString(16);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: {
      ...others,
      "x-amzn-trace-id": `Root=1-${seconds}-${requestId.replaceAll("-", "").slice(0, 24)}`,
      "x-forwarded-for": [headers["x-forwarded-for"], sourceIp].filter(Boolean).join(", "),
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    ...(query !== "" && { queryStringParameters: joined([...new URLSearchParams(query)]) }),
    requestContext: {
      accountId,
      apiId: api.id,
      ...(authorized && {
        authorizer: {
          jwt: {
            claims: Object.fromEntries(
              Object.entries(authorized.claims).map(([name, value]) => [name, claimText(value)]),
            ),
            scopes: authorized.hasScopes ? scopesOf(authorized.claims) : null,
          },
        },
      }),
      domainName,
      domainPrefix: api.id,
      http: { method, path, protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId,
      routeKey,
      stage,
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    ...(Object.keys(request.pathParameters).length > 0 && { pathParameters: request.pathParameters }),
    isBase64Encoded: body.length > 0 && !isText,
    ...(Object.keys(request.stageVariables).length > 0 && { stageVariables: request.stageVariables }),
  };
}

/** What a function returned, as JSON. Undefined for what is no response: then the API answers with an error. */
export function proxyResponse(payload: string): ProxyResponse | undefined {
  const result: unknown = JSON.parse(payload);
  // "If your Lambda function returns valid JSON and doesn't return a statusCode …"
  if (!isObject(result) || result["statusCode"] === undefined) {
    const body = typeof result === "string" ? result : payload;
    return { status: 200, headers: { "content-type": "application/json" }, cookies: [], body: Buffer.from(body) };
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = result;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (!isObject(headers) || !Array.isArray(cookies) || !(body === null || typeof body === "string")) return undefined;
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status,
    headers: Object.fromEntries(entries.filter(([name]) => !connectionHeaders.has(name))),
    cookies: cookies.map(String),
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

const connectionHeaders = new Set(["connection", "content-length", "transfer-encoding", "keep-alive"]);

/** "Duplicate headers are combined with commas"; names are in lower case. */
export const joinedHeaders = (headers: ProxyRequest["headers"]): Readonly<Record<string, string>> =>
  joined(headers.map(([name, value]) => [name.toLowerCase(), value] as const));

const joined = (entries: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(
    [...Map.groupBy(entries, ([name]) => name)].map(([name, values]) => [
      name,
      values.map(([, value]) => value).join(name === "cookie" ? "; " : ","),
    ]),
  );

/** Every claim is a text: a list `[a b]`, as Go writes it. */
export function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(" ")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** As `27/Nov/2026:13:00:00 +0000`. */
export function logTime(date: Date): string {
  const [, day, month, year] = date.toUTCString().split(" ");
  return `${day}/${month}/${year}:${date.toISOString().slice(11, 19)} +0000`;
}
