// How AWS writes what a picture store's arguments name, and what a tag may be.
import { byName, matching, passing, shown } from "../../actions/bundle/schema.ts";
import { input } from "../validation.ts";
import { AccessLogFormat } from "./closed-sets.ts";

/** An S3 website endpoint's bucket and region (Amazon S3 docs, "Website endpoints"). */
const s3Website = /^(?:https?:\/\/)?([a-z0-9.-]+)\.s3-website[.-]([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/?$/;
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
const kmsKeyArn = /^arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;
export const kmsKeyRegion = (arn: unknown) => (typeof arn === "string" ? kmsKeyArn.exec(arn)?.[1] : undefined);
export const kmsKey = matching(
  kmsKeyArn,
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none",
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

/** Amazon S3 docs, "General purpose bucket naming rules". */
export const bucketName = passing(
  (name) => bucketNameReason(name) === undefined,
  (name) => bucketNameReason(name) ?? "",
);

function bucketNameReason(name: unknown): string | undefined {
  const words = `${shown(name)} was given; it must be the name of an S3 bucket, not its`;
  if (typeof name !== "string" || name.length < 3 || name.startsWith("arn:")) return `${words} ARN.`;
  const [, ofWebsite] = s3Website.exec(name) ?? [];
  if (ofWebsite !== undefined)
    return `${shown(name)} is an S3 website endpoint, which only a public bucket has; name the bucket, "${ofWebsite}".`;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || /\.amazonaws\.com$/.test(name))
    return `${words} address: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends.`;
  if (name.includes("..") || /^\d+\.\d+\.\d+\.\d+$/.test(name))
    return `${shown(name)} was given; a bucket's name has no two dots side by side, and is no IP address.`;
  const reserved = reservedOfBuckets.exec(name)?.[0];
  return reserved && `${shown(name)} was given; "${reserved}" is S3's own, so no bucket's name has it there.`;
}

const reservedOfBuckets = /^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$/;

/** The account and region that the name of a bucket in an account's own namespace ends with. */
export const accountRegionalBucket = (name: unknown) =>
  typeof name === "string"
    ? (/-(?<account>\d{12})-(?<region>[a-z]{2}-[a-z-]+-\d)-an$/.exec(name)?.groups as
        { account: string; region: string } | undefined)
    : undefined;

export const distributionArn = matching(
  /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/,
  "the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>",
);
export const baseUrl = passing(
  (url) => typeof url === "string" && /^https:\/\/[a-z0-9.-]+\/$/.test(url) && !s3Website.test(url),
  (url) =>
    typeof url === "string" && s3Website.test(url)
      ? `${shown(url)} is an S3 website endpoint, which has no https; it must be a distribution's host.`
      : `${shown(url)} was given; it must be https://host/, with the slash and without a path: the pictures' keys ` +
        `begin with "d/" and "u/".`,
);
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

const tagLetters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const letters = "letters, digits, spaces and _ . : / = + - @";

/**
 * Amazon S3 docs, "Categorizing your objects using tags", and Tag Editor docs, "Tag naming limits": the same for all
 * services here.
 */
const tagKey = passing(
  (key) => tagKeyReason(String(key)) === undefined,
  (key) => tagKeyReason(String(key)) ?? "",
);

function tagKeyReason(key: string): string | undefined {
  if (key === "" || key.length > 128) return "a tag's key has 1 to 128 characters.";
  if (/^aws:/i.test(key)) return "keys that begin with aws: are AWS's own.";
  return tagLetters.test(key) ? undefined : `a tag's key takes ${letters} only.`;
}

const tagValue = passing(
  (value) => typeof value === "string" && value.length <= 256 && tagLetters.test(value),
  (value) => {
    if (typeof value !== "string") return `${shown(value)} was given; a tag's value is a string.`;
    if (value.length > 256) return `a tag's value has at most 256 characters; this one has ${value.length}.`;
    return `${shown(value)} was given; a tag's value takes ${letters} only.`;
  },
);

export const tags = (limit: number, words: string) =>
  byName(tagKey, input(tagValue), 'an object of tags, { "team": "identity" }', (given) => {
    const { length } = Object.keys(given);
    return length > limit ? [{ path: [], message: `${length} tags were given; ${words}.` }] : [];
  });
