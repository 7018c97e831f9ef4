// The picture store's distribution: what a viewer gets, under which host, and what is logged of it.
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import type { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import * as pulumi from "@pulumi/pulumi";
import { PicturesOnDestroy } from "./closed-sets.ts";
import type { AccessLogsArgs, ExistingDistributionArgs, PictureStoreOptions } from "./args.ts";
import { aws } from "../aws.ts";
import type { PictureBucket } from "./bucket.ts";
import * as defaults from "./defaults.ts";
import { aliasRecords, certificateOf, recordsToSet } from "./domain.ts";
import type { DnsRecord, PictureOrigin } from "./store-outputs.ts";
import type { ValidPictureStore } from "./validate.ts";

type OriginInputs = { [Name in keyof PictureOrigin]: pulumi.Input<string> };

export interface PictureDistribution {
  readonly id: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly domainName: pulumi.Output<string>;
  readonly baseUrl: pulumi.Output<string>;
  readonly dnsRecords: pulumi.Output<DnsRecord[]>;
  /** What a URL of the store waits for. */
  readonly served: pulumi.Resource[];
}

/** What a distribution needs of the bucket, and the response headers of what it serves. */
export function originOf(
  name: string,
  { args, files }: ValidPictureStore,
  { bucket }: PictureBucket,
  accessControl: OriginAccessControl,
  opts: pulumi.CustomResourceOptions,
): OriginInputs {
  const { key } = defaults.missingPicture;
  return {
    domainName: bucket.bucketRegionalDomainName,
    originAccessControlId: accessControl.id,
    responseHeadersPolicyId:
      args.responseHeadersPolicyId ??
      new aws.ResponseHeadersPolicy(`${name}-response-headers-policy`, defaults.responseHeadersPolicy, opts).id,
    defaultRootObject: key,
    ...(files.has(args.defaultPictures?.general?.file ?? "") && { missingPicturePath: `/${key}` }),
  };
}

/** A distribution of the store's own, or the one that somebody else manages. */
export const distributionOf = (
  name: string,
  args: PictureStoreOptions,
  origin: OriginInputs,
  opts: pulumi.CustomResourceOptions,
): PictureDistribution =>
  args.existingDistribution === undefined
    ? newDistribution(name, args, origin, opts)
    : existingDistribution(args.existingDistribution);

function newDistribution(
  name: string,
  args: PictureStoreOptions,
  origin: OriginInputs,
  opts: pulumi.CustomResourceOptions,
): PictureDistribution {
  const { domain, priceClass, geoRestriction, webAclId, tags } = args;
  // The names by which users' pictures are reached stand in users' metadata: who loses them loses the pictures.
  const isProtected = (args.picturesOnDestroy ?? PicturesOnDestroy.Protect) === PicturesOnDestroy.Protect;
  const protectedOpts = isProtected ? { ...opts, protect: true } : opts;
  const originId = "pictures";
  const { missingPicturePath: responsePagePath } = origin;
  const { errorCachingMinTtl } = defaults.missingPicture;
  const certificate = domain && certificateOf(name, domain, tags, opts);
  const distribution = new aws.Distribution(
    `${name}-distribution`,
    {
      ...defaults.distribution,
      comment: "User pictures",
      origins: [{ originId, domainName: origin.domainName, originAccessControlId: origin.originAccessControlId }],
      defaultCacheBehavior: {
        ...defaults.cacheBehavior,
        targetOriginId: originId,
        responseHeadersPolicyId: origin.responseHeadersPolicyId,
      },
      defaultRootObject: origin.defaultRootObject,
      ...(responsePagePath !== undefined && {
        customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath, errorCachingMinTtl }],
      }),
      ...(priceClass !== undefined && { priceClass }),
      ...(geoRestriction && { restrictions: { geoRestriction } }),
      ...(webAclId !== undefined && { webAclId }),
      ...(domain &&
        certificate && {
          aliases: [domain.domainName],
          viewerCertificate: {
            ...defaults.viewerCertificate,
            acmCertificateArn: certificate.arn,
            ...(domain.minimumProtocolVersion && { minimumProtocolVersion: domain.minimumProtocolVersion }),
          },
        }),
      ...(tags && { tags }),
    },
    protectedOpts,
  );
  if (args.accessLogs) logAccess(name, args.accessLogs, distribution, tags, opts);
  const aliases = domain === undefined ? [] : aliasRecords(name, domain, distribution, protectedOpts);
  return {
    id: distribution.id,
    arn: distribution.arn,
    domainName: distribution.domainName,
    baseUrl: domain
      ? pulumi.interpolate`https://${domain.domainName}/`
      : pulumi.interpolate`https://${distribution.domainName}/`,
    dnsRecords: pulumi.output(domain ? recordsToSet(domain, distribution, certificate?.validationRecord) : []),
    served: [distribution, ...aliases],
  };
}

function existingDistribution({ arn, baseUrl }: ExistingDistributionArgs): PictureDistribution {
  const url = pulumi.output(baseUrl);
  return {
    id: pulumi.output(arn).apply((text) => text.split("/")[1] ?? ""),
    arn: pulumi.output(arn),
    domainName: url.apply((text) => new URL(text).host),
    baseUrl: url,
    dnsRecords: pulumi.output<DnsRecord[]>([]),
    served: [],
  };
}

/** Access logs of the second kind: the first needs ACLs, which the bucket that it logs to must not have. */
function logAccess(
  name: string,
  { destinationResourceArn, outputFormat, recordFields }: AccessLogsArgs,
  distribution: Distribution,
  tags: PictureStoreOptions["tags"],
  opts: pulumi.CustomResourceOptions,
): void {
  // A distribution has one source, and a source one delivery to each kind of destination (CloudWatch Logs API
  // reference, "PutDeliverySource", "CreateDelivery"): the old ones go first.
  const deletedFirst = { ...opts, deleteBeforeReplace: true };
  const common = { region: defaults.cloudFrontRegion, ...(tags && { tags }) };
  const source = new aws.LogDeliverySource(
    `${name}-access-log-source`,
    { ...common, logType: "ACCESS_LOGS", resourceArn: distribution.arn },
    deletedFirst,
  );
  const destination = new aws.LogDeliveryDestination(
    `${name}-access-log-destination`,
    {
      ...common,
      deliveryDestinationConfiguration: { destinationResourceArn },
      outputFormat: outputFormat ?? defaults.accessLogFormat,
    },
    deletedFirst,
  );
  new aws.LogDelivery(
    `${name}-access-log-delivery`,
    {
      ...common,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: recordFields ?? defaults.accessLogFields,
    },
    deletedFirst,
  );
}
