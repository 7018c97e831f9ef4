// The API calls that the real aws provider makes for each operation on the picture store's resources, as the IAM
// actions that they need. From its source (github.com/hashicorp/terraform-provider-aws, internal/service: s3,
// cloudfront, acm, route53, logs, iam, lambda, apigatewayv2, ssm, kms, sqs, events, cloudwatch), from runs of it, and,
// where an action has another name than the call, from AWS's "Service authorization reference".
import type { PolicyRequest } from "../edge/bucket-policy.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings, Tags } from "./aws-settings.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

type Operation = "create" | "read" | "update" | "delete";

/** Whether the caller may make it is decided by its IAM action, the ARN that it is for, and its condition keys. */
export type ProviderCall = Pick<PolicyRequest, "action" | "resource" | "context">;

interface Calls extends Readonly<Record<Operation, readonly string[]>> {
  /** What tags need in addition: at a create with tags, for new ones, for those taken away, at each read. */
  readonly tags?: Readonly<Record<"create" | "set" | "remove" | "list", readonly string[]>>;
  /** What an input needs in addition, and the ARN that it is for. */
  readonly also?: (inputs: Properties, operation: Operation) => readonly (readonly [action: string, arn: string])[];
}

const words = (text: string, prefix: string) => text.split(" ").map((word) => `${prefix}:${word}`);
const s3 = (text: string) => words(text, "s3");
const cloudfront = (text: string) => words(text, "cloudfront");
const logs = (text: string) => words(text, "logs");

/** An object's ARN for what is done to objects, else the bucket's. */
const s3Arn = (action: string, bucket: unknown, key: unknown) =>
  `arn:aws:s3:::${String(bucket)}${/:(Get|Put|Delete)Object/.test(action) ? `/${String(key)}` : ""}`;

/** Two APIs for a bucket's tags: S3 Control's first, and where that is denied the older one. */
const bucketTags = {
  create: s3("TagResource PutBucketTagging"),
  set: s3("TagResource PutBucketTagging"),
  remove: s3("UntagResource PutBucketTagging"),
  list: s3("ListTagsForResource GetBucketTagging"),
};

/** A bucket's read asks for all that was an argument of it once. */
const bucketRead = s3(
  "ListBucket GetBucketPolicy GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning " +
    "GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging GetLifecycleConfiguration " +
    "GetReplicationConfiguration GetEncryptionConfiguration GetBucketObjectLockConfiguration GetBucketLocation",
);

/** A bucket's setting: IAM has one action for setting it and for taking it away. */
function setting(put: string, get: string, remove = put): Calls {
  return { create: s3(`${put} ${get}`), read: s3(get), update: s3(`${put} ${get}`), delete: s3(`${remove} ${get}`) };
}

const ofCloudFront = (name: string): Calls => ({
  create: cloudfront(`Create${name} Get${name}`),
  read: cloudfront(`Get${name}`),
  update: cloudfront(`Update${name} Get${name}`),
  delete: cloudfront(`Get${name} Delete${name}`),
});

const logTags = {
  create: logs("TagResource"),
  set: logs("TagResource"),
  remove: logs("UntagResource"),
  list: logs("ListTagsForResource"),
};
const putLog = (name: string): Calls => ({
  create: logs(`Put${name} Get${name}`),
  read: logs(`Get${name}`),
  update: logs(`Put${name} Get${name}`),
  delete: logs(`Delete${name}`),
  tags: logTags,
});

/** API Gateway's actions are named as HTTP methods; where the stack is does not show in a resource's ARN there. */
const ofApi = (tags = false): Calls => ({
  create: words("POST GET", "apigateway"),
  read: words("GET", "apigateway"),
  update: words("PATCH GET", "apigateway"),
  delete: words("DELETE", "apigateway"),
  ...(tags && {
    tags: {
      create: [],
      set: words("POST", "apigateway"),
      remove: words("DELETE", "apigateway"),
      list: words("GET", "apigateway"),
    },
  }),
});

const tagsBy = (service: string): NonNullable<Calls["tags"]> => ({
  create: words("TagResource", service),
  set: words("TagResource", service),
  remove: words("UntagResource", service),
  list: words("ListTagsForResource", service),
});
const eventTags = tagsBy("events");

const calls: Readonly<Record<string, Calls>> = {
  "aws:s3/bucket:Bucket": {
    create: [...s3("CreateBucket"), ...bucketRead],
    read: bucketRead,
    update: bucketRead,
    delete: s3("DeleteBucket"),
    tags: bucketTags,
    also: ({ bucket, forceDestroy }, operation) =>
      operation === "delete" && forceDestroy === true
        ? s3("ListBucketVersions DeleteObject DeleteObjectVersion").map((action) => [
            action,
            s3Arn(action, bucket, "*"),
          ])
        : [],
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting(
    "PutBucketPublicAccessBlock",
    "GetBucketPublicAccessBlock",
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(
    "PutBucketOwnershipControls",
    "GetBucketOwnershipControls",
  ),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting(
    "PutEncryptionConfiguration",
    "GetEncryptionConfiguration",
  ),
  "aws:s3/bucketVersioning:BucketVersioning": setting("PutBucketVersioning", "GetBucketVersioning"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting(
    "PutLifecycleConfiguration",
    "GetLifecycleConfiguration",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": setting("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    // HeadObject needs GetObject, and ListBucket to tell a missing object from a forbidden one.
    create: s3("PutObject GetObject ListBucket GetObjectTagging"),
    read: s3("GetObject ListBucket GetObjectTagging"),
    update: s3("PutObject GetObject ListBucket GetObjectTagging"),
    delete: s3("ListBucketVersions DeleteObject DeleteObjectVersion"),
    tags: {
      create: s3("PutObjectTagging"),
      set: s3("PutObjectTagging"),
      remove: s3("DeleteObjectTagging"),
      list: s3("GetObjectTagging"),
    },
  },
  "aws:cloudfront/originAccessControl:OriginAccessControl": ofCloudFront("OriginAccessControl"),
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ofCloudFront("ResponseHeadersPolicy"),
  "aws:cloudfront/distribution:Distribution": {
    // CreateDistributionWithTags, whether there are tags or not; a deletion disables first.
    create: cloudfront("CreateDistribution TagResource GetDistribution"),
    read: cloudfront("GetDistribution"),
    update: cloudfront("UpdateDistribution GetDistribution"),
    delete: cloudfront("GetDistribution UpdateDistribution DeleteDistribution"),
    tags: {
      create: [],
      set: cloudfront("TagResource"),
      remove: cloudfront("UntagResource"),
      list: cloudfront("ListTagsForResource"),
    },
    also: ({ webAclId }, operation) =>
      typeof webAclId === "string" && operation !== "read" ? [["wafv2:GetWebACL", webAclId]] : [],
  },
  "aws:acm/certificate:Certificate": {
    create: words("RequestCertificate DescribeCertificate", "acm"),
    read: words("DescribeCertificate", "acm"),
    update: words("DescribeCertificate", "acm"),
    delete: words("DeleteCertificate", "acm"),
    tags: {
      create: words("AddTagsToCertificate", "acm"),
      set: words("AddTagsToCertificate", "acm"),
      remove: words("RemoveTagsFromCertificate", "acm"),
      list: words("ListTagsForCertificate", "acm"),
    },
  },
  "aws:acm/certificateValidation:CertificateValidation": {
    create: words("DescribeCertificate", "acm"),
    read: words("DescribeCertificate", "acm"),
    update: [],
    delete: [],
  },
  "aws:route53/record:Record": {
    create: words("GetHostedZone ChangeResourceRecordSets GetChange ListResourceRecordSets", "route53"),
    read: words("GetHostedZone ListResourceRecordSets", "route53"),
    update: words("GetHostedZone ChangeResourceRecordSets GetChange ListResourceRecordSets", "route53"),
    delete: words("GetHostedZone ChangeResourceRecordSets GetChange ListResourceRecordSets", "route53"),
  },
  "aws:cloudwatch/logDeliverySource:LogDeliverySource": {
    ...putLog("DeliverySource"),
    // CloudWatch Logs asks CloudFront whether the caller may have its logs delivered.
    also: ({ resourceArn }, operation) =>
      operation === "create" || operation === "update"
        ? [["cloudfront:AllowVendedLogDeliveryForResource", resourceArn as string]]
        : [],
  },
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": putLog("DeliveryDestination"),
  "aws:cloudwatch/logGroup:LogGroup": {
    create: logs("CreateLogGroup PutRetentionPolicy DescribeLogGroups"),
    read: logs("DescribeLogGroups"),
    update: logs("PutRetentionPolicy DeleteRetentionPolicy DescribeLogGroups"),
    delete: logs("DeleteLogGroup"),
    tags: logTags,
  },
  "aws:iam/role:Role": {
    create: words("CreateRole GetRole ListRolePolicies ListAttachedRolePolicies", "iam"),
    read: words("GetRole ListRolePolicies ListAttachedRolePolicies", "iam"),
    update: words(
      "UpdateAssumeRolePolicy UpdateRoleDescription UpdateRole GetRole ListRolePolicies ListAttachedRolePolicies",
      "iam",
    ),
    delete: words("ListInstanceProfilesForRole ListRolePolicies ListAttachedRolePolicies DeleteRole", "iam"),
    // A role's read has its tags.
    tags: {
      create: words("TagRole", "iam"),
      set: words("TagRole", "iam"),
      remove: words("UntagRole", "iam"),
      list: [],
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    create: words("PutRolePolicy GetRolePolicy", "iam"),
    read: words("GetRolePolicy", "iam"),
    update: words("PutRolePolicy GetRolePolicy", "iam"),
    delete: words("DeleteRolePolicy", "iam"),
  },
  "aws:lambda/function:Function": {
    create: words("CreateFunction GetFunction ListVersionsByFunction GetFunctionCodeSigningConfig", "lambda"),
    // It asks for the latest version, also of a function that has none but `$LATEST`.
    read: words("GetFunction ListVersionsByFunction GetFunctionCodeSigningConfig", "lambda"),
    update: words(
      "UpdateFunctionConfiguration UpdateFunctionCode GetFunction GetFunctionConfiguration " +
        "ListVersionsByFunction GetFunctionCodeSigningConfig",
      "lambda",
    ),
    delete: words("DeleteFunction GetFunction", "lambda"),
    tags: {
      create: words("TagResource", "lambda"),
      set: words("TagResource", "lambda"),
      remove: words("UntagResource", "lambda"),
      list: words("ListTags", "lambda"),
    },
    also: ({ role, reservedConcurrentExecutions: reserved }, operation) => [
      // Whoever gives a function its role needs to be allowed to give that one.
      ...(operation === "create" || operation === "update"
        ? [["iam:PassRole", role as string] as const, ...concurrency(reserved, operation)]
        : []),
    ],
  },
  "aws:lambda/permission:Permission": {
    create: words("AddPermission GetPolicy", "lambda"),
    read: words("GetPolicy", "lambda"),
    update: [],
    delete: words("RemovePermission GetPolicy", "lambda"),
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    create: words("PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig", "lambda"),
    read: words("GetFunctionEventInvokeConfig", "lambda"),
    update: words("PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig", "lambda"),
    delete: words("DeleteFunctionEventInvokeConfig", "lambda"),
  },
  "aws:apigatewayv2/api:Api": ofApi(true),
  "aws:apigatewayv2/authorizer:Authorizer": ofApi(),
  "aws:apigatewayv2/integration:Integration": ofApi(),
  "aws:apigatewayv2/route:Route": ofApi(),
  "aws:apigatewayv2/stage:Stage": {
    ...ofApi(true),
    // API Gateway has CloudWatch Logs take the requests, as its caller (API Gateway docs, "Configure logging for HTTP
    // APIs").
    also: ({ accessLogSettings }, operation) =>
      accessLogSettings === undefined || operation === "read"
        ? []
        : logs(
            "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries " +
              "PutResourcePolicy DescribeResourcePolicies",
          ).map((action) => [action, "*"] as const),
  },
  "aws:ssm/parameter:Parameter": {
    // It asks for a parameter's list entry too, which alone has its description.
    create: words("PutParameter GetParameter DescribeParameters", "ssm"),
    read: words("GetParameter DescribeParameters", "ssm"),
    update: words("PutParameter GetParameter DescribeParameters", "ssm"),
    delete: words("DeleteParameter", "ssm"),
    tags: {
      create: words("AddTagsToResource", "ssm"),
      set: words("AddTagsToResource", "ssm"),
      remove: words("RemoveTagsFromResource", "ssm"),
      list: words("ListTagsForResource", "ssm"),
    },
  },
  "aws:kms/key:Key": {
    create: words("CreateKey DescribeKey GetKeyPolicy GetKeyRotationStatus", "kms"),
    // A program that makes a key for signing asks for its public half.
    read: words("DescribeKey GetKeyPolicy GetKeyRotationStatus GetPublicKey", "kms"),
    update: words("UpdateKeyDescription DescribeKey GetKeyPolicy GetKeyRotationStatus", "kms"),
    delete: words("ScheduleKeyDeletion DescribeKey", "kms"),
    tags: {
      create: words("TagResource", "kms"),
      set: words("TagResource", "kms"),
      remove: words("UntagResource", "kms"),
      list: words("ListResourceTags", "kms"),
    },
  },
  "aws:sqs/queue:Queue": {
    create: words("CreateQueue GetQueueAttributes", "sqs"),
    read: words("GetQueueAttributes", "sqs"),
    update: words("SetQueueAttributes GetQueueAttributes", "sqs"),
    delete: words("DeleteQueue GetQueueAttributes", "sqs"),
    tags: {
      create: words("TagQueue", "sqs"),
      set: words("TagQueue", "sqs"),
      remove: words("UntagQueue", "sqs"),
      list: words("ListQueueTags", "sqs"),
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": {
    create: words("SetQueueAttributes GetQueueAttributes", "sqs"),
    read: words("GetQueueAttributes", "sqs"),
    update: words("SetQueueAttributes GetQueueAttributes", "sqs"),
    delete: words("SetQueueAttributes GetQueueAttributes", "sqs"),
  },
  "aws:cloudwatch/eventBus:EventBus": {
    create: words("CreateEventBus DescribeEventBus", "events"),
    read: words("DescribeEventBus", "events"),
    update: words("UpdateEventBus DescribeEventBus", "events"),
    delete: words("DeleteEventBus", "events"),
    tags: eventTags,
  },
  "aws:cloudwatch/eventRule:EventRule": {
    create: words("PutRule DescribeRule", "events"),
    read: words("DescribeRule", "events"),
    update: words("PutRule DescribeRule", "events"),
    delete: words("DeleteRule", "events"),
    tags: eventTags,
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    create: words("PutTargets ListTargetsByRule", "events"),
    read: words("ListTargetsByRule", "events"),
    update: words("PutTargets ListTargetsByRule", "events"),
    delete: words("RemoveTargets", "events"),
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    create: words("PutMetricAlarm DescribeAlarms", "cloudwatch"),
    read: words("DescribeAlarms", "cloudwatch"),
    update: words("PutMetricAlarm DescribeAlarms", "cloudwatch"),
    delete: words("DeleteAlarms", "cloudwatch"),
    tags: tagsBy("cloudwatch"),
  },
  "aws:cloudwatch/logDelivery:LogDelivery": {
    create: logs("CreateDelivery GetDelivery"),
    read: logs("GetDelivery"),
    update: logs("UpdateDeliveryConfiguration GetDelivery"),
    delete: logs("DeleteDelivery"),
    tags: logTags,
  },
};

/** The provider sets it where it is more than nothing, and takes it away where it was. */
const concurrency = (reserved: unknown, operation: Operation): readonly (readonly [string, string])[] =>
  Number(reserved ?? -1) >= 0
    ? [["lambda:PutFunctionConcurrency", "*"]]
    : operation === "update"
      ? [["lambda:DeleteFunctionConcurrency", "*"]]
      : [];

interface World {
  readonly api: Pick<ControlPlane, "getBucket">;
  readonly settings: () => AwsSettings;
  /** Is told of each call before it is made. What it throws, the operation throws. */
  readonly onCall: (call: ProviderCall) => void;
}

/** The resource types, each of whose operations tells of the real provider's calls first. */
export const withCalls = (resources: Readonly<Record<string, ResourceImplementation>>, world: World) =>
  Object.fromEntries(
    Object.entries(resources).map(([type, implementation]) => {
      const tell = (operation: Operation, properties: Properties, before: Properties = {}) => {
        for (const call of callsOf(type, operation, { properties, before }, world)) world.onCall(call);
      };
      const { create, read, update } = implementation;
      const told: ResourceImplementation = {
        ...implementation,
        create(inputs, context) {
          tell("create", inputs);
          return create(inputs, context);
        },
        read(id, state) {
          const [bucket, ...key] = id.replace("s3://", "").split("/");
          tell("read", { bucket, key: key.join("/"), ...state });
          return read(id, state);
        },
        ...(update && {
          update(id, state, inputs, context) {
            tell("update", inputs, state);
            return update(id, state, inputs, context);
          },
        }),
        delete(id, state) {
          tell("delete", { bucket: id, ...state });
          return implementation.delete(id, state);
        },
      };
      return [type, told];
    }),
  );

/** What the provider calls for one operation, in this order. */
export function callsOf(
  type: string,
  operation: Operation,
  { properties, before }: { properties: Properties; before: Properties },
  { api, settings }: Omit<World, "onCall">,
): readonly ProviderCall[] {
  const { tags, also, ...byOperation } = calls[type] ?? none(type);
  const { bucket, key } = properties;
  const actions = [
    ...byOperation[operation],
    ...(tags ? forTags(tags, operation, properties, before, settings()) : []),
  ];
  const encryption = api.getBucket(bucket as string)?.encryptionRules?.[0]?.applyServerSideEncryptionByDefault;
  const kmsKey = type.includes("bucketObject") ? encryption?.kmsMasterKeyId : undefined;
  return [
    ...actions.map((action) => ({
      action,
      resource: action.startsWith("s3:") ? s3Arn(action, bucket, key) : "*",
      context: {},
    })),
    ...(also?.(properties, operation) ?? []).map(([action, resource]) => ({ action, resource, context: {} })),
    // S3 itself calls KMS, by its caller's permissions; a read that answers a checksum decrypts.
    ...(kmsKey === undefined || operation === "delete"
      ? []
      : words(operation === "read" ? "Decrypt" : "GenerateDataKey Decrypt", "kms").map((action) => ({
          action,
          resource: kmsKey,
          context: { "kms:viaservice": `s3.${regionOf(properties, settings())}.amazonaws.com` },
        }))),
  ];
}

function forTags(
  { create, set, remove, list }: NonNullable<Calls["tags"]>,
  operation: Operation,
  properties: Properties,
  { tagsAll = {} }: Properties,
  settings: AwsSettings,
): readonly string[] {
  if (operation === "delete") return [];
  if (operation === "read") return list;
  const wanted = allTags(properties, settings);
  if (operation === "create") return Object.keys(wanted).length > 0 ? [...create, ...list] : list;
  const old = tagsAll as Tags;
  const isNew = Object.entries(wanted).some(([name, value]) => old[name] !== value);
  const isGone = Object.keys(old).some((name) => wanted[name] === undefined);
  return [...(isNew ? set : []), ...(isGone ? remove : []), ...list];
}

function none(type: string): never {
  throw new Error(`Nobody has said which calls the aws provider makes for ${type}`);
}
