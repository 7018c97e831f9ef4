// How the SDK reaches the Management API: in turn with all other calls, again where that can help, and with a token
// that is valid.
import { setTimeout as sleep } from "node:timers/promises";
import type { Auth0ProviderSettings } from "../../components/auth0/provider-settings.ts";
import { longestRateLimit, startRetries } from "../../components/auth0/retrying-fetch.ts";
import type { SharedLimit } from "../../components/auth0/retrying-fetch.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { RatePace } from "./rate-pace.ts";
import { refusedTokenError } from "./tenant-token.ts";
import type { TenantToken } from "./tenant-token.ts";

export interface TenantFetchOptions {
  readonly settings: Auth0ProviderSettings;
  readonly pace: RatePace;
  readonly token: TenantToken;
  readonly signal: AbortSignal;
  readonly fetchOnce: typeof fetch;
  readonly limit: SharedLimit;
}

/** In milliseconds, of one attempt. */
const attemptLimit = 30_000;

/**
 * One attempt. The signal that the SDK sends along counts the waits for the rate limit too, so each attempt has a limit
 * of its own. The token is for the tenant alone, and for no address that it names.
 */
export function attempt(fetchOnce: typeof fetch): typeof fetch {
  return (input, init) =>
    fetchOnce(input, { ...init, redirect: "error", signal: AbortSignal.timeout(attemptLimit) }).catch(
      (error: unknown) => {
        const { host } = new URL(input instanceof Request ? input.url : input);
        throw new Error(`${host} could not be reached: ${reasonOf(error)}`, { cause: error });
      },
    );
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // Of several addresses, each with an error, the error of all has no message.
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as unknown[]) : [];
  return first instanceof Error ? first.message : String(first);
}

/**
 * Waits end with the signal, but for those of a change: PATCH.
 *
 * @throws CommandError where no later call can do better
 */
export function tenantFetch({ settings, pace, token, signal, fetchOnce, limit }: TenantFetchOptions): typeof fetch {
  return async (input, init) => {
    const delayAfter = startRetries(limit);
    // A change is the last step of several, which Ctrl-C is not to leave half-done.
    const isPromised = init?.method === "PATCH";
    const endpoint = endpointOf(input, init);
    let isRenewed = false;
    for (;;) {
      if (!isPromised) signal.throwIfAborted();
      const used = await token.get();
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${used}`);
      let failure: unknown;
      const response = await pace
        .send(() => fetchOnce(input, { ...init, headers }), { endpoint, isPromised })
        .catch((error: unknown) => {
          if (error === signal.reason) throw error;
          failure = error;
          return undefined;
        });
      if (response?.status === 401) {
        if (isRenewed || !token.forget(used)) throw refusedTokenError(settings);
        isRenewed = true;
        await response.body?.cancel();
        continue;
      }
      if (response?.status === 429 && (await isBusy(response))) return response;
      const delay = delayAfter(response);
      if (delay === undefined) {
        if (response?.status === 429) throw endlessLimitError();
        if (response === undefined) throw failure;
        return response;
      }
      await response?.body?.cancel();
      // For the rate limit the pace waits, with all other calls.
      const isHeld = response?.status === 429 && (response.headers.get("x-ratelimit-remaining") ?? "0") === "0";
      if (!isHeld) await sleep(delay, undefined, isPromised ? {} : { signal });
    }
  };
}

/** `PATCH users` for `PATCH /api/v2/users/auth0%7C1`. */
function endpointOf(input: string | URL | Request, init: RequestInit | undefined): string {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  return `${init?.method ?? "GET"} ${pathname.split("/")[3] ?? ""}`;
}

/**
 * Auth0 has no room for another import job, whatever the rate limit is. When it has, is for the caller to find out: it
 * can take hours.
 */
const isBusy = async (response: Response) =>
  response.url.endsWith("/jobs/users-imports") && /active import/i.test(await response.clone().text());

const endlessLimitError = () =>
  new CommandError(
    `Auth0 has answered 429 for ${longestRateLimit / 60_000} minutes, whenever a call was made: something else uses ` +
      `up the tenant's rate limit. Find it in the tenant's logs ("api_limit"), and run this command again.`,
  );
