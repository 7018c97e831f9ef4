// How AWS writes what more than one component's arguments name, and what a tag may be.
import { byName, matching, passing, shown } from "../actions/bundle/schema.ts";
import { input } from "./validation.ts";

/** An S3 website endpoint's bucket and region (Amazon S3 docs, "Website endpoints"). */
const s3Website = /^(?:https?:\/\/)?([a-z0-9.-]+)\.s3-website[.-]([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/?$/;

const kmsKeyArn = /^arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;
export const kmsKeyRegion = (arn: unknown) => (typeof arn === "string" ? kmsKeyArn.exec(arn)?.[1] : undefined);
export const kmsKey = matching(
  kmsKeyArn,
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none",
);

/** Amazon S3 docs, "General purpose bucket naming rules". */
export const bucketName = passing(
  (name) => bucketNameReason(name) === undefined,
  (name) => bucketNameReason(name) ?? "",
);

/** Why the name of a bucket is refused. */
export function bucketNameReason(name: unknown): string | undefined {
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
