// The AWS SDK's resources that the components declare, each loaded when it is first used: a program whose pictures live
// elsewhere loads none of them, and one without uploads none of theirs. By their leaf modules, which cost a program's
// start little.
import { createRequire } from "node:module";
import type { Certificate } from "@pulumi/aws/acm/certificate.js";
import type { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import type { Api } from "@pulumi/aws/apigatewayv2/api.js";
import type { Authorizer } from "@pulumi/aws/apigatewayv2/authorizer.js";
import type { Integration } from "@pulumi/aws/apigatewayv2/integration.js";
import type { Route } from "@pulumi/aws/apigatewayv2/route.js";
import type { Stage } from "@pulumi/aws/apigatewayv2/stage.js";
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import type { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import type { ResponseHeadersPolicy } from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import type { EventBus } from "@pulumi/aws/cloudwatch/eventBus.js";
import type { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import type { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget.js";
import type { LogDelivery } from "@pulumi/aws/cloudwatch/logDelivery.js";
import type { LogDeliveryDestination } from "@pulumi/aws/cloudwatch/logDeliveryDestination.js";
import type { LogDeliverySource } from "@pulumi/aws/cloudwatch/logDeliverySource.js";
import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import type { Role } from "@pulumi/aws/iam/role.js";
import type { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type { getPublicKeyOutput } from "@pulumi/aws/kms/getPublicKey.js";
import type { Key } from "@pulumi/aws/kms/key.js";
import type { Function } from "@pulumi/aws/lambda/function.js";
import type { FunctionEventInvokeConfig } from "@pulumi/aws/lambda/functionEventInvokeConfig.js";
import type { Permission } from "@pulumi/aws/lambda/permission.js";
import type { Record } from "@pulumi/aws/route53/record.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import type { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import type { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import type { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import type { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import type { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import type { Queue } from "@pulumi/aws/sqs/queue.js";
import type { QueuePolicy } from "@pulumi/aws/sqs/queuePolicy.js";
import type { Parameter } from "@pulumi/aws/ssm/parameter.js";

/** What is loaded, by its module: each entry's type is its own. */
interface AwsResources {
  Certificate: typeof Certificate;
  CertificateValidation: typeof CertificateValidation;
  Api: typeof Api;
  Authorizer: typeof Authorizer;
  Integration: typeof Integration;
  Route: typeof Route;
  Stage: typeof Stage;
  Distribution: typeof Distribution;
  OriginAccessControl: typeof OriginAccessControl;
  ResponseHeadersPolicy: typeof ResponseHeadersPolicy;
  EventBus: typeof EventBus;
  EventRule: typeof EventRule;
  EventTarget: typeof EventTarget;
  LogDelivery: typeof LogDelivery;
  LogDeliveryDestination: typeof LogDeliveryDestination;
  LogDeliverySource: typeof LogDeliverySource;
  LogGroup: typeof LogGroup;
  MetricAlarm: typeof MetricAlarm;
  Role: typeof Role;
  RolePolicy: typeof RolePolicy;
  getPublicKeyOutput: typeof getPublicKeyOutput;
  Key: typeof Key;
  Function: typeof Function;
  FunctionEventInvokeConfig: typeof FunctionEventInvokeConfig;
  Permission: typeof Permission;
  Record: typeof Record;
  Bucket: typeof Bucket;
  BucketLifecycleConfiguration: typeof BucketLifecycleConfiguration;
  BucketObjectv2: typeof BucketObjectv2;
  BucketOwnershipControls: typeof BucketOwnershipControls;
  BucketPolicy: typeof BucketPolicy;
  BucketPublicAccessBlock: typeof BucketPublicAccessBlock;
  BucketServerSideEncryptionConfiguration: typeof BucketServerSideEncryptionConfiguration;
  BucketVersioning: typeof BucketVersioning;
  Queue: typeof Queue;
  QueuePolicy: typeof QueuePolicy;
  Parameter: typeof Parameter;
}

const modules: { readonly [Name in keyof AwsResources]: string } = {
  Certificate: "acm/certificate",
  CertificateValidation: "acm/certificateValidation",
  Api: "apigatewayv2/api",
  Authorizer: "apigatewayv2/authorizer",
  Integration: "apigatewayv2/integration",
  Route: "apigatewayv2/route",
  Stage: "apigatewayv2/stage",
  Distribution: "cloudfront/distribution",
  OriginAccessControl: "cloudfront/originAccessControl",
  ResponseHeadersPolicy: "cloudfront/responseHeadersPolicy",
  EventBus: "cloudwatch/eventBus",
  EventRule: "cloudwatch/eventRule",
  EventTarget: "cloudwatch/eventTarget",
  LogDelivery: "cloudwatch/logDelivery",
  LogDeliveryDestination: "cloudwatch/logDeliveryDestination",
  LogDeliverySource: "cloudwatch/logDeliverySource",
  LogGroup: "cloudwatch/logGroup",
  MetricAlarm: "cloudwatch/metricAlarm",
  Role: "iam/role",
  RolePolicy: "iam/rolePolicy",
  getPublicKeyOutput: "kms/getPublicKey",
  Key: "kms/key",
  Function: "lambda/function",
  FunctionEventInvokeConfig: "lambda/functionEventInvokeConfig",
  Permission: "lambda/permission",
  Record: "route53/record",
  Bucket: "s3/bucket",
  BucketLifecycleConfiguration: "s3/bucketLifecycleConfiguration",
  BucketObjectv2: "s3/bucketObjectv2",
  BucketOwnershipControls: "s3/bucketOwnershipControls",
  BucketPolicy: "s3/bucketPolicy",
  BucketPublicAccessBlock: "s3/bucketPublicAccessBlock",
  BucketServerSideEncryptionConfiguration: "s3/bucketServerSideEncryptionConfiguration",
  BucketVersioning: "s3/bucketVersioning",
  Queue: "sqs/queue",
  QueuePolicy: "sqs/queuePolicy",
  Parameter: "ssm/parameter",
};

// A component's constructor is synchronous, so require; the SDK is CommonJS.
const load = createRequire(import.meta.url) as (path: string) => Readonly<AwsResources>;

export const aws = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(modules).map(([name, path]) => [
      name,
      { enumerable: true, get: () => load(`@pulumi/aws/${path}.js`)[name as keyof AwsResources] },
    ]),
  ),
) as Readonly<AwsResources>;
