// The Management API's two clients against a tenant: who repeats a call, and how many access tokens a process asks for.
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { apiError } from "../../../components/auth0/api-error.ts";
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

describe("against a tenant that answers 429 without end", () => {
  let waited = 0;
  beforeEach(() => {
    waited = 0;
    vi.useFakeTimers({ toFake: ["performance"] });
    vi.spyOn(timers, "setTimeout").mockImplementation(async (milliseconds = 0) => {
      waited += milliseconds;
      vi.advanceTimersByTime(milliseconds);
      if (waited > 7_200_000) throw new Error("two hours have passed");
      return undefined;
    });
    // For the modules that import it by its name.
    syncBuiltinESMExports();
    vi.spyOn(console, "info").mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  const token = { access_token: "a.b.c", expires_in: 86_400, token_type: "Bearer" };
  const refusal = { statusCode: 429, error: "Too Many Requests", message: "Global limit has been reached" };

  it.each(["/oauth/token", "/api/v2/connections"])("say so after a quarter of an hour: %s", async (path) => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      return pathname === path ? Response.json(refusal, { status: 429 }) : Response.json(token);
    });
    const { client } = openManagementApi(config, environment());
    const message = await client.connections.list().then(
      () => "succeeded",
      (error: unknown) => apiError(error).message,
    );

    expect(message).toMatch(/^Auth0 answered 429: Global limit has been reached\. .* for 15 minutes/);
    expect(message).not.toContain("408");
    expect(waited).toBe(15 * 60_000);
  });
});

it("are the same for all resources of one tenant and client", async () => {
  const other = environment(running.tenant.createManagementClient(["read:connections"]));
  const shared = [environment(), environment(), other].map((one) => sharedManagementApi(config, one));
  await Promise.all(shared.map(({ client }) => client.connections.list()));

  expect(shared[0]).toBe(shared[1]);
  expect(callsOf(/token/)).toBe(2);
});
