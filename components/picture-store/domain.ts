// A host of the store's own: its certificate, and the DNS records that lead to the distribution.
import type { Certificate } from "@pulumi/aws/acm/certificate.js";
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import * as pulumi from "@pulumi/pulumi";
import type { PictureStoreOptions } from "./args.ts";
import { aws } from "../aws.ts";
import { cloudFrontRegion as region } from "./defaults.ts";
import type { PictureDomainArgs } from "./domain-args.ts";
import type { DnsRecord } from "./store-outputs.ts";

/** The domain's certificate, given or made; its ARN is known once it has been issued. */
export function certificateOf(
  name: string,
  domain: PictureDomainArgs,
  tags: PictureStoreOptions["tags"],
  opts: pulumi.CustomResourceOptions,
): { arn: pulumi.Input<string>; validationRecord?: pulumi.Output<DnsRecord> } {
  const { domainName, zoneId, acmCertificateArn } = domain;
  if (acmCertificateArn !== undefined) return { arn: acmCertificateArn };
  const certificate = new aws.Certificate(
    `${name}-certificate`,
    { region, domainName, validationMethod: "DNS", ...(tags && { tags }) },
    opts,
  );
  const record = validationRecord(certificate);
  if (zoneId === undefined) {
    pulumi.all([record, domainName]).apply(async ([{ name: host, type, value }, domain]) => {
      const message =
        `The certificate for ${domain} waits until this DNS record is set, and is renewed by it: ` +
        `${host} ${type} ${value}`;
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
    // By which that other one is renewed, so it stays.
    { ...opts, retainOnDelete: true },
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
export function aliasRecords(
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

/** The records that somebody sets elsewhere, where no zone is given. */
export function recordsToSet(
  { domainName, zoneId }: PictureDomainArgs,
  { domainName: value }: Distribution,
  validation: pulumi.Output<DnsRecord> | undefined,
): pulumi.Input<DnsRecordInputs>[] {
  if (zoneId !== undefined) return [];
  return [...(validation ? [validation] : []), { name: domainName, type: "CNAME", value }];
}

type DnsRecordInputs = { [Name in keyof DnsRecord]: pulumi.Input<string> };
