// When the sweep runs, and who hears of it if it does not: a schedule, by option Auth0's events, a queue of what failed
// for good, and two alarms.
import type { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import type { Queue } from "@pulumi/aws/sqs/queue.js";
import { EventStream } from "@pulumi/auth0/eventStream.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "../aws.ts";
import { assertNoRefusals } from "../validation.ts";
import { newErasureAlarms } from "./erasure-alarms.ts";
import { policyDocument } from "./function-role.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { uploadDefaults } from "./upload-defaults.ts";

/** What the sweep could not do, kept for as long as SQS keeps anything: 14 days. */
export const newDeadLetters = (
  name: string,
  { tags }: Pick<PictureUploadsArgs, "tags">,
  opts: pulumi.CustomResourceOptions,
): Queue =>
  new aws.Queue(
    `${name}-dead-letters`,
    { messageRetentionSeconds: 1_209_600, sqsManagedSseEnabled: true, ...(tags && { tags }) },
    opts,
  );

export interface ErasureArgs extends Pick<PictureUploadsArgs, "alarmActions" | "eventStream" | "sweep" | "tags"> {
  /** The component, as in `PictureUploads "uploads"`. */
  readonly subject: string;
  readonly lambda: LambdaFunction;
  readonly deadLetters: Queue;
}

export function runSweeps(name: string, args: ErasureArgs, opts: pulumi.CustomResourceOptions): void {
  const { lambda, deadLetters, eventStream = false, tags } = args;
  const sweep = pulumi.output(args.sweep ?? {}).apply((given) => ({ ...uploadDefaults.sweep, ...given }));
  const schedule = new aws.EventRule(
    `${name}-schedule`,
    {
      description: "Sweeps the pictures of users who are no more",
      scheduleExpression: sweep.apply(({ everyHours }) => `rate(${everyHours} hour${everyHours === 1 ? "" : "s"})`),
      ...(tags && { tags }),
    },
    opts,
  );
  const deletions = eventStream ? newDeletions(name, args, opts) : undefined;
  const rules = deletions === undefined ? [schedule] : [schedule, deletions];
  const policy = new aws.QueuePolicy(
    `${name}-dead-letters-policy`,
    { queueUrl: deadLetters.id, policy: deadLettersPolicy(deadLetters, rules) },
    opts,
  );
  // EventBridge hands an event over, and Lambda tries it: what either gives up is kept.
  const retries = new aws.FunctionEventInvokeConfig(
    `${name}-retries`,
    {
      functionName: lambda.name,
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: deadLetters.arn } },
    },
    opts,
  );
  const before = [policy, retries];
  invokeBy(`${name}-schedule`, schedule, args, before, opts);
  if (deletions !== undefined) invokeBy(`${name}-deletions`, deletions, args, before, opts);
  newErasureAlarms(name, args, sweep, opts);
}

/** Only these rules put there what they cannot hand over. */
const deadLettersPolicy = ({ arn }: Queue, rules: readonly EventRule[]) =>
  policyDocument([
    {
      Sid: "KeepWhatIsNotHandedOver",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: arn,
      Condition: { ArnEquals: { "aws:SourceArn": rules.map((rule) => rule.arn) } },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: arn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);

/** @param before what is there when the first event comes, besides the permission */
function invokeBy(
  name: string,
  rule: EventRule,
  { lambda, deadLetters }: ErasureArgs,
  before: readonly pulumi.Resource[],
  opts: pulumi.CustomResourceOptions,
): void {
  const permission = new aws.Permission(
    `${name}-permission`,
    {
      action: "lambda:InvokeFunction",
      function: lambda.name,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    },
    opts,
  );
  new aws.EventTarget(
    `${name}-target`,
    {
      rule: rule.name,
      eventBusName: rule.eventBusName.apply((bus) => bus ?? "default"),
      arn: lambda.arn,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { ...opts, dependsOn: [...before, permission] },
  );
}

/** Auth0's events reach an event bus of their own, whose name only Auth0 knows. */
function newDeletions(
  name: string,
  { subject, deadLetters, tags }: ErasureArgs,
  opts: pulumi.CustomResourceOptions,
): EventRule {
  // Whose account it is, and where, is said by what is there already, and is never replaced.
  const partOf = (index: number) => deadLetters.arn.apply((arn) => arn.split(":")[index] ?? "");
  const stream = new EventStream(
    `${name}-event-stream`,
    {
      destinationType: "eventbridge",
      subscriptions: ["user.deleted"],
      status: "enabled",
      eventbridgeConfiguration: { awsRegion: partOf(3), awsAccountId: partOf(4) },
    },
    opts,
  );
  const source = stream.eventbridgeConfiguration.apply((of) => namedSource(subject, of?.awsPartnerEventSource));
  const bus = new aws.EventBus(
    `${name}-event-bus`,
    { name: source, eventSourceName: source, ...(tags && { tags }) },
    opts,
  );
  return new aws.EventRule(
    `${name}-deletions`,
    {
      description: "Erases the pictures of a user whom Auth0 has deleted",
      eventBusName: bus.name,
      // Nothing else reaches this bus.
      eventPattern: JSON.stringify({ source: [{ prefix: "aws.partner/auth0.com/" }] }),
      ...(tags && { tags }),
    },
    opts,
  );
}

/** A bus without it would be nobody's. */
function namedSource(subject: string, source: string | undefined): string {
  const message =
    "Auth0 made the stream, and names no event source of it yet. Run pulumi up --refresh, which reads the name; if " +
    "there is none even then, leave eventStream out.";
  assertNoRefusals(`${subject} cannot be created:`, source ? [] : [{ path: ["eventStream"], message }]);
  return source ?? "";
}
