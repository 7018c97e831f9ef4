// Which tenant the uploads are of, and what has to be where they are.
import { Provider } from "@pulumi/auth0/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { providerDomain, tenantDomain } from "../auth0/provider-settings.ts";
import { stackRegion } from "../stack-region.ts";
import { assertNoRefusals } from "../validation.ts";
import type { PictureUploadsOptions } from "./upload-args.ts";

/**
 * What is refused of a component's place as soon as there is the component: a stack without a tenant, an alarm's action
 * in another region. What a provider of its own has to say is refused once that is known.
 *
 * @param path where the uploads were said
 */
export function validateUploadsPlace(
  component: pulumi.ComponentResource,
  { alarmActions }: PictureUploadsOptions,
  path: Refusal["path"] = [],
): Refusal[] {
  const noDomain = tenantProvider(component) === undefined && stackDomain() === undefined;
  return [
    ...(noDomain ? [{ path, message: noDomainMessage }] : []),
    ...(alarmProvider(component) === undefined
      ? otherRegions(alarmActions, stackRegion(), "the stack's region (aws:region)", path)
      : []),
  ];
}

const noDomainMessage =
  "the functions call a tenant, and nothing says which. Set auth0:domain (or AUTH0_DOMAIN), or the domain of the " +
  "auth0 provider that is given.";

/** Refuses what is known late: to be called when nothing has been refused at once. */
export function assertAlarmRegion(
  subject: string,
  component: pulumi.ComponentResource,
  { alarmActions }: PictureUploadsOptions,
): void {
  const provider = alarmProvider(component);
  const region = provider === undefined ? stackRegion() : provider.region;
  const whose = provider === undefined ? "the stack's region (aws:region)" : "the region of the uploads' provider";
  pulumi
    .all([alarmActions, region])
    .apply(([actions, known]) =>
      assertNoRefusals(`${subject} cannot be created:`, otherRegions(actions, known, whose, [])),
    );
}

/** CloudWatch takes what is in an alarm's own region only, and says so when the rest has been made. */
function otherRegions(actions: unknown, region: unknown, whose: string, path: Refusal["path"]): Refusal[] {
  if (!Array.isArray(actions) || typeof region !== "string") return [];
  return actions.flatMap((action: unknown, index) => {
    const other = typeof action === "string" ? action.split(":")[3] : undefined;
    if (!other || other === region) return [];
    const message = `it is in ${other}, and ${whose} is ${region}. An alarm notifies what is in its own region.`;
    return [{ path: [...path, "alarmActions", index], message }];
  });
}

/**
 * The tenant's own domain, by which its Management API is reached: of the component's auth0 provider, or of the stack's
 * settings.
 */
export function tenantDomainOf(subject: string, component: pulumi.ComponentResource): pulumi.Output<string> {
  const provider = tenantProvider(component);
  const given = provider === undefined ? stackDomain() : domainOf(provider);
  return pulumi.output(given).apply((known) => {
    const domain = known ?? process.env["AUTH0_DOMAIN"];
    assertNoRefusals(`${subject} cannot be created:`, domain ? [] : [{ path: [], message: noDomainMessage }]);
    return tenantDomain(domain ?? "");
  });
}

function stackDomain(): string | undefined {
  const config = new pulumi.Config("auth0");
  // It is asked for whole keys, and a namespace of settings is not.
  return providerDomain({ get: (key) => config.get(key.replace(/^auth0:/, "")) }, process.env);
}

const tenantProvider = (component: pulumi.ComponentResource) => component.getProvider("auth0:index/client:Client");

function domainOf(provider: pulumi.ProviderResource): pulumi.Input<string | undefined> {
  if (!(provider instanceof pulumi.DependencyProviderResource)) return (provider as Partial<Provider>).domain;
  // Where a component is constructed for a program of another process, a provider is a name: the engine has the rest.
  return provider.urn.apply((urn) => new Provider(urn.split("::").at(-1) ?? "", undefined, { urn }).domain);
}

const alarmProvider = (component: pulumi.ComponentResource) =>
  component.getProvider("aws:cloudwatch/metricAlarm:MetricAlarm") as { readonly region?: unknown } | undefined;
