// An edge with functions and HTTP APIs, for a test file, and an issuer of tokens. What is deployed to it is written by
// the API operations that the provider stand-in calls.
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { apiHosts, startAwsServices } from "../../../sandbox/aws/aws-services.ts";
import type { AwsServices } from "../../../sandbox/aws/aws-services.ts";
import { invokeArn } from "../../../sandbox/edge/function-operations.ts";
import type { FunctionFiles } from "../../../sandbox/edge/function-operations.ts";
import type {
  FunctionConfiguration,
  HttpApi,
  HttpStage,
  LambdaFunction,
} from "../../../sandbox/edge/function-state.ts";
import { apiDomain, executionArn } from "../../../sandbox/edge/http-api-operations.ts";
import type { LogLine } from "../../../sandbox/edge/log-groups.ts";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { accountId } from "../../../sandbox/edge/identity.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";

export const region = "eu-west-1";
export const issuer = "https://issuer.example/";
export const audience = "urn:pictures";
export const scope = "update:picture";

export interface RunningAws {
  /** Of the file's own; it is removed afterwards. */
  folder: string;
  edge: Edge;
  controlPlane: Edge["controlPlane"];
  aws: AwsServices;
  certificate: Certificate;
  /** How often the issuer was asked for its keys. */
  keyRequests(): number;
}

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** The issuer's keys, by `kid`; a test may add one. */
export const issuerKeys: Record<string, KeyObject> = { first: rsa.publicKey, curve: ec.publicKey };

interface AwsOptions {
  readonly requestTimeout?: number;
}

/** Starts it before the file's tests and ends it after them. The object is filled when the tests run. */
export function runAws(options: AwsOptions = {}): RunningAws {
  const running = {} as RunningAws;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const open = await openAws(options);
    close = open.close;
    Object.assign(running, open);
  });
  afterAll(() => close());
  return running;
}

export async function openAws(options: AwsOptions = {}): Promise<RunningAws & { readonly close: () => Promise<void> }> {
  let requests = 0;
  const folder = await mkdtemp(join(tmpdir(), "aws-"));
  const certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net", ...apiHosts]);
  const edge = await startEdge({ folder: join(folder, "edge"), certificate });
  const reachIssuer = (url: unknown) => {
    if (url === `${issuer}.well-known/openid-configuration`)
      return Promise.resolve(Response.json({ issuer, jwks_uri: `${issuer}keys` }));
    if (url !== `${issuer}keys`) return Promise.reject(new Error("getaddrinfo ENOTFOUND"));
    requests += 1;
    const keys = Object.entries(issuerKeys).map(([kid, key]) => ({ ...key.export({ format: "jwk" }), kid }));
    return Promise.resolve(Response.json({ keys }));
  };
  const aws = await startAwsServices({
    edge,
    folder: join(folder, "aws"),
    certificate,
    fetch: reachIssuer,
    ...options,
  });
  return {
    ...{ folder, edge, controlPlane: edge.controlPlane, aws, certificate },
    keyRequests: () => requests,
    async close() {
      await aws.close();
      await edge.close();
      await rm(folder, { recursive: true });
    },
  };
}

const trustPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** That lets it log. */
const logPolicy = (group: string) => ({
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: `arn:aws:logs:${region}:${accountId}:log-group:${group}:*`,
});

export function createRole(
  controlPlane: Edge["controlPlane"],
  name: string,
  statements: readonly object[] = [],
): string {
  controlPlane.createRole(name, { path: "/", maxSessionDuration: 3600, assumeRolePolicy: trustPolicy, tags: {} });
  if (statements.length > 0)
    controlPlane.putRolePolicy(name, "own", JSON.stringify({ Version: "2012-10-17", Statement: statements }));
  return `arn:aws:iam::${accountId}:role/${name}`;
}

/** A function with a role and a log group of its own, all with its name. */
export function createFunction(
  { controlPlane }: RunningAws,
  name: string,
  code: string | FunctionFiles,
  {
    statements = [],
    ...configuration
  }: Partial<FunctionConfiguration> & { readonly statements?: readonly object[] } = {},
): LambdaFunction {
  controlPlane.createLogGroup({
    ...{ name, retentionInDays: 30, logGroupClass: "STANDARD", deletionProtectionEnabled: false, tags: {} },
  });
  const whole: FunctionConfiguration = {
    role: createRole(controlPlane, name, [logPolicy(name), ...statements]),
    handler: "index.handler",
    runtime: "nodejs24.x",
    architectures: ["arm64"],
    description: "",
    memorySize: 256,
    timeout: 20,
    ephemeralStorage: 512,
    environment: {},
    loggingConfig: { logFormat: "Text", logGroup: name },
    ...configuration,
  };
  const files = typeof code === "string" ? { "index.mjs": Buffer.from(code) } : code;
  return controlPlane.createFunction(name, region, whole, { files, tags: {} });
}

/** What its log group has of it. */
export const linesOf = ({ controlPlane }: RunningAws, group: string): string[] =>
  controlPlane.filterLogEvents(group).map(({ message }: LogLine) => message);

export interface MadeApi {
  readonly api: HttpApi;
  readonly url: string;
  readonly integrationId: string;
}

/** An HTTP API, `PUT /picture` of which runs the function, with a scope. */
export function createApi(
  { controlPlane }: RunningAws,
  fn: LambdaFunction,
  {
    cors,
    scopes = [scope],
    ...stage
  }: Partial<HttpStage> & { readonly cors?: HttpApi["cors"]; readonly scopes?: readonly string[] } = {},
): MadeApi {
  const api = controlPlane.createHttpApi(region, {
    ...{ name: "pictures", disableExecuteApiEndpoint: false, tags: {}, ...(cors && { cors }) },
  });
  const authorizerId = controlPlane.httpAuthorizers.create(api.id, {
    ...{ name: "jwt", identitySources: ["$request.header.Authorization"], issuer, audiences: [audience] },
  });
  const integrationId = controlPlane.httpIntegrations.create(api.id, {
    ...{ integrationUri: invokeArn(fn), payloadFormatVersion: "2.0", timeout: 30_000 },
  });
  const secured = { authorizationType: "JWT", authorizerId, authorizationScopes: scopes, integrationId } as const;
  controlPlane.httpRoutes.create(api.id, { ...secured, routeKey: "PUT /picture" });
  const open = { authorizationType: "NONE", authorizationScopes: [], integrationId } as const;
  controlPlane.httpRoutes.create(api.id, { ...open, routeKey: "ANY /open/{what}" });
  controlPlane.createHttpStage(api.id, {
    ...{ name: "$default", autoDeploy: true, throttling: {}, routeThrottling: {}, stageVariables: {}, tags: {} },
    ...stage,
  });
  controlPlane.addPermission(fn.name, `api-${api.id}`, {
    ...{ action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com" },
    sourceArn: `${executionArn(api)}/*/*/*`,
  });
  return { api, url: `https://${apiDomain(api)}`, integrationId };
}

/** A token of the issuer, for a user, with the scope; `claims` replaces what it says, `undefined` takes it away. */
export function token(
  claims: Readonly<Record<string, unknown>> = {},
  {
    alg = "RS256",
    kid = "first",
    key = alg === "ES256" ? ec.privateKey : rsa.privateKey,
  }: {
    alg?: string;
    kid?: string | null;
    key?: KeyObject;
  } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const whole = { iss: issuer, sub: "auth0|ada", aud: audience, exp: now + 60, iat: now, scope, ...claims };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg, kid, typ: "JWT" })}.${encode(whole)}`;
  if (alg === "none") return `${signed}.AA`;
  if (alg === "HS256") return `${signed}.${createHash("sha256").update(signed).digest("base64url")}`;
  const signature = createSign("sha256").update(signed).sign({ key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

export const bearer = (text = token()) => ({ authorization: `Bearer ${text}` });
