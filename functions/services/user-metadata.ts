// `user_metadata.picture`, read and written by the Management API; and what else of a user names a picture.
import { managementApi, TenantError } from "./tenant-calls.ts";
import type { TenantAccess } from "./tenant-calls.ts";
import type { MachineToken } from "./machine-token.ts";

/** The metadata of users, for one invocation. */
export interface UserMetadata {
  /** The value of `user_metadata.picture`, whatever it is. @throws NoSuchUserError, TenantError, DeadlineError */
  readPicture(userId: string): Promise<unknown>;
  /** The values that can name a picture of the user's. @throws NoSuchUserError, TenantError, DeadlineError */
  readPictures(userId: string): Promise<readonly unknown[]>;
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
  const get = (path: string) => call(reader, path, { method: "GET" });
  return {
    readPicture: async (userId) => pictureOf(await readUser(get, userId, "user_metadata")),
    readPictures: (userId) => readPictures(get, userId),
    async writePicture(userId, picture) {
      if (writer === undefined) throw new TenantError("No client may write.");
      const body = JSON.stringify({ user_metadata: { picture } });
      const headers = { "content-type": "application/json" };
      const user = await call(writer, userPath(userId), { method: "PATCH", headers, body });
      if (!isUser(user, userId)) throw new TenantError("Auth0 PATCH: the answer is not the user.");
    },
  };
}

/** Asks the Management API. */
type Get = (path: string) => Promise<unknown>;

/** @throws NoSuchUserError, TenantError, DeadlineError */
export const readPictures = async (get: Get, userId: string): Promise<readonly unknown[]> =>
  picturesOf(await readUser(get, userId, "user_metadata,picture"));

async function readUser(get: Get, userId: string, fields: string): Promise<unknown> {
  const user = await get(`${userPath(userId)}?fields=user_id,${fields}&include_fields=true`);
  // A user without metadata has no picture. What is not the user says nothing, and must not let go a picture.
  if (!isUser(user, userId)) throw new TenantError("Auth0 GET: the answer is not the user.");
  return user;
}

const isUser = (answer: unknown, userId: string) =>
  (answer as { readonly user_id?: unknown } | null | undefined)?.user_id === userId;

/** Of the Management API. */
export const userPath = (userId: string) => `/users/${encodeURIComponent(userId)}`;

/** By the metadata, and by the root. A login can write the root, but never the URL of a picture of the store's. */
export const picturesOf = (user: unknown): readonly unknown[] => [
  pictureOf(user),
  (user as { readonly picture?: unknown }).picture,
];

/** What a user's metadata says; undefined where it says nothing. */
const pictureOf = (user: unknown): unknown =>
  (user as { readonly user_metadata?: { readonly picture?: unknown } | null }).user_metadata?.picture;
