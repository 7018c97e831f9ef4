// `user_metadata.picture`, read and written by the Management API.
import { managementApi, TenantError } from "./tenant-calls.ts";
import type { TenantAccess } from "./tenant-calls.ts";
import type { MachineToken } from "./machine-token.ts";

/** The metadata of users, for one invocation. */
export interface UserMetadata {
  /** The value of `user_metadata.picture`, whatever it is. @throws NoSuchUserError, TenantError, DeadlineError */
  readPicture(userId: string): Promise<unknown>;
  /** `null` takes it away. @throws NoSuchUserError, TenantError, DeadlineError */
  writePicture(userId: string, url: string | null): Promise<void>;
}

export interface UserMetadataOptions extends TenantAccess {
  readonly reader: MachineToken;
  /** Undefined: `writePicture` is never called. */
  readonly writer: MachineToken | undefined;
}

export function userMetadata({ reader, writer, ...access }: UserMetadataOptions): UserMetadata {
  const call = managementApi(access);
  return {
    readPicture: (userId) => readPicture((path) => call(reader, path, { method: "GET" }), userId),
    async writePicture(userId, picture) {
      if (writer === undefined) throw new TenantError("No client may write.");
      const body = JSON.stringify({ user_metadata: { picture } });
      const headers = { "content-type": "application/json" };
      const user = await call(writer, userPath(userId), { method: "PATCH", headers, body });
      if (!isUser(user, userId)) throw new TenantError("Auth0 PATCH: the answer is not the user.");
    },
  };
}

/**
 * @param get asks the Management API
 * @throws NoSuchUserError, TenantError, DeadlineError
 */
export async function readPicture(get: (path: string) => Promise<unknown>, userId: string): Promise<unknown> {
  const user = await get(`${userPath(userId)}?fields=user_id,user_metadata&include_fields=true`);
  // A user without metadata has no picture. What is not the user says nothing, and must not let go a picture.
  if (!isUser(user, userId)) throw new TenantError("Auth0 GET: the answer is not the user.");
  return pictureOf(user);
}

const isUser = (answer: unknown, userId: string) =>
  (answer as { readonly user_id?: unknown } | null | undefined)?.user_id === userId;

/** Of the Management API. */
export const userPath = (userId: string) => `/users/${encodeURIComponent(userId)}`;

/** What a user's metadata says; undefined where it says nothing. */
export const pictureOf = (user: unknown): unknown =>
  (user as { readonly user_metadata?: { readonly picture?: unknown } | null }).user_metadata?.picture;
