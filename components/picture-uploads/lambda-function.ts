// One of the two functions: its log group, its role, and itself.
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "../aws.ts";
import { assumedByLambda, policyDocument, writingLogs } from "./function-role.ts";
import type { Statement } from "./function-role.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";

export interface NewFunctionArgs extends Pick<PictureUploadsArgs, "tags" | "reservedConcurrentExecutions"> {
  readonly description: string;
  /** By name in the zip, the file's path, relative to the program's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly handler: string;
  /** In megabytes. */
  readonly memorySize: pulumi.Input<number>;
  /** In seconds. */
  readonly timeout: pulumi.Input<number>;
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statements: readonly Statement[];
  readonly retentionInDays: pulumi.Input<number>;
}

export interface NewFunction {
  readonly lambda: LambdaFunction;
  readonly logGroup: LogGroup;
}

export function newFunction(name: string, args: NewFunctionArgs, opts: pulumi.CustomResourceOptions): NewFunction {
  const { description, handler, timeout, memorySize, reservedConcurrentExecutions, retentionInDays, tags } = args;
  const logGroup = new aws.LogGroup(`${name}-logs`, { retentionInDays, ...(tags && { tags }) }, opts);
  const role = new aws.Role(
    `${name}-role`,
    { description, assumeRolePolicy: assumedByLambda, ...(tags && { tags }) },
    opts,
  );
  const policy = new aws.RolePolicy(
    `${name}-policy`,
    { role: role.name, policy: policyDocument([writingLogs(logGroup.arn), ...args.statements]) },
    opts,
  );
  const files = Object.entries(args.files).map(([file, path]) => [file, new pulumi.asset.FileAsset(path)] as const);
  const lambda = new aws.Function(
    name,
    {
      description,
      code: new pulumi.asset.AssetArchive(Object.fromEntries(files)),
      handler,
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      role: role.arn,
      timeout,
      memorySize,
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      environment: { variables: args.environment },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      ...(tags && { tags }),
    },
    { ...opts, dependsOn: policy },
  );
  return { lambda, logGroup };
}
