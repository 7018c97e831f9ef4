// The Management API's two clients against a tenant: who repeats a call, and how many access tokens a process asks for.
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { openManagementApi, sharedManagementApi } from "../../../components/auth0/management-client.ts";
import { runTenant } from "../../sandbox/tenant/running-tenant.ts";

const running = runTenant({ connections: [] });
const config = { get: () => undefined };
const environment = ({ clientId, clientSecret } = running.tenant.managementClient) => ({
  AUTH0_DOMAIN: running.tenant.domain,
  AUTH0_CLIENT_ID: clientId,
  AUTH0_CLIENT_SECRET: clientSecret,
});
const callsOf = (pattern: RegExp) => running.tenant.faults.calls.filter(({ path }) => pattern.test(path)).length;

beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), running.ca]));
beforeEach(() => running.tenant.faults.resetCalls());

it("have one access token together, whose scopes are known once it was used", async () => {
  const api = openManagementApi(config, environment(running.tenant.createManagementClient(["read:connections"])));
  expect(api.grantedScopes()).toBeUndefined();
  await api.clientWithoutRetries.connections.list();
  await api.client.connections.list();

  expect(api.grantedScopes()).toEqual(["read:connections"]);
  expect(callsOf(/token/)).toBe(1);
});

it("repeat a call, or leave that to the caller", async () => {
  const { client, clientWithoutRetries } = openManagementApi(config, environment());
  running.tenant.faults.inject({ kind: "server error", status: 503 }, { path: /connections$/, times: 2 });
  await expect(clientWithoutRetries.connections.list()).rejects.toThrow("503");
  expect(callsOf(/connections/)).toBe(1);
  await client.connections.list();
  expect(callsOf(/connections/)).toBe(3);
});

it("are the same for all resources of one tenant and client", async () => {
  const other = environment(running.tenant.createManagementClient(["read:connections"]));
  const shared = [environment(), environment(), other].map((one) => sharedManagementApi(config, one));
  await Promise.all(shared.map(({ client }) => client.connections.list()));

  expect(shared[0]).toBe(shared[1]);
  expect(callsOf(/token/)).toBe(2);
});
