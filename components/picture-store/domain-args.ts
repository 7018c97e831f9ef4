// What a host of the store's own can be told, and what is refused of it.
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { oneOf, shape, trueOrFalse } from "../../actions/bundle/schema.ts";
import type { Rule } from "../../actions/bundle/schema.ts";
import { input } from "../validation.ts";
import { MinimumProtocolVersion } from "./closed-sets.ts";
import * as formats from "./formats.ts";

/** A host of your own for the pictures. Its certificate and records are made in Route 53 (`zoneId`), or by you. */
export interface PictureDomainArgs {
  /**
   * A host that serves nothing else: no application's.
   *
   * @example "pictures.example.org"
   */
  domainName: pulumi.Input<string>;
  /**
   * The Route 53 hosted zone that gets the host's records, and those by which a certificate is validated. Whether one
   * is given is plain, because it decides which records there are; its value need not be known.
   *
   * @default none, so give an `acmCertificateArn`, or set `manualDns`
   * @example "Z0123456789ABCDEFGHIJ"
   */
  zoneId?: pulumi.Input<string>;
  /**
   * The ARN of an issued ACM certificate for the host, in us-east-1, as CloudFront demands (CloudFront docs,
   * "Requirements for using SSL/TLS certificates with CloudFront").
   *
   * @default one is made, in us-east-1
   * @example "arn:aws:acm:us-east-1:123456789012:certificate/60669652-455b-4ae9-85a4-c4c02393f86c"
   */
  acmCertificateArn?: pulumi.Input<string>;
  /**
   * You set the DNS records yourself, outside Route 53. Without an `acmCertificateArn` the first `pulumi up` prints the
   * record that validates the certificate, and waits for it, up to 75 minutes. The output `dnsRecords` has them all.
   * Plain, because it decides which records the program declares.
   *
   * @default false
   */
  manualDns?: boolean;
  /** The least that a viewer must speak. @default "TLSv1.2_2021" */
  minimumProtocolVersion?: pulumi.Input<MinimumProtocolVersion>;
}

const validatedSomewhere: Rule<PictureDomainArgs> = ({ domainName, zoneId, acmCertificateArn, manualDns }) => {
  const host = typeof domainName === "string" ? domainName : "the host";
  if (zoneId === undefined && acmCertificateArn === undefined && manualDns !== true)
    return [
      {
        path: [],
        message:
          `${host} has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a ` +
          `certificate is validated; or the acmCertificateArn of a certificate in us-east-1; or manualDns: true, ` +
          `to set the DNS records yourself.`,
      },
    ];
  if (zoneId !== undefined && manualDns === true)
    return [
      { path: [], message: "zoneId and manualDns were given; the records are set in that zone, or elsewhere by you." },
    ];
  return [];
};

export const domainSchema = shape<PictureDomainArgs>(
  {
    domainName: input(formats.domainName),
    zoneId: v.optional(input(formats.zoneId)),
    acmCertificateArn: v.optional(input(formats.certificate)),
    manualDns: v.optional(trueOrFalse),
    minimumProtocolVersion: v.optional(input(oneOf(MinimumProtocolVersion))),
  },
  validatedSomewhere,
);
