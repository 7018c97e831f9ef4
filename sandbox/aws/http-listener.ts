// HTTP APIs under their own names, over HTTPS on the loopback address: routes, stages, cross-origin requests,
// throttling, authorizers, functions and access logs, each as API Gateway has it.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";
import { AwsError } from "../edge/aws-error.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import { close, listen } from "../edge/loopback.ts";
import { isPreflight, preflightHeaders, withCorsHeaders } from "./cross-origin.ts";
import type { Functions } from "./function-runtime.ts";
import type { HttpApi, HttpRoute, HttpStage } from "../edge/function-state.ts";
import { apiDomain, executionArn, functionIn } from "../edge/http-api-operations.ts";
import { matchRoute, newThrottle, stageOf } from "./http-routes.ts";
import { JwtRefusal, newJwtVerifier } from "./jwt-verifier.ts";
import type { Claims } from "./jwt-verifier.ts";
import { claimText, joinedHeaders, logTime, proxyEvent, proxyResponse } from "./proxy-format.ts";
import type { ProxyRequest, ProxyResponse } from "./proxy-format.ts";

export interface HttpApiListener {
  /** Of the loopback address. */
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpApiOptions {
  readonly controlPlane: ControlPlane;
  readonly functions: Pick<Functions, "invoke">;
  /** PEM; `cert` covers the APIs' names. */
  readonly certificate: { key: string; cert: string };
  /** Reaches the issuers of tokens. */
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** How long a request may take to arrive, in milliseconds. @default 30 s */
  readonly requestTimeout?: number;
}

/** Bytes (API Gateway docs, "Quotas for configuring and running an HTTP API"). */
const mostPayload = 10 * 1024 * 1024;

/** What a request became, for its access log. */
interface Course {
  readonly requestId: string;
  readonly begin: number;
  api?: HttpApi;
  stage?: HttpStage;
  path?: string;
  isPreflight?: true;
  route?: HttpRoute;
  claims?: Claims;
  authorizerError?: string;
  integrationError?: string;
  integrationStatus?: number;
  integrationLatency?: number;
}

export async function startHttpApis(options: HttpApiOptions): Promise<HttpApiListener> {
  const { controlPlane, functions, certificate, fetch: reachIssuer, now = Date.now } = options;
  const throttle = newThrottle(now);
  const verifier = newJwtVerifier({ fetch: reachIssuer, now });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const course: Course = { requestId: randomUUID(), begin: now() };
    const headers = joinedHeaders(headersOf(request));
    const answer = await answerTo(request, headers, course).catch((error: unknown) => {
      course.integrationError ??= String(error);
      return problem(500, "Internal Server Error");
    });
    // Who has gone is answered nothing.
    if (!response.writable || response.destroyed) return;
    const cors = course.isPreflight
      ? answer.headers
      : withCorsHeaders(course.api?.cors, headers["origin"], answer.headers);
    const { status, cookies } = answer;
    const hasNoBody = status === 204 || status === 304;
    const sent: OutgoingHttpHeaders = {
      ...cors,
      ...(cookies.length > 0 && { "set-cookie": [...cookies] }),
      ...(!hasNoBody && { "content-length": String(answer.body.length) }),
      "apigw-requestid": course.requestId,
      // What of a body has not been read is of no use, and its connection of none.
      ...(!request.complete && { connection: "close" }),
    };
    response.writeHead(status, sent);
    response.end(request.method === "HEAD" || hasNoBody ? undefined : answer.body);
    writeAccessLog(request, headers, course, answer);
  }

  async function answerTo(
    request: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    course: Course,
  ): Promise<ProxyResponse> {
    const { method = "GET", url = "/" } = request;
    const host = (headers["host"] ?? "").replace(/:\d+$/, "").toLowerCase();
    const api = controlPlane.getHttpApi(host.split(".", 1)[0] ?? "");
    if (api === undefined || apiDomain(api) !== host) return problem(403, "Forbidden");
    course.api = api;
    const question = url.indexOf("?");
    const [sentPath, query] = question < 0 ? [url, ""] : [url.slice(0, question), url.slice(question + 1)];
    const fullPath = decoded(sentPath);
    if (fullPath === undefined) return problem(400, "Bad Request");
    const at = stageOf(api, fullPath);
    if (at === undefined || api.disableExecuteApiEndpoint) return problem(404, "Not Found");
    Object.assign(course, at);
    if (api.cors !== undefined && isPreflight(method, headers)) {
      course.isPreflight = true;
      return { status: 204, headers: preflightHeaders(api.cors, headers), cookies: [], body: Buffer.alloc(0) };
    }
    const match = matchRoute(api, method, at.path);
    if (match === undefined) return problem(404, "Not Found");
    const { route } = match;
    course.route = route;
    if (!throttle.take(api, at.stage, route.routeKey)) return problem(429, "Too Many Requests");
    let authorized: ProxyRequest["authorized"];
    try {
      authorized = await authorize(api, route, headers, query);
    } catch (error) {
      if (!(error instanceof JwtRefusal)) throw error;
      course.authorizerError = error.message;
      return refusal(error, route);
    }
    if (authorized !== undefined) course.claims = authorized.claims;
    const body = await bodyOf(request);
    if (body === undefined) return problem(413, "Request Entity Too Large");
    const event = proxyEvent({
      ...{ api, stage: at.stage.name, stageVariables: at.stage.stageVariables, routeKey: route.routeKey },
      ...{ pathParameters: match.pathParameters, requestId: course.requestId, method, path: fullPath, query, body },
      headers: headersOf(request),
      sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
      ...(authorized && { authorized }),
    });
    return integrate(api, at.stage, route, event, course);
  }

  async function authorize(
    { authorizers }: HttpApi,
    { authorizerId = "", authorizationType, authorizationScopes }: HttpRoute,
    headers: Readonly<Record<string, string>>,
    query: string,
  ): Promise<ProxyRequest["authorized"]> {
    if (authorizationType === "NONE") return undefined;
    const authorizer = authorizers[authorizerId];
    if (authorizer === undefined) throw new Error(`The authorizer ${authorizerId} is gone`);
    const source = /^\$request\.(?<place>header|querystring)\.(?<name>.+)$/;
    const { place, name = "" } = source.exec(authorizer.identitySources[0] ?? "")?.groups ?? {};
    const token = place === "header" ? headers[name.toLowerCase()] : new URLSearchParams(query).get(name);
    const claims = await verifier.verify(token ?? undefined, authorizer, authorizationScopes);
    return { claims, hasScopes: authorizationScopes.length > 0 };
  }

  async function integrate(
    api: HttpApi,
    stage: HttpStage,
    { routeKey, integrationId = "" }: HttpRoute,
    event: object,
    course: Course,
  ): Promise<ProxyResponse> {
    const integration = api.integrations[integrationId];
    if (integration === undefined) return problem(404, "Not Found");
    const begin = now();
    const ends = (status: number, message: string, error: string) => {
      course.integrationError = error;
      course.integrationLatency = now() - begin;
      return problem(status, message);
    };
    const fn = functionIn(integration.integrationUri) ?? "";
    const resource = routeKey === "$default" ? routeKey : routeKey.replace(" ", "");
    const sourceArn = `${executionArn(api)}/${stage.name}/${resource}`;
    if (!controlPlane.mayInvoke(fn, { principal: "apigateway.amazonaws.com", sourceArn }))
      return ends(
        500,
        "Internal Server Error",
        "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. " +
          "Check the permissions and try again.",
      );
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(() => resolve("late"), integration.timeout);
    try {
      const outcome = await Promise.race([functions.invoke(fn, event), late]);
      if (outcome === "late") return ends(503, "Service Unavailable", "The integration did not respond in time.");
      if ("functionError" in outcome)
        return ends(
          500,
          "Internal Server Error",
          `The Lambda function returned the following error: ${outcome.functionError.errorMessage}. ` +
            "Check your Lambda function code and try again.",
        );
      const response = proxyResponse(outcome.payload);
      if (response === undefined)
        return ends(
          500,
          "Internal Server Error",
          "The response from the Lambda function doesn't match the format that API Gateway expects.",
        );
      course.integrationStatus = 200;
      course.integrationLatency = now() - begin;
      return response;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // Nothing public has the text for an event that is too large, nor the status for a function that is throttled.
      if (error.status === 413) return ends(413, "Request Entity Too Large", error.message);
      if (error.status === 429) return ends(503, "Service Unavailable", error.message);
      return ends(500, "Internal Server Error", error.message);
    } finally {
      clearTimeout(timer);
    }
  }

  /** In the format of the stage (API Gateway docs, "Customize HTTP API access logs"). What a request lacks is `-`. */
  function writeAccessLog(
    request: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    course: Course,
    { status, body, headers: sent }: ProxyResponse,
  ): void {
    const { api, stage, route, claims = {}, requestId } = course;
    if (api === undefined || stage?.accessLog === undefined) return;
    const { destinationArn, format } = stage.accessLog;
    const group = destinationArn.split(":")[6] ?? "";
    if (controlPlane.getLogGroup(group) === undefined) return;
    const date = new Date(course.begin);
    const errorMessage = status >= 400 && course.integrationStatus === undefined ? messageIn(body, sent) : undefined;
    const values: Readonly<Record<string, string | number | undefined>> = {
      accountId,
      apiId: api.id,
      "authorizer.error": course.authorizerError,
      domainName: apiDomain(api),
      domainPrefix: api.id,
      "error.message": errorMessage,
      "error.messageString": errorMessage && JSON.stringify(errorMessage),
      extendedRequestId: requestId,
      httpMethod: request.method,
      "identity.sourceIp": request.socket.remoteAddress,
      "identity.userAgent": headers["user-agent"],
      "integration.error": course.integrationError,
      "integration.integrationStatus": course.integrationStatus,
      "integration.latency": course.integrationLatency,
      "integration.status": course.integrationStatus,
      integrationErrorMessage: course.integrationError,
      integrationLatency: course.integrationLatency,
      integrationStatus: course.integrationStatus,
      path: course.path,
      protocol: "HTTP/1.1",
      requestId,
      requestTime: logTime(date),
      requestTimeEpoch: date.getTime(),
      responseLatency: now() - course.begin,
      responseLength: body.length,
      routeKey: route?.routeKey,
      stage: stage.name,
      status,
    };
    const claim = (name: string) => /^authorizer\.(?:claims|jwt\.claims)\.(.+)$/.exec(name)?.[1];
    const message = format.replace(/\$context\.(\w+(?:\.[\w-]+)*)/g, (_, name: string) => {
      return String(values[name] ?? (name in values ? "-" : claimText(claims[claim(name) ?? ""] ?? "-")));
    });
    controlPlane.putLogEvents(group, [{ stream: `${api.id}-${stage.name}`, timestamp: Date.now(), message }]);
  }

  const requestTimeout = options.requestTimeout ?? 30_000;
  const limits = {
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, 10_000),
    connectionsCheckingInterval: Math.min(requestTimeout, 1000),
  };
  const server = createServer({ key: certificate.key, cert: certificate.cert, ...limits }, (request, response) => {
    // Whoever goes in the middle of a request has no answer.
    request.on("error", () => undefined);
    void respond(request, response).catch(() => response.destroy());
  });
  server.on("clientError", refuseMalformed);
  const port = await listen(server);
  return { port, close: () => close(server) };
}

const problem = (status: number, message: string): ProxyResponse => ({
  status,
  headers: { "content-type": "application/json" },
  cookies: [],
  body: Buffer.from(JSON.stringify({ message })),
});

/** A token that is refused: its header says why, and its body does not. */
function refusal({ error, message }: JwtRefusal, { authorizationScopes }: HttpRoute): ProxyResponse {
  const { headers, ...rest } =
    error === "insufficient_scope" ? problem(403, "Forbidden") : problem(401, "Unauthorized");
  const scope = error === "insufficient_scope" ? authorizationScopes.join(" ") : "";
  const details = error === undefined ? "" : ` scope="${scope}" error="${error}" error_description="${message}"`;
  return { ...rest, headers: { ...headers, "www-authenticate": `Bearer${details}` } };
}

/** The body; undefined if it is larger than an API takes. The rest of it is not read then. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > mostPayload) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > mostPayload) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const headersOf = ({ rawHeaders }: IncomingMessage) =>
  rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : []));

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const messageIn = (body: Buffer, headers: Readonly<Record<string, string>>): string | undefined =>
  headers["content-type"] === "application/json"
    ? (JSON.parse(body.toString()) as { message?: string }).message
    : undefined;

/** What is no HTTP, and what takes too long to arrive. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const [status, message] = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? [408, "Request Timeout"] : [400, "Bad Request"];
  const body = JSON.stringify({ message });
  const headers = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  socket.end([`HTTP/1.1 ${status} ${message}`, ...headers, "", body].join("\r\n"));
}
