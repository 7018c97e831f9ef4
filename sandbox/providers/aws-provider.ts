// The stand-in for the aws provider: the resource types of the picture store, written to the sandbox's edge.
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import { cloudFrontResources } from "./aws-cloudfront.ts";
import { domainResources } from "./aws-domains.ts";
import { logResources } from "./aws-logs.ts";
import { s3Resources } from "./aws-s3.ts";
import type { StandIn } from "./resource.ts";

/** The provider's settings that count here. */
export interface AwsSettings {
  readonly region: string;
  /** `aws:defaultTags`: on everything that takes tags. */
  readonly defaultTags: Readonly<Record<string, string>>;
}

const regionByDefault = "us-east-1";

export function awsStandIn(controlPlane: ControlPlane): StandIn {
  let settings: AwsSettings = { region: regionByDefault, defaultTags: {} };
  const current = () => settings;
  return {
    name: "aws",
    sdk: "@pulumi/aws",
    functions: {
      "aws:index/getCallerIdentity:getCallerIdentity": () => ({
        accountId,
        arn: `arn:aws:iam::${accountId}:user/sandbox`,
        id: accountId,
        userId: "AIDASANDBOX",
      }),
    },
    configure({ region, defaultTags = "{}" }) {
      const { tags = {} } = JSON.parse(defaultTags) as { tags?: Record<string, string> };
      settings = { region: region ?? regionByDefault, defaultTags: tags };
    },
    resources: {
      ...s3Resources(controlPlane, current),
      ...cloudFrontResources(controlPlane, current),
      ...domainResources(controlPlane, current),
      ...logResources(controlPlane, current),
    },
  };
}
