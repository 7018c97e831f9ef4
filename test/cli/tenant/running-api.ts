// A tenant for a test file, and its Management API as commands have it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openTenantApi } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantApiOptions } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantApi } from "../../../cli/tenant/users-api.ts";
import type { Auth0ProviderSettings } from "../../../components/auth0/provider-settings.ts";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import type { Tenant, TenantOptions } from "../../../sandbox/tenant/tenant.ts";
import { withSigningKey } from "../../sandbox/tenant/signing-key.ts";

export interface RunningApi {
  tenant: Tenant;
  api: TenantApi;
  /** Another command's. */
  open(options?: Partial<TenantApiOptions> & { credentials?: Auth0ProviderSettings["credentials"] }): TenantApi;
  /** The calls of the Management API that were answered so, since the last `faults.resetCalls()`. */
  answers(status: number): number;
}

/** The object is filled when the tests run. */
export function runApi(seed: TenantOptions): RunningApi {
  const running = {} as RunningApi;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "running-api-"));
    const tenant = await startTenant({ folder: await withSigningKey(folder), ...seed });
    const open: RunningApi["open"] = ({ credentials = tenant.managementClient, ...options } = {}) =>
      openTenantApi(
        { domain: tenant.domain, credentials },
        { signal: new AbortController().signal, fetch: tenant.fetch, ...options },
      );
    const answers = (wanted: number) => tenant.faults.calls.filter(({ status }) => status === wanted).length;
    Object.assign(running, { tenant, open, api: open(), answers });
  });
  afterAll(async () => {
    await running.tenant.close();
    await rm(folder, { recursive: true });
  });
  return running;
}

/** `fetch` whose calls of the Management API and of the token endpoint another function sends, or changes. */
export function through(
  fetchOnce: typeof fetch,
  act: (send: typeof fetch, url: URL, init: RequestInit) => Promise<Response>,
): typeof fetch {
  return (input, init = {}) => act(fetchOnce, new URL(input instanceof Request ? input.url : input), init);
}
