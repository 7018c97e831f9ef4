// The resource types of the aws stand-in for API Gateway's HTTP APIs.
import type { HttpRoute, HttpStage, JwtAuthorizer, LambdaIntegration, Throttling } from "../edge/function-state.ts";
import { apiDomain, executionArn } from "../edge/http-api-operations.ts";
import type { ApiDescription } from "../edge/http-api-operations.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function httpApiResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return {
    "aws:apigatewayv2/api:Api": httpApi(),
    "aws:apigatewayv2/authorizer:Authorizer": {
      ...partOfApi(api.httpAuthorizers, authorizerOf),
      autoname: { property: "name" },
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfAuthorizer),
        ...oneOf(inputs, "authorizerType", ["JWT"]),
      ],
    },
    "aws:apigatewayv2/integration:Integration": {
      ...partOfApi(api.httpIntegrations, integrationOf, { timeoutMilliseconds: 30_000 }),
      computed: ["integrationResponseSelectionExpression", "region", "timeoutMilliseconds"],
      defaults: { connectionType: "INTERNET", passthroughBehavior: "WHEN_NO_MATCH", payloadFormatVersion: "1.0" },
      replaceOnChanges: ["apiId", "integrationSubtype", "integrationType", "region"],
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfIntegration),
        ...oneOf(inputs, "integrationType", ["AWS_PROXY"]),
        // Without it, it is 1.0.
        ...oneOf({ payloadFormatVersion: "1.0", ...inputs }, "payloadFormatVersion", ["2.0"]),
      ],
    },
    "aws:apigatewayv2/route:Route": {
      ...partOfApi(api.httpRoutes, routeOf),
      defaults: { apiKeyRequired: false, authorizationType: "NONE" },
      sets: ["authorizationScopes"],
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfRoute),
        ...oneOf(inputs, "authorizationType", ["NONE", "JWT"]),
      ],
    },
    "aws:apigatewayv2/stage:Stage": stage(),
  };

  function httpApi(): ResourceImplementation {
    const describe = (inputs: Properties): ApiDescription => {
      const { name, description, version } = inputs as Readonly<Record<string, string | undefined>>;
      const cors = inputs["corsConfiguration"] as ApiDescription["cors"];
      return {
        name: name ?? "",
        ...(description !== undefined && { description }),
        ...(version !== undefined && { version }),
        disableExecuteApiEndpoint: inputs["disableExecuteApiEndpoint"] === true,
        ...(cors && { cors }),
        tags: allTags(inputs, settings()),
      };
    };
    const outputsOf = (id: string, state: Properties): Properties => {
      const found = api.getHttpApi(id);
      if (found === undefined) throw new Error(`The API ${id} is gone`);
      return {
        ...defaultsOfApi,
        ...state,
        apiEndpoint: `https://${apiDomain(found)}`,
        arn: `arn:aws:apigateway:${found.region}::/apis/${id}`,
        ...(found.cors && { corsConfiguration: found.cors }),
        executionArn: executionArn(found),
        ipAddressType: "ipv4",
        name: found.name,
        protocolType: "HTTP",
        region: found.region,
        tagsAll: found.tags,
      };
    };
    return {
      computed: ["apiEndpoint", "arn", "executionArn", "ipAddressType", "region", "tagsAll"],
      defaults: defaultsOfApi,
      replaceOnChanges: ["protocolType", "region"],
      autoname: { property: "name" },
      check: (inputs) => [...notEvaluated(inputs, notEvaluatedOfApi), ...oneOf(inputs, "protocolType", ["HTTP"])],
      create(inputs) {
        const { id } = api.createHttpApi(regionOf(inputs, settings()), describe(inputs));
        return { id, outputs: outputsOf(id, inputs) };
      },
      read: (id, state) => (api.getHttpApi(id) ? { id, outputs: outputsOf(id, state) } : undefined),
      update(id, _state, inputs) {
        api.updateHttpApi(id, describe(inputs));
        return outputsOf(id, inputs);
      },
      delete: (id) => api.deleteHttpApi(id),
    };
  }

  /** The resource type of a part of an API that has an id of its own. */
  function partOfApi<Part>(
    operations: {
      create(apiId: string, part: Part): string;
      get(apiId: string, id: string): Part | undefined;
      update(apiId: string, id: string, part: Part): void;
      delete(apiId: string, id: string): void;
    },
    partOf: (inputs: Properties) => Part,
    ofService: Properties = {},
  ): ResourceImplementation {
    const outputsOf = (inputs: Properties) => ({ ...ofService, ...inputs, region: regionOf(inputs, settings()) });
    const apiIdOf = (inputs: Properties) => inputs["apiId"] as string;
    return {
      computed: ["region"],
      replaceOnChanges: ["apiId", "region"],
      create(inputs) {
        const id = operations.create(apiIdOf(inputs), partOf(inputs));
        return { id, outputs: outputsOf(inputs) };
      },
      read: (id, state) => (operations.get(apiIdOf(state), id) ? { id, outputs: outputsOf(state) } : undefined),
      update(id, _state, inputs) {
        operations.update(apiIdOf(inputs), id, partOf(inputs));
        return outputsOf(inputs);
      },
      delete: (id, state) => operations.delete(apiIdOf(state), id),
    };
  }

  function stage(): ResourceImplementation {
    const outputsOf = (inputs: Properties): Properties => {
      const [apiId, name] = [inputs["apiId"] as string, inputs["name"] as string];
      const found = api.getHttpApi(apiId);
      if (found === undefined) throw new Error(`The API ${apiId} is gone`);
      return {
        ...inputs,
        arn: `arn:aws:apigateway:${found.region}::/apis/${apiId}/stages/${name}`,
        deploymentId: "",
        executionArn: `${executionArn(found)}/${name}`,
        invokeUrl: `https://${apiDomain(found)}/${name === "$default" ? "" : name}`,
        region: found.region,
        tagsAll: found.stages[name]?.tags ?? {},
      };
    };
    const stageOf = (inputs: Properties) => stageFrom(inputs, allTags(inputs, settings()));
    return {
      computed: ["arn", "deploymentId", "executionArn", "invokeUrl", "region", "tagsAll"],
      defaults: { autoDeploy: false },
      replaceOnChanges: ["apiId", "name", "region"],
      autoname: { property: "name" },
      check: (inputs) => [
        ...notEvaluated(inputs, ["clientCertificateId", "deploymentId"]),
        ...notEvaluated(
          (inputs["defaultRouteSettings"] ?? {}) as Properties,
          ["dataTraceEnabled", "loggingLevel"],
          "defaultRouteSettings.",
        ),
      ],
      create(inputs) {
        api.createHttpStage(inputs["apiId"] as string, stageOf(inputs));
        return { id: inputs["name"] as string, outputs: outputsOf(inputs) };
      },
      read: (id, state) =>
        api.getHttpStage(state["apiId"] as string, id) ? { id, outputs: outputsOf(state) } : undefined,
      update(_id, _state, inputs) {
        api.updateHttpStage(inputs["apiId"] as string, stageOf(inputs));
        return outputsOf(inputs);
      },
      delete: (id, state) => api.deleteHttpStage(state["apiId"] as string, id),
    };
  }
}

const defaultsOfApi = {
  apiKeySelectionExpression: "$request.header.x-api-key",
  routeSelectionExpression: "$request.method $request.path",
};

// prettier-ignore
const notEvaluatedOfApi = [
  "apiKeySelectionExpression", "body", "credentialsArn", "failOnWarnings", "ipAddressType", "routeKey",
  "routeSelectionExpression", "target",
];

// prettier-ignore
const notEvaluatedOfAuthorizer = [
  "authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds", "authorizerUri",
  "enableSimpleResponses",
];

// prettier-ignore
const notEvaluatedOfIntegration = [
  "connectionId", "contentHandlingStrategy", "credentialsArn", "integrationSubtype", "requestParameters",
  "requestTemplates", "responseParameters", "templateSelectionExpression", "tlsConfig",
];

// prettier-ignore
const notEvaluatedOfRoute = [
  "apiKeyRequired", "modelSelectionExpression", "operationName", "requestModels", "requestParameters",
  "routeResponseSelectionExpression",
];

function authorizerOf(inputs: Properties): JwtAuthorizer {
  const { issuer = "", audiences = [] } = (inputs["jwtConfiguration"] ?? {}) as Partial<JwtAuthorizer>;
  return {
    name: inputs["name"] as string,
    identitySources: (inputs["identitySources"] as string[] | undefined) ?? [],
    issuer,
    audiences,
  };
}

const integrationOf = (inputs: Properties): LambdaIntegration => ({
  integrationUri: (inputs["integrationUri"] as string | undefined) ?? "",
  payloadFormatVersion: inputs["payloadFormatVersion"] as string,
  timeout: Number(inputs["timeoutMilliseconds"] ?? 30_000),
  ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
});

function routeOf(inputs: Properties): HttpRoute {
  const { authorizerId, target } = inputs as Readonly<Record<string, string | undefined>>;
  return {
    routeKey: inputs["routeKey"] as string,
    authorizationType: inputs["authorizationType"] as HttpRoute["authorizationType"],
    ...(authorizerId !== undefined && { authorizerId }),
    authorizationScopes: (inputs["authorizationScopes"] as string[] | undefined) ?? [],
    ...(target !== undefined && { integrationId: target.replace(/^integrations\//, "") }),
  };
}

function stageFrom(inputs: Properties, tags: HttpStage["tags"]): HttpStage {
  const log = inputs["accessLogSettings"] as { destinationArn: string; format: string } | undefined;
  const ofRoutes = (inputs["routeSettings"] ?? []) as (Properties & { readonly routeKey: string })[];
  const byDefault = inputs["defaultRouteSettings"] as Properties | undefined;
  return {
    name: inputs["name"] as string,
    autoDeploy: inputs["autoDeploy"] === true,
    ...(log && { accessLog: { destinationArn: log.destinationArn.replace(/:\*$/, ""), format: log.format } }),
    throttling: byDefault ? throttlingOf(byDefault) : {},
    routeThrottling: Object.fromEntries(ofRoutes.map((settings) => [settings.routeKey, throttlingOf(settings)])),
    ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
    stageVariables: (inputs["stageVariables"] as Readonly<Record<string, string>> | undefined) ?? {},
    tags,
  };
}

/** What settings do not say of a limit, the provider sets to 0 (its source, `expandDefaultRouteSettings`). */
const throttlingOf = ({ throttlingBurstLimit = 0, throttlingRateLimit = 0 }: Properties): Throttling => ({
  burstLimit: Number(throttlingBurstLimit),
  rateLimit: Number(throttlingRateLimit),
});
