// A distribution that serves users' files answers with the headers that make a hostile file harmless: a sandbox, and no guessing of types.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { distributionType, isPictureResource, pictureResourceProperties } from "./picture-resources.ts";
import type { PictureResourceConfig } from "./picture-resources.ts";
import { ifKnown, isKnown, judgeEach } from "./unknown-values.ts";

interface Config extends PictureResourceConfig {
  /** Ids of response headers policies that are made elsewhere and are good enough. */
  readonly responseHeadersPolicyIds?: readonly string[];
}

export const pictureDistributionHeaders: StackValidationPolicy = {
  name: "picture-distribution-headers",
  description: "A distribution that serves pictures answers with headers that make a hostile file harmless.",
  severity: "high",
  configSchema: {
    properties: {
      ...pictureResourceProperties,
      responseHeadersPolicyIds: {
        type: "array",
        items: { type: "string" },
        description: "Ids of response headers policies from outside of the stack that are good enough.",
      },
    },
  },
  validateStack(args, reportViolation) {
    const { resources } = args;
    const config = args.getConfig<Config>();
    const distributions = resources.filter(({ type }) => type === distributionType);
    const declared = resources.filter(
      ({ type }) => type === "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    );
    judgeEach(distributions, (distribution) => {
      if (!isPictureResource(distribution, config)) return;
      judgeEach(behaviorsOf(distribution), (behavior) => {
        const fault = headersFault(behavior, declared, config);
        if (fault !== undefined) reportViolation(`${behavior.name}: ${fault}`, distribution.urn);
      });
    });
  },
};

interface Behavior {
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** What the engine says that it was computed from. */
  readonly sources: readonly PolicyResource[];
}

function behaviorsOf({ props, propertyDependencies }: PolicyResource): Behavior[] {
  const behavior = (name: string, property: string, value: unknown): Behavior => ({
    name,
    props: value as Behavior["props"],
    sources: propertyDependencies[property] ?? [],
  });
  const ordered = (props["orderedCacheBehaviors"] ?? []) as unknown[];
  return [
    behavior("defaultCacheBehavior", "defaultCacheBehavior", props["defaultCacheBehavior"]),
    ...ordered.map((value, index) => behavior(`orderedCacheBehaviors[${index}]`, "orderedCacheBehaviors", value)),
  ];
}

/** @throws UnknownValueError for a policy that is not known yet and that the stack does not create itself */
function headersFault(
  { props, sources }: Behavior,
  declared: readonly PolicyResource[],
  { responseHeadersPolicyIds = [] }: Config,
): string | undefined {
  const id = ifKnown(props, "responseHeadersPolicyId");
  if (isKnown(props, "responseHeadersPolicyId") && (typeof id !== "string" || id === ""))
    return "it has no responseHeadersPolicyId. Set one whose headers have a sandbox and nosniff.";
  if (typeof id === "string" && responseHeadersPolicyIds.includes(id)) return undefined;
  // Not every provider has the id among a resource's outputs: then it counts that the behaviour was computed from it.
  const policies = declared.filter(({ urn, props: outputs }) => {
    const itsId = ifKnown(outputs, "id");
    return id !== undefined && itsId !== undefined ? itsId === id : sources.some((source) => source.urn === urn);
  });
  if (policies.length > 0) return policies.map(contentFault).find((fault) => fault !== undefined);
  return `its response headers policy ${props["responseHeadersPolicyId"] as string} is not of this stack. If its headers are good enough, name it in responseHeadersPolicyIds.`;
}

interface SecurityHeaders {
  readonly contentSecurityPolicy?: { readonly contentSecurityPolicy: string; readonly override: boolean };
  readonly contentTypeOptions?: { readonly override: boolean };
}

function contentFault({ props, name }: PolicyResource): string | undefined {
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
