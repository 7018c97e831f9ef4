// Own domains: ACM's certificates, and DNS records in Route 53 or elsewhere, as far as they decide whether a host is
// served.
import { hash, randomBytes, randomUUID } from "node:crypto";
import { fail } from "./aws-error.ts";
import { accountId } from "./identity.ts";
import type { CertificateRequest, DistributionConfig, DnsRecord, EdgeState, Store } from "./edge-state.ts";

/**
 * The operations are named as in the ACM and Route 53 API references, and throw the `AwsError`s that are named there.
 */
export function domainOperations(store: Store) {
  const { state } = store;
  const certificateOf = (arn: string) =>
    state.certificates[arn] ?? fail("ResourceNotFoundException", `Could not find certificate ${arn}.`);
  return {
    /** Returns the certificate's ARN. It is issued only after `validateCertificate`. */
    requestCertificate(domainName: string, region: string): string {
      if (!/^(\*\.)?([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(domainName))
        fail("InvalidDomainValidationOptionsException", `${domainName} is not a valid domain name.`);
      const arn = `arn:aws:acm:${region}:${accountId}:certificate/${randomUUID()}`;
      // As with ACM, the same for all certificates of one host in the account.
      const token = hash("sha256", domainName).slice(0, 32);
      const validation = {
        name: `_${token}.${domainName.replace(/^\*\./, "")}.`,
        type: "CNAME",
        value: `_${token.split("").reverse().join("")}.acm-validations.aws.`,
      };
      state.certificates[arn] = { domainName, validation, issued: false };
      store.save();
      return arn;
    },
    describeCertificate: (arn: string): CertificateRequest | undefined => state.certificates[arn],
    /** Issues it if its DNS record exists. ACM does so by itself, some time after the record is set. */
    validateCertificate(arn: string): boolean {
      const certificate = certificateOf(arn);
      const { name, type, value } = certificate.validation;
      if (recordsOf(state, name, type).some((record) => record.values?.some((it) => fqdn(it) === value)))
        state.certificates[arn] = { ...certificate, issued: true };
      store.save();
      return state.certificates[arn]?.issued === true;
    },
    deleteCertificate(arn: string): void {
      certificateOf(arn);
      if (Object.values(state.distributions).some(({ config }) => config.viewerCertificate?.acmCertificateArn === arn))
        fail("ResourceInUseException", `Certificate ${arn} in use`);
      Reflect.deleteProperty(state.certificates, arn);
      store.save();
    },

    /** Creates another team's zone, and returns its id. */
    createHostedZone(name: string): string {
      const id = `Z${randomBytes(10).toString("hex").toUpperCase()}`;
      state.hostedZones[id] = fqdn(name);
      store.save();
      return id;
    },
    /** Creates or, with `overwrite`, changes a record of a zone. */
    putRecord(zoneId: string, record: DnsRecord, { overwrite }: { overwrite: boolean }): void {
      const zone = state.hostedZones[zoneId] ?? fail("NoSuchHostedZone", `No hosted zone found with ID: ${zoneId}`);
      const name = fqdn(record.name);
      const invalid = (reason: string) => fail("InvalidChangeBatch", `[${reason}]`);
      if (name !== zone && !name.endsWith(`.${zone}`))
        invalid(`RRSet with DNS name ${name} is not permitted in zone ${zone}`);
      const key = `${zoneId} ${name} ${record.type}`;
      if (state.dnsRecords[key] && !overwrite)
        invalid(`Tried to create resource record set [name='${name}', type='${record.type}'] but it already exists`);
      if (record.type === "CNAME" && name === zone)
        invalid(`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone}`);
      state.dnsRecords[key] = { ...record, name };
      store.save();
    },
    getRecord: (zoneId: string, name: string, type: string): DnsRecord | undefined =>
      state.dnsRecords[`${zoneId} ${fqdn(name)} ${type}`],
    deleteRecord(zoneId: string, name: string, type: string): void {
      Reflect.deleteProperty(state.dnsRecords, `${zoneId} ${fqdn(name)} ${type}`);
      store.save();
    },
    /** Sets a record in a DNS service other than Route 53. */
    putRecordElsewhere(record: DnsRecord): void {
      const name = fqdn(record.name);
      state.dnsRecords[`elsewhere ${name} ${record.type}`] = { ...record, name };
      store.save();
    },
  };
}

/** CloudFront API reference, "ViewerCertificate": an alias needs an issued certificate in us-east-1 that covers it. */
export function checkAliases(state: EdgeState, { aliases = [], viewerCertificate = {} }: DistributionConfig): void {
  const { acmCertificateArn: arn, cloudfrontDefaultCertificate, sslSupportMethod } = viewerCertificate;
  const invalid = (reason: string) => fail("InvalidViewerCertificate", reason);
  if (arn === undefined) {
    if (aliases.length > 0)
      invalid(
        "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate " +
          "that validates your authorization to use the domain name.",
      );
    return;
  }
  if (cloudfrontDefaultCertificate)
    invalid("Only one of CloudFrontDefaultCertificate and ACMCertificateArn can be specified.");
  if (sslSupportMethod === undefined) invalid("SSLSupportMethod is required with a certificate of your own.");
  const certificate = state.certificates[arn];
  if (arn.split(":")[3] !== "us-east-1" || !certificate?.issued)
    invalid(
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, " +
        "or doesn't include a valid certificate chain.",
    );
  const uncovered = aliases.find((alias) => !covers(certificate?.domainName ?? "", alias));
  if (uncovered !== undefined)
    invalid(
      "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) " +
        `${uncovered} that you're trying to add.`,
    );
}

const covers = (certified: string, host: string) =>
  certified === host || (certified.startsWith("*.") && host.slice(host.indexOf(".")) === certified.slice(1));

/** Whether DNS answers this value for a name. */
export const hasRecord = (state: EdgeState, record: { name: string; type: string; value: string }): boolean =>
  recordsOf(state, record.name, record.type).some(({ values }) => values?.includes(record.value));

/** Whether DNS leads a browser from this host to CloudFront: by a distribution's own name, or by a record. */
export function resolves(state: EdgeState, host: string): boolean {
  if (host.endsWith(".cloudfront.net")) return true;
  const targets = ["A", "AAAA", "CNAME"].flatMap((type) =>
    recordsOf(state, host, type).flatMap(({ alias, values = [] }) => (alias ? [alias.name] : values)),
  );
  return targets.some((target) => resolves(state, target.replace(/\.$/, "")));
}

/** Whether CloudFront has a certificate for this host: for its own names, and for a distribution's aliases. */
export function hasCertificate({ distributions }: EdgeState, host: string): boolean {
  if (host.endsWith(".cloudfront.net")) return true;
  return Object.values(distributions).some(({ config }) => config.aliases?.includes(host));
}

const recordsOf = ({ dnsRecords }: EdgeState, name: string, type: string) =>
  Object.values(dnsRecords).filter((record) => record.name === fqdn(name) && record.type === type);

/** In lower case, with a dot at the end. */
const fqdn = (name: string) => `${name.replace(/\.$/, "").toLowerCase()}.`;
