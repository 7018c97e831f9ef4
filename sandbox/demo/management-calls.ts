// The Management API as the console calls it: by the official SDK, with each call as it was on the wire.
import { ManagementClient } from "auth0";
import type { Tenant } from "../tenant/tenant.ts";
import type { ManagementCall } from "./console-types.ts";

export interface RecordedManagement {
  readonly management: ManagementClient;
  /**
   * The call that `act` makes, whether Auth0 takes it or refuses it.
   *
   * @throws what `act` throws without an answer of Auth0's
   */
  readonly recordCall: (act: (management: ManagementClient) => PromiseLike<unknown>) => Promise<ManagementCall>;
}

/** @param fetch trusts the tenant's certificate */
export function recordedManagement(tenant: Tenant, fetch: typeof globalThis.fetch): RecordedManagement {
  const clientWith = (own: typeof globalThis.fetch) =>
    new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, maxRetries: 0, fetch: own });
  return {
    management: clientWith(fetch),
    async recordCall(act) {
      let call: ManagementCall | undefined;
      const recording: typeof globalThis.fetch = async (input, init) => {
        const response = await fetch(input, init);
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (!pathname.startsWith("/api/v2/")) return response;
        const { message } = (await response
          .clone()
          .json()
          .catch(() => ({}))) as { message?: unknown };
        call = {
          method: init?.method ?? "GET",
          path: pathname,
          body: typeof init?.body === "string" ? (JSON.parse(init.body) as unknown) : null,
          status: response.status,
          message: !response.ok && typeof message === "string" ? message : null,
        };
        return response;
      };
      try {
        await act(clientWith(recording));
      } catch (error) {
        if (call === undefined) throw error;
      }
      if (call === undefined) throw new Error("Nothing was called");
      return call;
    },
  };
}
