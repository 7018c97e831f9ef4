// `user_metadata.picture`, read and written by the Management API.
import { managementApi, TenantError } from "./management-api.ts";
import type { TenantAccess } from "./management-api.ts";
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
    async readPicture(userId) {
      const query = "?fields=user_metadata&include_fields=true";
      return pictureOf(await call(reader, userPath(userId) + query, { method: "GET" }));
    },
    async writePicture(userId, picture) {
      if (writer === undefined) throw new TenantError("No client may write.");
      const body = JSON.stringify({ user_metadata: { picture } });
      const headers = { "content-type": "application/json" };
      await call(writer, userPath(userId), { method: "PATCH", headers, body });
    },
  };
}

/** Of the Management API. */
export const userPath = (userId: string) => `/users/${encodeURIComponent(userId)}`;

/** What a user's metadata says; undefined where it says nothing. */
export const pictureOf = (user: unknown): unknown =>
  (user as { readonly user_metadata?: { readonly picture?: unknown } }).user_metadata?.picture;
