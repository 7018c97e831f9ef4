// The HTTP API before the upload function: whose tokens it takes, on which routes, how many requests.
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "../aws.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { uploadDefaults } from "./upload-defaults.ts";
import type { UploadAccessLogsArgs } from "./upload-parts.ts";
import { uploadScope } from "./upload-sets.ts";

const methods = ["PUT", "DELETE", "GET"] as const;
const path = "/picture";

export interface HttpApiArgs extends Pick<
  PictureUploadsArgs,
  "allowedOrigins" | "issuer" | "throttling" | "accessLogs" | "logRetentionInDays" | "tags"
> {
  readonly lambda: LambdaFunction;
  /** The tenant's own. */
  readonly domain: pulumi.Input<string>;
  /** The identifier of the API in Auth0. */
  readonly audience: pulumi.Input<string>;
}

/** Returns the URL of the one resource that there is, once it is served. */
export function newHttpApi(name: string, args: HttpApiArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { lambda, allowedOrigins, domain, audience, tags } = args;
  // Compared to the letter.
  const issuer = args.issuer ?? pulumi.interpolate`https://${domain}/`;
  const api = new aws.Api(
    `${name}-http-api`,
    {
      protocolType: "HTTP",
      description: "Users change their own picture",
      ...(allowedOrigins !== undefined && { corsConfiguration: pulumi.output(allowedOrigins).apply(corsOf) }),
      ...(tags && { tags }),
    },
    opts,
  );
  const authorizer = new aws.Authorizer(
    `${name}-authorizer`,
    {
      apiId: api.id,
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { issuer, audiences: [audience] },
    },
    opts,
  );
  const integration = new aws.Integration(
    `${name}-integration`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: lambda.invokeArn,
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 30_000,
    },
    opts,
  );
  const routes = methods.flatMap((method) => {
    const logicalName = `${name}-${method.toLowerCase()}`;
    return [
      new aws.Route(
        logicalName,
        {
          apiId: api.id,
          routeKey: `${method} ${path}`,
          authorizationType: "JWT",
          authorizerId: authorizer.id,
          // Without a scope an ID token would pass.
          authorizationScopes: [uploadScope],
          target: pulumi.interpolate`integrations/${integration.id}`,
        },
        opts,
      ),
      new aws.Permission(
        `${logicalName}-permission`,
        {
          action: "lambda:InvokeFunction",
          function: lambda.name,
          principal: "apigateway.amazonaws.com",
          sourceArn: pulumi.interpolate`${api.executionArn}/*/${method}${path}`,
        },
        opts,
      ),
    ];
  });
  const stage = newStage(name, api.id, args, opts);
  const isServed = pulumi.all([stage.urn, ...routes.map(({ urn }) => urn)]);
  return pulumi.all([api.apiEndpoint, isServed]).apply(([endpoint]) => `${endpoint}${path}`);
}

/** An empty list allows nobody, as no list does. */
const corsOf = (allowOrigins: readonly string[]) =>
  allowOrigins.length === 0
    ? undefined
    : {
        allowOrigins: [...allowOrigins],
        allowMethods: [...methods],
        allowHeaders: ["authorization", "content-type"],
        // Seconds; browsers ask again after two hours at the latest.
        maxAge: 7200,
      };

function newStage(
  name: string,
  apiId: pulumi.Input<string>,
  {
    throttling = {},
    accessLogs,
    logRetentionInDays: retentionInDays = uploadDefaults.logRetentionInDays,
    tags,
  }: HttpApiArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const limits = pulumi.output(throttling).apply((given) => ({ ...uploadDefaults.throttling, ...given }));
  const logGroup =
    accessLogs && new aws.LogGroup(`${name}-access-logs`, { retentionInDays, ...(tags && { tags }) }, opts);
  return new aws.Stage(
    `${name}-stage`,
    {
      apiId,
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: {
        throttlingRateLimit: limits.rateLimit,
        throttlingBurstLimit: limits.burstLimit,
      },
      ...(logGroup && { accessLogSettings: { destinationArn: logGroup.arn, format: accessLogFormat(accessLogs) } }),
      ...(tags && { tags }),
    },
    opts,
  );
}

/** One line of JSON. API Gateway takes no format without a request's id. */
const accessLogFormat = ({
  fields = [...uploadDefaults.accessLogFields],
}: UploadAccessLogsArgs): pulumi.Output<string> =>
  pulumi
    .output(fields)
    .apply((names) =>
      JSON.stringify(Object.fromEntries(["requestId", ...names].map((name) => [name, `$context.${name}`]))),
    );
