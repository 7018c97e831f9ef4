// CloudWatch's alarms: what is declared, and what they would say at a time, from what the sandbox knows of a metric:
// queues' messages, and what functions log of themselves.
import { isObject } from "../json.ts";
import { fail } from "./aws-error.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { LogLine } from "./log-groups.ts";
import type { MetricAlarm, QueueMessage } from "./message-state.ts";

/** The operations are named as in the CloudWatch API reference, and throw the `AwsError`s that are named there. */
export function alarmOperations(store: Store) {
  const { metricAlarms } = store.state;
  return {
    putMetricAlarm(alarm: Omit<MetricAlarm, "createdAt">): void {
      checkAlarm(alarm);
      metricAlarms[alarm.name] = { createdAt: metricAlarms[alarm.name]?.createdAt ?? Date.now(), ...alarm };
      store.save();
    },
    describeAlarm: (name: string): MetricAlarm | undefined => metricAlarms[name],
    listAlarms: (): readonly MetricAlarm[] => Object.values(metricAlarms),
    deleteAlarm(name: string): void {
      Reflect.deleteProperty(metricAlarms, name);
      store.save();
    },
  };
}

export const alarmArn = ({ name, region }: Pick<MetricAlarm, "name" | "region">) =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: sum,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  Average: (values) => sum(values) / values.length,
  SampleCount: (values) => values.length,
};

/** CloudWatch API reference, "PutMetricAlarm". */
function checkAlarm(alarm: Omit<MetricAlarm, "createdAt">): void {
  const { period, evaluationPeriods, datapointsToAlarm, comparisonOperator, statistic, treatMissingData } = alarm;
  const invalid = (reason: string) => fail("ValidationError", reason);
  if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
    invalid("Metrics cannot be checked over a period that is not 10, 20, 30, or any multiple of 60 seconds");
  // "multiplied by period, cannot be more than one week", or a day for periods under an hour.
  if (period * evaluationPeriods > (period >= 3600 ? 604_800 : 86_400))
    invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or a week for periods of an hour"); // prettier-ignore
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods)
    invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  if (!comparisons[comparisonOperator]) invalid(`ComparisonOperator ${comparisonOperator} is not valid`);
  if (!statistics[statistic]) invalid(`Statistic ${statistic} is not valid`);
  if (!["breaching", "notBreaching", "ignore", "missing"].includes(treatMissingData))
    invalid(`TreatMissingData ${treatMissingData} is not valid`);
}

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** What the metric is read from. */
export interface MetricSource {
  queueMessages(name: string, at: number): readonly QueueMessage[];
  /** The lines of every log group. */
  logLines(): readonly LogLine[];
}

/**
 * What an alarm says at a time (CloudWatch docs, "Using Amazon CloudWatch alarms": evaluation periods, datapoints to
 * alarm, and how missing data is treated).
 *
 * @param at milliseconds since the epoch, which may be later than now
 * @throws AwsError NotEvaluated for a metric that the sandbox does not have
 */
export function alarmStateAt(alarm: MetricAlarm, at: number, source: MetricSource): AlarmState {
  const { period, evaluationPeriods, datapointsToAlarm, comparisonOperator, threshold, treatMissingData } = alarm;
  // Before its first data an alarm that warms up has none that is missing.
  if (at < alarm.createdAt + alarm.warmUpMinutes * 60_000) return "INSUFFICIENT_DATA";
  const length = period * 1000;
  const end = Math.floor(at / length) * length + length;
  const values = Array.from({ length: evaluationPeriods }, (_, index) => {
    const to = end - index * length;
    const found = valuesOf(alarm, source, { from: to - length, to: Math.min(to, at + 1) });
    return found.length === 0 ? undefined : statistics[alarm.statistic]?.(found);
  });
  const isBreaching = (value: number | undefined) =>
    value === undefined ? treatMissingData === "breaching" : comparisons[comparisonOperator]?.(value, threshold);
  const isAllMissing = values.every((value) => value === undefined);
  if (isAllMissing && (treatMissingData === "missing" || treatMissingData === "ignore")) return "INSUFFICIENT_DATA";
  return values.filter(isBreaching).length >= datapointsToAlarm ? "ALARM" : "OK";
}

interface Window {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

function valuesOf(alarm: MetricAlarm, source: MetricSource, { from, to }: Window): readonly number[] {
  const { namespace, metricName, dimensions } = alarm;
  if (namespace === "AWS/SQS" && metricName === "ApproximateNumberOfMessagesVisible")
    return from >= to ? [] : [source.queueMessages(dimensions["QueueName"] ?? "", to - 1).length];
  if (namespace.startsWith("AWS/"))
    fail("NotEvaluated", `The sandbox does not have the metric ${metricName} of ${namespace}`, 501);
  return source.logLines().flatMap(({ message }) => {
    const found = embeddedMetric(message, { namespace, metricName, dimensions });
    return found && found.timestamp >= from && found.timestamp < to ? [found.value] : [];
  });
}

/** A line in the form that CloudWatch makes a metric of (its docs, "Embedded metric format specification"). */
function embeddedMetric(
  line: string,
  { namespace, metricName, dimensions }: Pick<MetricAlarm, "namespace" | "metricName" | "dimensions">,
): { readonly timestamp: number; readonly value: number } | undefined {
  let logged: unknown;
  try {
    logged = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(logged) || !isObject(logged["_aws"])) return undefined;
  const { Timestamp, CloudWatchMetrics } = logged["_aws"] as {
    Timestamp?: number;
    CloudWatchMetrics?: { Namespace?: string; Dimensions?: string[][]; Metrics?: { Name?: string }[] }[];
  };
  const names = Object.keys(dimensions).sort().join();
  const isMetric = CloudWatchMetrics?.some(
    ({ Namespace, Dimensions = [], Metrics = [] }) =>
      Namespace === namespace &&
      Metrics.some(({ Name }) => Name === metricName) &&
      Dimensions.some((set) => [...set].sort().join() === names),
  );
  const isOfAlarm = Object.entries(dimensions).every(([name, value]) => logged[name] === value);
  const value = logged[metricName];
  if (isMetric !== true || !isOfAlarm || typeof Timestamp !== "number" || typeof value !== "number") return undefined;
  return { timestamp: Timestamp, value };
}
