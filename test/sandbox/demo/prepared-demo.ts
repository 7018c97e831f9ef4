// The demo's server on a sandbox that is prepared without an engine: the store by Pulumi's mocks, and in the tenant
// what the dev stack deploys to it, by the code that deploys it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { Agent, fetch as fetchWith } from "undici";
import type { RequestInit as UndiciRequestInit } from "undici";
import { afterAll, afterEach, beforeAll } from "vitest";
import { startDemo } from "../../../sandbox/demo/demo-server.ts";
import type { Demo } from "../../../sandbox/demo/demo-server.ts";
import type { DeployedStack } from "../../../sandbox/deployed-stack.ts";
import { codeForStore } from "../../../sandbox/dev-stack-code.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { seed } from "../../../sandbox/seed.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../../sandbox/tenant/tenant.ts";
import { plainSettings } from "../../../settings/stack-file.ts";
import { valueOf } from "../../components/mock-engine.ts";
import { deployments } from "../../components/picture-store/deployed-store.ts";
import { bindActions, deployAction } from "../tenant/running-tenant.ts";
import { uploadService } from "./upload-service.ts";
import { withSigningKey } from "../tenant/signing-key.ts";

export interface PreparedDemo extends Demo {
  readonly tenant: Tenant;
  readonly edge: Edge;
  readonly management: ManagementClient;
  readonly stack: DeployedStack;
  /** Ends the demo and its tenant, and starts both again on the same state and the demo's port. */
  restart(): Promise<void>;
}

/** Gives each test of the file demos of its own, which end with it: call it once a test, because the store is. */
export function demos(): () => Promise<PreparedDemo> {
  const { deploy } = deployments();
  const running: { close(): Promise<unknown> }[] = [];
  let root: string;
  let certificate: Certificate;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "demo-test-"));
    certificate = await obtainCertificate(root, ["localhost", "127.0.0.1"]);
  });
  // The deployments' edge is closed by a hook that was added before, so after this one.
  afterEach(async () => {
    for (const part of running.splice(0).reverse()) await part.close();
  });
  afterAll(() => rm(root, { recursive: true }));

  return async () => {
    const store = await deploy();
    const folder = await withSigningKey(await mkdtemp(join(root, "tenant-")));
    const agent = new Agent({ connect: { ca: certificate.ca } });
    const fetch = ((url: string, init?: UndiciRequestInit) =>
      fetchWith(url, { ...init, dispatcher: agent })) as typeof globalThis.fetch;
    running.push(agent);
    const { edge, baseUrl: pictureBaseUrl, defaultPictureUrl, bucketName } = store;
    const prepared = { edge } as { -readonly [Key in keyof PreparedDemo]: PreparedDemo[Key] };

    const start = async (ports: { tenant?: number | undefined; demo?: number | undefined } = {}) => {
      const tenant = await startTenant({
        ...{ folder, certificate, ...seed },
        ...(ports.tenant !== undefined && { port: ports.tenant }),
      });
      running.push(tenant);
      const management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch });
      const actionId = await deployDevStack(management, pictureBaseUrl);
      const stack: DeployedStack = {
        settings: plainSettings(".", "dev"),
        ...{ pictureBaseUrl, defaultPictureUrl, bucketName, actionId },
        uploaderPolicyJson: await valueOf(store.store.uploaderPolicyJson),
      };
      const port = ports.demo === undefined ? {} : { port: ports.demo };
      const service = await uploadService({ ...{ tenant, edge, certificate, fetch }, ...stack });
      const demo = await startDemo({ ...{ tenant, edge, fetch, stack, service }, ...port });
      running.push(demo);
      Object.assign(prepared, { ...demo, tenant, management, stack });
    };
    await start();
    prepared.restart = async () => {
      const [tenant, demo] = [prepared.tenant.issuer, prepared.url].map((url) => Number(new URL(url).port));
      for (const part of running.splice(running.indexOf(agent) + 1).reverse()) await part.close();
      await start({ tenant, demo });
    };
    return prepared;
  };
}

/** @returns the Action's id. What is there already stays. */
async function deployDevStack(management: ManagementClient, pictureBaseUrl: string): Promise<string> {
  const actionName = "User picture";
  const { data: known } = await management.actions.list({ actionName });
  if (known[0]?.id !== undefined) return known[0].id;
  const { data: bound } = await management.actions.triggers.bindings.list("post-login");
  const actionId = await deployAction({ management }, actionName, await codeForStore(pictureBaseUrl));
  await bindActions({ management }, [...bound.map(({ action }) => action?.id ?? ""), actionId]);
  for (const [name, value] of Object.entries(plainSettings(".", "dev").connections ?? {})) {
    const [connection] = (await management.connections.list({ name })).data;
    const options = { ...connection?.options, set_user_root_attributes: value };
    await management.connections.update(connection?.id ?? "", { options });
  }
  return actionId;
}
