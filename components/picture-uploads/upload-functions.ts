// What the two functions are told, and may: the upload of pictures, and the sweep.
import * as pulumi from "@pulumi/pulumi";
import { functionFiles, sweepFiles } from "./function-files.ts";
import { sweepStatements, uploadStatements } from "./function-role.ts";
import { newFunction } from "./lambda-function.ts";
import type { NewFunction } from "./lambda-function.ts";
import type { NewMachineClient } from "./machine-client.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { WriteBack } from "./upload-sets.ts";
import { uploadDefaults } from "./upload-defaults.ts";

export interface UploadFunctionsArgs extends PictureUploadsArgs {
  readonly domain: pulumi.Input<string>;
  readonly reader: NewMachineClient;
  /** Undefined where nobody here writes `user_metadata`. */
  readonly writer: NewMachineClient | undefined;
  /** Of what the sweep could not do. */
  readonly queueArn: pulumi.Input<string>;
}

/** Users' pictures: stores what is sent, and names it. */
export function newUploadFunction(
  name: string,
  args: UploadFunctionsArgs,
  opts: pulumi.CustomResourceOptions,
): NewFunction {
  const { reader, writer, writeBack = WriteBack.UserMetadata, reservedConcurrentExecutions, tags } = args;
  const { maxPictures, maxSeconds, memorySize, logRetentionInDays } = { ...uploadDefaults, ...args };
  return newFunction(
    `${name}-upload`,
    {
      description: "Takes a user's own picture, and names it in the user's metadata",
      files: functionFiles(),
      handler: "upload.handler",
      memorySize,
      // The rest is for storing and naming a picture, and for a start.
      timeout: pulumi.output(maxSeconds).apply((seconds) => seconds + 10),
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      environment: {
        PICTURE_BUCKET: args.bucketName,
        PICTURE_BASE_URL: args.pictureBaseUrl,
        AUTH0_DOMAIN: args.domain,
        ...reader.environment,
        ...writer?.environment,
        WRITE_BACK: writeBack,
        MAX_PICTURES: text(maxPictures),
        MAX_SECONDS: text(maxSeconds),
      },
      statements: [...uploadStatements(bucketOf(args)), reader.statement, ...(writer ? [writer.statement] : [])],
      retentionInDays: logRetentionInDays,
      ...(tags && { tags }),
    },
    opts,
  );
}

/** Users who are no more: erases what they left. */
export function newSweepFunction(
  name: string,
  args: UploadFunctionsArgs,
  opts: pulumi.CustomResourceOptions,
): NewFunction {
  const { reader, distributionArn, bucketExpiresReplaced = false, queueArn, tags } = args;
  const { replacedPictureDays, logRetentionInDays } = { ...uploadDefaults, ...args };
  const sweep = pulumi.output(args.sweep ?? {}).apply((given) => ({ ...uploadDefaults.sweep, ...given }));
  return newFunction(
    `${name}-sweep`,
    {
      description: "Erases the pictures of users who are no more",
      files: sweepFiles(),
      handler: "sweep.handler",
      memorySize: 256,
      // As long as Lambda lets a function run.
      timeout: 900,
      environment: {
        PICTURE_BUCKET: args.bucketName,
        AUTH0_DOMAIN: args.domain,
        ...reader.environment,
        SWEEP_REQUESTS_PER_SECOND: text(sweep.requestsPerSecond),
        ...(distributionArn !== undefined && {
          DISTRIBUTION_ID: pulumi.all([distributionArn, queueArn]).apply(([arn, queue]) => ownDistribution(arn, queue)),
        }),
        ...(!bucketExpiresReplaced && { REPLACED_DAYS: text(replacedPictureDays) }),
      },
      statements: [...sweepStatements(bucketOf(args), { distributionArn, queueArn }), reader.statement],
      retentionInDays: logRetentionInDays,
      ...(tags && { tags }),
    },
    opts,
  );
}

/**
 * The distribution's id; "" for one of another account. CloudFront takes invalidations from the distribution's own
 * account alone, so to ask would fail at each erasure, and none would ever be done.
 */
function ownDistribution(arn: string, queueArn: string): string {
  const [account, ownAccount] = [arn, queueArn].map((text) => text.split(":")[4]);
  return account === ownAccount ? (arn.split("/")[1] ?? "") : "";
}

const bucketOf = ({ bucketName, bucketArn, kmsMasterKeyId }: PictureUploadsArgs) => ({
  bucketArn: bucketArn ?? pulumi.interpolate`arn:aws:s3:::${bucketName}`,
  kmsMasterKeyId,
});

const text = (value: pulumi.Input<number>): pulumi.Output<string> => pulumi.interpolate`${value}`;
