// A distribution that serves pictures speaks TLS only, and no version of it that is broken.
import type { DistributionArgs } from "@pulumi/aws/cloudfront/distribution.js";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { namedCacheBehaviors } from "./cache-behaviors.ts";
import { distributionType, pictureResourceSettings, validatePictureResource } from "./picture-resources.ts";
import { reportEach } from "./unknown-values.ts";

type Distribution = Unwrap<DistributionArgs>;

export const pictureDistributionTls: ResourceValidationPolicy = {
  name: "picture-distribution-tls",
  description: "A distribution that serves pictures speaks TLS only.",
  severity: "high",
  configSchema: { properties: pictureResourceSettings },
  validateResource: validatePictureResource<Distribution>(distributionType, (distribution, _args, reportViolation) => {
    const checks = [viewerViolations, certificateViolations, originViolations];
    reportEach(checks, (violationsOf) => violationsOf(distribution), reportViolation);
  }),
};

function viewerViolations({ defaultCacheBehavior, orderedCacheBehaviors }: Distribution): string[] {
  const ordered = orderedCacheBehaviors as (typeof defaultCacheBehavior)[] | undefined;
  return namedCacheBehaviors(defaultCacheBehavior, ordered).flatMap(({ name, props }) => {
    const { viewerProtocolPolicy: policy } = props;
    return policy === "redirect-to-https" || policy === "https-only"
      ? []
      : [`${name}.viewerProtocolPolicy: ${policy} was given; set redirect-to-https or https-only.`];
  });
}

/** With CloudFront's own certificate, that of *.cloudfront.net, CloudFront itself decides which versions it speaks. */
function certificateViolations({ viewerCertificate: certificate }: Distribution): string[] {
  if (certificate.cloudfrontDefaultCertificate === true) return [];
  const { minimumProtocolVersion: version } = certificate;
  return version !== undefined && /^TLSv1\.[23]_/.test(version)
    ? []
    : [`viewerCertificate.minimumProtocolVersion: ${version ?? "nothing"} was given; set TLSv1.2_2021 or a newer one.`];
}

/** A setting of custom origins only: CloudFront uses the viewer's protocol to S3 origins. */
function originViolations({ origins }: Distribution): string[] {
  return origins.flatMap(({ originId, customOriginConfig: custom }) =>
    custom === undefined || custom.originProtocolPolicy === "https-only"
      ? []
      : [
          `The origin ${originId}: originProtocolPolicy ${custom.originProtocolPolicy} was given; set https-only. ` +
            `Where S3 is the origin, use an origin access control instead of its website endpoint.`,
        ],
  );
}
