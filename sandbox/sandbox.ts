// A sandbox: a tenant and an AWS edge on this machine, the stand-ins for their providers, and a stack that the engine
// deploys to them.
import { ManagementClient } from "auth0";
import type { Edge } from "./edge/edge.ts";
import { obtainEngine } from "./engine/engine.ts";
import type { Engine } from "./engine/engine.ts";
import type { OfficialPlugin } from "./engine/official-plugin.ts";
import { openWorkspace } from "./engine/workspace.ts";
import type { Workspace } from "./engine/workspace.ts";
import { logIn } from "./tenant/login.ts";
import type { LoginResult } from "./tenant/login.ts";
import type { Auth0Plugin } from "./providers/auth0-provider.ts";
import { startServices } from "./services.ts";
import type { Services, ServicesOptions } from "./services.ts";
import { trustInKeychain } from "./shell-lines.ts";
import type { ClientCredentials, Tenant, TenantSeed } from "./tenant/tenant.ts";

export interface SandboxOptions {
  /** The folder for everything that the sandbox keeps: state, keys, pictures. */
  readonly folder: string;
  /** The folder with Pulumi.yaml and the program. */
  readonly projectFolder: string;
  readonly stack?: string;
  readonly seed: TenantSeed;
  /** The official auth0 plugin, for the engine to use. @default the sandbox's stand-in for it */
  readonly officialAuth0?: OfficialPlugin;
  readonly color?: boolean;
  /** Of the deployment's client. @default those that a stack without uploads needs */
  readonly scopes?: readonly string[];
  /** The clock of CloudFront's cache. @default it does not cache */
  readonly cacheClock?: ServicesOptions["cacheClock"];
  /** Called with what is printed while the engine is obtained, and with the engine's own output. */
  readonly onOutput: (text: string) => void;
}

export interface Sandbox {
  readonly engine: Engine;
  readonly tenant: Tenant;
  readonly edge: Edge;
  /** The functions and the HTTP APIs that are deployed. */
  readonly aws: Services["aws"];
  readonly workspace: Workspace;
  /** Which version of the auth0 plugin its stand-in behaves as; it may be changed between operations. */
  readonly auth0Plugin: Auth0Plugin;
  /** The addresses and credentials by which the engine, programs and plugins reach all of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The deployment's client of the tenant. */
  readonly deploymentClient: ClientCredentials;
  /** A client with every scope, for everything else. */
  readonly management: ManagementClient;
  readonly certificate: Services["certificate"];
  readonly fetch: Services["fetch"];
  logIn(who: { connection: string; loginHint: string; scope?: string; audience?: string }): Promise<LoginResult>;
  /** The Actions that a login runs: the names of their bindings, in order. */
  boundActions(): Promise<string[]>;
  close(): Promise<void>;
}

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
  { folder, projectFolder, stack, seed, officialAuth0, color, scopes, cacheClock, onOutput }: SandboxOptions,
  willClose: (part: { close(): Promise<unknown> }) => void,
): Promise<Omit<Sandbox, "close">> {
  const engine = await obtainEngine({ progress: (line) => onOutput(`${line}\n`) });
  const services = await startServices(
    { folder, seed, ...(scopes && { scopes }), ...(cacheClock && { cacheClock }) },
    willClose,
  );
  const { certificate, tenant, edge, aws, auth0Plugin, deploymentClient } = services;
  if (officialAuth0 !== undefined && process.platform === "darwin")
    onOutput(
      `On macOS the official plugin trusts the sandbox after this, once:\n${trustInKeychain(certificate.caFile)}\n`,
    );
  const environment = {
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: deploymentClient.clientId,
    AUTH0_CLIENT_SECRET: deploymentClient.clientSecret,
    NODE_EXTRA_CA_CERTS: certificate.caFile,
    PULUMI_DEBUG_PROVIDERS: officialAuth0 === undefined ? services.attach.both : services.attach.aws,
    // For the official plugin, which is a program in Go.
    ...(officialAuth0 !== undefined && { SSL_CERT_FILE: certificate.caFile }),
  };
  const workspace = await openWorkspace({
    folder,
    engine,
    projectFolder,
    ...(stack !== undefined && { stack }),
    ...(color !== undefined && { color }),
    environment,
    ...(officialAuth0 !== undefined && { plugins: [officialAuth0] }),
    onOutput,
  });
  const management = new ManagementClient({
    domain: tenant.domain,
    ...tenant.managementClient,
    fetch: services.fetch,
  });

  return {
    engine,
    tenant,
    edge,
    aws,
    workspace,
    auth0Plugin,
    environment,
    deploymentClient,
    management,
    certificate,
    fetch: services.fetch,
    logIn: (who) => logIn(tenant, { ...who, ca: certificate.ca }),
    async boundActions() {
      const page = await management.actions.triggers.bindings.list("post-login");
      return page.data.map(({ display_name }) => display_name ?? "");
    },
  };
}
