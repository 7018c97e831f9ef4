// What picture uploads declare: each resource's inputs, what is secret, and what is not there.
import { Provider as Auth0Provider } from "@pulumi/auth0/provider.js";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refusalText } from "../../../actions/bundle/schema.ts";
import { PictureUploads } from "../../../components/picture-uploads/picture-uploads.ts";
import type { PictureUploadsArgs } from "../../../components/picture-uploads/upload-args.ts";
import { validateUploads } from "../../../components/picture-uploads/validate-uploads.ts";
import { computedOutputs } from "../computed-outputs.ts";
import { mockEngine, valueOf } from "../mock-engine.ts";

const engine = mockEngine();

beforeEach(() => {
  vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com");
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

const distributionArn = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE";
const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c";
const store = {
  bucketName: "pictures",
  bucketArn: "arn:aws:s3:::pictures",
  pictureBaseUrl: "https://pictures.example.org/",
  distributionArn,
  bucketExpiresReplaced: true,
};

const make = (options: Partial<PictureUploadsArgs> = {}, opts: pulumi.ComponentResourceOptions = {}) =>
  new PictureUploads("uploads", { ...store, ...options }, { ...engine.recorded, ...opts });

type Inputs = Record<string, Record<string, unknown>>;

/** What each resource of the component is declared with, by its logical name without the component's. */
async function declared(options: Partial<PictureUploadsArgs> = {}): Promise<Inputs> {
  make(options);
  const registered = await engine.registered();
  return Object.fromEntries(
    registered.filter(({ name }) => name !== "uploads").map(({ name, inputs }) => [name.slice(8), inputs]),
  );
}

interface Policy {
  readonly Statement: readonly Record<string, unknown>[];
}

const statementsOf = (inputs: Inputs, name: string) =>
  (JSON.parse(String(inputs[name]?.["policy"])) as Policy).Statement;
const variablesOf = (inputs: Inputs, name: string) =>
  (inputs[name]?.["environment"] as { variables: Record<string, string> }).variables;

/** As Pulumi writes a secret. */
const secret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const tagged = ["http-api", "stage", "upload", "upload-role", "upload-logs", "sweep", "sweep-role", "sweep-logs"];
const others = ["reader-secret", "writer-secret", "dead-letters", "schedule", "dead-letters-alarm", "sweep-alarm"];

describe("PictureUploads", () => {
  it("are of the stack's tenant, whatever the environment's is", async () => {
    pulumi.runtime.setAllConfig({ "auth0:domain": "https://other.eu.auth0.com/" });
    const inputs = await declared();

    expect(variablesOf(inputs, "upload")).toMatchObject({ AUTH0_DOMAIN: "other.eu.auth0.com" });
    expect(inputs["authorizer"]).toMatchObject({ jwtConfiguration: { issuer: "https://other.eu.auth0.com/" } });
  });

  it("declares the tenant's API for users' tokens alone, with its one scope", async () => {
    const inputs = await declared();

    expect(inputs["api"]).toEqual({
      identifier: "urn:auth0-user-pictures:auth0-user-pictures:test:uploads",
      signingAlg: "RS256",
      skipConsentForVerifiableFirstPartyClients: true,
      allowOfflineAccess: true,
      subjectTypeAuthorization: { user: { policy: "allow_all" }, client: { policy: "deny_all" } },
    });
    expect(inputs["scopes"]).toEqual({
      resourceServerIdentifier: "urn:auth0-user-pictures:auth0-user-pictures:test:uploads",
      scopes: [{ name: "update:picture", description: "Change your own picture" }],
    });
  });

  it("declares an application for each scope of the Management API, and keeps its secret a secret", async () => {
    const inputs = await declared();

    for (const [role, scope] of Object.entries({ reader: "read:users", writer: "update:users" })) {
      expect(inputs[role]).toEqual({
        description: expect.stringMatching(/^Picture uploads: /) as string,
        appType: "non_interactive",
        grantTypes: ["client_credentials"],
        oidcConformant: true,
      });
      expect(inputs[`${role}-grant`]).toEqual({
        clientId: `id-of-uploads-${role}`,
        audience: "https://example.eu.auth0.com/api/v2/",
        scopes: [scope],
      });
      expect(inputs[`${role}-credentials`]).toEqual({
        clientId: `id-of-uploads-${role}`,
        authenticationMethod: "client_secret_post",
      });
      expect(inputs[`${role}-secret`]).toEqual({
        type: "SecureString",
        description: `The secret of the Auth0 application with which picture uploads log in as ${role}`,
        value: secret(`secret-of-uploads-${role}-credentials`),
      });
    }
    // Nowhere else, in whatever form.
    const { "reader-secret": reader, "writer-secret": writer, ...rest } = inputs;
    expect([reader, writer]).not.toContain(undefined);
    expect(JSON.stringify(rest)).not.toContain("secret-of-");
  });

  it("declares the upload function, its log and its role", async () => {
    const inputs = await declared();

    expect(inputs["upload-logs"]).toEqual({ retentionInDays: 30 });
    expect(inputs["upload"]).toEqual({
      description: expect.any(String) as string,
      code: expect.any(Object) as object,
      handler: "upload.handler",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      role: "arn:aws:iam::123456789012:role/uploads-upload-role",
      timeout: 15,
      memorySize: 1769,
      environment: {
        variables: {
          PICTURE_BUCKET: "pictures",
          PICTURE_BASE_URL: "https://pictures.example.org/",
          AUTH0_DOMAIN: "example.eu.auth0.com",
          READER_CLIENT_ID: "id-of-uploads-reader",
          READER_SECRET_PARAMETER: "uploads-reader-secret",
          WRITER_CLIENT_ID: "id-of-uploads-writer",
          WRITER_SECRET_PARAMETER: "uploads-writer-secret",
          WRITE_BACK: "user_metadata",
          MAX_PICTURES: "50",
          MAX_SECONDS: "5",
        },
      },
      loggingConfig: { logFormat: "JSON", logGroup: "uploads-upload-logs" },
    });
    expect(JSON.parse(String(inputs["upload-role"]?.["assumeRolePolicy"]))).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    expect(inputs["upload-policy"]?.["role"]).toBe("uploads-upload-role");
    expect(statementsOf(inputs, "upload-policy")).toEqual([
      {
        Sid: "WriteItsLog",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${arn("logs", "log-group:uploads-upload-logs")}:*`,
      },
      {
        Sid: "FindUsersPictures",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: "arn:aws:s3:::pictures",
        Condition: { StringLikeIfExists: { "s3:prefix": ["u/*"] } },
      },
      {
        Sid: "StoreUsersPictures",
        Effect: "Allow",
        Action: [
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:GetObject",
          "s3:GetObjectTagging",
          "s3:DeleteObject",
          "s3:DeleteObjectVersion",
        ],
        Resource: "arn:aws:s3:::pictures/u/*",
      },
      {
        Sid: "LogInAsReader",
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: arn("ssm", "parameter/uploads-reader-secret"),
      },
      {
        Sid: "LogInAsWriter",
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: arn("ssm", "parameter/uploads-writer-secret"),
      },
    ]);
  });

  it("declares the sweep, which may read one secret, and may not write anything but its own place", async () => {
    const inputs = await declared();

    expect(inputs["sweep"]).toEqual({
      description: expect.any(String) as string,
      code: expect.any(Object) as object,
      handler: "sweep.handler",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      role: "arn:aws:iam::123456789012:role/uploads-sweep-role",
      timeout: 900,
      memorySize: 256,
      environment: {
        variables: {
          PICTURE_BUCKET: "pictures",
          AUTH0_DOMAIN: "example.eu.auth0.com",
          READER_CLIENT_ID: "id-of-uploads-reader",
          READER_SECRET_PARAMETER: "uploads-reader-secret",
          SWEEP_REQUESTS_PER_SECOND: "1",
          DISTRIBUTION_ID: "E1EXAMPLE",
        },
      },
      loggingConfig: { logFormat: "JSON", logGroup: "uploads-sweep-logs" },
    });
    const statements = statementsOf(inputs, "sweep-policy");
    expect(statements.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      ["WriteItsLog", `${arn("logs", "log-group:uploads-sweep-logs")}:*`],
      ["FindUsersPictures", "arn:aws:s3:::pictures"],
      ["EraseUsersPictures", "arn:aws:s3:::pictures/u/*"],
      ["KeepItsPlace", "arn:aws:s3:::pictures/sweep/*"],
      ["EraseAtTheEdge", distributionArn],
      ["KeepWhatFailed", arn("sqs", "uploads-dead-letters")],
      ["LogInAsReader", arn("ssm", "parameter/uploads-reader-secret")],
    ]);
    expect(statements[1]?.["Condition"]).toEqual({ StringLikeIfExists: { "s3:prefix": ["u/*", "u/", "sweep/*"] } });
  });

  it("declares an HTTP API that takes users' tokens with the scope, on three routes and no others", async () => {
    const inputs = await declared();

    expect(inputs["http-api"]).toEqual({ protocolType: "HTTP", description: "Users change their own picture" });
    expect(inputs["authorizer"]).toEqual({
      apiId: "uploads-http-api-id",
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: {
        issuer: "https://example.eu.auth0.com/",
        audiences: ["urn:auth0-user-pictures:auth0-user-pictures:test:uploads"],
      },
    });
    expect(inputs["integration"]).toEqual({
      apiId: "uploads-http-api-id",
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: "arn:aws:apigateway:us-east-1:lambda:path/uploads-upload/invocations",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 30_000,
    });
    for (const method of ["PUT", "DELETE", "GET"]) {
      const name = method.toLowerCase();
      expect(inputs[name]).toEqual({
        apiId: "uploads-http-api-id",
        routeKey: `${method} /picture`,
        authorizationType: "JWT",
        authorizerId: "uploads-authorizer-id",
        authorizationScopes: ["update:picture"],
        target: "integrations/uploads-integration-id",
      });
      expect(inputs[`${name}-permission`]).toEqual({
        action: "lambda:InvokeFunction",
        function: "uploads-upload",
        principal: "apigateway.amazonaws.com",
        sourceArn: arn("execute-api", `uploads-http-api/*/${method}/picture`),
      });
    }
    expect(Object.values(inputs).filter((one) => "routeKey" in one)).toHaveLength(3);
    expect(inputs["stage"]).toEqual({
      apiId: "uploads-http-api-id",
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
    });
  });

  it("declares the schedule, what keeps a failed sweep, and the alarms", async () => {
    const inputs = await declared();
    const queue = arn("sqs", "uploads-dead-letters");

    expect(inputs["dead-letters"]).toEqual({ messageRetentionSeconds: 14 * 86_400, sqsManagedSseEnabled: true });
    expect(statementsOf(inputs, "dead-letters-policy")).toEqual([
      {
        Sid: "KeepWhatIsNotHandedOver",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queue,
        Condition: { ArnEquals: { "aws:SourceArn": [arn("events", "rule/uploads-schedule")] } },
      },
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: queue,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    expect(inputs["retries"]).toEqual({
      functionName: "uploads-sweep",
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: queue } },
    });
    expect(inputs["schedule"]).toMatchObject({ scheduleExpression: "rate(1 hour)" });
    expect(inputs["schedule-permission"]).toEqual({
      action: "lambda:InvokeFunction",
      function: "uploads-sweep",
      principal: "events.amazonaws.com",
      sourceArn: arn("events", "rule/uploads-schedule"),
    });
    expect(inputs["schedule-target"]).toEqual({
      rule: "uploads-schedule",
      eventBusName: "default",
      arn: arn("lambda", "function:uploads-sweep"),
      deadLetterConfig: { arn: queue },
    });
    expect(inputs["dead-letters-alarm"]).toEqual({
      alarmDescription:
        "Pictures of deleted users were not erased, after several tries. What failed is in the queue " +
        "uploads-dead-letters, and why is in the log of uploads-sweep.",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: "uploads-dead-letters" },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
    });
    expect(inputs["sweep-alarm"]).toEqual({
      alarmDescription:
        "The pictures of users who were deleted 72 hours ago may still be there: the sweep is behind, or does not run. " +
        "See the log of uploads-sweep.",
      namespace: "auth0-user-pictures",
      metricName: "HoursBehind",
      dimensions: { FunctionName: "uploads-sweep" },
      statistic: "Maximum",
      period: 3600,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 72,
      treatMissingData: "breaching",
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: 120 },
    });
  });

  it("declares nothing else, by these types alone", async () => {
    make();
    const registered = await engine.registered();
    const types = registered.map(({ type }) => type.replace(/^(\w+):([\w/]+)\/\w+:/, "$1 $2 "));

    expect(
      Object.entries(Object.groupBy(types, (type) => type)).map(([type, of = []]) => `${of.length} ${type}`),
    ).toEqual([
      "1 auth0-user-pictures:index:PictureUploads",
      "1 auth0 index ResourceServer",
      "1 auth0 index ResourceServerScopes",
      "2 auth0 index Client",
      "2 auth0 index ClientGrant",
      "2 auth0 index ClientCredentials",
      "2 aws ssm Parameter",
      "1 aws sqs Queue",
      "2 aws cloudwatch LogGroup",
      "2 aws iam Role",
      "2 aws iam RolePolicy",
      "2 aws lambda Function",
      "1 aws apigatewayv2 Api",
      "1 aws apigatewayv2 Authorizer",
      "1 aws apigatewayv2 Integration",
      "3 aws apigatewayv2 Route",
      "4 aws lambda Permission",
      "1 aws apigatewayv2 Stage",
      "1 aws cloudwatch EventRule",
      "1 aws sqs QueuePolicy",
      "1 aws lambda FunctionEventInvokeConfig",
      "1 aws cloudwatch EventTarget",
      "2 aws cloudwatch MetricAlarm",
    ]);
    expect(registered.every(({ name, options }) => name === "uploads" || options.parent !== undefined)).toBe(true);
  });

  it("deploys our own files, and those of the package that the user installs", async () => {
    const inputs = await declared();
    const filesOf = async (name: string) => {
      const { assets } = inputs[name]?.["code"] as pulumi.asset.AssetArchive;
      const files = Object.entries(await assets).map(async ([file, asset]) => [
        file,
        await (asset as pulumi.asset.FileAsset).path,
      ]);
      return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
    };

    expect(await filesOf("upload")).toEqual({
      "upload.cjs": "functions/dist/upload.cjs",
      "sharp-wasm.cjs": "node_modules/.cache/auth0-user-pictures/sharp-wasm-0.35.5.cjs",
      "sharp-wasm32-0.35.5.node.wasm": "node_modules/@img/sharp-wasm32/lib/sharp-wasm32-0.35.5.node.wasm",
    });
    expect(await filesOf("sweep")).toEqual({ "sweep.cjs": "functions/dist/sweep.cjs" });
  });

  it("says so only once all that a request needs is there", async () => {
    const { endpoint, audience } = make();
    const waitedFor = async (output: pulumi.Output<string>) => {
      const { allResources } = output as unknown as { allResources: () => Promise<Set<pulumi.Resource>> };
      const names = [...(await allResources())].map((resource) =>
        pulumi.resourceName(resource as pulumi.CustomResource),
      );
      return names.map((name) => name.slice("uploads-".length)).toSorted();
    };

    expect(await waitedFor(audience)).toEqual(["api", "scopes"]);
    expect(await waitedFor(endpoint)).toEqual(
      ["delete", "get", "put"]
        .flatMap((route) => [route, `${route}-permission`])
        .concat("http-api", "stage")
        .toSorted(),
    );
    await engine.registered();
  });

  it("says where pictures are sent, and with which token", async () => {
    const uploads = make();
    const { endpoint, audience, scope, readerClientId, writerClientId, deadLetterQueueUrl } = uploads;
    const names = [uploads.uploadFunctionName, uploads.uploadLogGroupName];
    const values = await Promise.all([endpoint, audience, scope, readerClientId, deadLetterQueueUrl].map(valueOf));

    expect(values).toEqual([
      "https://uploads-http-api.execute-api.us-east-1.amazonaws.com/picture",
      "urn:auth0-user-pictures:auth0-user-pictures:test:uploads",
      "update:picture",
      "id-of-uploads-reader",
      "https://sqs.us-east-1.amazonaws.com/123456789012/uploads-dead-letters",
    ]);
    expect(await valueOf(writerClientId)).toBe("id-of-uploads-writer");
    expect(await Promise.all(names.map(valueOf))).toEqual(["uploads-upload", "uploads-upload-logs"]);
    expect(await Promise.all([uploads.sweepFunctionName, uploads.sweepLogGroupName].map(valueOf))).toEqual([
      "uploads-sweep",
      "uploads-sweep-logs",
    ]);
  });
});

describe("with options, PictureUploads", () => {
  it("has no credential that writes where the page writes", async () => {
    const uploads = make({ writeBack: "none" });
    expect(await valueOf(uploads.writerClientId)).toBeUndefined();
    const registered = await engine.registered();
    const upload = registered.find(({ name }) => name === "uploads-upload")?.inputs ?? {};

    expect(registered.filter(({ name }) => /writer/.test(name))).toEqual([]);
    expect(JSON.stringify(registered.map(({ inputs }) => inputs))).not.toMatch(/writer|update:users/i);
    expect(variablesOf({ upload }, "upload")).toMatchObject({
      WRITE_BACK: "none",
      READER_CLIENT_ID: expect.anything() as string,
    });
  });

  it("logs in by keys of KMS, each for the function that needs it, and has no secret at all", async () => {
    const inputs = await declared({ clientAuthentication: "private_key_jwt" });

    for (const role of ["reader", "writer"]) {
      const key = arn("kms", `key/uploads-${role}-key`);
      expect(inputs[`${role}-key`]).toEqual({
        description: `Signs what picture uploads log in to Auth0 with as ${role}`,
        keyUsage: "SIGN_VERIFY",
        customerMasterKeySpec: "RSA_2048",
      });
      // Of a client that has never had a secret: one that changes its way to log in has none meanwhile.
      expect(inputs).not.toHaveProperty(role);
      expect(inputs[`${role}-by-key-grant`]).toMatchObject({ clientId: `id-of-uploads-${role}-by-key` });
      expect(inputs[`${role}-by-key-credentials`]).toEqual({
        clientId: `id-of-uploads-${role}-by-key`,
        authenticationMethod: "private_key_jwt",
        privateKeyJwt: {
          credentials: [
            {
              credentialType: "public_key",
              name: `uploads-${role}`,
              algorithm: "RS256",
              pem: `the public key of ${key}`,
            },
          ],
        },
      });
      expect(variablesOf(inputs, "upload")[`${role.toUpperCase()}_SIGNING_KEY`]).toBe(key);
    }
    const signing = (name: string) =>
      statementsOf(inputs, name)
        .filter(({ Action }) => Action === "kms:Sign")
        .map(({ Resource }) => Resource);
    expect(signing("upload-policy")).toEqual(["reader", "writer"].map((role) => arn("kms", `key/uploads-${role}-key`)));
    expect(signing("sweep-policy")).toEqual([arn("kms", "key/uploads-reader-key")]);
    expect(JSON.stringify(inputs)).not.toMatch(/SECRET_PARAMETER|ssm|4dabf18193072939515e22adb298388d/);
  });

  it("erases by Auth0's events too, through a bus whose name Auth0 gives", async () => {
    const inputs = await declared({ eventStream: true });
    const source = "aws.partner/auth0.com/example-1/auth0.events";

    expect(inputs["event-stream"]).toEqual({
      destinationType: "eventbridge",
      subscriptions: ["user.deleted"],
      status: "enabled",
      eventbridgeConfiguration: { awsRegion: "us-east-1", awsAccountId: "123456789012" },
    });
    expect(inputs["event-bus"]).toEqual({ name: source, eventSourceName: source });
    expect(inputs["deletions"]).toMatchObject({
      eventBusName: source,
      eventPattern: '{"source":[{"prefix":"aws.partner/auth0.com/"}]}',
    });
    expect(inputs["deletions-target"]).toEqual({
      rule: "uploads-deletions",
      eventBusName: source,
      arn: arn("lambda", "function:uploads-sweep"),
      deadLetterConfig: { arn: arn("sqs", "uploads-dead-letters") },
    });
    expect(inputs["deletions-permission"]).toMatchObject({ sourceArn: arn("events", "rule/uploads-deletions") });
    expect(statementsOf(inputs, "dead-letters-policy")[0]?.["Condition"]).toEqual({
      ArnEquals: { "aws:SourceArn": ["schedule", "deletions"].map((rule) => arn("events", `rule/uploads-${rule}`)) },
    });
  });

  it("lets pages of the named origins call, and no others", async () => {
    const inputs = await declared({
      allowedOrigins: ["https://app.example.org", pulumi.output("http://localhost:3000")],
    });

    expect(inputs["http-api"]?.["corsConfiguration"]).toEqual({
      allowOrigins: ["https://app.example.org", "http://localhost:3000"],
      allowMethods: ["PUT", "DELETE", "GET"],
      allowHeaders: ["authorization", "content-type"],
      maxAge: 7200,
    });
  });

  it("lets no page call by an empty list", async () => {
    const inputs = await declared({ allowedOrigins: pulumi.output([]) });

    expect(inputs["http-api"]).not.toHaveProperty("corsConfiguration");
  });

  it("does with the bucket what the bucket does not do itself", async () => {
    const { bucketName, pictureBaseUrl } = store;
    new PictureUploads(
      "uploads",
      { bucketName, pictureBaseUrl, replacedPictureDays: 7, kmsMasterKeyId },
      engine.recorded,
    );
    const registered = await engine.registered();
    const inputs = Object.fromEntries(registered.map(({ name, inputs: of }) => [name.slice(8), of]));

    expect(variablesOf(inputs, "sweep")).toMatchObject({ REPLACED_DAYS: "7" });
    expect(variablesOf(inputs, "sweep")).not.toHaveProperty("DISTRIBUTION_ID");
    const encrypting = { Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: kmsMasterKeyId };
    for (const name of ["upload-policy", "sweep-policy"]) {
      expect(statementsOf(inputs, name)).toContainEqual(expect.objectContaining(encrypting));
      expect(statementsOf(inputs, name)).toContainEqual(
        expect.objectContaining({ Sid: "FindUsersPictures", Resource: "arn:aws:s3:::pictures" }),
      );
    }
    expect(JSON.stringify(inputs["sweep-policy"])).not.toContain("cloudfront");
  });

  it("asks no distribution of another account to forget anything, which would refuse it each time", async () => {
    const anothers = distributionArn.replace("123456789012", "210987654321");
    new PictureUploads("uploads", { ...store, distributionArn: anothers }, engine.recorded);
    const registered = await engine.registered();
    const inputs = Object.fromEntries(registered.map(({ name, inputs: of }) => [name.slice(8), of]));

    expect(variablesOf(inputs, "sweep")).toMatchObject({ DISTRIBUTION_ID: "" });
  });

  it("takes every number, and tags what takes tags", async () => {
    const tags = { team: "identity" };
    const inputs = await declared({
      identifier: "https://pictures.example.org/uploads",
      issuer: "https://login.example.org/",
      maxPictures: 5,
      maxSeconds: pulumi.output(9),
      memorySize: 3008,
      reservedConcurrentExecutions: 20,
      throttling: { rateLimit: 3 },
      logRetentionInDays: 365,
      accessLogs: { fields: ["status", "identity.sourceIp"] },
      alarmActions: ["arn:aws:sns:us-east-1:123456789012:on-call"],
      sweep: pulumi.output({ everyHours: 6, requestsPerSecond: 3, withinHours: 100 }),
      tags,
    });

    expect(inputs["api"]).toMatchObject({ identifier: "https://pictures.example.org/uploads" });
    expect(inputs["authorizer"]?.["jwtConfiguration"]).toEqual({
      issuer: "https://login.example.org/",
      audiences: ["https://pictures.example.org/uploads"],
    });
    expect(inputs["upload"]).toMatchObject({ memorySize: 3008, timeout: 19, reservedConcurrentExecutions: 20 });
    expect(inputs["sweep"]).not.toHaveProperty("reservedConcurrentExecutions");
    expect(variablesOf(inputs, "upload")).toMatchObject({ MAX_PICTURES: "5", MAX_SECONDS: "9" });
    expect(variablesOf(inputs, "sweep")).toMatchObject({ SWEEP_REQUESTS_PER_SECOND: "3" });
    expect(inputs["schedule"]).toMatchObject({ scheduleExpression: "rate(6 hours)" });
    expect(inputs["sweep-alarm"]).toMatchObject({
      evaluationPeriods: 13,
      datapointsToAlarm: 13,
      threshold: 100,
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: 420 },
    });
    for (const alarm of ["sweep-alarm", "dead-letters-alarm"])
      expect(inputs[alarm]).toMatchObject({ alarmActions: ["arn:aws:sns:us-east-1:123456789012:on-call"] });
    expect(inputs["stage"]).toMatchObject({
      defaultRouteSettings: { throttlingRateLimit: 3, throttlingBurstLimit: 40 },
      accessLogSettings: {
        destinationArn: arn("logs", "log-group:uploads-access-logs"),
        format:
          '{"requestId":"$context.requestId","status":"$context.status","identity.sourceIp":"$context.identity.sourceIp"}',
      },
    });
    for (const name of ["upload-logs", "sweep-logs", "access-logs"])
      expect(inputs[name]).toEqual({ retentionInDays: 365, tags });
    const taggedNames = Object.keys(inputs).filter((name) => inputs[name]?.["tags"] !== undefined);
    expect(taggedNames.toSorted()).toEqual([...tagged, ...others, "access-logs"].toSorted());
  });

  it("asks for an access log of what is no personal data", async () => {
    const inputs = await declared({ accessLogs: {} });
    const { format } = inputs["stage"]?.["accessLogSettings"] as { format: string };

    expect(Object.keys(JSON.parse(format) as object)).toEqual([
      "requestId",
      "requestTime",
      "routeKey",
      "status",
      "responseLatency",
      "authorizer.error",
    ]);
  });
});

describe("in a preview, in which a provider knows nothing yet, PictureUploads", () => {
  it.each([
    ["with their defaults", {}],
    ["with every option", { clientAuthentication: "private_key_jwt", eventStream: true, accessLogs: {} } as const],
  ])("%s refuse nothing, and make nothing up", async (_, options) => {
    const previewed: Inputs = {};
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, inputs }) => {
          previewed[name] = inputs as Record<string, unknown>;
          return { id: undefined, state: inputs as object };
        },
        call: () => ({}),
      },
      "auth0-user-pictures",
      "test",
      true,
    );
    const { bucket: bucketName, arn: bucketArn } = new Bucket("pictures", {});
    const args = { ...store, bucketName, bucketArn, distributionArn: bucketArn, ...options };

    expect(await engine.failures(() => new PictureUploads("uploads", args))).toEqual([]);
    expect(previewed["uploads-put"]).toMatchObject({
      routeKey: "PUT /picture",
      authorizationScopes: ["update:picture"],
    });
    expect(previewed["uploads-sweep-alarm"]).toMatchObject({ threshold: 72 });
    expect(JSON.stringify(previewed)).not.toMatch(/undefined|null/);
  });
});

describe("PictureUploads are refused", () => {
  const heading = 'PictureUploads "uploads" cannot be created:\n  - ';
  const noTenant =
    "the functions call a tenant, and nothing says which. Set auth0:domain (or AUTH0_DOMAIN), or the domain of the " +
    "auth0 provider that is given.";
  const onCall = "arn:aws:sns:eu-central-1:123456789012:on-call";
  const elsewhere = (whose: string) =>
    `alarmActions[1]: it is in eu-central-1, and ${whose} is us-east-1. An alarm notifies what is in its own region.`;
  const alarmActions = ["arn:aws:sns:us-east-1:123456789012:on-call", onCall];

  /** Providers that return this of one type of resource. */
  const providersWith = (changed: string, outputs: object, preview = false) =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => ({
          id: `${name}-id`,
          state: {
            ...(inputs as object),
            ...computedOutputs(type, name),
            ...(type.endsWith(`:${changed}`) && outputs),
          },
        }),
        call: () => ({}),
      },
      "auth0-user-pictures",
      "test",
      preview,
    );

  it("where no tenant is named, before anything is made", async () => {
    vi.stubEnv("AUTH0_DOMAIN", "");

    expect(() => make()).toThrow(heading + noTenant);
    expect((await engine.registered()).map(({ name }) => name)).toEqual(["uploads"]);
  });

  it("where the component's own auth0 provider names none, once that is known, and not where it names one", async () => {
    vi.stubEnv("AUTH0_DOMAIN", "");
    const named = new Auth0Provider("named", { domain: pulumi.output("https://other.eu.auth0.com/") });
    make({}, { providers: [named] });
    const { "uploads-upload": upload = {} } = Object.fromEntries(
      (await engine.registered()).map(({ name, inputs }) => [name, inputs]),
    );
    expect(variablesOf({ upload }, "upload")["AUTH0_DOMAIN"]).toBe("other.eu.auth0.com");
  });

  it("where the component's own auth0 provider names none, once that is known", async () => {
    vi.stubEnv("AUTH0_DOMAIN", "");

    expect(await engine.failures(() => make({}, { providers: [new Auth0Provider("mute", {})] }))).toEqual([
      heading + noTenant,
    ]);
  });

  it("where an alarm's action is in another region, at once and once it is known", async () => {
    const stacks = elsewhere("the stack's region (aws:region)");

    expect(() => make({ alarmActions })).toThrow(heading + stacks);
    expect(await engine.failures(() => make({ alarmActions: pulumi.output(alarmActions) }))).toEqual([
      heading + stacks,
    ]);
  });

  it("where an alarm's action is in another region than the component's own aws provider", async () => {
    const provider = new AwsProvider("own", { region: "us-east-1" });
    vi.stubEnv("AWS_REGION", "eu-central-1");

    expect(await engine.failures(() => make({ alarmActions }, { providers: [provider] }))).toEqual([
      heading + elsewhere("the region of the uploads' provider"),
    ]);
  });

  it("by a name of which AWS makes too long a one, or none", () => {
    const refusalsOf = (name: string) => validateUploads("Uploads", store, name).refusals.map(refusalText);
    const long = "a".repeat(45);

    expect(refusalsOf("a".repeat(44))).toEqual([]);
    expect(refusalsOf(long)).toEqual([
      `the name "${long}" has 45 characters; AWS takes at most 44 with uploads, because the names of their resources ` +
        "are made from it.",
    ]);
    expect(refusalsOf("a.b")).toEqual([
      'the functions are named after "a.b": letters, digits, hyphens and underscores only.',
    ]);
    for (const name of ["aws-pictures", "SSM"])
      expect(refusalsOf(name)).toEqual([
        `the name "${name}" begins with aws or ssm, and no parameter of AWS's Parameter Store may.`,
      ]);
    pulumi.runtime.setConfig("pulumi:autonaming", "{}");
    expect(refusalsOf(long)).toEqual([]);
    pulumi.runtime.setAllConfig({});
  });

  it("with all that is wrong of them at once, before anything is registered", async () => {
    const args = { ...store, bucketName: "x", maxSeconds: 20, writeBack: "nobody", allowedOrigins: ["*"] } as never;

    expect(() => new PictureUploads("a b", args, engine.recorded)).toThrow(
      /"a b" cannot be created:\n {2}- the functions.*\n {2}- allowedOrigins.*\n {2}- writeBack.*\n {2}- maxSeconds.*\n {2}- bucketName/,
    );
    expect(await engine.registered()).toEqual([]);
  });

  it("where the package that processes pictures is not installed, with all else", () => {
    const missing = [{ path: [], message: "it is not installed" }];
    const { refusals } = validateUploads("Uploads", { ...store, maxPictures: 0 }, "uploads", missing);

    expect(refusals.map(({ path, message }) => [path, message])).toEqual([
      [[], "it is not installed"],
      [["maxPictures"], "0 was given; it must be a whole number of pictures, 1 to 300."],
    ]);
  });

  it("where Auth0 does not show the secret, with the scope that it takes", async () => {
    await providersWith("ClientCredentials", { clientSecret: "" });

    // Of each of the two applications.
    expect([...new Set(await engine.failures(() => make()))]).toEqual([
      `${heading}Auth0 does not show the secret of the application that was made for the functions: the client that the ` +
        "auth0 provider logs in as needs the scope read:client_keys. Grant it, and run pulumi up --refresh.",
    ]);
  });

  it("where Auth0 names no event source of the stream", async () => {
    await providersWith("EventStream", { eventbridgeConfiguration: { awsPartnerEventSource: "" } });

    expect(await engine.failures(() => make({ eventStream: true }))).toEqual([
      `${heading}eventStream: Auth0 made the stream, and names no event source of it yet. Run pulumi up --refresh, which ` +
        "reads the name; if there is none even then, leave eventStream out.",
    ]);
  });

  it("where another of the program has the API", async () => {
    const identifier = "https://pictures.example.org/uploads";
    make({ identifier });
    const second = () => new PictureUploads("others", { ...store, identifier }, engine.recorded);

    expect(second).toThrow(
      `PictureUploads "others" cannot be created:\n  - identifier: PictureUploads "uploads" of this program has the API ` +
        `"${identifier}" already. A tenant has an API's identifier once: give each its own.`,
    );
    await engine.registered();
  });
});
