// A distribution that serves users' files sends the headers that make a hostile file harmless: a sandbox, and no
// guessing of types.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { namedCacheBehaviors } from "./cache-behaviors.ts";
import type { NamedCacheBehavior } from "./cache-behaviors.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { distributionTypes, pictureResourceSettings, validatePictureResourceInStack } from "./picture-resources.ts";
import { resourcesOfType } from "./resources-of-type.ts";
import { ifKnown, isKnown, reportEach } from "./unknown-values.ts";

const settings = {
  ...pictureResourceSettings,
  responseHeadersPolicyIds: listSetting(
    "Ids of response headers policies from outside of the stack that are good enough.",
  ),
  responseFunctionArns: listSetting(
    "ARNs of functions that may change responses, because they leave these headers; without a Lambda's version, each.",
  ),
};

export const pictureDistributionHeaders: StackValidationPolicy = {
  name: "picture-distribution-headers",
  description: "A distribution that serves pictures answers with headers that make a hostile file harmless.",
  severity: "high",
  configSchema: { properties: settings },
  validateStack: validatePictureResourceInStack(distributionTypes, (distribution, args, report) => {
    const { responseHeadersPolicyIds = [], responseFunctionArns = [] } = args.getConfig<ConfigOf<typeof settings>>();
    const declared = resourcesOfType(args.resources, "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy");
    const checks = behaviorsOf(distribution).flatMap((behavior) => [
      () => named(behavior, headersViolation(behavior, declared, responseHeadersPolicyIds)),
      () => named(behavior, functionViolation(behavior, responseFunctionArns)),
    ]);
    reportEach(checks, (violations) => violations(), report);
  }),
};

interface Behavior extends NamedCacheBehavior<Readonly<Record<string, unknown>>> {
  /** The resources from which it was computed, as the engine says. */
  readonly sources: readonly PolicyResource[];
}

const named = ({ name }: Behavior, violation: string | undefined) =>
  violation === undefined ? [] : [`${name}: ${violation}`];

function behaviorsOf({ props, propertyDependencies }: PolicyResource): Behavior[] {
  const { defaultCacheBehavior, orderedCacheBehaviors, cacheBehaviors } = props as Readonly<Record<string, unknown>> & {
    readonly defaultCacheBehavior: Behavior["props"];
    readonly orderedCacheBehaviors?: Behavior["props"][];
    readonly cacheBehaviors?: Behavior["props"][];
  };
  return namedCacheBehaviors(defaultCacheBehavior, { orderedCacheBehaviors, cacheBehaviors }).map((behavior) => ({
    ...behavior,
    sources: propertyDependencies[behavior.property] ?? [],
  }));
}

interface FunctionAssociation {
  readonly eventType: string;
  readonly functionArn?: string;
  readonly lambdaArn?: string;
}

/** What runs on a request may answer by itself, with these headers; what runs on a response may take them away. */
function functionViolation({ props }: Behavior, goodArns: readonly string[]): string | undefined {
  const associations = [props["functionAssociations"], props["lambdaFunctionAssociations"]].flatMap(
    (list) => (list ?? []) as readonly FunctionAssociation[],
  );
  const isGood = ({ functionArn, lambdaArn }: FunctionAssociation) =>
    goodArns.some((arn) => functionArn === arn || lambdaArn === arn || lambdaArn?.startsWith(`${arn}:`));
  const bad = associations.find((it) => /-response$/.test(it.eventType) && !isGood(it));
  return (
    bad &&
    `a function of it runs on ${bad.eventType}, and may take the headers away. Let it run on viewer-request, ` +
      `or name its ARN in responseFunctionArns if it leaves them.`
  );
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

const protective = ["content-security-policy", "x-content-type-options"];

function contentViolation({ props, name }: PolicyResource): string | undefined {
  const headers = (props["securityHeadersConfig"] ?? {}) as SecurityHeaders;
  const policy = headers.contentSecurityPolicy;
  const missing = [
    ...(policy?.override === true && /(?:^|;)\s*sandbox\s*(?:;|$)/i.test(policy.contentSecurityPolicy)
      ? []
      : ["a contentSecurityPolicy with `sandbox`, which overrides the origin's"]),
    ...(headers.contentTypeOptions?.override === true
      ? []
      : ["contentTypeOptions (nosniff), which override the origin's"]),
  ];
  if (missing.length > 0) return `its response headers policy "${name}" lacks ${missing.join(" and ")}.`;
  const removed = headersIn(props["removeHeadersConfig"]).find((header) => protective.includes(header.toLowerCase()));
  if (removed !== undefined)
    return `its response headers policy "${name}" removes ${removed}. Take that out of removeHeadersConfig.`;
  // A type of its own would make a page of every picture.
  const undone = headersIn(props["customHeadersConfig"]).find((header) =>
    [...protective, "content-type"].includes(header.toLowerCase()),
  );
  return undone === undefined
    ? undefined
    : `its response headers policy "${name}" sets ${undone} in customHeadersConfig as well. Take that out.`;
}

const headersIn = (config: unknown) =>
  ((config as { readonly items?: readonly { readonly header: string }[] } | undefined)?.items ?? []).map(
    ({ header }) => header,
  );
