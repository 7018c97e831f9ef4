// A distribution that serves pictures speaks TLS only, and no version of it that is broken.
import type { DistributionArgs } from "@pulumi/aws/cloudfront/distribution.js";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { distributionType, isPictureResource, pictureResourceProperties } from "./picture-resources.ts";
import type { PictureResourceConfig } from "./picture-resources.ts";
import { judgeEach } from "./unknown-values.ts";

type Distribution = Unwrap<DistributionArgs>;

export const pictureDistributionTls: ResourceValidationPolicy = {
  name: "picture-distribution-tls",
  description: "A distribution that serves pictures speaks TLS only.",
  severity: "high",
  configSchema: { properties: pictureResourceProperties },
  validateResource(args, reportViolation) {
    if (args.type !== distributionType || !isPictureResource(args, args.getConfig<PictureResourceConfig>())) return;
    const distribution = args.props as Distribution;
    judgeEach([viewerFaults, certificateFaults, originFaults], (faultsOf) => {
      faultsOf(distribution).forEach((fault) => reportViolation(fault));
    });
  },
};

function viewerFaults({ defaultCacheBehavior, orderedCacheBehaviors = [] }: Distribution): string[] {
  return [defaultCacheBehavior, ...(orderedCacheBehaviors as (typeof defaultCacheBehavior)[])].flatMap(
    ({ viewerProtocolPolicy: policy }, index) =>
      policy === "redirect-to-https" || policy === "https-only"
        ? []
        : [
            `${index === 0 ? "defaultCacheBehavior" : `orderedCacheBehaviors[${index - 1}]`}.viewerProtocolPolicy: ` +
              `${policy} was given; set redirect-to-https or https-only.`,
          ],
  );
}

/** CloudFront decides the versions itself where its own certificate, that of *.cloudfront.net, is used. */
function certificateFaults({ viewerCertificate: certificate }: Distribution): string[] {
  if (certificate.cloudfrontDefaultCertificate === true) return [];
  const { minimumProtocolVersion: version } = certificate;
  return version !== undefined && /^TLSv1\.[23]_/.test(version)
    ? []
    : [`viewerCertificate.minimumProtocolVersion: ${version ?? "nothing"} was given; set TLSv1.2_2021 or a newer one.`];
}

/** S3 origins are always spoken to as the viewer spoke. */
function originFaults({ origins }: Distribution): string[] {
  return origins.flatMap(({ originId, customOriginConfig: custom }) =>
    custom === undefined || custom.originProtocolPolicy === "https-only"
      ? []
      : [
          `The origin ${originId}: originProtocolPolicy ${custom.originProtocolPolicy} was given; set https-only. ` +
            `Where S3 is the origin, use an origin access control instead of its website endpoint.`,
        ],
  );
}
