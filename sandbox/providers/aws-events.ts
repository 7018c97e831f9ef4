// The resource types of the aws stand-in for EventBridge and for CloudWatch's alarms.
import { randomUUID } from "node:crypto";
import { alarmArn } from "../edge/alarms.ts";
import { busArn, defaultBus, ruleArn } from "../edge/event-rules.ts";
import type { EventBus, EventRule, EventTarget, MetricAlarm } from "../edge/message-state.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function eventResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return {
    "aws:cloudwatch/eventBus:EventBus": eventBus(),
    "aws:cloudwatch/eventRule:EventRule": eventRule(),
    "aws:cloudwatch/eventTarget:EventTarget": eventTarget(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm(),
  };

  function eventBus(): ResourceImplementation {
    const describe = (inputs: Properties): EventBus => ({
      ...{ name: inputs["name"] as string, region: regionOf(inputs, settings()), tags: allTags(inputs, settings()) },
      ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
      ...(typeof inputs["eventSourceName"] === "string" && { eventSourceName: inputs["eventSourceName"] }),
    });
    const outputsOf = (bus: EventBus, state: Properties): Properties => ({
      ...{ ...state, ...bus, tags: state["tags"], tagsAll: bus.tags, arn: busArn(bus) },
    });
    return {
      computed: ["arn", "region", "tagsAll"],
      replaceOnChanges: ["eventSourceName", "name", "region"],
      autoname: { property: "name" },
      check: (inputs) => notEvaluated(inputs, ["deadLetterConfig", "kmsKeyIdentifier", "logConfig"]),
      create(inputs) {
        const bus = describe(inputs);
        api.createEventBus(bus);
        return { id: bus.name, outputs: outputsOf(bus, inputs) };
      },
      read(name, state) {
        const bus = api.describeEventBus(name);
        return bus && { id: name, outputs: outputsOf(bus, state) };
      },
      update(_name, _state, inputs) {
        api.updateEventBus(describe(inputs));
        return outputsOf(describe(inputs), inputs);
      },
      delete: (name) => api.deleteEventBus(name),
    };
  }

  function eventRule(): ResourceImplementation {
    const describe = (inputs: Properties): EventRule => ({
      ...{ name: inputs["name"] as string, region: regionOf(inputs, settings()), tags: allTags(inputs, settings()) },
      busName: (inputs["eventBusName"] as string | undefined) ?? defaultBus,
      state: inputs["state"] === "DISABLED" ? "DISABLED" : "ENABLED",
      ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
      ...(typeof inputs["eventPattern"] === "string" && { eventPattern: inputs["eventPattern"] }),
      ...(typeof inputs["scheduleExpression"] === "string" && { scheduleExpression: inputs["scheduleExpression"] }),
    });
    const idOf = ({ busName, name }: EventRule) => (busName === defaultBus ? name : `${busName}/${name}`);
    const outputsOf = ({ busName, tags, ...rule }: EventRule, state: Properties): Properties => ({
      ...{ ...state, ...rule, eventBusName: busName, tagsAll: tags, arn: ruleArn({ busName, ...rule }) },
      namePrefix: "",
    });
    const put = (inputs: Properties) => {
      const rule = describe(inputs);
      api.putRule(rule);
      return { id: idOf(rule), outputs: outputsOf(rule, inputs) };
    };
    return {
      computed: ["arn", "namePrefix", "region", "tagsAll"],
      defaults: { eventBusName: defaultBus, forceDestroy: false, state: "ENABLED" },
      replaceOnChanges: ["eventBusName", "name", "namePrefix", "region"],
      autoname: { property: "name", unless: ["namePrefix"] },
      check: (inputs) => [
        ...oneOf(inputs, "state", ["ENABLED", "DISABLED"]),
        ...notEvaluated(inputs, ["isEnabled", "namePrefix", "roleArn"]),
      ],
      create(inputs) {
        const { name, busName } = describe(inputs);
        if (api.describeRule(busName, name)) throw new Error(`EventBridge Rule (${name}) already exists`);
        return put(inputs);
      },
      read(id, state) {
        // A bus of a partner has slashes in its name.
        const [, busName = defaultBus, name = id] = /^(.+)\/([^/]+)$/.exec(id) ?? [];
        const rule = api.describeRule(busName, name);
        return rule && { id, outputs: outputsOf(rule, state) };
      },
      update: (_id, _state, inputs) => put(inputs).outputs,
      delete(_id, state) {
        const { busName, name } = describe(state);
        api.deleteRule(busName, name);
      },
    };
  }

  function eventTarget(): ResourceImplementation {
    const describe = (inputs: Properties): EventTarget => {
      const { deadLetterConfig, retryPolicy } = inputs as {
        deadLetterConfig?: { arn?: string };
        retryPolicy?: { maximumRetryAttempts?: number };
      };
      return {
        ...{ targetId: inputs["targetId"] as string, ruleName: inputs["rule"] as string, arn: inputs["arn"] as string },
        busName: (inputs["eventBusName"] as string | undefined) ?? defaultBus,
        // EventBridge docs, "How EventBridge retries delivering events".
        maximumRetryAttempts: retryPolicy?.maximumRetryAttempts ?? 185,
        ...(deadLetterConfig?.arn !== undefined && { deadLetterArn: deadLetterConfig.arn }),
      };
    };
    const idOf = ({ busName, ruleName, targetId }: EventTarget) =>
      busName === defaultBus ? `${ruleName}-${targetId}` : `${busName}-${ruleName}-${targetId}`;
    const put = (inputs: Properties) => {
      const target = describe(inputs);
      api.putTarget(target);
      const { targetId, busName: eventBusName } = target;
      const outputs = { ...inputs, targetId, eventBusName, region: regionOf(inputs, settings()) };
      return { id: idOf(target), outputs };
    };
    const found = (state: Properties) => {
      const { busName, ruleName, targetId } = describe(state);
      return api.listTargets(busName, ruleName).find((one) => one.targetId === targetId);
    };
    return {
      computed: ["region", "targetId"],
      defaults: { eventBusName: defaultBus, forceDestroy: false },
      replaceOnChanges: ["eventBusName", "region", "rule", "targetId"],
      check: (inputs) => notEvaluated(inputs, notEvaluatedOfTarget),
      create: (inputs) => put({ ...inputs, targetId: inputs["targetId"] ?? `terraform-${randomUUID()}` }),
      read(id, state) {
        const [eventBusName, rule, targetId] = id.split("/");
        const known = Object.keys(state).length > 0 ? state : { eventBusName, rule, targetId };
        const target = found(known);
        if (!target) return undefined;
        const { deadLetterArn, arn, ruleName, busName } = target;
        const outputs = {
          ...{ ...known, arn, rule: ruleName, eventBusName: busName, targetId: target.targetId },
          ...(deadLetterArn !== undefined && { deadLetterConfig: { arn: deadLetterArn } }),
        };
        return { id: idOf(target), outputs };
      },
      update: (_id, state, inputs) => put({ ...inputs, targetId: state["targetId"] }).outputs,
      delete: (_id, state) => api.removeTarget(describe(state)),
    };
  }

  function metricAlarm(): ResourceImplementation {
    const describe = (inputs: Properties): Omit<MetricAlarm, "createdAt"> => {
      const warmUp = inputs["warmUpConfiguration"] as { warmUpPeriodDurationInMinutes?: number } | undefined;
      const evaluationPeriods = Number(inputs["evaluationPeriods"]);
      return {
        ...{ name: inputs["name"] as string, region: regionOf(inputs, settings()), tags: allTags(inputs, settings()) },
        ...{ namespace: inputs["namespace"] as string, metricName: inputs["metricName"] as string },
        dimensions: (inputs["dimensions"] as Record<string, string> | undefined) ?? {},
        ...{ statistic: inputs["statistic"] as string, period: Number(inputs["period"]), evaluationPeriods },
        datapointsToAlarm: Number(inputs["datapointsToAlarm"] ?? evaluationPeriods),
        comparisonOperator: inputs["comparisonOperator"] as string,
        threshold: Number(inputs["threshold"]),
        treatMissingData: (inputs["treatMissingData"] as string | undefined) ?? "missing",
        warmUpMinutes: Number(warmUp?.warmUpPeriodDurationInMinutes ?? 0),
      };
    };
    const put = (inputs: Properties) => {
      const alarm = describe(inputs);
      const { dimensions: given } = inputs;
      const dimensions = Object.fromEntries(
        Object.entries(alarm.dimensions).filter(([name]) => !name.startsWith("__")),
      );
      api.putMetricAlarm({ ...alarm, dimensions });
      const { name, region } = alarm;
      const outputs = {
        ...{ ...inputs, name, region, arn: alarmArn(alarm), tagsAll: alarm.tags },
        ...(given !== undefined && { dimensions }),
      };
      return { id: name, outputs };
    };
    return {
      computed: ["arn", "evaluateLowSampleCountPercentiles", "region", "tagsAll"],
      defaults: { actionsEnabled: true, treatMissingData: "missing" },
      sets: ["alarmActions", "insufficientDataActions", "okActions"],
      replaceOnChanges: ["name", "region"],
      autoname: { property: "name" },
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfAlarm),
        ...["metricName", "namespace", "period", "statistic", "comparisonOperator", "evaluationPeriods"].flatMap(
          (name) =>
            inputs[name] === undefined
              ? [{ property: name, reason: "the sandbox evaluates alarms of one metric only" }]
              : [],
        ),
      ],
      create: put,
      read(name, state) {
        const alarm = api.describeAlarm(name);
        if (!alarm) return undefined;
        const { namespace, metricName, dimensions, statistic, period, evaluationPeriods, comparisonOperator } = alarm;
        const { threshold, treatMissingData, region } = alarm;
        const outputs = {
          ...{ actionsEnabled: true, ...state, name, region, arn: alarmArn(alarm), tagsAll: alarm.tags, namespace },
          ...{ metricName, dimensions, statistic, period, evaluationPeriods, comparisonOperator, threshold },
          treatMissingData,
        };
        return { id: name, outputs };
      },
      update: (_name, _state, inputs) => put(inputs).outputs,
      delete: (name) => api.deleteAlarm(name),
    };
  }
}

// prettier-ignore
const notEvaluatedOfTarget = [
  "appsyncTarget", "batchTarget", "ecsTarget", "httpTarget", "input", "inputPath", "inputTransformer", "kinesisTarget",
  "redshiftTarget", "roleArn", "runCommandTargets", "sagemakerPipelineTarget", "sqsTarget",
];
// prettier-ignore
const notEvaluatedOfAlarm = [
  "evaluateLowSampleCountPercentiles", "evaluationCriteria", "evaluationInterval", "extendedStatistic",
  "metricQueries", "thresholdMetricId", "unit",
];
