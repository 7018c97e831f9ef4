// Events of partners and of schedules on their way to functions, and what alarms say; parameters, keys and the edge's
// cache as functions ask for them, by their roles.
import { createPublicKey, randomUUID, verify } from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { matchesPattern } from "../../../sandbox/edge/event-pattern.ts";
import { keyArn } from "../../../sandbox/edge/key-pairs.ts";
import type { EventRule, MetricAlarm } from "../../../sandbox/edge/message-state.ts";
import { parameterArn } from "../../../sandbox/edge/parameters.ts";
import { queueArn, queueUrl } from "../../../sandbox/edge/queues.ts";
import { ruleArn } from "../../../sandbox/edge/event-rules.ts";
import { functionArn } from "../../../sandbox/edge/function-operations.ts";
import { accountId } from "../../../sandbox/edge/identity.ts";
import { createFunction, linesOf, region, runAws } from "./running-aws.ts";

const running = runAws();
const name = () => `n${randomUUID().slice(0, 8)}`;
const tags = {};
const code = {
  logs: "export const handler = async (event) => console.log('GOT', JSON.stringify(event));",
  fails: "export const handler = async () => { console.log('TRY'); throw new Error('no'); };",
};

function createQueue(statements?: readonly object[]) {
  const { controlPlane } = running;
  const queue = controlPlane.createQueue({
    ...{ name: name(), region, tags, delaySeconds: 0, maxMessageSize: 262_144, receiveWaitTimeSeconds: 0 },
    ...{ messageRetentionSeconds: 1_209_600, visibilityTimeoutSeconds: 30, sqsManagedSseEnabled: true },
  });
  const Statement = statements ?? [
    { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" },
  ];
  controlPlane.putQueuePolicy(queue.name, JSON.stringify({ Version: "2012-10-17", Statement }));
  return queue;
}

interface Route {
  readonly rule?: Partial<EventRule>;
  readonly code?: string;
  readonly isPermitted?: boolean;
  readonly statements?: readonly object[];
}
/** A rule, its target with a dead-letter queue, and the permission, unless the test takes one away. */
function createRoute({ rule: changed = {}, code: source = code.logs, isPermitted = true, statements }: Route = {}) {
  const { controlPlane } = running;
  const fn = createFunction(running, name(), source);
  const queue = createQueue(statements);
  const schedule = { scheduleExpression: "rate(1 hour)" };
  const rule: EventRule = { name: name(), busName: "default", region, state: "ENABLED", tags, ...schedule, ...changed };
  controlPlane.putRule(rule);
  const target = { targetId: "t", ruleName: rule.name, busName: rule.busName, arn: functionArn(fn) };
  controlPlane.putTarget({ ...target, deadLetterArn: queueArn(queue), maximumRetryAttempts: 3 });
  if (isPermitted)
    controlPlane.addPermission(fn.name, "events", {
      ...{ action: "lambda:InvokeFunction", principal: "events.amazonaws.com", sourceArn: ruleArn(rule) },
    });
  return { fn, queue, rule };
}
const got = (fn: { name: string }) =>
  linesOf(running, fn.name).flatMap((line) => {
    const text = /GOT (\{.*\})/.exec(line)?.[1];
    return text === undefined ? [] : [JSON.parse(text) as Record<string, unknown>];
  });

describe("a schedule", () => {
  it("gives its function EventBridge's event, when the test says that it is time", async () => {
    const { fn, queue, rule } = createRoute();
    await running.aws.events.fireSchedule(rule.name);
    await expect
      .poll(() => got(fn))
      .toEqual([
        expect.objectContaining({
          ...{ version: "0", "detail-type": "Scheduled Event", source: "aws.events", account: accountId, region },
          ...{ resources: [ruleArn(rule)], detail: {} },
        }),
      ]);
    await running.aws.events.fireSchedule(ruleArn(rule));
    await expect.poll(() => got(fn)).toHaveLength(2);
    expect(running.controlPlane.queueMessages(queue.name)).toEqual([]);
  });

  it("is not there for a rule that is disabled, or that has none", async () => {
    const { rule } = createRoute({ rule: { state: "DISABLED" } });
    await expect(running.aws.events.fireSchedule(rule.name)).rejects.toThrow("no enabled rule");
    const other = createRoute({ rule: { eventPattern: '{"source":["x"]}', scheduleExpression: undefined } as never });
    await expect(running.aws.events.fireSchedule(other.rule.name)).rejects.toThrow("no enabled rule");
  });

  it("ends in the dead-letter queue where the function does not let it in, and says why", async () => {
    const { fn, queue, rule } = createRoute({ isPermitted: false });
    const ofRule = {
      ...{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage" },
      ...{ Resource: queueArn(queue), Condition: { ArnEquals: { "aws:SourceArn": ruleArn(rule) } } },
    };
    running.controlPlane.putQueuePolicy(queue.name, JSON.stringify({ Version: "2012-10-17", Statement: [ofRule] }));
    await running.aws.events.fireSchedule(rule.name);
    expect(got(fn)).toEqual([]);
    const [message, ...others] = running.controlPlane.queueMessages(queueUrl(queue));
    expect(others).toEqual([]);
    expect(JSON.parse(message?.body ?? "")).toMatchObject({ source: "aws.events" });
    expect(message?.attributes).toMatchObject({
      ...{ RULE_ARN: ruleArn(rule), TARGET_ARN: functionArn(fn), ERROR_CODE: "NO_PERMISSIONS", RETRY_ATTEMPTS: "0" },
    });
  });

  it("is lost where the queue does not take it either", async () => {
    const other = { StringEquals: { "aws:SourceArn": "arn:aws:events:us-east-1:1:rule/other" } };
    const forOthers = {
      ...{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" },
      Condition: other,
    };
    for (const statements of [[forOthers], [{ ...forOthers, Principal: { Service: "sns.amazonaws.com" } }]]) {
      const { queue, rule } = createRoute({ isPermitted: false, statements });
      await running.aws.events.fireSchedule(rule.name);
      expect(running.controlPlane.queueMessages(queue.name)).toEqual([]);
      expect(running.aws.events.lost.at(-1)).toMatchObject({ rule: ruleArn(rule) });
    }
  });

  it("is the function's once it is handed over: it tries again, and tells its own destination, by its role", async () => {
    const { fn, queue, rule } = createRoute({ code: code.fails });
    const own = createQueue([
      {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    const config = { maximumRetryAttempts: 1, onFailure: queueArn(own) };
    running.controlPlane.putFunctionEventInvokeConfig(fn.name, config);
    await running.aws.events.fireSchedule(rule.name);
    await expect.poll(() => linesOf(running, fn.name).filter((line) => line.includes("TRY"))).toHaveLength(2);
    // Its role may not send yet.
    expect(running.controlPlane.queueMessages(own.name)).toEqual([]);
    expect(running.aws.undelivered.at(-1)?.destination).toBe(queueArn(own));
    const statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn(own) };
    running.controlPlane.putRolePolicy(
      fn.name,
      "send",
      JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    );
    await running.aws.events.fireSchedule(rule.name);
    const [record] = running.controlPlane.queueMessages(own.name);
    expect(JSON.parse(record?.body ?? "")).toMatchObject({
      requestContext: { approximateInvokeCount: 2 },
      requestPayload: { source: "aws.events" },
    });
    expect(running.controlPlane.queueMessages(queue.name)).toEqual([]);
  });
});

describe("a partner's event", () => {
  const source = "aws.partner/auth0.com/sandbox-1/auth0.events";
  const event = { detailType: "user.deleted", detail: { type: "user.deleted", data: { object: { user_id: "a" } } } };
  const put = () => running.aws.events.putPartnerEvent(source, event);

  it("goes by the bus of its source's name to the rules that it fits", async () => {
    const { controlPlane } = running;
    await expect(put()).rejects.toThrow("does not exist");
    expect(() => controlPlane.createEventBus({ name: source, eventSourceName: source, region, tags })).toThrow(
      "does not exist",
    );
    controlPlane.createPartnerEventSource({ name: source, region });
    await put(); // Without a bus it is dropped.
    expect(() => controlPlane.createEventBus({ name: "other", eventSourceName: source, region, tags })).toThrow(
      "must match",
    );
    controlPlane.createEventBus({ name: source, eventSourceName: source, region, tags });
    const onBus = (pattern: object): Partial<EventRule> =>
      ({ busName: source, eventPattern: JSON.stringify(pattern), scheduleExpression: undefined }) as never;
    const fits = createRoute({ rule: onBus({ source: [{ prefix: "aws.partner/auth0.com/" }] }) });
    const other = createRoute({ rule: onBus({ detail: { type: ["user.created"] } }) });
    const off = createRoute({ rule: { ...onBus({ source: [source] }), state: "DISABLED" } });
    await put();
    await expect
      .poll(() => got(fits.fn))
      .toEqual([expect.objectContaining({ source, "detail-type": "user.deleted", detail: event.detail })]);
    expect([...got(other.fn), ...got(off.fn)]).toEqual([]);
    expect(() => controlPlane.deleteEventBus(source)).toThrow("has rules");
    expect(() => controlPlane.deleteRule(source, fits.rule.name)).toThrow("has targets");
    controlPlane.deletePartnerEventSource(source);
    await expect(put()).rejects.toThrow("does not exist");
  });

  it.each([
    [{ source: ["a"] }, { source: "a" }, true],
    [{ source: ["b", "a"] }, { source: "a" }, true],
    [{ source: ["b"] }, { source: "a" }, false],
    [{ source: [{ prefix: "aws." }] }, { source: "aws.x" }, true],
    [{ source: [{ suffix: ".x" }] }, { source: "aws.y" }, false],
    [{ source: [{ "anything-but": ["a"] }] }, { source: "b" }, true],
    [{ source: [{ "anything-but": "a" }] }, { source: "a" }, false],
    [{ source: [{ "equals-ignore-case": "A" }] }, { source: "a" }, true],
    [{ detail: { a0purpose: [{ exists: false }] } }, { detail: {} }, true],
    [{ detail: { a0purpose: [{ exists: false }] } }, { detail: { a0purpose: "test" } }, false],
    [{ detail: { type: ["x"] } }, { detail: "x" }, false],
    [{ resources: ["b"] }, { resources: ["a", "b"] }, true],
    [{ source: ["a"], "detail-type": ["b"] }, { source: "a", "detail-type": "c" }, false],
  ])("fits %j: %j, %s", (pattern, given, fits) => {
    expect(matchesPattern(JSON.stringify(pattern), given)).toBe(fits);
  });

  it.each([
    "{",
    "[]",
    "{}",
    '{"a":"b"}',
    '{"a":[]}',
    '{"a":[{}]}',
    '{"a":[{"prefix":"x","suffix":"y"}]}',
    '{"a":[{"numeric":[">",1]}]}',
    '{"$or":[]}',
  ])(
    // prettier-ignore
    "is asked for by a pattern that is one, and not by %s",
    (eventPattern) => {
      const rule = { name: name(), busName: "default", region, state: "ENABLED" as const, tags };
      expect(() => running.controlPlane.putRule({ ...rule, eventPattern })).toThrow(/InvalidEventPattern|NotEvaluated/);
    },
  );

  it.each(["rate(1 hours)", "rate(2 hour)", "rate(0 hours)", "every hour", "rate(01 hour)"])(
    "and a schedule is one, unlike %s",
    (scheduleExpression) => {
      const rule = { name: name(), busName: "default", region, state: "ENABLED" as const, tags };
      expect(() => running.controlPlane.putRule({ ...rule, scheduleExpression })).toThrow("not valid");
    },
  );
});

describe("an alarm", () => {
  const hour = 3_600_000;
  const define = (changed: Partial<MetricAlarm>): string => {
    const alarm = {
      ...{
        name: name(),
        region,
        tags,
        namespace: "auth0-user-pictures",
        metricName: "HoursBehind",
        statistic: "Maximum",
      },
      ...{
        dimensions: { FunctionName: "f" },
        period: 3600,
        evaluationPeriods: 2,
        datapointsToAlarm: 2,
        warmUpMinutes: 0,
      },
      ...{ comparisonOperator: "GreaterThanThreshold", threshold: 24, treatMissingData: "breaching", ...changed },
    };
    running.controlPlane.putMetricAlarm(alarm);
    return alarm.name;
  };
  const embedded = (value: number, changed: object = {}, wrap = (line: string) => line) => {
    const { controlPlane } = running;
    if (!controlPlane.getLogGroup("metrics"))
      controlPlane.createLogGroup({
        ...{ name: "metrics", retentionInDays: 1, logGroupClass: "STANDARD", deletionProtectionEnabled: false, tags },
      });
    const line = {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          { Namespace: "auth0-user-pictures", Dimensions: [["FunctionName"]], Metrics: [{ Name: "HoursBehind" }] },
        ],
      },
      ...{ FunctionName: "f", HoursBehind: value, ...changed },
    };
    controlPlane.putLogEvents("metrics", [{ stream: "s", timestamp: Date.now(), message: wrap(JSON.stringify(line)) }]);
  };

  it("is of what a function logs in CloudWatch's form, in as many periods as it takes", () => {
    const alarm = define({});
    const alarmState = (one: string, at?: number) => running.aws.alarmState(one, at);
    // Nothing is there: that breaches.
    expect(alarmState(alarm)).toBe("ALARM");
    embedded(30, { FunctionName: "another" });
    embedded(1, {}, (line) => JSON.stringify({ level: "INFO", message: line }));
    embedded(1, {}, () => "no JSON");
    expect(alarmState(alarm)).toBe("ALARM");
    embedded(1);
    expect(alarmState(alarm)).toBe("OK");
    expect(alarmState(alarm, Date.now() + hour)).toBe("OK");
    expect(alarmState(alarm, Date.now() + 2 * hour)).toBe("ALARM");
    embedded(30);
    // The most of the hour breaches, and the hour before is missing.
    expect(alarmState(alarm)).toBe("ALARM");
    expect(alarmState(define({ treatMissingData: "notBreaching" }))).toBe("OK");
    expect(alarmState(define({ threshold: 30, treatMissingData: "notBreaching", datapointsToAlarm: 1 }))).toBe("OK");
    expect(alarmState(define({ treatMissingData: "missing" }), Date.now() + 9 * hour)).toBe("INSUFFICIENT_DATA");
  });

  it("says nothing while it warms up", () => {
    const alarm = define({ warmUpMinutes: 120, dimensions: { FunctionName: "never" } });
    expect(running.aws.alarmState(alarm, Date.now() + hour)).toBe("INSUFFICIENT_DATA");
    expect(running.aws.alarmState(alarm, Date.now() + 3 * hour)).toBe("ALARM");
  });

  it("is of what is in a queue", () => {
    const queue = createQueue();
    const alarm = define({
      ...{ namespace: "AWS/SQS", metricName: "ApproximateNumberOfMessagesVisible", period: 300, threshold: 0 },
      ...{ dimensions: { QueueName: queue.name }, evaluationPeriods: 1, datapointsToAlarm: 1 },
      treatMissingData: "notBreaching",
    });
    expect(running.aws.alarmState(alarm)).toBe("OK");
    running.controlPlane.sendMessage(queue.name, "{}", { service: "events.amazonaws.com", sourceArn: "arn:x" });
    expect(running.aws.alarmState(alarm, Date.now() + 1)).toBe("ALARM");
    running.controlPlane.purgeQueue(queue.name);
    expect(running.aws.alarmState(alarm, Date.now() + 1)).toBe("OK");
  });

  it("is refused what CloudWatch refuses, and is of no other metric of AWS", () => {
    for (const wrong of [
      { period: 90 },
      { datapointsToAlarm: 3 },
      { evaluationPeriods: 200 },
      { statistic: "p99" },
      { treatMissingData: "x" },
      { comparisonOperator: "x" },
    ])
      // prettier-ignore
      expect(() => define(wrong), JSON.stringify(wrong)).toThrow("ValidationError");
    const other = define({ namespace: "AWS/Lambda", metricName: "Errors" });
    expect(() => running.aws.alarmState(other)).toThrow("NotEvaluated");
    expect(() => running.aws.alarmState("nobody")).toThrow("Unknown alarm");
  });
});

describe("a function", () => {
  /** Signs a request with the function's own keys, as the product does, and returns what came back. */
  const caller = `
    import { createHash, createHmac } from "node:crypto";
    import { readFileSync } from "node:fs";
    import https from "node:https";
    export const handler = async ({ service, path = "/", target, body, region = process.env.AWS_REGION, secret }) => {
      const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: session } = process.env;
      const url = new URL(path, process.env["AWS_ENDPOINT_URL_" + service.toUpperCase()]);
      const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
      const sha = (text) => createHash("sha256").update(text).digest("hex");
      const headers = { host: url.host, "x-amz-content-sha256": sha(body), "x-amz-date": date, ...(session && { "x-amz-security-token": session }), ...(target && { "x-amz-target": target }) };
      const names = Object.keys(headers).sort();
      const canonical = ["POST", url.pathname, "", ...names.map((n) => n + ":" + headers[n]), "", names.join(";"), sha(body)].join("\\n");
      const scope = [date.slice(0, 8), region, service, "aws4_request"].join("/");
      const hmac = (k, t) => createHmac("sha256", k).update(t).digest();
      const signing = scope.split("/").reduce(hmac, "AWS4" + (secret ?? key));
      const signature = createHmac("sha256", signing).update(["AWS4-HMAC-SHA256", date, scope, sha(canonical)].join("\\n")).digest("hex");
      const authorization = "AWS4-HMAC-SHA256 Credential=" + id + "/" + scope + ", SignedHeaders=" + names.join(";") + ", Signature=" + signature;
      const response = await fetch(url, { method: "POST", headers: { ...headers, authorization }, body });
      return { status: response.status, text: await response.text() };
    };`;
  async function ask(statements: readonly object[], event: object): Promise<{ status: number; text: string }> {
    const fn = createFunction(running, name(), caller, { statements });
    const outcome = await running.aws.functions.invoke(fn.name, event);
    return JSON.parse((outcome as { payload: string }).payload) as { status: number; text: string };
  }
  const allow = (Action: string, Resource: string) => [{ Effect: "Allow", Action, Resource }];
  const json = ({ text }: { text: string }) => JSON.parse(text) as Record<string, Record<string, string>>;

  it("reads a secret parameter in clear text, where its role may", async () => {
    const parameter = { name: `secret-${name()}`, region, type: "SecureString" as const, value: "shh", tags };
    running.controlPlane.putParameter(parameter, { overwrite: false });
    const arn = parameterArn(parameter.name, region);
    const get = (input: object, statements = allow("ssm:GetParameter", arn), more: object = {}) =>
      ask(statements, { service: "ssm", target: "AmazonSSM.GetParameter", body: JSON.stringify(input), ...more });
    const clear = json(await get({ Name: parameter.name, WithDecryption: true }));
    expect(clear["Parameter"]).toMatchObject({ Name: parameter.name, Value: "shh", Type: "SecureString", ARN: arn });
    expect(json(await get({ Name: arn, WithDecryption: true }))["Parameter"]?.["Value"]).toBe("shh");
    expect(json(await get({ Name: parameter.name }))["Parameter"]?.["Value"]).not.toContain("shh");
    const denied = await get({ Name: parameter.name, WithDecryption: true }, allow("ssm:GetParameter", `${arn}-other`));
    expect([denied.status, json(denied)["__type"]]).toEqual([400, "AccessDeniedException"]);
    // Who may not ask is not told that there is none.
    expect(json(await get({ Name: "nothing" }))["__type"]).toBe("AccessDeniedException");
    const missing = await get({ Name: "nothing" }, allow("ssm:GetParameter", "*"));
    expect([missing.status, json(missing)["__type"]]).toEqual([400, "ParameterNotFound"]);
    const forged = await get({ Name: parameter.name }, undefined, { secret: "wrong" });
    expect(json(forged)["__type"]).toBe("InvalidSignatureException");
  });

  it("signs by a key that it cannot read, where its role may", async () => {
    const { controlPlane } = running;
    const key = controlPlane.createKeyPair({ region, spec: "RSA_2048", description: "", tags });
    const input = {
      ...{ KeyId: keyArn(key), Message: Buffer.from("header.payload").toString("base64"), MessageType: "RAW" },
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
    };
    const sign = (changed: object = {}, statements = allow("kms:Sign", keyArn(key))) =>
      ask(statements, { service: "kms", target: "TrentService.Sign", body: JSON.stringify({ ...input, ...changed }) });
    const { Signature } = json(await sign()) as unknown as { Signature: string };
    const publicKey = createPublicKey(controlPlane.getPublicKey(key.keyId).pem);
    const isOf = (text: string) => verify("sha256", Buffer.from(text), publicKey, Buffer.from(Signature, "base64"));
    expect([isOf("header.payload"), isOf("header.other")]).toEqual([true, false]);
    expect((await sign({ KeyId: key.keyId })).status).toBe(200);
    expect(json(await sign({}, allow("kms:Decrypt", "*")))["__type"]).toBe("AccessDeniedException");
    const long = Buffer.alloc(4097).toString("base64");
    expect(json(await sign({ Message: long }))["__type"]).toBe("ValidationException");
    expect(json(await sign({ SigningAlgorithm: "ECDSA_SHA_256" }))["__type"]).toBe("ValidationException");
    expect(json(await sign({ KeyId: "none" }, allow("kms:Sign", "*")))["__type"]).toBe("NotFoundException");
    controlPlane.updateKeyPair(key.keyId, { state: "Disabled" });
    expect(json(await sign())["__type"]).toBe("DisabledException");
    controlPlane.scheduleKeyDeletion(key.keyId);
    expect(json(await sign())["__type"]).toBe("KMSInvalidStateException");
  });

  it("has CloudFront forget, where its role may, and is answered in XML", async () => {
    const arn = `arn:aws:cloudfront::${accountId}:distribution/E1`;
    const body = (items: readonly string[], quantity = items.length) =>
      `<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>${quantity}` +
      `</Quantity><Items>${items.map((item) => `<Path>${item}</Path>`).join("")}</Items></Paths>` +
      "<CallerReference>1</CallerReference></InvalidationBatch>";
    const invalidate = (text: string, changed: object = {}, statements = allow("cloudfront:CreateInvalidation", arn)) =>
      ask(statements, {
        ...{ service: "cloudfront", path: "/2020-05-31/distribution/E1/invalidation", region: "us-east-1", body: text },
        ...changed,
      });
    const codeOf = ({ status, text }: { status: number; text: string }) => [status, /<Code>(\w+)/.exec(text)?.[1]];
    expect(codeOf(await invalidate(body(["#u:1"])))).toEqual([404, "NoSuchDistribution"]);
    expect(codeOf(await invalidate(body(["#u:1"]), {}, []))).toEqual([403, "AccessDenied"]);
    expect(codeOf(await invalidate(body(["#u:1"], 2)))[1]).toBe("InconsistentQuantities");
    expect(codeOf(await invalidate("<Other/>"))[1]).toBe("MalformedXML");
    expect(codeOf(await invalidate("<a"))[1]).toBe("MalformedXML");
    expect(codeOf(await invalidate(body(["#u:1"]), { region: "eu-west-1" }))[0]).toBe(403);
    const forget = vi.spyOn(running.controlPlane, "createInvalidation").mockReturnValueOnce();
    onTestFinished(() => forget.mockRestore());
    const { status, text } = await invalidate(body(["#u:1", "/d/a&amp;b"]));
    expect([status, forget.mock.lastCall]).toEqual([201, ["E1", ["#u:1", "/d/a&b"]]]);
    expect(text).toMatch(/<Invalidation [^>]*><Id>I[0-9A-Z]{13}<\/Id><Status>InProgress<.*<Path>\/d\/a&amp;b<\/Path>/);
  });
});
