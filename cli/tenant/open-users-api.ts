// The tenant's users by the official SDK.
import type { ManagementClient } from "auth0";
import { exportUsers } from "./every-user.ts";
import { apiErrorOf, explained, TenantCallError } from "./tenant-error.ts";
import { tenantUser, userFields } from "./tenant-user.ts";
import { ReadOnlyPictureError } from "./users-api.ts";
import type { TenantUser, UserChange, UsersApi } from "./users-api.ts";
import { listsForUrls, phrase } from "../../functions/services/user-query.ts";

export interface UsersApiOptions {
  /** Its calls keep the tenant's rate limit. */
  readonly management: ManagementClient;
  readonly signal: AbortSignal;
  /** For what is not the Management API: the file of an export. */
  readonly fetch: typeof fetch;
}

/** Ids for one search; and the characters that they take of its URL. */
const mostIds = 50;
const mostCharacters = 4000;

const selection = { fields: userFields.join(","), include_fields: true };

export function openUsersApi({ management, signal, fetch }: UsersApiOptions): UsersApi {
  const call = <T>(answer: PromiseLike<T>): Promise<T> => explained(answer, signal);
  const { users } = management;

  async function getUser(userId: string): Promise<TenantUser | undefined> {
    if (!isId(userId)) return undefined;
    return requireUser(await unlessUnknown(call(users.get(userId, selection))), userId);
  }

  async function findUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, TenantUser>> {
    const found = new Map<string, TenantUser>();
    for (const ids of listsForUrls(new Set(userIds.filter(isId)), { mostIds, mostCharacters }, lengthInUrl)) {
      const q = ids.map((id) => `user_id:${phrase(id)}`).join(" OR ");
      const page = await call(users.list({ q, search_engine: "v3", per_page: 100, ...selection }));
      const wanted = new Set(ids);
      for (const user of page.data.flatMap((one) => tenantUser(one) ?? []))
        if (wanted.has(user.user_id)) found.set(user.user_id, user);
    }
    return found;
  }

  return {
    getUser,
    findUsers,
    async findByEmail(email) {
      // Databases keep addresses in lower case, other connections as their providers write them; and Auth0 compares
      // them letter by letter.
      const found = new Map<string, TenantUser>();
      for (const written of new Set([email, email.toLowerCase()])) {
        if (!written.isWellFormed()) continue;
        const answer = await unlessUnknown(call(users.listUsersByEmail({ email: written, ...selection })));
        for (const user of (answer ?? []).flatMap((one) => tenantUser(one) ?? [])) found.set(user.user_id, user);
      }
      return [...found.values()];
    },
    async updateUser(userId, change: UserChange) {
      if (!isId(userId)) return undefined;
      try {
        return requireUser(await unlessUnknown(call(users.update(userId, change as WrittenChange))), userId);
      } catch (error) {
        if (!("picture" in change) || !(error instanceof TenantCallError)) throw error;
        if (error.code !== "operation_not_supported") throw error;
        throw new ReadOnlyPictureError(await connectionOf(error, userId), { cause: error });
      }
    },
    everyUser: (connectionId) => exportUsers({ management, signal, fetch, findUsers, getUser, call, connectionId }),
  };

  /** The one that the refusal names, or else the user's own. */
  async function connectionOf(error: TenantCallError, userId: string): Promise<string> {
    const [, named] = /The connection \(([^)]+)\)/.exec(apiErrorOf(error.cause).message ?? "") ?? [];
    return named ?? (await getUser(userId))?.identities?.[0]?.connection ?? "of this user";
  }
}

/** The SDK's types let nobody take a picture away. */
type WrittenChange = Parameters<ManagementClient["users"]["update"]>[1];

/** Auth0 says 404 of an id that nobody has, and 400 of a text that nobody can have as an id. */
async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TenantCallError)) throw error;
    if (error.status === 404 && error.code === "inexistent_user") return undefined;
    if (error.status === 400 && /^invalid_(uri|query_string)$/.test(error.code ?? "")) return undefined;
    throw error;
  }
}

/** What is not the user must not be taken for it. */
function requireUser(answer: unknown, userId: string): TenantUser | undefined {
  if (answer === undefined) return undefined;
  const user = tenantUser(answer);
  if (user?.user_id === userId) return user;
  throw new TenantCallError(`Auth0's answer for ${JSON.stringify(userId)} is another user.`, undefined, undefined);
}

/** Whether it can stand in a path: the others would name another resource, or have no form in a URL. */
const isId = (text: string) => text !== "" && text !== "." && text !== ".." && text.isWellFormed();

const lengthInUrl = (userId: string) => encodeURIComponent(`user_id:${phrase(userId)} OR `).length;
