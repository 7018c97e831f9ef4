// What the functions may do on AWS: IAM policies, each permission with its reason.
import * as pulumi from "@pulumi/pulumi";

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export const policyDocument = (statements: readonly Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });

/** Lambda alone may take a function's role. */
export const assumedByLambda = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** The group is there before the function, so the function may not make one, which would keep its logs for ever. */
export const writingLogs = (logGroupArn: pulumi.Input<string>): Statement => ({
  Sid: "WriteItsLog",
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: pulumi.interpolate`${logGroupArn}:*`,
});

interface Bucket {
  readonly bucketArn: pulumi.Input<string>;
  readonly kmsMasterKeyId: pulumi.Input<string> | undefined;
}

/** What a function sees of the bucket: these prefixes, and no other. */
const seeing = ({ bucketArn }: Bucket, prefixes: readonly string[], actions: readonly string[]): Statement => ({
  Sid: "FindUsersPictures",
  Effect: "Allow",
  Action: actions,
  Resource: bucketArn,
  // A request for one object has no prefix; who may not list is answered 403, and not 404, for a missing one.
  Condition: { StringLikeIfExists: { "s3:prefix": prefixes } },
});

/** Without it S3 cannot encrypt and decrypt what is put, read and copied. */
const encrypting = ({ kmsMasterKeyId }: Bucket): Statement[] =>
  kmsMasterKeyId === undefined
    ? []
    : [
        {
          Sid: "EncryptPictures",
          Effect: "Allow",
          Action: ["kms:GenerateDataKey", "kms:Decrypt"],
          Resource: kmsMasterKeyId,
        },
      ];

/** The upload function's. No `d/*`: a default picture is the deployment's. */
export const uploadStatements = (bucket: Bucket): Statement[] => [
  seeing(bucket, ["u/*"], ["s3:ListBucket"]),
  {
    // It reads tags, and copies an object onto itself to tag it, by which the days of its expiry are counted anew. It
    // deletes what it has just put, of a user who is no more.
    Sid: "StoreUsersPictures",
    Effect: "Allow",
    Action: [
      "s3:PutObject",
      "s3:PutObjectTagging",
      "s3:GetObject",
      "s3:GetObjectTagging",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
    ],
    Resource: pulumi.interpolate`${bucket.bucketArn}/u/*`,
  },
  ...encrypting(bucket),
];

interface Erasing {
  readonly distributionArn: pulumi.Input<string> | undefined;
  readonly queueArn: pulumi.Input<string>;
}

/** The sweep's. */
export const sweepStatements = (bucket: Bucket, { distributionArn, queueArn }: Erasing): Statement[] => [
  // Versions too: in a bucket with versions, DeleteObject alone only hides a picture.
  seeing(bucket, ["u/*", "u/", "sweep/*"], ["s3:ListBucket", "s3:ListBucketVersions"]),
  {
    // The tags say whose an object is; what an upload has left half-way is tagged anew, as an upload does it.
    Sid: "EraseUsersPictures",
    Effect: "Allow",
    Action: [
      "s3:GetObject",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
      "s3:PutObject",
      "s3:PutObjectTagging",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
    ],
    Resource: pulumi.interpolate`${bucket.bucketArn}/u/*`,
  },
  {
    // How far it has come, and whom it has found gone. No distribution may read it.
    Sid: "KeepItsPlace",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: pulumi.interpolate`${bucket.bucketArn}/sweep/*`,
  },
  ...encrypting(bucket),
  ...(distributionArn === undefined
    ? []
    : [
        {
          Sid: "EraseAtTheEdge",
          Effect: "Allow" as const,
          Action: "cloudfront:CreateInvalidation",
          Resource: distributionArn,
        },
      ]),
  // Lambda puts there what failed for good, by the function's role.
  { Sid: "KeepWhatFailed", Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn },
];
