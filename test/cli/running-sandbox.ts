// A tenant, an AWS account with a picture store, and the command line as a child process, for a test file. Without an
// engine: the store is as a stack declares it, by the same operations.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "node:https";
import { afterAll, beforeAll } from "vitest";
import * as defaults from "../../components/picture-store/defaults.ts";
import { startServiceApi } from "../../sandbox/aws/service-api.ts";
import { identityService } from "../../sandbox/aws/identity-service.ts";
import { invalidationService } from "../../sandbox/aws/invalidation-service.ts";
import { startEdge } from "../../sandbox/edge/edge.ts";
import type { Edge } from "../../sandbox/edge/edge.ts";
import { distributionArn } from "../../sandbox/edge/identity.ts";
import { operatorEnvironment, operatorOf } from "../../sandbox/operator.ts";
import { sandboxHosts, startOutboundProxy } from "../../sandbox/outbound-proxy.ts";
import { operatorScopes } from "../../sandbox/services.ts";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../sandbox/tenant/certificate.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant, TenantSeed } from "../../sandbox/tenant/tenant.ts";
import { withSigningKey } from "../sandbox/tenant/signing-key.ts";

export interface RunningSandbox {
  /** Of the test file's own; it is removed afterwards. */
  folder: string;
  tenant: Tenant;
  edge: Edge;
  certificate: Certificate;
  /** As a command's target has it. Its distribution caches, and forgets by cache tag. */
  store: SandboxStore;
  /** What the command line finds in its environment: the tenant, the store and an operator's key. */
  environment: Readonly<Record<string, string>>;
  /** For the AWS SDK's clients in the test's own process. */
  awsOptions: AwsOptions;
  /** For `openPictureBucket(store, bucketOptions)` in the test's own process. */
  bucketOptions: Omit<AwsOptions, "region"> & { readonly cloudFrontEndpoint: string };
  /** Runs cli/main.ts as users do, with nothing of this process's environment but PATH. */
  runCli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
}

interface SandboxStore {
  readonly bucketName: string;
  readonly pictureBaseUrl: string;
  readonly distributionId: string;
  readonly region: string;
}

interface AwsOptions {
  readonly region: string;
  /** Of S3, CloudFront and STS alike. */
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Trusts the sandbox's certificate authority and no other. */
  readonly requestHandler: { readonly httpsAgent: Agent };
}

interface CliOptions {
  /** Replaces variables of `environment`; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default the sandbox's folder */
  readonly cwd?: string;
  /** Standard input. @default nothing */
  readonly input?: string;
}

export interface CliResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const region = "eu-west-1";
const bucketName = "user-pictures-bucket-0123abc";

/** Starts it before the file's tests and ends it after them. The object is filled when the tests run. */
export function runSandbox(seed: TenantSeed): RunningSandbox {
  const running = {} as RunningSandbox;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const open = await openSandbox(seed);
    close = open.close;
    Object.assign(running, open);
  });
  afterAll(() => close());
  return running;
}

export async function openSandbox(seed: TenantSeed): Promise<RunningSandbox & { readonly close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "cli-"));
  const certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net"]);
  const tenant = await startTenant({ folder: await withSigningKey(join(folder, "tenant")), certificate, ...seed });
  const edge = await startEdge({ folder: join(folder, "edge"), certificate, clock: Date.now });
  const { controlPlane } = edge;
  const store = createStore(controlPlane);
  const operator = operatorOf(folder, store);
  const api = await startServiceApi({
    ...{ controlPlane, certificate },
    services: [invalidationService(controlPlane), identityService()],
    keyNamed: (id) => (id === operator.accessKeyId ? operator : undefined),
  });
  const proxy = await startOutboundProxy(sandboxHosts({ tenant, edge }));
  const environment = {
    ...operatorEnvironment({
      ...{ tenant, client: tenant.createManagementClient(operatorScopes), key: operator, region },
      ...{ endpointVariables: api.endpointVariables, proxyUrl: proxy.url, caFile: certificate.caFile },
    }),
    PICTURE_BUCKET: store.bucketName,
    PICTURE_BASE_URL: store.pictureBaseUrl,
    PICTURE_DISTRIBUTION_ID: store.distributionId,
    // Each process compiles the same modules.
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
  };
  const httpsAgent = new Agent({ ca: certificate.ca, keepAlive: true });
  const { accessKeyId, secretAccessKey } = operator;
  const access = {
    endpoint: api.endpoint,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent },
  };
  // No configuration of whoever runs the tests: their AWS profile, their npm.
  const home = join(folder, "home");
  await mkdir(home);
  return {
    ...{ folder, tenant, edge, certificate, store, environment },
    awsOptions: { region, ...access },
    bucketOptions: { ...access, cloudFrontEndpoint: api.endpoint },
    runCli: (args, { env, cwd = folder, input = "" } = {}) =>
      run(args, { input, cwd, env: { PATH: process.env["PATH"], HOME: home, ...environment, ...env } }),
    async close() {
      httpsAgent.destroy();
      for (const part of [proxy, api, edge, tenant]) await part.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A bucket and a distribution, as the library's components declare them. */
function createStore(controlPlane: Edge["controlPlane"]): SandboxStore {
  controlPlane.createBucket(bucketName, region);
  controlPlane.putBucketVersioning(bucketName, defaults.bucketVersioning.versioningConfiguration.status);
  const originAccessControlId = controlPlane.originAccessControls.create({
    name: "pictures",
    ...defaults.originAccessControl,
  }).id;
  const { enabled, cacheTagConfig } = defaults.distribution;
  const { id, domainName } = controlPlane.createDistribution({
    ...{ enabled, cacheTagConfig, defaultRootObject: defaults.missingPicture.key },
    origins: [{ originId: "s3", domainName: `${bucketName}.s3.${region}.amazonaws.com`, originAccessControlId }],
    defaultCacheBehavior: {
      ...{ targetOriginId: "s3", viewerProtocolPolicy: "redirect-to-https", allowedMethods: ["GET", "HEAD"] },
    },
  });
  const arn = `arn:aws:s3:::${bucketName}`;
  const reading = {
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Condition: { StringEquals: { "AWS:SourceArn": distributionArn(id) } },
  };
  const statements = [
    { ...reading, Action: "s3:GetObject", Resource: defaults.readablePrefixes.map((prefix) => `${arn}/${prefix}*`) },
    { ...reading, Action: "s3:ListBucket", Resource: arn },
  ];
  controlPlane.putBucketPolicy(bucketName, JSON.stringify({ Version: "2012-10-17", Statement: statements }));
  return { bucketName, pictureBaseUrl: `https://${domainName}/`, distributionId: id, region };
}

const main = join(import.meta.dirname, "../../cli/main.ts");

function run(
  args: readonly string[],
  { input, ...options }: { input: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<CliResult> {
  const child = spawn(process.execPath, [main, ...args], options);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  // It need not read all of it.
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
