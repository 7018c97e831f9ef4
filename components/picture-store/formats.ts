// How AWS writes what a picture store's arguments name.
import { matching, passing, shown } from "../../actions/bundle/schema.ts";
import { bucketNameReason } from "../aws-formats.ts";
import { AccessLogFormat } from "./closed-sets.ts";

export { baseUrl, bucketName, distributionArn, kmsKey, kmsKeyRegion, tags } from "../aws-formats.ts";

const awsHost = /\.(?:amazonaws\.com(?:\.cn)?|cloudfront\.net)$/;

const domainPattern = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
export const domainName = passing(
  (host) => typeof host === "string" && domainPattern.test(host) && !awsHost.test(host),
  (host) =>
    typeof host === "string" && awsHost.test(host)
      ? `${shown(host)} is a host of AWS's own; it must be one of yours, such as pictures.example.org.`
      : `${shown(host)} was given; it must be a host in lower case, such as pictures.example.org, without https:// ` +
        `and without a path.`,
);
export const zoneId = matching(/^Z[A-Z0-9]{1,31}$/, "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ");
export const webAclId = matching(
  /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/,
  "the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, " +
    "arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution",
);

const { Json, Plain, W3c, Raw, Parquet } = AccessLogFormat;
/** Where access logs can go, and in which formats (AWS CDK API reference, "CfnDistributionAccessLogsOutputFormat"). */
const logDestinations: readonly LogDestination[] = [
  { name: "an S3 bucket", arn: /^arn:aws[\w-]*:s3:::([^/]+)(\/.*)?$/, formats: [Json, Plain, W3c, Raw, Parquet] },
  { name: "a log group", arn: /^arn:aws[\w-]*:logs:[a-z0-9-]+:\d{12}:log-group:.+$/, formats: [Json, Plain] },
  {
    name: "a Firehose stream",
    arn: /^arn:aws[\w-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream\/.+$/,
    formats: [Json, Plain, Raw],
  },
];

interface LogDestination {
  readonly name: string;
  readonly arn: RegExp;
  readonly formats: readonly string[];
}

/** Undefined for what is no such ARN, and for what only the engine will know. */
export const logDestinationOf = (arn: unknown): LogDestination | undefined =>
  typeof arn === "string" ? logDestinations.find((destination) => destination.arn.test(arn)) : undefined;

export const logDestination = passing(
  (arn) => logDestinationOf(arn) !== undefined && logBucketReason(arn) === undefined,
  (arn) =>
    logBucketReason(arn) ??
    `${shown(arn)} was given; it must be the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream.`,
);

function logBucketReason(arn: unknown): string | undefined {
  const [bucket] = logDestinations;
  const name = typeof arn === "string" ? bucket?.arn.exec(arn)?.[1] : undefined;
  return name === undefined ? undefined : bucketNameReason(name);
}
export const responseHeadersPolicyId = matching(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  "the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c",
);

/** The account and region that the name of a bucket in an account's own namespace ends with. */
export const accountRegionalBucket = (name: unknown) =>
  typeof name === "string"
    ? (/-(?<account>\d{12})-(?<region>[a-z]{2}-[a-z-]+-\d)-an$/.exec(name)?.groups as
        | { account: string; region: string }
        | undefined)
    : undefined;

export const country = matching(/^[A-Z]{2}$/, "two capitals, as DE (ISO 3166-1 alpha-2)");

const certificateArn = /^arn:aws[\w-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[\w-]+$/;
export const certificate = passing(
  (arn) => typeof arn === "string" && certificateArn.exec(arn)?.[1] === "us-east-1",
  (arn) => {
    const region = typeof arn === "string" ? certificateArn.exec(arn)?.[1] : undefined;
    return region === undefined
      ? `${shown(arn)} was given; it must be the ARN of an ACM certificate, ` +
          `arn:aws:acm:us-east-1:<account>:certificate/<id>.`
      : `${shown(arn)} is a certificate in ${region}; CloudFront takes certificates in us-east-1 only. ` +
          `Request or import it there, or give a zoneId instead, and one is made.`;
  },
);
