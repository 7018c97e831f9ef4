// The aws stand-in's types for functions, roles, log groups and HTTP APIs, called as the engine calls them.
import { hash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { archiveSignature, assetSignature, signatureKey } from "../../../sandbox/engine/special-values.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import { connectProvider } from "./provider-client.ts";
import type { ProviderClient } from "./provider-client.ts";

const types = {
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  fn: "aws:lambda/function:Function",
  permission: "aws:lambda/permission:Permission",
  retries: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  logGroup: "aws:cloudwatch/logGroup:LogGroup",
  api: "aws:apigatewayv2/api:Api",
  authorizer: "aws:apigatewayv2/authorizer:Authorizer",
  integration: "aws:apigatewayv2/integration:Integration",
  route: "aws:apigatewayv2/route:Route",
  stage: "aws:apigatewayv2/stage:Stage",
} as const;

const folder = mkdtempSync(join(tmpdir(), "aws-functions-"));
let edge: Edge;
let served: ServedProviders;
let aws: ProviderClient;

beforeAll(async () => {
  edge = await startEdge({ folder, certificate: await obtainCertificate(folder, ["*.cloudfront.net"]) });
  served = await serveProviders({ auth0: { domain: "localhost:1", clientId: "a", clientSecret: "b" }, edge });
  aws = connectProvider(served.attach, "aws");
  await aws.configure({ "aws:config:region": "eu-west-1" });
});
afterAll(async () => {
  aws.close();
  await served.close();
  await edge.close();
  rmSync(folder, { recursive: true });
});

/** Checked as the engine does, then created. */
async function deploy(type: string, program: Properties) {
  const { inputs, failures } = await aws.check(type, program);
  expect(failures).toEqual([]);
  const { id, outputs } = await aws.create(type, inputs);
  expect(await aws.diff(type, inputs, inputs, outputs)).toMatchObject({ changes: false });
  expect((await aws.read(type, id, { outputs, inputs })).outputs).toEqual(outputs);
  return { id, outputs, inputs };
}

const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

function archive(text: string): Properties {
  const path = join(folder, `${hash("sha256", text).slice(0, 8)}.cjs`);
  writeFileSync(path, text);
  const asset = { [signatureKey]: assetSignature, hash: hash("sha256", text), path };
  return { [signatureKey]: archiveSignature, hash: hash("sha256", `tar ${text}`), assets: { "index.cjs": asset } };
}

const functionOf = (role: string, changes: Properties = {}) => ({
  ...{ role, handler: "index.handler", runtime: "nodejs24.x", code: archive("exports.handler = async () => 1;") },
  ...changes,
});

describe("a function", () => {
  it("is deployed with its role, its logs and its API, changed, and taken away", async () => {
    const role = await deploy(types.role, { assumeRolePolicy: trust, description: "the function's" });
    expect(role.outputs).toMatchObject({
      ...{ arn: `arn:aws:iam::123456789012:role/${role.id}`, path: "/", maxSessionDuration: 3600 },
      managedPolicyArns: [],
    });
    expect(JSON.parse(role.outputs["assumeRolePolicy"] as string)).toEqual(trust);
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] };
    const rolePolicy = await deploy(types.rolePolicy, { role: role.id, policy });
    const group = await deploy(types.logGroup, { retentionInDays: 30 });
    const fn = await deploy(
      types.fn,
      functionOf(role.outputs["arn"] as string, {
        environment: { variables: { AN: "entry" } },
        loggingConfig: { logFormat: "JSON", logGroup: group.id },
        ...{ architectures: ["arm64"], memorySize: 1769, timeout: 15, tags: { team: "a" } },
      }),
    );
    expect(fn.outputs).toMatchObject({
      arn: `arn:aws:lambda:eu-west-1:123456789012:function:${fn.id}`,
      invokeArn: expect.stringMatching(
        /^arn:aws:apigateway:eu-west-1:lambda:path\/2015-03-31\/functions\/arn:.*\/invocations$/,
      ) as string,
      ...{ version: "$LATEST", packageType: "Zip", tagsAll: { team: "a" }, reservedConcurrentExecutions: -1 },
    });
    const retries = await deploy(types.retries, {
      functionName: fn.id,
      destinationConfig: { onFailure: { destination: "arn:aws:sqs:eu-west-1:123456789012:q" } },
    });
    expect(edge.controlPlane.getFunction(fn.id)?.eventInvokeConfig).toEqual({
      maximumRetryAttempts: 2,
      onFailure: "arn:aws:sqs:eu-west-1:123456789012:q",
    });

    const api = await deploy(types.api, {
      protocolType: "HTTP",
      corsConfiguration: { allowOrigins: ["https://app.example"] },
    });
    const apiId = api.id;
    const authorizer = await deploy(types.authorizer, {
      ...{ apiId, authorizerType: "JWT", identitySources: ["$request.header.Authorization"] },
      jwtConfiguration: { issuer: "https://issuer.example/", audiences: ["urn:a"] },
    });
    const integration = await deploy(types.integration, {
      ...{ apiId, integrationType: "AWS_PROXY", integrationMethod: "POST", integrationUri: fn.outputs["invokeArn"] },
      ...{ payloadFormatVersion: "2.0", timeoutMilliseconds: 30_000 },
    });
    const route = await deploy(types.route, {
      ...{ apiId, routeKey: "PUT /picture", authorizationType: "JWT", authorizerId: authorizer.id },
      ...{ authorizationScopes: ["update:picture"], target: `integrations/${integration.id}` },
    });
    const stage = await deploy(types.stage, {
      ...{ apiId, name: "$default", autoDeploy: true },
      defaultRouteSettings: { throttlingRateLimit: 10, throttlingBurstLimit: 20 },
    });
    expect(stage.outputs).toMatchObject({ invokeUrl: `https://${apiId}.execute-api.eu-west-1.amazonaws.com/` });
    const permission = await deploy(types.permission, {
      ...{ action: "lambda:InvokeFunction", function: fn.id, principal: "apigateway.amazonaws.com" },
      sourceArn: `${api.outputs["executionArn"] as string}/*/PUT/picture`,
    });

    const changed = functionOf(role.outputs["arn"] as string, { code: archive("exports.handler = async () => 2;") });
    const { inputs } = await aws.check(types.fn, changed, { olds: fn.inputs });
    expect(await aws.diff(types.fn, fn.inputs, inputs, fn.outputs)).toMatchObject({ changes: true, replaces: [] });
    const updated = await aws.update(types.fn, fn.id, fn.outputs, inputs);
    expect(updated["codeSha256"]).not.toBe(fn.outputs["codeSha256"]);
    expect(edge.controlPlane.getFunction(fn.id)?.environment).toEqual({});

    await aws.delete(types.permission, permission.id, permission.outputs);
    await aws.delete(types.stage, stage.id, stage.outputs);
    await expect(aws.delete(types.integration, integration.id, integration.outputs)).rejects.toThrow("referenced by");
    await aws.delete(types.route, route.id, route.outputs);
    await aws.delete(types.integration, integration.id, integration.outputs);
    await aws.delete(types.authorizer, authorizer.id, authorizer.outputs);
    await aws.delete(types.api, apiId, api.outputs);
    await aws.delete(types.retries, retries.id, retries.outputs);
    await aws.delete(types.fn, fn.id, updated);
    await aws.delete(types.logGroup, group.id, group.outputs);
    await expect(aws.delete(types.role, role.id, role.outputs)).rejects.toThrow("must delete policies first");
    await aws.delete(types.rolePolicy, rolePolicy.id, rolePolicy.outputs);
    await aws.delete(types.role, role.id, role.outputs);
  });

  it.each([
    [types.fn, { role: "r", runtime: "nodejs24.x", handler: "a.b" }, "the sandbox runs functions that are zips"],
    [types.fn, functionOf("r", { runtime: "nodejs18.x" }), "expected runtime to be one of"],
    [types.fn, functionOf("r", { layers: ["arn:aws:lambda:…"] }), "does not evaluate"],
    [types.fn, functionOf("r", { vpcConfig: { securityGroupIds: [], subnetIds: [] } }), "does not evaluate"],
    [types.fn, functionOf("r", { memory: 1 }), "Invalid or unknown key"],
    [types.role, { assumeRolePolicy: trust, permissionsBoundary: "arn:…" }, "does not evaluate"],
    [types.role, { description: "none" }, "Missing required argument"],
    [types.permission, { action: "a", function: "f", principal: "p", qualifier: "1" }, "does not evaluate"],
    [types.api, { protocolType: "WEBSOCKET" }, "expected protocol_type to be one of"],
    [types.authorizer, { apiId: "a", authorizerType: "REQUEST" }, "expected authorizer_type to be one of"],
    [types.integration, { apiId: "a", integrationType: "AWS_PROXY" }, "expected payload_format_version to be one of"],
    [types.route, { apiId: "a", routeKey: "GET /", authorizationType: "AWS_IAM" }, "expected authorization_type to be"],
    [types.stage, { apiId: "a", defaultRouteSettings: { loggingLevel: "INFO" } }, "does not evaluate"],
  ])("%s is refused at the preview: %j", async (type, program, reason) => {
    expect((await aws.check(type, program)).failures.join()).toContain(reason);
  });

  it("is replaced where Lambda cannot change it", async () => {
    const { inputs } = await aws.check(types.fn, functionOf("arn:aws:iam::123456789012:role/a", { name: "one" }));
    const other = { ...inputs, name: "two" };

    const state = { ...inputs, region: "eu-west-1", tagsAll: {} };
    expect(await aws.diff(types.fn, inputs, other, state)).toMatchObject({ replaces: ["name"], deleteFirst: true });
    const before = { sourceArn: "a", region: "eu-west-1" };
    expect(await aws.diff(types.permission, before, { sourceArn: "b" })).toMatchObject({ replaces: ["sourceArn"] });
  });

  it("has limits of 0 in a stage that sets others, as the provider sets them", async () => {
    const { id: apiId } = await deploy(types.api, { protocolType: "HTTP" });
    await deploy(types.stage, { apiId, name: "$default", defaultRouteSettings: { detailedMetricsEnabled: true } });

    expect(edge.controlPlane.getHttpStage(apiId, "$default")?.throttling).toEqual({ burstLimit: 0, rateLimit: 0 });
  });

  it("is not deployed from a file that has changed meanwhile", async () => {
    const { outputs } = await deploy(types.role, { name: "changing", assumeRolePolicy: trust });
    const code = archive("exports.handler = async () => 3;");
    const { inputs } = await aws.check(types.fn, functionOf(outputs["arn"] as string, { code }));
    const [asset] = Object.values(code["assets"] as Record<string, { path: string }>);
    writeFileSync(asset?.path ?? "", "changed");

    await expect(aws.create(types.fn, inputs)).rejects.toThrow("changed while it was deployed");
  });
});
