// The stand-in for the aws provider: it writes the resource types of the picture store to the sandbox's edge.
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import { withCalls } from "./aws-calls.ts";
import type { ProviderCall } from "./aws-calls.ts";
import { cloudFrontResources } from "./aws-cloudfront.ts";
import { domainResources } from "./aws-domains.ts";
import { eventResources } from "./aws-events.ts";
import { functionResources } from "./aws-functions.ts";
import { httpApiResources } from "./aws-http-apis.ts";
import { logResources } from "./aws-logs.ts";
import { queueResources } from "./aws-queues.ts";
import { roleResources } from "./aws-roles.ts";
import { s3Resources } from "./aws-s3.ts";
import { publicKeyFunction, secretResources } from "./aws-secrets.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { containsUnknown, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import { withSdkNames } from "./resource.ts";
import type { ResourceImplementation, StandIn } from "./resource.ts";
import { sdkVersion } from "./sdk-version.ts";

const defaultRegion = "us-east-1";

/** @param onCall is told of each API call that the real provider would make, and may refuse it by an error */
export function awsStandIn(controlPlane: ControlPlane, onCall?: (call: ProviderCall) => void): StandIn {
  let settings: AwsSettings = { region: defaultRegion, defaultTags: {} };
  const current = () => settings;
  const resources = withPlans(
    {
      ...s3Resources(controlPlane, current),
      ...cloudFrontResources(controlPlane, current),
      ...domainResources(controlPlane, current),
      ...logResources(controlPlane, current),
      ...roleResources(controlPlane, current),
      ...functionResources(controlPlane, current),
      ...httpApiResources(controlPlane, current),
      ...secretResources(controlPlane, current),
      ...queueResources(controlPlane, current),
      ...eventResources(controlPlane, current),
    },
    current,
  );
  return {
    name: "aws",
    sdk: "@pulumi/aws",
    version: sdkVersion("@pulumi/aws"),
    functions: {
      "aws:kms/getPublicKey:getPublicKey": publicKeyFunction(controlPlane),
      "aws:index/getCallerIdentity:getCallerIdentity": () => ({
        accountId,
        arn: `arn:aws:iam::${accountId}:user/sandbox`,
        id: accountId,
        userId: "AIDASANDBOX",
      }),
    },
    configure({ region, defaultTags = "{}", allowedAccountIds = "[]" }) {
      // The provider asks whose credentials it has before it does anything, in a refresh too.
      const allowed = JSON.parse(allowedAccountIds) as readonly string[];
      if (allowed.length > 0 && !allowed.includes(accountId))
        throw new Error(`AWS account ID not allowed: ${accountId}`);
      const { tags = {} } = JSON.parse(defaultTags) as { tags?: Record<string, string> };
      settings = { region: region ?? defaultRegion, defaultTags: tags };
    },
    resources: withSdkNames(
      onCall ? withCalls(resources, { api: controlPlane, settings: current, onCall }) : resources,
    ),
  };
}

/** The provider itself decides a resource's region and all its tags: from the inputs, and from the stack's settings. */
const withPlans = (resources: Readonly<Record<string, ResourceImplementation>>, settings: () => AwsSettings) =>
  Object.fromEntries(
    Object.entries(resources).map(([type, implementation]): [string, ResourceImplementation] => {
      const { computed } = implementation;
      const plan = (inputs: Properties) => ({
        ...(computed.includes("region") && { region: regionOf(inputs, settings()) }),
        ...(computed.includes("tagsAll") && { tagsAll: plannedTags(inputs, settings()) }),
      });
      return [type, { ...implementation, plan }];
    }),
  );

const plannedTags = (inputs: Properties, settings: AwsSettings) =>
  containsUnknown([inputs["tags"], inputs["overrideProvider"]]) ? unknown : allTags(inputs, settings);
