// What is refused of a picture store's arguments.
import * as v from "valibot";
import {
  byName,
  isPlainObject,
  list,
  matching,
  oneOf,
  passing,
  shape,
  shown,
  trueOrFalse,
} from "../../actions/bundle/schema.ts";
import type { Refusal, Rule, Schema } from "../../actions/bundle/schema.ts";
import { defaultPicturesSchema, validateFallbackUrls } from "../default-picture-args.ts";
import type { DefaultPicturesArgs } from "../default-picture-args.ts";
import { checkedWhenKnown, input, shapeRefusals } from "../validation.ts";
import type { Validation } from "../validation.ts";
import { AccessLogFormat, GeoRestrictionType, MinimumProtocolVersion, PicturesOnDestroy, PriceClass } from "./args.ts";
import type {
  AccessLogsArgs,
  ExistingDistributionArgs,
  GeoRestrictionArgs,
  PictureDomainArgs,
  PictureStoreArgs,
  PictureStoreOptions,
} from "./args.ts";
import { readDefaultPictures } from "./default-pictures.ts";
import type { PictureFiles } from "./default-pictures.ts";

/** Arguments of a store without refusals, and the files that have been read for them. */
export interface ValidPictureStore {
  readonly args: PictureStoreArgs;
  readonly files: PictureFiles;
}

export function validatePictureStore(subject: string, args: PictureStoreArgs): Validation<ValidPictureStore> {
  const shape = shapeRefusals(pictureStoreSchema, args);
  const { refusals, files } = validateStoredPictures(args, args.defaultPictures);
  return {
    refusals: [...shape, ...refusals],
    valid: () => ({ args: checkedWhenKnown(subject, pictureStoreSchema, args), files }),
  };
}

/**
 * What of a store's default pictures is refused that their shape does not show.
 *
 * @param mode `gravatar-fallback` refuses what Gravatar does not take as its fallback
 */
export function validateStoredPictures(
  store: PictureStoreOptions,
  args: DefaultPicturesArgs = {},
  mode?: unknown,
): { readonly refusals: readonly Refusal[]; readonly files: PictureFiles } {
  const { refusals, files } = readDefaultPictures(args, mode);
  const given = isPlainObject(args) ? (args as DefaultPicturesArgs) : undefined;
  // What keeps an SVG's script from running are the store's own response headers.
  const othersHeaders =
    given?.allowSvg === true && isPlainObject(store)
      ? (["responseHeadersPolicyId", "existingDistribution"] as const).filter((name) => store[name] !== undefined)
      : [];
  const svg = othersHeaders.map((name) => ({
    path: ["defaultPictures", "allowSvg"],
    message:
      `an SVG can hold script, and with the store's ${name} the headers that keep it from running are not the ` +
      `store's. Convert it to PNG.`,
  }));
  const message = 'no default picture was given; name a picture file, { "file": "…" }, or { "url": "https://…" }.';
  const none = { path: ["defaultPictures", "general"], message };
  const isEmpty =
    given !== undefined &&
    given.general === undefined &&
    Object.keys({ ...given.byConnection, ...given.byOrganization }).length === 0;
  return { refusals: [...(isEmpty ? [none] : []), ...refusals, ...validateFallbackUrls(args, mode), ...svg], files };
}

const domainName = matching(
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  "a host in lower case, such as pictures.example.org, without https:// and without a path",
);
const zoneId = matching(/^Z[A-Z0-9]{1,31}$/, "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ");
const webAclId = matching(
  /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/,
  "the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, " +
    "arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution",
);
const kmsKey = matching(
  /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none",
);
const firehose = /^arn:aws[\w-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream\/.+$/;
const logGroup = /^arn:aws[\w-]*:logs:[a-z0-9-]+:\d{12}:log-group:.+$/;
const logBucket = /^arn:aws[\w-]*:s3:::[a-z0-9.-]+(\/.*)?$/;
const logDestination = passing(
  (arn) => typeof arn === "string" && [logBucket, logGroup, firehose].some((pattern) => pattern.test(arn)),
  (arn) => `${shown(arn)} was given; it must be the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream.`,
);
const responseHeadersPolicyId = matching(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  "the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c",
);
const bucketName = matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket, not its ARN");
const distributionArn = matching(
  /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/,
  "the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>",
);
const baseUrl = matching(
  /^https:\/\/[a-z0-9.-]+\/$/,
  'https://host/, with the slash and without a path: the pictures\' keys begin with "d/" and "u/"',
);
const country = matching(/^[A-Z]{2}$/, "two capitals, as DE (ISO 3166-1 alpha-2)");

const certificateArn = /^arn:aws[\w-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[\w-]+$/;
const certificate = passing(
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

const validatedSomewhere: Rule<PictureDomainArgs> = ({ domainName, zoneId, acmCertificateArn, manualDns }) => {
  const host = typeof domainName === "string" ? domainName : "the host";
  if (zoneId === undefined && acmCertificateArn === undefined && manualDns !== true)
    return [
      {
        path: [],
        message:
          `${host} has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a certificate ` +
          `is validated; or the acmCertificateArn of a certificate in us-east-1; or manualDns: true, to set the DNS ` +
          `records yourself.`,
      },
    ];
  if (zoneId !== undefined && manualDns === true)
    return [
      { path: [], message: "zoneId and manualDns were given; the records are set in that zone, or elsewhere by you." },
    ];
  return [];
};

const domain = shape<PictureDomainArgs>(
  {
    domainName: input(domainName),
    zoneId: v.optional(input(zoneId)),
    acmCertificateArn: v.optional(input(certificate)),
    manualDns: v.optional(trueOrFalse),
    minimumProtocolVersion: v.optional(input(oneOf(MinimumProtocolVersion))),
  },
  validatedSomewhere,
);

/** A list that names something. @param words as in "name at least one …" */
const someOf = (item: Schema, words: string) =>
  v.pipe(
    list(input(item), `a list: name at least one ${words}`),
    v.check(
      (items) => !Array.isArray(items) || items.length > 0,
      ({ input: given }) => `${shown(given)} was given; name at least one ${words}.`,
    ),
  );

const geoRestriction = shape<GeoRestrictionArgs>({
  restrictionType: input(oneOf(GeoRestrictionType)),
  locations: input(someOf(country, "country, as DE (ISO 3166-1 alpha-2)")),
});

const accessLogs = shape<AccessLogsArgs>({
  destinationResourceArn: input(logDestination),
  outputFormat: v.optional(input(oneOf(AccessLogFormat))),
  recordFields: v.optional(input(someOf(matching(/./, "a field's name, as date"), "field, as date"))),
});

const existingDistribution = shape<ExistingDistributionArgs>({ arn: input(distributionArn), baseUrl: input(baseUrl) });

/** What belongs to a distribution cannot be set on one that is not the store's. */
const ownDistribution: Rule<PictureStoreOptions> = (args) =>
  args.existingDistribution === undefined
    ? []
    : (["domain", "geoRestriction", "webAclId", "accessLogs"] as const)
        .filter((name) => args[name] !== undefined)
        .map((name) => ({
          path: [name],
          message: "it belongs to the distribution, and existingDistribution is not the store's. Set it there.",
        }));

const tagLetters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const letters = "letters, digits, spaces and _ . : / = + - @";

/** Amazon S3 docs, "Categorizing your objects using tags", and Tag Editor docs, "Tag naming limits": the same for all services here. */
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

const tags = (limit: number, words: string) =>
  byName(tagKey, input(tagValue), 'an object of tags, { "team": "identity" }', (given) => {
    const { length } = Object.keys(given);
    return length > limit ? [{ path: [], message: `${length} tags were given; ${words}.` }] : [];
  });

const optionSchemas = {
  picturesOnDestroy: v.optional(oneOf(PicturesOnDestroy)),
  domain: v.optional(domain),
  priceClass: v.optional(input(oneOf(PriceClass))),
  geoRestriction: v.optional(input(geoRestriction)),
  webAclId: v.optional(input(webAclId)),
  accessLogs: v.optional(accessLogs),
  kmsMasterKeyId: v.optional(input(kmsKey)),
  responseHeadersPolicyId: v.optional(input(responseHeadersPolicyId)),
  existingBucket: v.optional(input(bucketName)),
  existingDistribution: v.optional(existingDistribution),
  tags: v.optional(input(tags(50, "at most 50 are allowed"))),
  objectTags: v.optional(input(tags(10, "S3 takes at most 10 on an object"))),
  uploaderCanDelete: v.optional(input(trueOrFalse)),
};

/** A store's options, as another component takes them. */
export const storeOptionsSchema = shape<PictureStoreOptions>(optionSchemas, ownDistribution);

const pictureStoreSchema = shape<PictureStoreArgs>(
  { ...optionSchemas, defaultPictures: v.optional(defaultPicturesSchema) },
  ownDistribution,
);
