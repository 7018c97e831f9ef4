// What a picture store can be told, and every fault of it: checked as a whole before anything is registered.
import type * as pulumi from "@pulumi/pulumi";
import type { DefaultPictureMode } from "../../actions/user-picture/picture.ts";
import { defaultPicturesFaults } from "./default-pictures.ts";
import type { DefaultPicturesArgs } from "./default-pictures.ts";
import { booleanFaults, closedSetFaults, isNotKnownYet, shown } from "../validation.ts";

/** What happens to the bucket, which holds users' data, when the store is destroyed or replaced. */
export const PicturesOnDestroy = {
  /**
   * The bucket, the distribution and the domain's DNS records, by which the pictures are kept and reached, are protected: `pulumi destroy`,
   * and what would replace them, is refused. A bucket that leaves the program all the same stays in AWS.
   */
  Protect: "protect",
  /**
   * A bucket without users' pictures is deleted; AWS refuses to delete one that holds any, or earlier versions of some (BucketNotEmpty).
   * A default picture goes when another takes its place, for it would keep the bucket from being empty.
   */
  Fail: "fail",
  /** The bucket is deleted with every picture in it. It must have been applied (`pulumi up`) before it helps. */
  Empty: "empty",
} as const;
export type PicturesOnDestroy = (typeof PicturesOnDestroy)[keyof typeof PicturesOnDestroy];

/** From where CloudFront serves (CloudFront docs, "Price class"): the fewer edges, the less it costs, and the farther some users are. */
export const PriceClass = {
  /** North America, Europe and Israel. */
  PriceClass100: "PriceClass_100",
  /** Also Asia, Africa and the Middle East. */
  PriceClass200: "PriceClass_200",
  /** Everywhere. */
  PriceClassAll: "PriceClass_All",
} as const;
export type PriceClass = (typeof PriceClass)[keyof typeof PriceClass];

/** CloudFront docs, "Supported protocols and ciphers": the least that a viewer must speak. */
export const MinimumProtocolVersion = {
  TLSv12_2021: "TLSv1.2_2021",
  TLSv12_2025: "TLSv1.2_2025",
  TLSv13_2025: "TLSv1.3_2025",
} as const;
export type MinimumProtocolVersion = (typeof MinimumProtocolVersion)[keyof typeof MinimumProtocolVersion];

export const GeoRestrictionType = {
  /** The pictures are shown in these countries only. */
  Whitelist: "whitelist",
  /** The pictures are shown everywhere but in these countries. */
  Blacklist: "blacklist",
} as const;
export type GeoRestrictionType = (typeof GeoRestrictionType)[keyof typeof GeoRestrictionType];

/** CloudWatch Logs API reference, "PutDeliveryDestination". */
export const AccessLogFormat = {
  Json: "json",
  Plain: "plain",
  W3c: "w3c",
  Raw: "raw",
  Parquet: "parquet",
} as const;
export type AccessLogFormat = (typeof AccessLogFormat)[keyof typeof AccessLogFormat];

/** A host of your own for the pictures. Its certificate and its DNS records are made in Route 53 by `zoneId`, or elsewhere by you. */
export interface PictureDomainArgs {
  /** A host that serves nothing else, such as `pictures.example.org`: no application's. */
  domainName: string;
  /** The Route 53 hosted zone that gets the host's records, and those by which a certificate is validated. @default none */
  zoneId?: pulumi.Input<string>;
  /** The ARN of an issued ACM certificate for the host, in us-east-1, as CloudFront demands. @default one is made, in us-east-1 */
  acmCertificateArn?: pulumi.Input<string>;
  /**
   * You set the DNS records yourself, outside Route 53. Without an `acmCertificateArn` the first `pulumi up` prints the record that
   * validates the certificate, and waits for it, up to 75 minutes. The output `dnsRecords` has them all. @default false
   */
  dnsElsewhere?: boolean;
  /** The least that a viewer must speak. @default "TLSv1.2_2021" */
  minimumProtocolVersion?: MinimumProtocolVersion;
}

/** Countries in which the pictures are shown, or are not. */
export interface GeoRestrictionArgs {
  restrictionType: GeoRestrictionType;
  /** ISO 3166-1 alpha-2 codes, as `DE`. */
  locations: string[];
}

/** CloudFront's access logs (v2), delivered by CloudWatch Logs. They hold viewers' IP addresses, which are personal data. */
export interface AccessLogsArgs {
  /** Where they go: the ARN of an S3 bucket (not the pictures'), a CloudWatch log group or a Firehose stream. */
  destinationResourceArn: pulumi.Input<string>;
  /** @default "json" */
  outputFormat?: AccessLogFormat;
  /** The fields of each record, such as `date`, `cs-uri-stem`, `sc-status`: leave `c-ip` out for logs without addresses. @default CloudFront's */
  recordFields?: string[];
}

/** A distribution that somebody else manages, and that serves the pictures: see the output `origin` for what it needs. */
export interface ExistingDistributionArgs {
  /** The distribution that may read the bucket. */
  arn: pulumi.Input<string>;
  /** Where it serves the pictures: `https://host/`. */
  baseUrl: string;
}

export interface PictureStoreArgs extends DefaultPicturesArgs {
  /** What happens to users' pictures with the store. @default "protect" */
  picturesOnDestroy?: PicturesOnDestroy;
  /** A host of your own. @default CloudFront's, `https://d….cloudfront.net/` */
  domain?: PictureDomainArgs;
  /** From where CloudFront serves; an `existingDistribution` has one of its own. @default "PriceClass_100" */
  priceClass?: PriceClass;
  /** Countries in which the pictures are shown, or are not. @default everywhere */
  geoRestriction?: GeoRestrictionArgs;
  /** The ARN of a WAF web ACL of CloudFront's scope, so in us-east-1. @default none */
  webAclId?: pulumi.Input<string>;
  /** Where CloudFront's access logs go. @default no logs */
  accessLogs?: AccessLogsArgs;
  /**
   * The ARN of the KMS key that encrypts the pictures, in the bucket's region. The key's policy must let the distribution decrypt: the
   * output `kmsKeyPolicyStatement` is the statement to add. With `existingBucket`: the key with which that bucket is encrypted already.
   * @default S3's own keys
   */
  kmsMasterKeyId?: pulumi.Input<string>;
  /** The id of a response headers policy to share; an account has 20. Its headers take the place of the store's. @default the store's own */
  responseHeadersPolicyId?: pulumi.Input<string>;
  /**
   * The name of a bucket that somebody else manages, in this account. Nothing of it is changed but the store's default pictures; its policy
   * must have the statements of the output `bucketPolicyJson`. @default a bucket of the store's own
   */
  existingBucket?: pulumi.Input<string>;
  /** A distribution that somebody else manages. @default a distribution of the store's own */
  existingDistribution?: ExistingDistributionArgs;
  /** Tags of everything that the store creates and that takes tags, but for objects; at most 50. @default none */
  tags?: Record<string, string>;
  /** Tags of the default pictures; at most 10. @default none */
  objectTags?: Record<string, string>;
  /** `uploaderPolicyJson` allows to erase users' pictures as well, as when a user is deleted. @default false */
  uploaderMayErase?: boolean;
}

/**
 * Every fault of the arguments, a sentence each; none for good ones. Values that are not known yet are not looked at.
 *
 * @param mode the default pictures': `gravatar-fallback` takes fewer of them
 */
export function pictureStoreFaults(args: PictureStoreArgs, mode?: DefaultPictureMode): string[] {
  const { picturesOnDestroy, priceClass, tags, objectTags } = args;
  return [
    ...defaultPicturesFaults(args, mode),
    ...svgFaults(args),
    ...closedSetFaults("picturesOnDestroy", picturesOnDestroy, PicturesOnDestroy),
    ...domainFaults(args.domain),
    ...closedSetFaults("priceClass", priceClass, PriceClass),
    ...geoRestrictionFaults(args.geoRestriction),
    ...formatFaults("webAclId", args.webAclId, formats.webAcl),
    ...accessLogsFaults(args.accessLogs),
    ...formatFaults("kmsMasterKeyId", args.kmsMasterKeyId, formats.kmsKey),
    ...formatFaults("responseHeadersPolicyId", args.responseHeadersPolicyId, formats.uuid),
    ...formatFaults("existingBucket", args.existingBucket, formats.bucketName),
    ...existingDistributionFaults(args),
    ...booleanFaults("uploaderMayErase", args.uploaderMayErase),
    ...tagFaults("tags", tags, 50),
    ...tagFaults("objectTags", objectTags, 10),
  ];
}

/** What keeps an SVG's script from running are the store's own response headers. */
function svgFaults(args: PictureStoreArgs): string[] {
  if (args.allowSvgDefaultPictures !== true) return [];
  return (["responseHeadersPolicyId", "existingDistribution"] as const)
    .filter((name) => args[name] !== undefined)
    .map(
      (name) =>
        `allowSvgDefaultPictures: an SVG can hold script, and with ${name} the headers that keep it from running are not the store's. Convert it to PNG.`,
    );
}

interface Format {
  readonly pattern: RegExp;
  /** What is allowed, as in "… must be …". */
  readonly words: string;
}

const formats = {
  domainName: {
    pattern: /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    words: "a host in lower case, such as pictures.example.org, without https:// and without a path",
  },
  zoneId: { pattern: /^Z[A-Z0-9]{1,31}$/, words: "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ" },
  certificate: {
    pattern: /^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
    words: "the ARN of an ACM certificate, arn:aws:acm:us-east-1:<account>:certificate/<id>",
  },
  webAcl: {
    pattern: /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/,
    words:
      "the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution",
  },
  kmsKey: {
    pattern: /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    words: "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none",
  },
  logDestination: {
    pattern: /^arn:aws[\w-]*:(s3:::[a-z0-9.-]+(\/.*)?|logs:[a-z0-9-]+:\d{12}:log-group:.+|firehose:[a-z0-9-]+:\d{12}:deliverystream\/.+)$/, // prettier-ignore
    words: "the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream",
  },
  uuid: {
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    words: "the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c",
  },
  bucketName: { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, words: "the name of an S3 bucket, not its ARN" },
  distribution: {
    pattern: /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/,
    words: "the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>",
  },
  baseUrl: { pattern: /^https:\/\/[a-z0-9.-]+\/$/, words: 'https://host/, with the slash and without a path: the pictures\' keys begin with "d/" and "u/"' }, // prettier-ignore
} satisfies Record<string, Format>;

/** None for a value that is not given, or not known yet; null stands for one that is missing. */
function formatFaults(setting: string, value: unknown, { pattern, words }: Format): string[] {
  if (value === undefined || isNotKnownYet(value)) return [];
  if (typeof value === "string" && pattern.test(value)) return [];
  return [`${setting}: ${shown(value)} was given; it must be ${words}.`];
}

function objectFaults(setting: string, value: unknown, allowed: readonly string[]): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`${setting}: ${JSON.stringify(value)} was given; it must be an object with ${allowed.join(", ")}.`];
  return Object.keys(value)
    .filter((name) => !allowed.includes(name))
    .map((name) => `${setting}.${name}: there is no such setting. There are ${allowed.join(", ")}.`);
}

function domainFaults(domain: PictureDomainArgs | undefined): string[] {
  if (domain === undefined) return [];
  const names = ["domainName", "zoneId", "acmCertificateArn", "dnsElsewhere", "minimumProtocolVersion"];
  const faults = objectFaults("domain", domain, names);
  if (faults.length > 0) return faults;
  const { domainName, zoneId, acmCertificateArn, dnsElsewhere = false } = domain as Partial<PictureDomainArgs>;
  const host = domainName ?? "the host";
  return [
    ...formatFaults("domain.domainName", domainName ?? null, formats.domainName),
    ...formatFaults("domain.zoneId", zoneId, formats.zoneId),
    ...certificateFaults(acmCertificateArn),
    ...closedSetFaults("domain.minimumProtocolVersion", domain.minimumProtocolVersion, MinimumProtocolVersion),
    ...booleanFaults("domain.dnsElsewhere", dnsElsewhere),
    ...(zoneId === undefined && acmCertificateArn === undefined && !dnsElsewhere
      ? [
          `domain: ${host} has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a certificate is validated; ` +
            `or the acmCertificateArn of a certificate in us-east-1; or dnsElsewhere: true, to set the DNS records yourself.`,
        ]
      : []),
    ...(zoneId !== undefined && dnsElsewhere
      ? ["domain: zoneId and dnsElsewhere were given; the records are set in that zone, or elsewhere by you."]
      : []),
  ];
}

function certificateFaults(arn: unknown): string[] {
  const faults = formatFaults("domain.acmCertificateArn", arn, formats.certificate);
  const region = faults.length === 0 && typeof arn === "string" ? arn.split(":")[3] : "us-east-1";
  return region === "us-east-1"
    ? faults
    : [
        `domain.acmCertificateArn: ${JSON.stringify(arn)} is a certificate in ${region}; CloudFront takes certificates in us-east-1 only. ` +
          `Request or import it there, or give a zoneId instead, and one is made.`,
      ];
}

function geoRestrictionFaults(restriction: GeoRestrictionArgs | undefined): string[] {
  if (restriction === undefined) return [];
  const faults = objectFaults("geoRestriction", restriction, ["restrictionType", "locations"]);
  if (faults.length > 0) return faults;
  const { restrictionType, locations } = restriction as { restrictionType: unknown; locations: unknown };
  const good = Array.isArray(locations) && locations.length > 0;
  return [
    ...closedSetFaults("geoRestriction.restrictionType", restrictionType ?? null, GeoRestrictionType),
    ...(good ? [] : ["geoRestriction.locations: name at least one country, as DE (ISO 3166-1 alpha-2)."]),
    ...(good ? locations : [])
      .filter((code) => typeof code !== "string" || !/^[A-Z]{2}$/.test(code))
      .map(
        (code) =>
          `geoRestriction.locations: ${JSON.stringify(code)} was given; a country is two capitals, as DE (ISO 3166-1 alpha-2).`,
      ),
  ];
}

function accessLogsFaults(logs: AccessLogsArgs | undefined): string[] {
  if (logs === undefined) return [];
  const faults = objectFaults("accessLogs", logs, ["destinationResourceArn", "outputFormat", "recordFields"]);
  if (faults.length > 0) return faults;
  const { destinationResourceArn, outputFormat, recordFields } = logs as {
    destinationResourceArn: unknown;
    outputFormat: unknown;
    recordFields: unknown;
  };
  const areNames = Array.isArray(recordFields) && recordFields.every((field) => typeof field === "string");
  return [
    ...formatFaults("accessLogs.destinationResourceArn", destinationResourceArn ?? null, formats.logDestination),
    ...closedSetFaults("accessLogs.outputFormat", outputFormat, AccessLogFormat),
    ...(recordFields === undefined || (areNames && recordFields.length > 0)
      ? []
      : [`accessLogs.recordFields: ${JSON.stringify(recordFields)} was given; name at least one field, as date.`]),
  ];
}

function existingDistributionFaults(args: PictureStoreArgs): string[] {
  const { existingDistribution } = args;
  if (existingDistribution === undefined) return [];
  const faults = objectFaults("existingDistribution", existingDistribution, ["arn", "baseUrl"]);
  if (faults.length > 0) return faults;
  const { arn, baseUrl } = existingDistribution as { arn: unknown; baseUrl: unknown };
  const itsOwn = (["domain", "geoRestriction", "webAclId", "accessLogs"] as const).filter(
    (name) => args[name] !== undefined,
  );
  return [
    ...formatFaults("existingDistribution.arn", arn ?? null, formats.distribution),
    ...formatFaults("existingDistribution.baseUrl", baseUrl ?? null, formats.baseUrl),
    ...itsOwn.map(
      (name) => `${name}: it belongs to the distribution, and existingDistribution is not the store's. Set it there.`,
    ),
  ];
}

/** Amazon S3 docs, "Categorizing your objects using tags", and Tag Editor docs, "Tag naming limits": the same for all services here. */
function tagFaults(setting: string, tags: unknown, limit: number): string[] {
  if (tags === undefined) return [];
  if (typeof tags !== "object" || tags === null || Array.isArray(tags))
    return [`${setting}: ${JSON.stringify(tags)} was given; it must be an object of tags, { "team": "identity" }.`];
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  const letters = "letters, digits, spaces and _ . : / = + - @";
  const ofTag = ([key, value]: [string, unknown]): string[] => {
    const at = `${setting}[${JSON.stringify(key)}]`;
    if (key === "" || key.length > 128) return [`${at}: a tag's key has 1 to 128 characters.`];
    if (/^aws:/i.test(key)) return [`${at}: keys that begin with aws: are AWS's own.`];
    if (!allowed.test(key)) return [`${at}: a tag's key takes ${letters} only.`];
    if (typeof value !== "string") return [`${at}: ${JSON.stringify(value)} was given; a tag's value is a string.`];
    if (value.length > 256) return [`${at}: a tag's value has at most 256 characters; this one has ${value.length}.`];
    if (!allowed.test(value))
      return [`${at}: ${JSON.stringify(value)} was given; a tag's value takes ${letters} only.`];
    return [];
  };
  const entries = Object.entries(tags);
  const many = `${setting}: ${entries.length} tags were given; ${limit === 10 ? "S3 takes at most 10 on an object" : `at most ${limit} are allowed`}.`;
  return [...(entries.length > limit ? [many] : []), ...entries.flatMap(ofTag)];
}
