// Who is told that pictures of users who are no more may still be there.
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import type { Queue } from "@pulumi/aws/sqs/queue.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "../aws.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";

export interface ErasureAlarmsArgs extends Pick<PictureUploadsArgs, "alarmActions" | "tags"> {
  readonly lambda: LambdaFunction;
  readonly deadLetters: Queue;
}

export function newErasureAlarms(
  name: string,
  { lambda, deadLetters, alarmActions, tags }: ErasureAlarmsArgs,
  sweep: pulumi.Output<{ readonly everyHours: number; readonly withinHours: number }>,
  opts: pulumi.CustomResourceOptions,
): void {
  const common = { ...(alarmActions !== undefined && { alarmActions }), ...(tags && { tags }) };
  new aws.MetricAlarm(
    `${name}-dead-letters-alarm`,
    {
      ...common,
      alarmDescription: pulumi.concat(
        "Pictures of deleted users were not erased, after several tries. What failed is in the queue ",
        deadLetters.name,
        ", and why is in the log of ",
        lambda.name,
        ".",
      ),
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: deadLetters.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // SQS measures a queue in which nothing happens for some hours only.
      treatMissingData: "notBreaching",
    },
    opts,
  );
  // Hours in a row: the sweep may miss one turn, and Lambda measures an invocation whoever caused it, so the sweep says
  // itself how far behind it is.
  const hours = sweep.apply(({ everyHours }) => 2 * everyHours + 1);
  new aws.MetricAlarm(
    `${name}-sweep-alarm`,
    {
      ...common,
      alarmDescription: pulumi.concat(
        "The pictures of users who were deleted ",
        sweep.withinHours,
        " hours ago may still be there: the sweep is behind, or does not run. See the log of ",
        lambda.name,
        ".",
      ),
      namespace: "auth0-user-pictures",
      metricName: "HoursBehind",
      dimensions: { FunctionName: lambda.name },
      statistic: "Maximum",
      period: 3600,
      evaluationPeriods: hours,
      datapointsToAlarm: hours,
      comparisonOperator: "GreaterThanThreshold",
      threshold: sweep.withinHours,
      treatMissingData: "breaching",
      // A sweep that has not had its first turn is not late.
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: sweep.apply(({ everyHours }) => (everyHours + 1) * 60) },
    },
    opts,
  );
}
