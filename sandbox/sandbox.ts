// A sandbox: a tenant and an AWS edge on this machine, the stand-ins for their providers, and a stack that the engine
// deploys to them.
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { Agent, fetch as fetchWith } from "undici";
import type { RequestInit as UndiciRequestInit } from "undici";
import { obtainCertificate } from "./certificate.ts";
import { startEdge } from "./edge/edge.ts";
import type { Edge } from "./edge/edge.ts";
import { obtainEngine } from "./engine/engine.ts";
import type { Engine } from "./engine/engine.ts";
import { openWorkspace } from "./engine/workspace.ts";
import type { Workspace } from "./engine/workspace.ts";
import { logIn } from "./login.ts";
import type { LoginResult } from "./login.ts";
import type { Auth0Plugin } from "./providers/auth0-provider.ts";
import { serveProviders } from "./providers/serve.ts";
import { startTenant } from "./tenant/tenant.ts";
import type { ClientCredentials, Tenant, TenantSeed } from "./tenant/tenant.ts";

export interface SandboxOptions {
  /** The folder for everything that the sandbox keeps: state, keys, pictures. */
  readonly folder: string;
  /** The folder with Pulumi.yaml and the program. */
  readonly projectFolder: string;
  readonly stack?: string;
  readonly seed: TenantSeed;
  readonly color?: boolean;
  /** Called with what is printed while the engine is obtained, and with the engine's own output. */
  readonly onOutput: (text: string) => void;
}

export interface Sandbox {
  readonly engine: Engine;
  readonly tenant: Tenant;
  readonly edge: Edge;
  readonly workspace: Workspace;
  /** Which version of the auth0 plugin its stand-in behaves as; it may be changed between operations. */
  readonly auth0Plugin: Auth0Plugin;
  /** The deployment's client of the tenant. */
  readonly deploymentClient: ClientCredentials;
  /** A client with every scope, for everything else. */
  readonly management: ManagementClient;
  logIn(who: { connection: string; loginHint: string; scope?: string; audience?: string }): Promise<LoginResult>;
  /** The Actions that a login runs: the names of their bindings, in order. */
  boundActions(): Promise<string[]>;
  close(): Promise<void>;
}

/** Exactly the scopes that the documentation names, so that a missing one is noticed here. */
export const deploymentScopes: readonly string[] = [
  ...["read:actions", "create:actions", "update:actions", "delete:actions"],
  ...["read:connections", "update:connections", "read:connections_options", "update:connections_options"],
];

/** @throws what a part throws; the parts that have already started are closed */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const started: { close(): Promise<unknown> }[] = [];
  const close = async () => {
    for (const part of started.reverse()) await part.close();
  };
  try {
    return { ...(await openParts(options, (part) => started.push(part))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(
  { folder, projectFolder, stack, seed, color, onOutput }: SandboxOptions,
  willClose: (part: { close(): Promise<unknown> }) => void,
): Promise<Omit<Sandbox, "close">> {
  const engine = await obtainEngine({ progress: (line) => onOutput(`${line}\n`) });
  const certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net"]);
  const dispatcher = new Agent({ connect: { ca: certificate.ca } });
  willClose(dispatcher);
  const trustingFetch = ((url: string, init?: UndiciRequestInit) =>
    fetchWith(url, { ...init, dispatcher })) as typeof fetch;

  const tenant = await startTenant({ folder: join(folder, "tenant"), certificate, seed });
  willClose(tenant);
  const edge = await startEdge({ folder: join(folder, "edge"), certificate });
  willClose(edge);
  const deploymentClient = tenant.createManagementClient(deploymentScopes);
  const auth0 = { domain: tenant.domain, ...deploymentClient };
  const auth0Plugin: Auth0Plugin = { version: "3.49" };
  const providers = await serveProviders({ auth0: { ...auth0, fetch: trustingFetch, plugin: auth0Plugin }, edge });
  willClose(providers);
  const workspace = await openWorkspace({
    folder,
    engine,
    projectFolder,
    ...(stack !== undefined && { stack }),
    ...(color !== undefined && { color }),
    environment: {
      AUTH0_DOMAIN: auth0.domain,
      AUTH0_CLIENT_ID: auth0.clientId,
      AUTH0_CLIENT_SECRET: auth0.clientSecret,
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      PULUMI_DEBUG_PROVIDERS: providers.attach,
    },
    onOutput,
  });
  const management = new ManagementClient({
    domain: tenant.domain,
    ...tenant.managementClient,
    fetch: trustingFetch,
  });

  return {
    engine,
    tenant,
    edge,
    workspace,
    auth0Plugin,
    deploymentClient,
    management,
    logIn: (who) => logIn(tenant, { ...who, ca: certificate.ca }),
    async boundActions() {
      const page = await management.actions.triggers.bindings.list("post-login");
      return page.data.map(({ display_name }) => display_name ?? "");
    },
  };
}
