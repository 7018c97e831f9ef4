// Auth0's Management API, in one invocation: with a client's token, again where that can help, and until the deadline.
import { startRetries } from "../../components/auth0/retrying-fetch.ts";
import { pause, signalWithin } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { ClientProofs, MachineToken } from "./machine-token.ts";

/** The tenant has no such user, any more. */
export class NoSuchUserError extends Error {
  override readonly name = "NoSuchUserError";
}

/** Auth0 did not do as it was asked, or did not say so. The message is for a log. */
export class TenantError extends Error {
  override readonly name = "TenantError";
}

export interface TenantAccess {
  readonly domain: string;
  readonly proofs: ClientProofs;
  readonly deadline: Deadline;
  /** Of those who share the tenant's rate limit. @default none: a person waits for the answer */
  readonly pace?: Pace;
  readonly fetch?: typeof fetch;
}

/** Decides when a call is made. */
export interface Pace {
  /** Resolves when the next call may be made. @throws DeadlineError */
  turn(): Promise<void>;
  /** Is told of each answer. */
  heed(answer: Pick<Response, "headers">): void;
}

/** Makes a call of the Management API. @throws NoSuchUserError, TenantError, DeadlineError */
export type CallTenant = (token: MachineToken, path: string, init: RequestInit) => Promise<unknown>;

/** In milliseconds, of one call. */
const callLimit = 5000;

export function managementApi(access: TenantAccess): CallTenant {
  const { domain, proofs, pace } = access;
  const ask = (path: string, request: () => Promise<RequestInit>) =>
    askUntilAnswered(access, path, async () => {
      await pace?.turn();
      return request();
    });
  // A token costs none of the Management API's calls.
  const askForToken = (path: string, request: () => Promise<RequestInit>) => askUntilAnswered(access, path, request);

  return async (token, path, init) => {
    const send = async () => {
      const authorization = `Bearer ${await token.get({ domain, ask: askForToken, proofs })}`;
      return ask(`/api/v2${path}`, async () => ({ ...init, headers: { ...init.headers, authorization } }));
    };
    let response = await send();
    // The client's tokens were revoked, or the tenant's key was changed.
    if (response.status === 401) {
      token.forget();
      response = await send();
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body;
    // A 404 of anything else, such as of a domain that is no tenant's, says nothing about the user.
    const { errorCode } = (body ?? {}) as { errorCode?: unknown };
    if (response.status === 404 && errorCode === "inexistent_user")
      throw new NoSuchUserError("The user does not exist.");
    throw new TenantError(`Auth0 ${init.method}: ${response.status} ${String(errorCode)}`);
  };
}

/** As long as it is a rate limit or a fault that passes, and there is time. */
async function askUntilAnswered(
  { domain, deadline, pace, fetch: fetchOnce = fetch }: TenantAccess,
  path: string,
  request: () => Promise<RequestInit>,
): Promise<Response> {
  const delayAfter = startRetries({ onReached: () => undefined, isEndless: false });
  for (;;) {
    const init = await request();
    let failure: unknown;
    // The token, or the client's secret, is for the tenant alone.
    const sent = { ...init, redirect: "manual", signal: signalWithin(deadline, callLimit) } as const;
    const response = await fetchOnce(`https://${domain}${path}`, sent).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (response !== undefined) pace?.heed(response);
    const delay = delayAfter(response);
    if (delay === undefined) {
      if (response !== undefined) return response;
      throw new TenantError(`Auth0 ${init.method}: ${String(failure)}`, { cause: failure });
    }
    await response?.body?.cancel();
    await pause(deadline, delay);
  }
}
