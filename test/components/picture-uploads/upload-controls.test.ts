// The table of security controls against what the uploads declare: each control has a judge here, which finds what the
// table says.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PictureUploads } from "../../../components/picture-uploads/picture-uploads.ts";
import type { PictureUploadsArgs } from "../../../components/picture-uploads/upload-args.ts";
import { uploadControls } from "../../../components/picture-uploads/upload-controls.ts";
import { ClientAuthentication } from "../../../components/picture-uploads/upload-sets.ts";
import { mockEngine } from "../mock-engine.ts";

const engine = mockEngine();
beforeEach(() => {
  vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com");
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => vi.unstubAllEnvs());

type Inputs = Record<string, unknown>;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Principal?: unknown;
}

/** By type, without `aws:`: the inputs of every resource. */
type Declared = (type: string) => readonly Inputs[];

async function declaredBy(options: Partial<PictureUploadsArgs> = {}): Promise<Declared> {
  const store = { bucketName: "pictures", pictureBaseUrl: "https://pictures.example.org/" };
  new PictureUploads("uploads", { ...store, ...options }, engine.recorded);
  const registered = await engine.registered();
  return (type) => registered.filter((one) => one.type === `aws:${type}`).map(({ inputs }) => inputs);
}

const some = {
  accessLogs: {},
  tags: { team: "identity" },
  alarmActions: ["arn:aws:sns:us-east-1:123456789012:on-call"],
};
const everyOption: Partial<PictureUploadsArgs> = {
  ...some,
  reservedConcurrentExecutions: 5,
  allowedOrigins: ["https://app.example.org"],
  logRetentionInDays: 365,
};

const lambda = "lambda/function:Function";
const everyOf =
  (type: string, test: (inputs: Inputs) => boolean) =>
  (it: Declared): boolean =>
    it(type).length > 0 && it(type).every(test);
const has = (type: string, name: string) => everyOf(type, (inputs) => inputs[name] !== undefined);
const none = (type: string) => (it: Declared) => it(type).length === 0;

const statements = (inputs: Inputs) => (JSON.parse(String(inputs["policy"])) as { Statement: Statement[] }).Statement;
const namesAll = everyOf("iam/rolePolicy:RolePolicy", (inputs) =>
  statements(inputs).every(
    ({ Action, Resource }) =>
      [Action].flat().every((action) => /^[\w-]+:\w+$/.test(action)) && [Resource].flat().every((arn) => arn !== "*"),
  ),
);
const byLambdaAlone = everyOf("iam/role:Role", ({ assumeRolePolicy }) =>
  /"Principal":\{"Service":"lambda.amazonaws.com"\},"Action":"sts:AssumeRole"/.test(String(assumeRolePolicy)),
);
const noAttachment = (it: Declared) =>
  byLambdaAlone(it) &&
  none("iam/rolePolicyAttachment:RolePolicyAttachment")(it) &&
  everyOf("iam/role:Role", (inputs) => inputs["managedPolicyArns"] === undefined)(it);
const namedInvokers = everyOf(
  "lambda/permission:Permission",
  ({ principal, sourceArn }) => String(principal).endsWith(".amazonaws.com") && sourceArn !== undefined,
);
const authorized = everyOf(
  "apigatewayv2/route:Route",
  ({ authorizationType, authorizationScopes }) =>
    authorizationType === "JWT" && (authorizationScopes as string[]).length > 0,
);
const accessLogs = has("apigatewayv2/stage:Stage", "accessLogSettings");
const inVpc = has(lambda, "vpcConfig");
const tracing = has(lambda, "tracingConfig");
const encryptedQueue = everyOf("sqs/queue:Queue", (inputs) => inputs["sqsManagedSseEnabled"] === true);
const namedSenders = everyOf("sqs/queuePolicy:QueuePolicy", (inputs) =>
  statements(inputs).every(({ Effect, Principal }) => Effect === "Deny" || Principal !== "*"),
);
const retention = (least: number) =>
  everyOf("cloudwatch/logGroup:LogGroup", (inputs) => Number(inputs["retentionInDays"]) >= least);
const noSecret = everyOf(lambda, (inputs) => {
  const { variables } = inputs["environment"] as { variables: Record<string, unknown> };
  return !JSON.stringify(variables).includes("secret-of-");
});
const actionsOn = everyOf("cloudwatch/metricAlarm:MetricAlarm", (inputs) => inputs["actionsEnabled"] !== false);
const current = everyOf(lambda, ({ runtime }) => runtime === "nodejs24.x");

/** What the control's own rule looks at, as far as it shows in the declared resources. */
const judges: Record<string, (it: Declared) => boolean> = {
  "APIGateway.8": authorized,
  "APIGateway.9": accessLogs,
  "CloudWatch.15": has("cloudwatch/metricAlarm:MetricAlarm", "alarmActions"),
  "CloudWatch.16": retention(365),
  "CloudWatch.17": actionsOn,
  "IAM.1": namesAll,
  "IAM.24": has("iam/role:Role", "tags"),
  "Lambda.1": namedInvokers,
  "Lambda.2": current,
  "Lambda.3": inVpc,
  "Lambda.5": inVpc,
  "Lambda.6": has(lambda, "tags"),
  "Lambda.7": tracing,
  "SQS.1": encryptedQueue,
  "SQS.2": has("sqs/queue:Queue", "tags"),
  "SQS.3": namedSenders,
  CKV_AWS_27: encryptedQueue,
  CKV_AWS_45: noSecret,
  CKV_AWS_50: tracing,
  CKV_AWS_60: byLambdaAlone,
  CKV_AWS_61: byLambdaAlone,
  CKV_AWS_62: namesAll,
  CKV_AWS_63: namesAll,
  CKV_AWS_66: retention(1),
  CKV_AWS_76: accessLogs,
  CKV_AWS_115: has(lambda, "reservedConcurrentExecutions"),
  CKV_AWS_116: has(lambda, "deadLetterConfig"),
  CKV_AWS_117: inVpc,
  CKV_AWS_158: has("cloudwatch/logGroup:LogGroup", "kmsKeyId"),
  CKV_AWS_168: namedSenders,
  CKV_AWS_173: has(lambda, "kmsKeyArn"),
  CKV_AWS_272: has(lambda, "codeSigningConfigArn"),
  CKV_AWS_274: noAttachment,
  CKV_AWS_286: namesAll,
  CKV_AWS_287: namesAll,
  CKV_AWS_288: namesAll,
  CKV_AWS_289: namesAll,
  CKV_AWS_290: namesAll,
  CKV_AWS_301: namedInvokers,
  CKV_AWS_309: authorized,
  CKV_AWS_319: actionsOn,
  CKV_AWS_337: has("ssm/parameter:Parameter", "keyId"),
  CKV_AWS_338: retention(365),
  CKV_AWS_355: namesAll,
  CKV_AWS_363: current,
  CKV_AWS_364: namedInvokers,
  CKV_AWS_387: namedSenders,
  CKV2_AWS_34: everyOf("ssm/parameter:Parameter", ({ type }) => type === "SecureString"),
  CKV2_AWS_40: namesAll,
  // It looks at keys, which there are with private_key_jwt alone.
  CKV2_AWS_64: has("kms/key:Key", "policy"),
  CKV2_AWS_75: everyOf("apigatewayv2/api:Api", ({ corsConfiguration }) => {
    const { allowOrigins = [] } = (corsConfiguration ?? {}) as { allowOrigins?: string[] };
    return !allowOrigins.includes("*");
  }),
};

describe("uploadControls", () => {
  it("lists each control once, with a reason, and the judges below are the same", () => {
    const ids = uploadControls.map(({ id }) => id);

    expect(ids.toSorted()).toEqual(Object.keys(judges).sort());
    expect(uploadControls.filter(({ reason }) => !/^[A-Z].{20,}\.$/.test(reason))).toEqual([]);
  });

  it.each([
    ["its defaults", {}],
    ["keys in KMS", { clientAuthentication: ClientAuthentication.PrivateKeyJwt }],
  ])("says of each what the declared resources show, with %s", async (_, options) => {
    const declared = await declaredBy(options);
    // Without secrets there is no parameter to judge.
    const judged = uploadControls.filter(({ id }) => !("clientAuthentication" in options && id === "CKV2_AWS_34"));

    expect(judged.map(({ id }) => ({ id, status: judges[id]?.(declared) ? "pass" : "exception" }))).toEqual(
      judged.map(({ id, status }) => ({ id, status })),
    );
  });

  it("says of each exception which option makes it pass, if any does", async () => {
    const declared = await declaredBy(everyOption);
    const exceptions = uploadControls.filter(({ status }) => status === "exception");
    // The number of days is the option's value.
    const passing = exceptions.filter(({ id }) => judges[id]?.(declared) && !/^CloudWatch.16$|_338$/.test(id));

    expect(passing.map(({ id }) => id)).toEqual(exceptions.filter(({ option }) => option).map(({ id }) => id));
    for (const { option } of exceptions) if (option !== undefined) expect(everyOption).toHaveProperty(option);
  });
});
