// A distribution that serves users' files sends the headers that make a hostile file harmless: a sandbox, and no
// guessing of types.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { namedCacheBehaviors } from "./cache-behaviors.ts";
import type { NamedCacheBehavior } from "./cache-behaviors.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { distributionType, pictureResourceSettings, validatePictureResourceInStack } from "./picture-resources.ts";
import { resourcesOfType } from "./resources-of-type.ts";
import { ifKnown, isKnown, reportEach } from "./unknown-values.ts";

const settings = {
  ...pictureResourceSettings,
  responseHeadersPolicyIds: listSetting(
    "Ids of response headers policies from outside of the stack that are good enough.",
  ),
};

export const pictureDistributionHeaders: StackValidationPolicy = {
  name: "picture-distribution-headers",
  description: "A distribution that serves pictures answers with headers that make a hostile file harmless.",
  severity: "high",
  configSchema: { properties: settings },
  validateStack: validatePictureResourceInStack(distributionType, (distribution, args, report) => {
    const { responseHeadersPolicyIds = [] } = args.getConfig<ConfigOf<typeof settings>>();
    const declared = resourcesOfType(args.resources, "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy");
    const violationsOf = (behavior: Behavior) => {
      const violation = headersViolation(behavior, declared, responseHeadersPolicyIds);
      return violation === undefined ? [] : [`${behavior.name}: ${violation}`];
    };
    reportEach(behaviorsOf(distribution), violationsOf, report);
  }),
};

interface Behavior extends NamedCacheBehavior<Readonly<Record<string, unknown>>> {
  /** The resources from which it was computed, as the engine says. */
  readonly sources: readonly PolicyResource[];
}

function behaviorsOf({ props, propertyDependencies }: PolicyResource): Behavior[] {
  const ordered = (props["orderedCacheBehaviors"] ?? []) as Behavior["props"][];
  return namedCacheBehaviors(props["defaultCacheBehavior"] as Behavior["props"], ordered).map((behavior) => ({
    ...behavior,
    sources: propertyDependencies[behavior.property] ?? [],
  }));
}

/** @throws UnknownValueError for a policy that is not known yet and that the stack does not create itself */
function headersViolation(
  { props, sources }: Behavior,
  declared: readonly PolicyResource[],
  goodIds: readonly string[],
): string | undefined {
  const id = ifKnown(props, "responseHeadersPolicyId");
  if (isKnown(props, "responseHeadersPolicyId") && (typeof id !== "string" || id === ""))
    return "it has no responseHeadersPolicyId. Set one whose headers have a sandbox and nosniff.";
  if (typeof id === "string" && goodIds.includes(id)) return undefined;
  // Not every provider has the id among a resource's outputs; then what the behaviour was computed from decides.
  const policies = declared.filter(({ urn, props: outputs }) => {
    const itsId = ifKnown(outputs, "id");
    return id !== undefined && itsId !== undefined ? itsId === id : sources.some((source) => source.urn === urn);
  });
  if (policies.length > 0) return policies.map(contentViolation).find((violation) => violation !== undefined);
  return (
    `its response headers policy ${props["responseHeadersPolicyId"] as string} is not of this stack. ` +
    `If its headers are good enough, name it in responseHeadersPolicyIds.`
  );
}

interface SecurityHeaders {
  readonly contentSecurityPolicy?: { readonly contentSecurityPolicy: string; readonly override: boolean };
  readonly contentTypeOptions?: { readonly override: boolean };
}

function contentViolation({ props, name }: PolicyResource): string | undefined {
  const headers = (props["securityHeadersConfig"] ?? {}) as SecurityHeaders;
  const policy = headers.contentSecurityPolicy;
  const missing = [
    ...(policy?.override === true && /(?:^|;)\s*sandbox\s*(?:;|$)/.test(policy.contentSecurityPolicy)
      ? []
      : ["a contentSecurityPolicy with `sandbox`, which overrides the origin's"]),
    ...(headers.contentTypeOptions?.override === true
      ? []
      : ["contentTypeOptions (nosniff), which override the origin's"]),
  ];
  return missing.length === 0 ? undefined : `its response headers policy "${name}" lacks ${missing.join(" and ")}.`;
}
