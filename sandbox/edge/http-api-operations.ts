// API Gateway's operations for HTTP APIs, with the checks that decide whether a deployment succeeds.
import { fail } from "./aws-error.ts";
import { randomText } from "./edge-state.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type {
  CorsConfiguration,
  HttpApi,
  HttpRoute,
  HttpStage,
  JwtAuthorizer,
  LambdaIntegration,
  Throttling,
} from "./function-state.ts";

export type ApiDescription = Omit<HttpApi, "id" | "region" | "authorizers" | "integrations" | "routes" | "stages">;

/** The parts of an API that have ids. */
interface Parts {
  readonly authorizers: JwtAuthorizer;
  readonly integrations: LambdaIntegration;
  readonly routes: HttpRoute;
}

/**
 * The operations are named as in the Amazon API Gateway Version 2 API reference, and throw the `AwsError`s that are
 * named there.
 */
export function httpApiOperations(store: Store) {
  const { state } = store;
  const apiWithId = (id: string): HttpApi =>
    state.httpApis[id] ?? fail("NotFoundException", `Unable to find Api by ID ${id}`, 404);
  const put = (api: HttpApi): void => {
    state.httpApis[api.id] = api;
    store.save();
  };

  /** The operations for one kind of part: each is in an API, under an id of its own. */
  function parts<Kind extends keyof Parts>(kind: Kind, check: (api: HttpApi, part: Parts[Kind], id?: string) => void) {
    const set = (apiId: string, id: string, part: Parts[Kind]) => {
      const api = apiWithId(apiId);
      check(api, part, id);
      put({ ...api, [kind]: { ...api[kind], [id]: part } });
    };
    const get = (apiId: string, id: string): Parts[Kind] | undefined =>
      (state.httpApis[apiId]?.[kind] as Readonly<Record<string, Parts[Kind]>> | undefined)?.[id];
    return {
      /** Returns its id. */
      create(apiId: string, part: Parts[Kind]): string {
        const id = randomText(7);
        set(apiId, id, part);
        return id;
      },
      get,
      update(apiId: string, id: string, part: Parts[Kind]): void {
        if (get(apiId, id) === undefined) fail("NotFoundException", `Unable to find ${kind} ${id}`, 404);
        set(apiId, id, part);
      },
      delete(apiId: string, id: string): void {
        const api = state.httpApis[apiId];
        if (api === undefined) return;
        checkUnused(api, kind, id);
        const { [id]: _, ...others } = api[kind];
        put({ ...api, [kind]: others });
      },
    };
  }

  return {
    createHttpApi(region: string, description: ApiDescription): HttpApi {
      checkApi(description);
      const empty = { authorizers: {}, integrations: {}, routes: {}, stages: {} };
      const api = { ...description, id: randomText(10), region, ...empty };
      put(api);
      return api;
    },
    getHttpApi: (id: string): HttpApi | undefined => state.httpApis[id],
    updateHttpApi(id: string, description: ApiDescription): HttpApi {
      checkApi(description);
      const { region, authorizers, integrations, routes, stages } = apiWithId(id);
      const api = { ...description, id, region, authorizers, integrations, routes, stages };
      put(api);
      return api;
    },
    /** With all that is in it. */
    deleteHttpApi(id: string): void {
      Reflect.deleteProperty(state.httpApis, id);
      store.save();
    },
    httpAuthorizers: parts("authorizers", (api, authorizer, id) => {
      const taken = Object.entries(api.authorizers).some(
        ([other, { name }]) => other !== id && name === authorizer.name,
      );
      if (taken) conflict(`Authorizer name must be unique. Authorizer ${authorizer.name} already exists`);
      checkAuthorizer(authorizer);
    }),
    httpIntegrations: parts("integrations", (_, integration) => checkIntegration(integration)),
    httpRoutes: parts("routes", (api, route, id) => {
      checkRoute(api, route);
      const taken = Object.entries(api.routes).some(([other, it]) => other !== id && it.routeKey === route.routeKey);
      if (taken) conflict(`Route with key ${route.routeKey} already exists for this API`);
    }),
    createHttpStage(apiId: string, stage: HttpStage): void {
      const api = apiWithId(apiId);
      checkStage(state.logGroups, stage);
      if (api.stages[stage.name]) conflict("Stage already exists");
      put({ ...api, stages: { ...api.stages, [stage.name]: stage } });
    },
    getHttpStage: (apiId: string, name: string): HttpStage | undefined => state.httpApis[apiId]?.stages[name],
    updateHttpStage(apiId: string, stage: HttpStage): void {
      const api = apiWithId(apiId);
      checkStage(state.logGroups, stage);
      if (!api.stages[stage.name]) fail("NotFoundException", "Unable to find Stage", 404);
      put({ ...api, stages: { ...api.stages, [stage.name]: stage } });
    },
    deleteHttpStage(apiId: string, name: string): void {
      const api = state.httpApis[apiId];
      if (api === undefined) return;
      const { [name]: _, ...stages } = api.stages;
      put({ ...api, stages });
    },
  };
}

export const apiDomain = ({ id, region }: Pick<HttpApi, "id" | "region">) =>
  `${id}.execute-api.${region}.amazonaws.com`;

export const executionArn = ({ id, region }: Pick<HttpApi, "id" | "region">) =>
  `arn:aws:execute-api:${region}:${accountId}:${id}`;

const badRequest = (reason: string) => fail("BadRequestException", reason);
const conflict = (reason: string) => fail("ConflictException", reason, 409);

function checkApi({ name, cors }: ApiDescription): void {
  if (name.length < 1 || name.length > 128) badRequest("The name has 1 to 128 characters");
  if (cors !== undefined) checkCors(cors);
}

/** API Gateway docs, "Configure CORS for HTTP APIs in API Gateway". */
function checkCors({ allowOrigins = [], allowMethods = [], allowCredentials, maxAge = 0 }: CorsConfiguration): void {
  for (const origin of allowOrigins)
    if (!/^(?:\*|https?:\/\/\*|(?:https?|[a-z][a-z0-9+.-]*):\/\/[^/*\s]+)$/i.test(origin))
      badRequest(`Invalid value for allowOrigins: ${origin}. It is *, or a scheme and a host, without a path`);
  for (const method of allowMethods)
    if (!["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(method))
      badRequest(`Invalid value for allowMethods: ${method}`);
  if (allowCredentials === true && allowOrigins.includes("*"))
    badRequest("allowCredentials is not supported for origin *");
  if (maxAge < -1 || maxAge > 86_400) badRequest("maxAge should be between -1 and 86400");
}

function checkAuthorizer({ name, issuer, audiences, identitySources }: JwtAuthorizer): void {
  if (name.length < 1 || name.length > 128) badRequest("The name has 1 to 128 characters");
  if (!/^https:\/\/[^\s?#]+$/.test(issuer)) badRequest(`Invalid issuer: ${issuer}. Issuer must be a valid https URL`);
  if (audiences.length === 0) badRequest("Audience list must have at least 1 entry");
  if (audiences.length > 50) badRequest("Audience list has more than 50 entries");
  if (identitySources.length !== 1) badRequest("JWT authorizers have exactly one identity source");
  if (!/^\$request\.(?:header|querystring)\.[\w-]+$/.test(identitySources[0] ?? ""))
    badRequest(`Identity source ${identitySources.join()} is invalid`);
}

function checkIntegration({ integrationUri, payloadFormatVersion, timeout }: LambdaIntegration): void {
  if (!functionIn(integrationUri)) badRequest(`Invalid integration URI: ${integrationUri}`);
  if (payloadFormatVersion !== "2.0" && payloadFormatVersion !== "1.0")
    badRequest(`Invalid payloadFormatVersion: ${payloadFormatVersion}`);
  if (timeout < 50 || timeout > 30_000) badRequest("Timeout should be between 50 ms and 30000 ms");
}

/** The ARN of the function that an integration names, which need not exist. */
export const functionIn = (integrationUri: string): string | undefined =>
  /(arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+)(?:\/invocations)?$/.exec(integrationUri)?.[1];

function checkRoute(api: HttpApi, route: HttpRoute): void {
  const { routeKey, authorizationType, authorizerId, authorizationScopes, integrationId } = route;
  if (!/^(?:\$default|(?:ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*)$/.test(routeKey))
    badRequest(`The provided route key is not formatted properly for HTTP protocol: ${routeKey}`);
  if (integrationId !== undefined && !api.integrations[integrationId])
    badRequest(`Invalid target: integration ${integrationId} does not exist`);
  if (authorizationType === "JWT" && !api.authorizers[authorizerId ?? ""])
    badRequest(`Invalid authorizer ID specified: ${authorizerId}`);
  if (authorizationType === "NONE" && (authorizerId !== undefined || authorizationScopes.length > 0))
    badRequest("An authorizer and scopes need the authorization type JWT");
  if (authorizationScopes.length > 10) badRequest("A route has at most 10 scopes");
}

function checkStage(
  logGroups: Readonly<Record<string, object>>,
  { name, accessLog, throttling, routeThrottling }: HttpStage,
): void {
  if (!/^(?:\$default|[\w-]{1,128})$/.test(name)) badRequest(`Invalid stage name: ${name}`);
  for (const { rateLimit = 0, burstLimit = 0 } of [throttling, ...Object.values(routeThrottling)] as Throttling[])
    if (rateLimit < 0 || rateLimit > 10_000 || burstLimit < 0 || burstLimit > 5000)
      badRequest("Throttling limits should not exceed those of the account: 10000 a second, 5000 at once");
  if (accessLog === undefined) return;
  const { destinationArn, format } = accessLog;
  const group = /^arn:aws:logs:[^:]+:\d{12}:log-group:([^:]+)$/.exec(destinationArn)?.[1];
  if (group === undefined)
    badRequest("Invalid ARN specified in the request. The access log destination must be a CloudWatch log group");
  else if (!logGroups[group]) badRequest(`Access log destination ${destinationArn} does not exist`);
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(format))
    badRequest("Access log format must contain $context.requestId or $context.extendedRequestId");
  if (format.includes("\n")) badRequest("Access log format must be single line");
}

/** What another part of the API uses cannot be deleted. */
function checkUnused({ routes }: HttpApi, kind: keyof Parts, id: string): void {
  const user = Object.values(routes).find(({ authorizerId, integrationId }) =>
    kind === "authorizers" ? authorizerId === id : kind === "integrations" && integrationId === id,
  );
  if (user) conflict(`Cannot delete ${kind} ${id}: referenced by the route ${user.routeKey}`);
}
