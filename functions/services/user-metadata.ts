// `user_metadata.picture`, read and written by the Management API.
import { startRetries } from "../../components/auth0/retrying-fetch.ts";
import { pause, signalWithin } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { MachineToken } from "./machine-token.ts";

/** The tenant has no such user, any more. */
export class NoSuchUserError extends Error {
  override readonly name = "NoSuchUserError";
}

/** Auth0 did not do as it was asked, or did not say so. The message is for a log. */
export class TenantError extends Error {
  override readonly name = "TenantError";
}

/** The metadata of users, for one invocation. */
export interface UserMetadata {
  /** The value of `user_metadata.picture`, whatever it is. @throws NoSuchUserError, TenantError, DeadlineError */
  readPicture(userId: string): Promise<unknown>;
  /** `null` takes it away. @throws NoSuchUserError, TenantError, DeadlineError */
  writePicture(userId: string, url: string | null): Promise<void>;
}

export interface UserMetadataOptions {
  readonly domain: string;
  readonly reader: MachineToken;
  /** Undefined: `writePicture` is never called. */
  readonly writer: MachineToken | undefined;
  /** Reads an SSM parameter. */
  readonly readSecret: (parameter: string) => Promise<string>;
  readonly deadline: Deadline;
  readonly fetch?: typeof fetch;
}

/** In milliseconds, of one call. */
const callLimit = 5000;

export function userMetadata(options: UserMetadataOptions): UserMetadata {
  const { reader, writer, readSecret } = options;
  const ask = (path: string, init: RequestInit) => askUntilAnswered(options, path, init);

  async function call(token: MachineToken, path: string, init: RequestInit): Promise<unknown> {
    const send = async () =>
      ask(path, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${await token.get({ ask, readSecret })}` },
      });
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
  }

  const pathOf = (userId: string) => `/api/v2/users/${encodeURIComponent(userId)}`;
  return {
    async readPicture(userId) {
      const query = "?fields=user_metadata&include_fields=true";
      const user = (await call(reader, pathOf(userId) + query, { method: "GET" })) as {
        user_metadata?: { picture?: unknown };
      };
      return user.user_metadata?.picture;
    },
    async writePicture(userId, picture) {
      if (writer === undefined) throw new TenantError("No client may write.");
      const body = JSON.stringify({ user_metadata: { picture } });
      const headers = { "content-type": "application/json" };
      await call(writer, pathOf(userId), { method: "PATCH", headers, body });
    },
  };
}

/** As long as it is a rate limit or a fault that passes, and there is time. */
async function askUntilAnswered(
  { domain, deadline, fetch: fetchOnce = fetch }: UserMetadataOptions,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const delayAfter = startRetries({ onReached: () => undefined, isEndless: false });
  for (;;) {
    let failure: unknown;
    const request = { ...init, signal: signalWithin(deadline, callLimit) };
    const response = await fetchOnce(`https://${domain}${path}`, request).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    const delay = delayAfter(response);
    if (delay === undefined) {
      if (response !== undefined) return response;
      throw new TenantError(`Auth0 ${init.method}: ${String(failure)}`, { cause: failure });
    }
    await response?.body?.cancel();
    await pause(deadline, delay);
  }
}
