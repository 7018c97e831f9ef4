// The picture store's distribution: what a viewer gets, under which host, and what is logged of it.
import type { Certificate } from "@pulumi/aws/acm/certificate.js";
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "./aws.ts";
import { PicturesOnDestroy } from "./args.ts";
import type { AccessLogsArgs, PictureDomainArgs, PictureStoreArgs } from "./args.ts";
import * as defaults from "./defaults.ts";

/** What a distribution needs to serve the pictures. */
export interface PictureOrigin {
  /** The bucket's, as an S3 origin. */
  domainName: string;
  originAccessControlId: string;
  /** For the cache behaviour. */
  responseHeadersPolicyId: string;
  /**
   * The default root object of a distribution whose default behaviour leads to the bucket, whether there is such an object or not: CloudFront may
   * list the bucket, and a request for `/` must not.
   */
  defaultRootObject: string;
  /** The page of a custom error response of 404. Absent with a `defaultPictureUrl`: then there is no such picture. */
  missingPicturePath?: string;
}

/** A DNS record that you set. */
export interface DnsRecord {
  name: string;
  type: string;
  value: string;
}

export interface PictureDistribution {
  readonly id: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly domainName: pulumi.Output<string>;
  readonly baseUrl: pulumi.Output<string>;
  readonly dnsRecords: pulumi.Output<DnsRecord[]>;
  /** What a URL of the store waits for. */
  readonly served: pulumi.Resource[];
}

/** A distribution of the store's own. */
export function newDistribution(
  name: string,
  args: PictureStoreArgs,
  origin: { [Name in keyof PictureOrigin]: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): PictureDistribution {
  const { domain, priceClass, geoRestriction, webAclId, tags } = args;
  // The names by which users' pictures are reached are as dear as the pictures: they stand in users' metadata.
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
      ? pulumi.output(`https://${domain.domainName}/`)
      : pulumi.interpolate`https://${distribution.domainName}/`,
    dnsRecords: pulumi.output(
      domain === undefined || domain.zoneId !== undefined
        ? []
        : [
            ...(certificate?.validationRecord ? [certificate.validationRecord] : []),
            { name: domain.domainName, type: "CNAME", value: distribution.domainName },
          ],
    ),
    served: [distribution, ...aliases],
  };
}

/** A distribution that somebody else manages. */
export function existingDistribution({ arn, baseUrl }: { arn: pulumi.Input<string>; baseUrl: string }) {
  return {
    id: pulumi.output(arn).apply((text) => text.split("/")[1] ?? ""),
    arn: pulumi.output(arn),
    domainName: pulumi.output(new URL(baseUrl).host),
    baseUrl: pulumi.output(baseUrl),
    dnsRecords: pulumi.output<DnsRecord[]>([]),
    served: [],
  } satisfies PictureDistribution;
}

/** The domain's certificate, given or made; its ARN is known once it has been issued. */
function certificateOf(
  name: string,
  domain: PictureDomainArgs,
  tags: Record<string, string> | undefined,
  opts: pulumi.CustomResourceOptions,
): { arn: pulumi.Input<string>; validationRecord?: pulumi.Output<DnsRecord> } {
  const { domainName, zoneId, acmCertificateArn } = domain;
  if (acmCertificateArn !== undefined) return { arn: acmCertificateArn };
  const { region } = defaults;
  const certificate = new aws.Certificate(
    `${name}-certificate`,
    { region, domainName, validationMethod: "DNS", ...(tags && { tags }) },
    opts,
  );
  const record = validationRecord(certificate);
  if (zoneId === undefined) {
    record.apply(async ({ name: host, type, value }) => {
      const message = `The certificate for ${domainName} waits until this DNS record is set, and is renewed by it: ${host} ${type} ${value}`;
      if (!pulumi.runtime.isDryRun()) await pulumi.log.info(message, certificate);
    });
    const validated = new aws.CertificateValidation(
      `${name}-certificate-validation`,
      { region, certificateArn: certificate.arn },
      opts,
    );
    return { arn: validated.certificateArn, validationRecord: record };
  }
  const dns = new aws.Record(
    `${name}-certificate-validation-record`,
    {
      zoneId,
      name: record.name,
      type: record.type,
      records: [record.value],
      ttl: 60,
      // ACM asks for the same record for every certificate of a host, and another one may be there.
      allowOverwrite: true,
    },
    opts,
  );
  const validated = new aws.CertificateValidation(
    `${name}-certificate-validation`,
    { region, certificateArn: certificate.arn, validationRecordFqdns: [dns.fqdn] },
    opts,
  );
  return { arn: validated.certificateArn };
}

function validationRecord({ domainValidationOptions }: Certificate): pulumi.Output<DnsRecord> {
  return domainValidationOptions.apply(([option]) => {
    if (option === undefined) throw new Error("ACM named no DNS record for the certificate's validation");
    const { resourceRecordName: name, resourceRecordType: type, resourceRecordValue: value } = option;
    return { name, type, value };
  });
}

/** The host's own records, where Route 53 has its zone: IPv4 and IPv6. */
function aliasRecords(
  name: string,
  { domainName, zoneId }: PictureDomainArgs,
  distribution: Distribution,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (zoneId === undefined) return [];
  const { domainName: target, hostedZoneId } = distribution;
  const aliases = [{ name: target, zoneId: hostedZoneId, evaluateTargetHealth: false }];
  return ["A", "AAAA"].map(
    (type) => new aws.Record(`${name}-alias-${type.toLowerCase()}`, { zoneId, name: domainName, type, aliases }, opts),
  );
}

/** Access logs of the second kind: the first needs ACLs, which the bucket that it logs to must not have. */
function logAccess(
  name: string,
  { destinationResourceArn, outputFormat, recordFields }: AccessLogsArgs,
  distribution: Distribution,
  tags: Record<string, string> | undefined,
  opts: pulumi.CustomResourceOptions,
): void {
  const common = { region: defaults.region, ...(tags && { tags }) };
  const source = new aws.LogDeliverySource(
    `${name}-access-log-source`,
    { ...common, logType: "ACCESS_LOGS", resourceArn: distribution.arn },
    opts,
  );
  const destination = new aws.LogDeliveryDestination(
    `${name}-access-log-destination`,
    {
      ...common,
      deliveryDestinationConfiguration: { destinationResourceArn },
      outputFormat: outputFormat ?? defaults.accessLogFormat,
    },
    opts,
  );
  new aws.LogDelivery(
    `${name}-access-log-delivery`,
    {
      ...common,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      ...(recordFields && { recordFields }),
    },
    opts,
  );
}
