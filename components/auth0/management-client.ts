// The Management API as Pulumi resources call it: the official SDK, with the auth0 provider's own settings and
// retries. Loading the SDK takes long, so a program that may not call the API imports this module where it does.
import { createManagementAuth, ManagementClient } from "auth0";
import { decodeJwt } from "jose";
import { readProviderSettings } from "./provider-settings.ts";
import type { Auth0ProviderConfig, Auth0ProviderSettings } from "./provider-settings.ts";
import { rateLimit } from "./rate-limited-queue.ts";
import { retryingFetch } from "./retrying-fetch.ts";

/** Two clients of one tenant, which share one access token. */
export interface ManagementApi {
  /** Repeats a call that the rate limit, the server or the network made fail. */
  readonly client: ManagementClient;
  /**
   * Makes each call once: for a write that is merged from what was read. Sent again later it would undo what others
   * did meanwhile, so its caller has to read again first.
   */
  readonly clientWithoutRetries: ManagementClient;
  /** The scopes of the access token last used; undefined before the first call, and for a token that is no JWT. */
  grantedScopes(): readonly string[] | undefined;
}

/** @throws Error naming each missing setting, where it may stand and what it is for */
export function openManagementApi(config: Auth0ProviderConfig, environment: NodeJS.ProcessEnv): ManagementApi {
  return connect(readProviderSettings(config, environment));
}

const shared = new Map<string, ManagementApi>();

/** As `openManagementApi`, but once in this process for each tenant and client: they need one access token together. */
export function sharedManagementApi(config: Auth0ProviderConfig, environment: NodeJS.ProcessEnv): ManagementApi {
  const settings = readProviderSettings(config, environment);
  const key = JSON.stringify(settings);
  const api = shared.get(key) ?? connect(settings);
  shared.set(key, api);
  return api;
}

function connect({ domain, audience, credentials }: Auth0ProviderSettings): ManagementApi {
  const fetchWithRetries = retryingFetch(fetchOnce, rateLimit);
  const options = { domain, maxRetries: 0, timeoutInSeconds: 3600, telemetry: false };
  const { getToken } = createManagementAuth({
    ...{ ...options, ...credentials, fetch: fetchWithRetries },
    ...(audience !== undefined && { audience }),
  });
  let lastToken: string | undefined;
  const token = async () => (lastToken = await getToken());
  return {
    client: new ManagementClient({ ...options, token, fetch: fetchWithRetries }),
    clientWithoutRetries: new ManagementClient({ ...options, token, fetch: fetchOnce }),
    grantedScopes: () => (lastToken === undefined ? undefined : scopesOf(lastToken)),
  };
}

/** The SDK's own signal counts the waits of retries too, so each attempt has a time limit of its own. */
const fetchOnce: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(30_000) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { host } = new URL(input instanceof Request ? input.url : input);
    throw new Error(`${host} could not be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
  });

function scopesOf(token: string): readonly string[] | undefined {
  try {
    const { scope } = decodeJwt(token);
    return typeof scope === "string" ? scope.split(" ") : undefined;
  } catch {
    return undefined;
  }
}
