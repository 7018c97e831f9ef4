// What of a sandbox listens: a tenant, an AWS edge, and the stand-ins for their providers.
import { join } from "node:path";
import { obtainCertificate } from "./tenant/certificate.ts";
import type { Certificate } from "./tenant/certificate.ts";
import { apiHosts, startAwsServices } from "./aws/aws-services.ts";
import type { AwsServices } from "./aws/aws-services.ts";
import type { Clock } from "./edge/cache.ts";
import { startEdge } from "./edge/edge.ts";
import type { Edge } from "./edge/edge.ts";
import type { IamUser } from "./edge/s3-api.ts";
import { accountId } from "./edge/identity.ts";
import { lockFolder } from "./folder-lock.ts";
import { sandboxHosts, startOutboundProxy } from "./outbound-proxy.ts";
import type { OutboundProxy } from "./outbound-proxy.ts";
import type { Auth0Plugin } from "./providers/auth0-provider.ts";
import { serveProviders } from "./providers/serve.ts";
import { startTenant } from "./tenant/tenant.ts";
import type { ClientCredentials, Tenant, TenantSeed } from "./tenant/tenant.ts";
import { trustingFetch } from "./tenant/trusting-fetch.ts";

export interface ServicesOptions {
  /** The folder for everything that the sandbox keeps: state, keys, pictures. */
  readonly folder: string;
  readonly seed: TenantSeed;
  /** The tenant's. @default any free port */
  readonly port?: number;
  /** Of the deployment's client. @default those that a stack without uploads needs */
  readonly scopes?: readonly string[];
  /** The clock of CloudFront's cache. @default it does not cache */
  readonly cacheClock?: Clock;
  /** Users of the AWS account. @default none */
  readonly users?: readonly IamUser[];
}

export interface Services {
  readonly certificate: Certificate;
  readonly tenant: Tenant;
  readonly edge: Edge;
  /** The functions and the HTTP APIs that are deployed. */
  readonly aws: AwsServices;
  /** Which version of the auth0 plugin its stand-in behaves as; it may be changed between operations. */
  readonly auth0Plugin: Auth0Plugin;
  /** The deployment's client of the tenant. */
  readonly deploymentClient: ClientCredentials;
  /** As PULUMI_DEBUG_PROVIDERS takes them: both stand-ins, or the one for AWS beside the official auth0 plugin. */
  readonly attach: { readonly both: string; readonly aws: string };
  /** `fetch` that trusts the sandbox's certificate. */
  readonly fetch: typeof fetch;
  /** Leads any program to the pictures and the HTTP APIs, by their own URLs. */
  readonly proxy: Pick<OutboundProxy, "url">;
}

/** Exactly the scopes that the documentation names, so that a missing one is noticed here. */
export const deploymentScopes: readonly string[] = [
  ...["read:actions", "create:actions", "update:actions", "delete:actions"],
  ...["read:connections", "update:connections", "read:connections_options", "update:connections_options"],
];

/** What a stack with `uploads` needs in addition. */
export const uploadsScopes: readonly string[] = ["resource_servers", "clients", "client_grants"]
  .flatMap((kind) => ["read", "create", "update", "delete"].map((verb) => `${verb}:${kind}`))
  .concat("read:client_keys", "update:client_keys", "read:client_credentials");

/** And what its options `clientAuthentication: private_key_jwt` and `eventStream` need. */
export const uploadsOptionScopes: readonly string[] = [
  ...["create:client_credentials", "update:client_credentials", "delete:client_credentials"],
  ...["read:event_streams", "create:event_streams", "update:event_streams", "delete:event_streams"],
];

/** What the command line needs of the tenant; those of `create` are for Auth0's bulk jobs. */
export const operatorScopes: readonly string[] = [
  ...["read:users", "update:users", "create:users"],
  ...["read:actions", "read:connections", "read:connections_options"],
];

/**
 * @param willClose is given each part as soon as it has started: its caller closes them, from the last to the first
 * @throws what a part throws
 */
export async function startServices(
  { folder, seed, port, scopes = deploymentScopes, cacheClock, users = [] }: ServicesOptions,
  willClose: (part: { close(): Promise<unknown> }) => void,
): Promise<Services> {
  willClose(lockFolder(folder));
  const hosts = ["localhost", "127.0.0.1", "*.cloudfront.net", ...apiHosts];
  const certificate = await obtainCertificate(folder, hosts);
  const trusting = trustingFetch(certificate.ca);
  willClose(trusting);

  const tenantOptions = { folder: join(folder, "tenant"), certificate, ...seed, ...(port !== undefined && { port }) };
  const tenant = await startTenant(tenantOptions);
  willClose(tenant);
  const edge = await startEdge({
    ...{ folder: join(folder, "edge"), certificate },
    ...(cacheClock && { clock: cacheClock }),
  });
  willClose(edge);
  const aws = await startAwsServices({
    edge,
    folder: join(folder, "aws"),
    certificate,
    fetch: trusting.fetch,
    users,
  });
  willClose(aws);
  const proxy = await startOutboundProxy(sandboxHosts({ tenant, edge, aws }));
  willClose(proxy);
  tenant.eventStreams.connect({
    // Auth0 offers a source to any account; the sandbox has one.
    createSource({ name, accountId: account, region }) {
      if (account === accountId) edge.controlPlane.createPartnerEventSource({ name, region });
    },
    deleteSource: (name) => edge.controlPlane.deletePartnerEventSource(name),
    put: (source, event) =>
      aws.events.putPartnerEvent(source, { detailType: event.type, detail: event, time: event.time }),
  });
  const deploymentClient = tenant.createManagementClient(scopes);
  const auth0 = { domain: tenant.domain, ...deploymentClient };
  const auth0Plugin: Auth0Plugin = { version: "3.49" };
  const providers = await serveProviders({ auth0: { ...auth0, fetch: trusting.fetch, plugin: auth0Plugin }, edge });
  willClose(providers);
  const awsAlone = providers.attach.split(",").filter((provider) => provider.startsWith("aws:"));
  const attach = { both: providers.attach, aws: awsAlone.join(",") };
  return { certificate, tenant, edge, aws, auth0Plugin, deploymentClient, attach, fetch: trusting.fetch, proxy };
}
