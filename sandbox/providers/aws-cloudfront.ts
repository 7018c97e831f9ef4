// The resource types of the aws stand-in for CloudFront.
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId, distributionArn } from "../edge/identity.ts";
import type {
  Distribution,
  DistributionConfig,
  OriginAccessControl,
  ResponseHeadersPolicy,
  Stored,
} from "../edge/edge-state.ts";
import { isObject } from "../json.ts";
import { allTags } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";
import type { CheckFailure } from "./sdk-types.ts";

/** CloudFront's hosted zone, for alias records (Route 53 API reference, "AliasTarget"). */
const hostedZoneId = "Z2FDTNDATAQYW2";

export function cloudFrontResources(
  cloudFront: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return {
    "aws:cloudfront/originAccessControl:OriginAccessControl": {
      ...ofCollection<OriginAccessControl>(cloudFront.originAccessControls, "origin-access-control"),
      // Its name too is updated in place.
      replaceOnChanges: [],
      autoname: { property: "name" },
      check: (inputs) => [
        ...oneOf(inputs, "originAccessControlOriginType", ["lambda", "mediapackagev2", "mediastore", "s3"]),
        ...oneOf(inputs, "signingBehavior", ["never", "always", "no-override"]),
        ...oneOf(inputs, "signingProtocol", ["sigv4"]),
      ],
    },
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
      ...ofCollection<ResponseHeadersPolicy>(cloudFront.responseHeadersPolicies, "response-headers-policy"),
      replaceOnChanges: [],
      autoname: { property: "name" },
      check: (inputs) => notEvaluated(inputs, ["serverTimingHeadersConfig"]),
    },
    "aws:cloudfront/distribution:Distribution": distribution(),
  };

  function distribution(): ResourceImplementation {
    const outputsOf = (
      { id, domainName, callerReference, lastModifiedTime, etag, config }: Distribution,
      state: Properties,
    ) => ({
      ...state,
      ...config,
      arn: distributionArn(id),
      callerReference,
      domainName,
      etag,
      hostedZoneId,
      inProgressValidationBatches: 0,
      lastModifiedTime,
      loggingV1Enabled: false,
      status: "Deployed", // At once, because there is only one edge location.
      tagsAll: state["tagsAll"] ?? allTags(state, settings()),
    });
    return {
      // prettier-ignore
      computed: [
        "arn", "callerReference", "domainName", "etag", "hostedZoneId", "inProgressValidationBatches",
        "lastModifiedTime", "loggingV1Enabled", "status", "tagsAll",
      ],
      replaceOnChanges: [],
      check: checkDistribution,
      create(inputs) {
        const created = cloudFront.createDistribution(configOf(inputs));
        return { id: created.id, outputs: outputsOf(created, inputs) };
      },
      read(id, state) {
        const found = cloudFront.getDistribution(id);
        return found && { id, outputs: outputsOf(found, state) };
      },
      update: (id, _state, inputs) => outputsOf(cloudFront.updateDistribution(id, configOf(inputs)), inputs),
      delete(id, { retainOnDelete }) {
        const found = cloudFront.getDistribution(id);
        if (found === undefined) return;
        cloudFront.updateDistribution(id, { ...found.config, enabled: false });
        if (!retainOnDelete) cloudFront.deleteDistribution(id);
      },
    };
  }
}

function ofCollection<Config extends { readonly name: string }>(
  collection: {
    create(config: Config): Stored<Config>;
    get(id: string): Stored<Config> | undefined;
    update(id: string, config: Config): Stored<Config>;
    delete(id: string): void;
  },
  arnType: string,
): Omit<ResourceImplementation, "replaceOnChanges"> {
  const outputsOf = ({ id, etag, config }: Stored<Config>, state: Properties): Properties => ({
    ...state,
    ...config,
    arn: `arn:aws:cloudfront::${accountId}:${arnType}/${id}`,
    etag,
  });
  return {
    computed: ["arn", "etag"],
    create(inputs) {
      const created = collection.create(configOf<Config>(inputs));
      return { id: created.id, outputs: outputsOf(created, inputs) };
    },
    read(id, state) {
      const found = collection.get(id);
      return found && { id, outputs: outputsOf(found, state) };
    },
    update: (id, _state, inputs) => outputsOf(collection.update(id, configOf<Config>(inputs)), inputs),
    delete(id) {
      if (collection.get(id)) collection.delete(id);
    },
  };
}

/**
 * The configuration as CloudFront keeps it: the inputs, which `check` has validated, without those that Pulumi adds.
 */
const configOf = <Config = DistributionConfig>(inputs: Properties): Config =>
  Object.fromEntries(
    Object.entries(inputs).filter(([name, value]) => !name.startsWith("__") && value !== null),
  ) as Config;

// prettier-ignore
const notEvaluatedInputs = [
  "originGroups", "viewerMtlsConfig", "connectionFunctionAssociation", "continuousDeploymentPolicyId",
  "anycastIpListId", "loggingConfig", "staging",
];

// prettier-ignore
const notEvaluatedOfBehavior = [
  "trustedKeyGroups", "trustedSigners", "functionAssociations", "lambdaFunctionAssociations",
];

function checkDistribution(inputs: Properties): CheckFailure[] {
  const behaviors = [
    [inputs["defaultCacheBehavior"], "defaultCacheBehavior"],
    ...list(inputs["orderedCacheBehaviors"]).map(
      (behavior, index) => [behavior, `orderedCacheBehaviors[${index}]`] as const,
    ),
  ] as const;
  return [
    ...notEvaluated(inputs, notEvaluatedInputs),
    ...behaviors.flatMap(([behavior, path]) =>
      isObject(behavior)
        ? [
            ...notEvaluated(behavior, notEvaluatedOfBehavior, `${path}.`),
            ...oneOf(behavior, "viewerProtocolPolicy", ["allow-all", "https-only", "redirect-to-https"], `${path}.`),
          ]
        : [],
    ),
    ...(isObject(inputs["viewerCertificate"])
      ? notEvaluated(inputs["viewerCertificate"], ["iamCertificateId"], "viewerCertificate.")
      : []),
    ...oneOf(inputs, "priceClass", ["PriceClass_All", "PriceClass_200", "PriceClass_100", "None"]),
    ...oneOf(inputs, "httpVersion", ["http1.1", "http2", "http2and3", "http3"]),
  ];
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
