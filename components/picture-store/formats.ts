// How AWS writes what a picture store's arguments name, and what a tag may be.
import { byName, matching, passing, shown } from "../../actions/bundle/schema.ts";
import { input } from "../validation.ts";

export const domainName = matching(
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  "a host in lower case, such as pictures.example.org, without https:// and without a path",
);
export const zoneId = matching(/^Z[A-Z0-9]{1,31}$/, "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ");
export const webAclId = matching(
  /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/,
  "the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, " +
    "arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution",
);
export const kmsKey = matching(
  /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none",
);
const firehose = /^arn:aws[\w-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream\/.+$/;
const logGroup = /^arn:aws[\w-]*:logs:[a-z0-9-]+:\d{12}:log-group:.+$/;
const logBucket = /^arn:aws[\w-]*:s3:::[a-z0-9.-]+(\/.*)?$/;
export const logDestination = passing(
  (arn) => typeof arn === "string" && [logBucket, logGroup, firehose].some((pattern) => pattern.test(arn)),
  (arn) => `${shown(arn)} was given; it must be the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream.`,
);
export const responseHeadersPolicyId = matching(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  "the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c",
);
export const bucketName = matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket, not its ARN");
export const distributionArn = matching(
  /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/,
  "the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>",
);
export const baseUrl = matching(
  /^https:\/\/[a-z0-9.-]+\/$/,
  'https://host/, with the slash and without a path: the pictures\' keys begin with "d/" and "u/"',
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
