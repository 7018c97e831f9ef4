// The access token of one command's calls. The SDK keeps it until shortly before it expires by this machine's clock,
// and does not renew what Auth0 refuses (node-auth0 7.1, token-provider.ts): so a client's token that is revoked, or
// expired by Auth0's clock, is forgotten here.
import { setTimeout as sleep } from "node:timers/promises";
import { createManagementAuth } from "auth0";
import type { Auth0ProviderSettings } from "../../components/auth0/provider-settings.ts";
import { startRetries } from "../../components/auth0/retrying-fetch.ts";
import type { SharedLimit } from "../../components/auth0/retrying-fetch.ts";
import { CommandError } from "../terminal/command-error.ts";
import { describeTenantError, statusOf } from "./tenant-error.ts";

export interface TenantToken {
  /** @throws CommandError where Auth0 gives none */
  get(): Promise<string>;
  /** Auth0 refused this one. Returns whether there is another, or can be. */
  forget(token: string): boolean;
}

export interface TenantTokenOptions {
  readonly signal: AbortSignal;
  /** Makes one attempt. */
  readonly fetchOnce: typeof fetch;
  readonly limit: SharedLimit;
}

export function openTenantToken(settings: Auth0ProviderSettings, options: TenantTokenOptions): TenantToken {
  const { domain, audience, credentials } = settings;
  const open = () =>
    createManagementAuth({
      ...{ domain, ...credentials, telemetry: false, fetch: retryingTokenFetch(options) },
      ...(audience !== undefined && { audience }),
    });
  let auth = open();
  let last: string | undefined;
  return {
    async get() {
      try {
        return (last = await auth.getToken());
      } catch (error) {
        options.signal.throwIfAborted();
        throw new CommandError(describeFailure(settings, error), { cause: error });
      }
    },
    forget(token) {
      if ("token" in credentials) return false;
      // Another call may have done it.
      if (token === last) {
        auth = open();
        last = undefined;
      }
      return true;
    },
  };
}

/** The waits are this function's own: the SDK's time limit would count them. */
function retryingTokenFetch({ signal, fetchOnce, limit }: TenantTokenOptions): typeof fetch {
  return async (input, init) => {
    const delayAfter = startRetries(limit);
    for (;;) {
      let failure: unknown;
      const response = await fetchOnce(input, init).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
      const delay = delayAfter(response);
      if (delay === undefined) {
        if (response === undefined) throw failure;
        return response;
      }
      await response?.body?.cancel();
      await sleep(delay, undefined, { signal });
    }
  };
}

function describeFailure({ domain, credentials }: Auth0ProviderSettings, error: unknown): string {
  const status = statusOf(error);
  if (status === undefined) return `${describeTenantError(error)}. Check AUTH0_DOMAIN (${domain}) and the network.`;
  const { body } = error as { readonly body?: { readonly error_description?: unknown } | null };
  const said = typeof body?.error_description === "string" ? `: ${body.error_description}` : "";
  const client = "clientId" in credentials ? ` to the client ${credentials.clientId}` : "";
  const secret =
    "clientSecret" in credentials ? "AUTH0_CLIENT_SECRET" : "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY and its algorithm";
  return (
    `Auth0 gives no access token${client} (${status}${said}). Check AUTH0_CLIENT_ID and ${secret}, that ` +
    `AUTH0_DOMAIN (${domain}) is this client's tenant, and that it may call the Auth0 Management API.`
  );
}

/** Of a call that was refused with 401 although its token was new, or is none that can be renewed. */
export function refusedTokenError({ domain, credentials }: Auth0ProviderSettings): CommandError {
  if (!("token" in credentials)) {
    return new CommandError(
      `Auth0 refuses the access tokens that it gives to the client ${credentials.clientId}. ` +
        `Check that AUTH0_DOMAIN (${domain}) is the tenant's own domain, and AUTH0_AUDIENCE where it is set.`,
    );
  }
  const expired = expiryOf(credentials.token);
  const reason =
    expired !== undefined && expired < Date.now()
      ? `it expired at ${new Date(expired).toISOString()}`
      : `it is expired, revoked, or another tenant's than ${domain}`;
  return new CommandError(
    `Auth0 refuses the access token in AUTH0_API_TOKEN: ${reason}. Write a new one, or AUTH0_CLIENT_ID and ` +
      `AUTH0_CLIENT_SECRET, with which tokens are renewed.`,
  );
}

/** In milliseconds since the epoch, by what the token itself says; undefined where it says nothing. */
function expiryOf(token: string): number | undefined {
  try {
    const [, claims = ""] = token.split(".");
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
