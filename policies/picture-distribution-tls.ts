// A distribution that serves pictures speaks TLS only, and no version of it that is broken.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { namedCacheBehaviors } from "./cache-behaviors.ts";
import { distributionTypes, pictureResourceSettings, validatePictureResource } from "./picture-resources.ts";
import { isKnown, reportEach } from "./unknown-values.ts";

/** What a Distribution and a MultitenantDistribution say of TLS, each in its own way. */
interface Distribution {
  readonly aliases?: readonly string[];
  readonly defaultCacheBehavior: CacheBehavior;
  readonly orderedCacheBehaviors?: readonly CacheBehavior[];
  readonly cacheBehaviors?: readonly CacheBehavior[];
  readonly viewerCertificate: ViewerCertificate;
  readonly origins?: readonly Origin[];
}

interface CacheBehavior {
  readonly viewerProtocolPolicy: string;
}

interface ViewerCertificate {
  readonly cloudfrontDefaultCertificate?: boolean;
  readonly acmCertificateArn?: string;
  readonly iamCertificateId?: string;
  readonly minimumProtocolVersion?: string;
}

interface Origin {
  readonly originId?: string;
  readonly id?: string;
  readonly customOriginConfig?: OriginProtocols;
  readonly customOriginConfigs?: readonly OriginProtocols[];
}

interface OriginProtocols {
  readonly originProtocolPolicy: string;
  readonly originSslProtocols?: readonly string[] | { readonly items?: readonly string[] };
}

export const pictureDistributionTls: ResourceValidationPolicy = {
  name: "picture-distribution-tls",
  description: "A distribution that serves pictures speaks TLS only.",
  severity: "high",
  configSchema: { properties: pictureResourceSettings },
  validateResource: [
    validatePictureResource<Distribution>(distributionTypes, (distribution, _args, reportViolation) => {
      const checks = [viewerViolations, certificateViolations, originViolations];
      reportEach(checks, (violationsOf) => violationsOf(distribution), reportViolation);
    }),
    validatePictureResource<{ readonly vpcOriginEndpointConfig: OriginProtocols }>(
      ["aws:cloudfront/vpcOrigin:VpcOrigin"],
      ({ vpcOriginEndpointConfig: protocols }, { name }, reportViolation) => {
        for (const violation of protocolViolations(name, protocols)) reportViolation(violation);
      },
    ),
  ],
};

function viewerViolations({ defaultCacheBehavior, orderedCacheBehaviors, cacheBehaviors }: Distribution): string[] {
  return namedCacheBehaviors(defaultCacheBehavior, { orderedCacheBehaviors, cacheBehaviors }).flatMap(
    ({ name, props: { viewerProtocolPolicy: policy } }) =>
      policy === "redirect-to-https" || policy === "https-only"
        ? []
        : [`${name}.viewerProtocolPolicy: ${policy} was given; set redirect-to-https or https-only.`],
  );
}

/** With CloudFront's own certificate, that of *.cloudfront.net, CloudFront itself decides which versions it speaks. */
function certificateViolations({ viewerCertificate: certificate, aliases = [] }: Distribution): string[] {
  const isOwn = (["acmCertificateArn", "iamCertificateId"] as const).some(
    (property) => !isKnown(certificate, property) || certificate[property] !== undefined,
  );
  const { cloudfrontDefaultCertificate: isDefault, minimumProtocolVersion: version } = certificate;
  if (aliases.length > 0 && (isDefault === true || !isOwn))
    return [
      `viewerCertificate: CloudFront's own was given, which is not of ${aliases.join(", ")} and leaves old versions ` +
        `of TLS on. Set acmCertificateArn, and minimumProtocolVersion: TLSv1.2_2021 or a newer one.`,
    ];
  return isDefault === true || (version !== undefined && /^TLSv1\.[23]_/.test(version))
    ? []
    : [`viewerCertificate.minimumProtocolVersion: ${version ?? "nothing"} was given; set TLSv1.2_2021 or a newer one.`];
}

/** A setting of custom origins only: CloudFront uses the viewer's protocol to S3 origins. */
function originViolations({ origins = [] }: Distribution): string[] {
  return origins.flatMap(({ originId, id, customOriginConfig, customOriginConfigs = [] }) =>
    [customOriginConfig ?? [], customOriginConfigs]
      .flat()
      .flatMap((protocols) => protocolViolations(originId ?? id ?? "", protocols)),
  );
}

function protocolViolations(
  name: string,
  { originProtocolPolicy: policy, originSslProtocols: ssl = [] }: OriginProtocols,
): string[] {
  const versions = "items" in ssl ? (ssl.items ?? []) : (ssl as readonly string[]);
  const old = versions.filter((version) => !/^TLSv1\.[23]$/.test(version));
  return [
    ...(policy === "https-only"
      ? []
      : [
          `The origin ${name}: originProtocolPolicy ${policy} was given; set https-only. ` +
            `Where S3 is the origin, use an origin access control instead of its website endpoint.`,
        ]),
    ...(old.length === 0
      ? []
      : [`The origin ${name}: originSslProtocols ${versions.join(", ")} was given; set TLSv1.2 alone.`]),
  ];
}
