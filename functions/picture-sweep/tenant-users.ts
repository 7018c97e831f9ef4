// The tenant's users, as the sweep asks for them.
import { managementApi, NoSuchUserError, TenantError } from "../services/tenant-calls.ts";
import type { TenantAccess } from "../services/tenant-calls.ts";
import type { MachineToken } from "../services/machine-token.ts";
import { picturesOf, readPictures, userPath } from "../services/user-metadata.ts";
import { identityOf, linkedQuery, listsForUrls, phrase } from "../services/user-query.ts";

export interface TenantUsers {
  /**
   * What the tenant's search knows: the values that can name a picture, by the user's id. It may be behind by seconds,
   * so that a user who is missing, or has another picture, is a reason to ask and no more.
   */
  search(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly unknown[]>>;
  /** As they are now. @throws NoSuchUserError */
  readPictures(userId: string): Promise<readonly unknown[]>;
  /**
   * Of the user to whom this one was linked, and who may name this one's pictures since; and the root picture that this
   * one had, which a login can show.
   *
   * @throws NoSuchUserError where there is none by the search, which may be behind. TenantError where it says what is
   * not so any more
   */
  readLinkedPictures(userId: string): Promise<readonly unknown[]>;
}

interface Identity {
  readonly provider: string;
  readonly user_id: string | number;
  /** What the account's own profile was. */
  readonly profileData?: { readonly picture?: unknown } | null;
}

interface FoundUser {
  readonly user_id: string;
  readonly identities?: readonly Identity[];
}

/** Ids for one search; and the characters that they take of its URL. */
export const mostIds = 50;
const mostCharacters = 4000;

export function tenantUsers(reader: MachineToken, access: TenantAccess): TenantUsers {
  const call = managementApi(access);
  const get = (path: string) => call(reader, path, { method: "GET" });
  const find = async (q: string, fields: string): Promise<readonly FoundUser[]> => {
    const query = { q, search_engine: "v3", per_page: "100", fields, include_fields: "true" };
    const users = await get(`/users?${new URLSearchParams(query).toString()}`);
    // What is no list must not say that there is nobody.
    if (!Array.isArray(users)) throw new TenantError("Auth0 GET: the answer is no list of users.");
    return users as FoundUser[];
  };
  return {
    async search(userIds) {
      const found = new Map<string, readonly unknown[]>();
      for (const ids of listsForUrls(userIds, { mostIds, mostCharacters }, lengthInUrl)) {
        const users = await find(
          ids.map((id) => `user_id:${phrase(id)}`).join(" OR "),
          "user_id,user_metadata,picture",
        );
        for (const user of users) found.set(user.user_id, picturesOf(user));
      }
      return found;
    },
    readPictures: (userId) => readPictures(get, userId),
    async readLinkedPictures(userId) {
      const own = identityOf(userId);
      const found = await find(linkedQuery(userId), "user_id");
      const query = "?fields=identities,user_metadata,picture&include_fields=true";
      const isLinked = ({ provider, user_id }: Identity) =>
        provider === own.provider && String(user_id) === own.user_id;
      let isBehind = false;
      for (const { user_id } of found) {
        const primary = (await get(userPath(user_id) + query).catch(notFound)) as FoundUser | undefined;
        const { identities = [] } = primary ?? {};
        const linked = identities.find(isLinked);
        if (linked !== undefined) return [...picturesOf(primary), linked.profileData?.picture];
        // It also finds who has the provider in one identity and the id in another.
        const hasBoth =
          identities.some(({ provider }) => provider === own.provider) &&
          identities.some(({ user_id: id }) => String(id) === own.user_id);
        isBehind ||= !hasBoth;
      }
      if (isBehind) throw new TenantError("The search names a user whom the account is not linked to.");
      throw new NoSuchUserError("The user is linked to no other.");
    },
  };
}

function notFound(error: unknown): undefined {
  if (!(error instanceof NoSuchUserError)) throw error;
}

const lengthInUrl = (userId: string) => encodeURIComponent(userId).length + 20;
