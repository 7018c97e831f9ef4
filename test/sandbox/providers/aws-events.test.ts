// The aws stand-in's parameters, keys, queues, rules and alarms: created, unchanged, changed, read with drift, imported
// and deleted, and what replaces them.
import { createPublicKey } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import type { ControlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore } from "../../../sandbox/edge/edge-store.ts";
import { awsStandIn } from "../../../sandbox/providers/aws-provider.ts";
import { unmarked } from "../../../sandbox/providers/inputs.ts";
import { unknown } from "../../../sandbox/providers/protocol.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { connectProvider } from "./provider-client.ts";
import type { ProviderClient } from "./provider-client.ts";

let folder: string;
let served: ServedProviders;
let aws: ProviderClient;
let api: ControlPlane;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "providers-"));
  api = controlPlane(openStore(folder));
  const auth0 = { domain: "localhost:1", clientId: "id", clientSecret: "secret" };
  served = await serveProviders({ auth0, edge: { controlPlane: api } });
  aws = connectProvider(served.attach, "aws");
});
afterAll(async () => {
  aws.close();
  await served.close();
  await rm(folder, { recursive: true });
});

interface Scenario {
  readonly type: string;
  readonly given: () => Properties;
  /** A change in place, and what it makes of the outputs. */
  readonly change: Properties;
  readonly changed?: Properties;
  /** Changes that replace. */
  readonly replaces: Properties;
  readonly unknowns: readonly string[];
  /** Something that somebody else does, and where it shows. */
  readonly drift: (id: string) => void;
  readonly drifted: Properties;
  /** Whether it is gone after its deletion by somebody else. */
  readonly remove: (id: string) => void;
  readonly refused: Properties;
  /** The id to import by, where it is another. */
  readonly importId?: (outputs: Properties) => string;
}

let rule = "";
const queue = () => api.getQueue("letters");
const source = "aws.partner/auth0.com/sandbox-1/auth0.events";
const description = "Of a test";
const arnOfFunction = "arn:aws:lambda:us-east-1:123456789012:function:sweep";

const scenarios: Readonly<Record<string, Scenario>> = {
  "a secret parameter": {
    type: "aws:ssm/parameter:Parameter",
    given: () => ({ name: "secret", type: "SecureString", value: "one", description }),
    change: { value: "two" },
    changed: { version: 2 },
    replaces: { name: "other" },
    unknowns: ["arn", "version"],
    drift: (id) => api.putParameter({ ...required(api.getParameter(id)), value: "three" }, { overwrite: true }),
    drifted: { value: "three" },
    remove: (id) => api.deleteParameter(id),
    refused: { name: "x", type: "SecureString", insecureValue: "shown" },
  },
  "a key": {
    type: "aws:kms/key:Key",
    given: () => ({ keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "RSA_2048", description }),
    change: { description: "Another" },
    replaces: { customerMasterKeySpec: "RSA_3072" },
    unknowns: ["arn", "keyId"],
    drift: (id) => api.updateKeyPair(id, { description: "By hand" }),
    drifted: { description: "By hand" },
    remove: (id) => api.scheduleKeyDeletion(id),
    refused: { description },
  },
  "a queue": {
    type: "aws:sqs/queue:Queue",
    given: () => ({ name: "letters", messageRetentionSeconds: 1_209_600, sqsManagedSseEnabled: true }),
    change: { messageRetentionSeconds: 600 },
    replaces: { name: "others" },
    unknowns: ["arn", "url"],
    drift: () => api.setQueueAttributes({ ...required(queue()), messageRetentionSeconds: 60 }),
    drifted: { messageRetentionSeconds: 60 },
    remove: (id) => api.deleteQueue(id),
    refused: { kmsMasterKeyId: "k" },
  },
  "a queue's policy": {
    type: "aws:sqs/queuePolicy:QueuePolicy",
    given() {
      const numbers = {
        delaySeconds: 0,
        maxMessageSize: 2048,
        receiveWaitTimeSeconds: 0,
        visibilityTimeoutSeconds: 30,
      };
      if (!queue())
        api.createQueue({
          ...{
            name: "letters",
            region: "us-east-1",
            messageRetentionSeconds: 60,
            sqsManagedSseEnabled: true,
            tags: {},
          },
          ...numbers,
        });
      return { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/letters", policy: policyOf("sns") };
    },
    change: { policy: policyOf("events") },
    replaces: { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/others" },
    unknowns: ["region"],
    drift: (id) => api.putQueuePolicy(id, policyOf("s3")),
    drifted: { policy: policyOf("s3") },
    remove: (id) => api.deleteQueuePolicy(id),
    refused: { queueUrl: 1 },
  },
  "a partner's event bus": {
    type: "aws:cloudwatch/eventBus:EventBus",
    given() {
      api.createPartnerEventSource({ name: source, region: "us-east-1" });
      return { name: source, eventSourceName: source };
    },
    change: { description },
    replaces: { eventSourceName: "aws.partner/other" },
    unknowns: ["arn"],
    drift: (id) => api.updateEventBus({ ...required(api.describeEventBus(id)), description: "By hand" }),
    drifted: {},
    remove: (id) => api.deleteEventBus(id),
    refused: { logConfig: {} },
  },
  "a rule with a schedule": {
    type: "aws:cloudwatch/eventRule:EventRule",
    given: () => ({ name: "hourly", scheduleExpression: "rate(1 hour)", description }),
    change: { scheduleExpression: "rate(2 hours)" },
    replaces: { name: "daily" },
    unknowns: ["arn"],
    drift: (id) => api.putRule({ ...required(api.describeRule("default", id)), state: "DISABLED" }),
    drifted: { state: "DISABLED" },
    remove: (id) => api.deleteRule("default", id),
    refused: { roleArn: "arn" },
  },
  "a rule's target": {
    type: "aws:cloudwatch/eventTarget:EventTarget",
    given() {
      rule = "of-target";
      api.putRule({
        ...{ name: rule, busName: "default", region: "us-east-1", state: "ENABLED", tags: {} },
        scheduleExpression: "rate(1 day)",
      });
      const deadLetterConfig = { arn: "arn:aws:sqs:us-east-1:123456789012:letters" };
      return { rule, arn: arnOfFunction, deadLetterConfig };
    },
    change: { arn: `${arnOfFunction}-2` },
    replaces: { rule: "another" },
    unknowns: ["targetId"],
    drift() {
      const [target] = api.listTargets("default", rule);
      api.putTarget({ ...required(target), arn: `${arnOfFunction}-3` });
    },
    drifted: { arn: `${arnOfFunction}-3` },
    remove() {
      for (const target of api.listTargets("default", rule)) api.removeTarget(target);
    },
    refused: { rule: "r", arn: arnOfFunction, inputPath: "$" },
    importId: ({ targetId }) => `default/${rule}/${targetId as string}`,
  },
  "an alarm": {
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    given: () => ({
      ...{ name: "behind", namespace: "n", metricName: "m", dimensions: { FunctionName: "f" }, statistic: "Maximum" },
      ...{ period: 300, evaluationPeriods: 2, comparisonOperator: "GreaterThanThreshold", threshold: 0 },
      ...{ treatMissingData: "breaching", warmUpConfiguration: { warmUpPeriodDurationInMinutes: 60 } },
    }),
    change: { threshold: 5 },
    replaces: { name: "late" },
    unknowns: ["arn"],
    drift: (id) => api.putMetricAlarm({ ...required(api.describeAlarm(id)), threshold: 7 }),
    drifted: { threshold: 7 },
    remove: (id) => api.deleteAlarm(id),
    refused: { extendedStatistic: "p99", evaluationPeriods: 1 },
  },
};

function policyOf(service: string): string {
  const Principal = { Service: `${service}.amazonaws.com` };
  const Statement = [{ Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: "*" }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("It is not there");
  return value;
}

test.each(Object.entries(scenarios))("%s", async (_, scenario) => {
  const { type, change, changed = {}, replaces, unknowns, drift, drifted, remove, refused, importId } = scenario;
  const given = scenario.given();
  expect((await aws.check(type, refused)).failures).not.toEqual([]);
  const { inputs, failures } = await aws.check(type, given);
  expect(failures).toEqual([]);
  const preview = await aws.create(type, inputs, { preview: true });
  expect(unknowns.filter((name) => preview.outputs[name] !== unknown && name !== "region")).toEqual([]);

  const { id, outputs } = await aws.create(type, inputs);
  expect(await aws.diff(type, inputs, inputs, outputs)).toMatchObject({ changes: false, detailed: {} });
  expect(await aws.read(type, id, { inputs, outputs })).toMatchObject({ id, inputs });
  const news = { ...inputs, ...change };
  const planned = await aws.diff(type, inputs, news, outputs);
  expect([planned.changes, planned.replaces]).toEqual([true, []]);
  const updated = await aws.update(type, id, outputs, news);
  expect(updated).toMatchObject({ ...change, ...changed });
  expect(await aws.diff(type, news, news, updated)).toMatchObject({ changes: false });
  expect((await aws.diff(type, inputs, { ...inputs, ...replaces }, outputs)).replaces).toEqual(Object.keys(replaces));

  drift(id);
  const seen = await aws.read(type, id, { inputs: news, outputs: updated });
  expect(seen.inputs).toMatchObject(drifted);
  if (Object.keys(drifted).length > 0) expect((await aws.diff(type, news, news, seen.outputs)).changes).toBe(true);
  const imported = await aws.read(type, importId?.(outputs) ?? id);
  expect(imported.id).toBe(id);
  expect(Object.keys(unmarked(imported.inputs) as object).length).toBeGreaterThan(0);

  remove(id);
  expect((await aws.read(type, id, { inputs: news, outputs: updated })).id).toBe("");
  await aws.create(type, inputs);
  const again = await aws.read(type, id, { inputs, outputs });
  await aws.delete(type, again.id || id, outputs);
  await aws.delete(type, again.id || id, outputs);
});

test("a key shows its public half only, to who asks for it by its id or its ARN", () => {
  const key = api.createKeyPair({ region: "us-east-1", spec: "RSA_2048", description: "", tags: {} });
  const getPublicKey = required(awsStandIn(api).functions?.["aws:kms/getPublicKey:getPublicKey"]);
  const shown = getPublicKey({ keyId: key.keyId });
  expect(shown).toMatchObject({ keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "RSA_2048", keyId: key.keyId });
  expect(createPublicKey(shown["publicKeyPem"] as string).asymmetricKeyType).toBe("rsa");
  expect(JSON.stringify(shown)).not.toContain("PRIVATE");
  expect(getPublicKey({ keyId: shown["arn"] })["publicKeyPem"]).toBe(shown["publicKeyPem"]);
  expect(() => getPublicKey({ keyId: "none" })).toThrow("NotFoundException");
});

test("an order that AWS refuses is refused: a rule before its bus, a target before its rule, a parameter twice", async () => {
  const pattern = { name: "p", eventBusName: "nowhere", eventPattern: '{"source":["x"]}' };
  await expect(aws.create("aws:cloudwatch/eventRule:EventRule", pattern)).rejects.toThrow("does not exist");
  const target = { rule: "nowhere", arn: arnOfFunction };
  await expect(aws.create("aws:cloudwatch/eventTarget:EventTarget", target)).rejects.toThrow("does not exist");
  const parameter = { name: "twice", type: "SecureString", value: "x" };
  await aws.create("aws:ssm/parameter:Parameter", parameter);
  await expect(aws.create("aws:ssm/parameter:Parameter", parameter)).rejects.toThrow("already exists");
  await expect(aws.create("aws:ssm/parameter:Parameter", { ...parameter, name: "aws/x" })).rejects.toThrow("prefixed");
});
