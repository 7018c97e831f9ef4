// The Management API for one command: the official SDK, whose calls together keep the tenant's rate limit.
import { ManagementClient } from "auth0";
import type { Auth0ProviderSettings } from "../../components/auth0/provider-settings.ts";
import { openUsersApi } from "./open-users-api.ts";
import { createRatePace } from "./rate-pace.ts";
import { attempt, tenantFetch } from "./tenant-fetch.ts";
import { openTenantToken } from "./tenant-token.ts";
import type { TenantApi } from "./users-api.ts";

export interface TenantApiOptions {
  /** Ends the waits for the rate limit, and those between attempts, at once. What has been sent is waited for. */
  readonly signal: AbortSignal;
  /** Is told why calls wait when they begin to, and undefined when none waits any more. */
  readonly onWait?: ((reason: string | undefined) => void) | undefined;
  /** @default the global one */
  readonly fetch?: typeof fetch | undefined;
}

/** Nothing is sent before the first call. */
export function openTenantApi(settings: Auth0ProviderSettings, options: TenantApiOptions): TenantApi {
  const { signal, onWait, fetch: givenFetch = fetch } = options;
  const fetchOnce = attempt(givenFetch);
  const limit = { onReached: () => undefined, isEndless: false };
  const token = openTenantToken(settings, { signal, fetchOnce, limit: { ...limit } });
  const pace = createRatePace({ signal, onWait });
  const management = new ManagementClient({
    domain: settings.domain,
    // The token that is sent is `tenantFetch`'s: by the time of a call's turn, or of its repetition, it can be another.
    token: "",
    fetch: tenantFetch({ settings, pace, token, signal, fetchOnce, limit }),
    maxRetries: 0,
    // The SDK's signal is not listened to, and its timer would outlive a call that fails.
    timeoutInSeconds: 0,
    telemetry: false,
  });
  return { management, users: openUsersApi({ management, signal, fetch: givenFetch }) };
}
