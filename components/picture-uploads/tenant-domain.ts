// Which tenant the uploads are of, and what has to be where they are, as far as it shows before anything is made.
import * as pulumi from "@pulumi/pulumi";
import { providerDomain, tenantDomain } from "../auth0/provider-settings.ts";
import { stackRegion } from "../stack-region.ts";
import { assertNoRefusals } from "../validation.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";

/**
 * The tenant's own domain, by which its Management API is reached: of the component's auth0 provider, or of the stack's
 * settings.
 *
 * @throws pulumi.RunError where nothing says it; where a provider does not, once that is known
 */
export function tenantDomainOf(subject: string, component: pulumi.ComponentResource): pulumi.Input<string> {
  const message =
    "the tenant's domain is not known, which the functions need. Set auth0:domain (or AUTH0_DOMAIN), or the domain " +
    "of the auth0 provider that the uploads are given.";
  const needed = (domain: string | undefined): string => {
    assertNoRefusals(`${subject} cannot be created:`, domain ? [] : [{ path: [], message }]);
    return tenantDomain(domain ?? "");
  };
  const provider = component.getProvider("auth0:index/client:Client") as { readonly domain?: unknown } | undefined;
  if (provider === undefined) return needed(providerDomain(new pulumi.Config("auth0"), process.env));
  return pulumi
    .output(provider.domain as pulumi.Input<string | undefined>)
    .apply((domain) => needed(domain ?? process.env["AUTH0_DOMAIN"]));
}

/** CloudWatch takes what is in an alarm's own region only, and says so when the rest has been made. */
export function assertAlarmRegion(
  subject: string,
  component: pulumi.ComponentResource,
  { alarmActions = [] }: PictureUploadsArgs,
): void {
  const provider = component.getProvider("aws:cloudwatch/metricAlarm:MetricAlarm") as
    { readonly region?: unknown } | undefined;
  const whose = provider === undefined ? "the stack's region (aws:region)" : "the region of the uploads' provider";
  const refuse = (actions: readonly unknown[], region: unknown) =>
    assertNoRefusals(
      `${subject} cannot be created:`,
      actions.flatMap((action, index) => {
        const other = typeof action === "string" ? action.split(":")[3] : undefined;
        if (!other || typeof region !== "string" || other === region) return [];
        const message = `it is in ${other}, and ${whose} is ${region}. An alarm notifies what is in its own region.`;
        return [{ path: ["alarmActions", index], message }];
      }),
    );
  const region = provider === undefined ? stackRegion() : provider.region;
  // What is plain is refused at once.
  if (Array.isArray(alarmActions) && !pulumi.Output.isInstance(region)) refuse(alarmActions, region);
  else pulumi.all([alarmActions, region]).apply(([actions, known]) => refuse(actions, known));
}
