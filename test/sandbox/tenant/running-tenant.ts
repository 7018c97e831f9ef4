// A tenant for a test file: it runs in a temporary folder, and is called through the official SDK and a real client of
// OpenID Connect.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ManagementClient } from "auth0";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll, beforeAll } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import { logIn } from "../../../sandbox/tenant/login.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import { trustingFetch } from "../../../sandbox/tenant/trusting-fetch.ts";
import type { ClientCredentials, Tenant, TenantOptions, TenantSeed } from "../../../sandbox/tenant/tenant.ts";
import { withSigningKey } from "./signing-key.ts";

export interface RunningTenant {
  tenant: Tenant;
  folder: string;
  ca: string;
  /** The SDK's client with every scope. */
  management: ManagementClient;
  /** The SDK's client with other credentials. */
  managementOf(credentials: ClientCredentials): ManagementClient;
  /** HTTPS that trusts the sandbox's certificate authority only. */
  fetch: typeof undiciFetch;
  /** GET of a Management API path with every scope, for what the SDK does not show. */
  get(path: string): Promise<unknown>;
  /** Logs in and returns the ID token's claims. */
  logIn(connection: string, loginHint: string, scope?: string): Promise<Record<string, unknown>>;
  /** Closes the tenant and starts it again on the same folder and port, with a seed that must not be applied. */
  restart(): Promise<void>;
}

const agents: Agent[] = [];
const clients: { close(): Promise<void> }[] = [];

/** A fetch that trusts this certificate authority only. */
const trusting = (ca: string): typeof undiciFetch => {
  const dispatcher = new Agent({ connect: { ca } });
  agents.push(dispatcher);
  return (url, init) => undiciFetch(url, { ...init, dispatcher });
};

/** Starts a tenant before the file's tests and ends it after them. The object is filled when the tests run. */
export function runTenant(seed: TenantSeed, options: Pick<TenantOptions, "buildTime" | "jobTime"> = {}): RunningTenant {
  const running = {} as RunningTenant;
  let root = "";

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "tenant-test-"));
    const folder = await withSigningKey(join(root, "tenant"));
    const certificate = await obtainCertificate(join(root, "certificate"), ["localhost"]);
    const fetch = trusting(certificate.ca);
    const client = trustingFetch(certificate.ca);
    clients.push(client);
    const managementOf = (credentials: ClientCredentials) =>
      new ManagementClient({
        domain: running.tenant.domain,
        ...credentials,
        maxRetries: 0,
        fetch: client.fetch,
      });
    const start = async (withSeed: TenantSeed, port?: number) => {
      const place = { folder, certificate, ...(port !== undefined && { port }) };
      running.tenant = await startTenant({ ...place, ...withSeed, ...options });
      running.management = managementOf(running.tenant.managementClient);
    };
    await start(seed);
    Object.assign(running, {
      folder,
      ca: certificate.ca,
      managementOf,
      fetch,
      get: async (path: string) => {
        const { clientId: client_id, clientSecret: client_secret } = running.tenant.managementClient;
        const base = `${running.tenant.issuer}api/v2/`;
        const body = new URLSearchParams({
          grant_type: "client_credentials",
          audience: base,
          client_id,
          client_secret,
        });
        const response = await fetch(`${running.tenant.issuer}oauth/token`, { method: "POST", body });
        const { access_token } = (await response.json()) as { access_token: string };
        return (await fetch(base + path, { headers: { authorization: `Bearer ${access_token}` } })).json();
      },
      logIn: async (connection: string, loginHint: string, scope?: string) => {
        const options = { connection, loginHint, ca: certificate.ca, ...(scope !== undefined && { scope }) };
        return (await logIn(running.tenant, options)).claims;
      },
      restart: async () => {
        await running.tenant.close();
        const port = Number(new URL(running.tenant.issuer).port);
        await start({ connections: [{ name: "unwanted", strategy: "auth0" }] }, port);
      },
    });
  });

  afterAll(async () => {
    await running.tenant.close();
    await Promise.all([...agents.splice(0), ...clients.splice(0)].map((one) => one.close()));
    await rm(root, { recursive: true });
  });

  return running;
}

/** Creates, builds and deploys a post-login Action, and returns its id. */
export async function deployAction(
  { management }: Pick<RunningTenant, "management">,
  name: string,
  code: string,
): Promise<string> {
  const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
  const { id = "" } = await management.actions.create({ name, code, supported_triggers });
  await buildAndDeploy(management, id);
  return id;
}

export async function buildAndDeploy(management: ManagementClient, id: string): Promise<void> {
  while ((await management.actions.get(id)).status !== "built") await sleep(20);
  await management.actions.deploy(id);
}

/** Replaces the login flow's whole list. */
export const bindActions = ({ management }: Pick<RunningTenant, "management">, ids: readonly string[]) =>
  management.actions.triggers.bindings.updateMany("post-login", {
    bindings: ids.map((value) => ({ ref: { type: "action_id" as const, value } })),
  });
