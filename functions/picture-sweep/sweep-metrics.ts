// What the sweep tells whoever operates it, in its log.
import type { LogLine } from "../services/invocation.ts";
import type { SweepPosition } from "./sweep-position.ts";

const hour = 60 * 60_000;
const toTenths = (hours: number) => Math.round(hours * 10) / 10;

/** Where a pass came to; and at its end, how long it took. */
export function passLine({ started, ended, counts, failed, clean }: SweepPosition, now: number): LogLine {
  const hours = ((ended === undefined ? now : Date.parse(ended)) - Date.parse(started)) / hour;
  return {
    level: "info",
    code: ended === undefined ? "pass_under_way" : "pass_ended",
    ...counts,
    failed: failed.length,
    passHours: toTenths(hours),
    // Who is deleted just behind it is found by the next pass, which begins a day after this one did, or at its end.
    ...(ended !== undefined && { windowHours: toTenths(Math.max(24, hours) + hours + 1) }),
    hoursBehind: hoursBehind(clean, now),
  };
}

/** Who was deleted more hours ago has no picture any more. */
const hoursBehind = (clean: string, now: number) => toTenths((now - Date.parse(clean)) / hour);

/**
 * The metric that CloudWatch reads out of the log (CloudWatch docs, "Embedded metric format"), and what belongs to it:
 * each metric costs by the month, and one is looked at.
 */
export function metricLine({ clean, failed }: SweepPosition, functionName: string, now: number): LogLine {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: "auth0-user-pictures",
          Dimensions: [["FunctionName"]],
          // CloudWatch has no unit that is hours.
          Metrics: [{ Name: "HoursBehind", Unit: "None" }],
        },
      ],
    },
    FunctionName: functionName,
    SweepsCompleted: failed.length === 0 ? 1 : 0,
    FoldersFailed: failed.length,
    HoursBehind: hoursBehind(clean, now),
  };
}
