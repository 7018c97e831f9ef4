// The Management API's users: it creates database users, refuses changes of root attributes that the connection syncs,
// and merges metadata.
import { hash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { isDatabase, isSocial, ownsRootAttributes, qualifiesUserIds } from "./connections.ts";
import { ManagementApiError } from "./errors.ts";
import type { Unchanging } from "./records.ts";
import { needs, nonEmptyText, pageOf, paginate, selectFields } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, now, removeUsers, rootAttributes } from "./tenant-state.ts";
import type { Connection, Identity, JsonObject, RootAttributes, State, User } from "./tenant-state.ts";
import { searchUsers } from "./user-search.ts";

interface UserChange extends Partial<Record<keyof RootAttributes, string | null>> {
  email?: string;
  email_verified?: boolean;
  password?: string;
  /**
   * The user's connection. Auth0 needs it for some attributes of a secondary identity, which users do not have here.
   */
  connection?: string;
  user_metadata?: JsonObject;
  app_metadata?: JsonObject;
}

const optionalText = { type: ["string", "null"], minLength: 1 };
/** Names have no dot and no dollar sign (Auth0 docs, "Metadata Field Names and Data Types"). */
const metadata = { type: "object", propertyNames: { pattern: "^[^.$]*$" } };
const changeSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    connection: nonEmptyText,
    email: { ...nonEmptyText, pattern: "^[^@\\s]+@[^@\\s]+$" },
    email_verified: { type: "boolean" },
    password: nonEmptyText,
    ...Object.fromEntries(rootAttributes.map((name) => [name, optionalText])),
    user_metadata: metadata,
    app_metadata: metadata,
  },
};
const createSchema = {
  ...changeSchema,
  properties: { ...changeSchema.properties, user_id: nonEmptyText },
  required: ["connection", "email", "password"],
};

/** The users as the search finds them, which may be later than they are. */
export interface UserIndex {
  users(): readonly Unchanging<User>[];
  hold(isHeld: boolean): void;
}

export function openUserIndex({ users }: State): UserIndex {
  let indexed: readonly Unchanging<User>[] | undefined;
  return {
    users: () => indexed ?? users.all,
    hold(isHeld) {
      indexed = isHeld ? structuredClone(users.all) : undefined;
    },
  };
}

export function registerUsers(api: FastifyInstance, state: State, index: UserIndex): void {
  api.get<{ Querystring: Query }>("/users", needs("read:users"), ({ query }) => {
    requireWithinSearch(query);
    const { items, page, perPage, total } = paginate(searchUsers(index.users(), query), query);
    const users = items.map((user) => selectFields(user, query));
    if (query["include_totals"] !== "true") return users;
    return { users, start: page * perPage, limit: perPage, length: users.length, total };
  });

  // Management API, "Search Users by Email": the case matters, and a database has addresses in lower case.
  api.get<{ Querystring: Query }>("/users-by-email", needs("read:users"), ({ query }) =>
    state.users.all.filter(({ email }) => email === query["email"]).map((user) => selectFields(user, query)),
  );

  api.post<{ Body: UserChange & { connection: string; email: string; user_id?: string } }>(
    "/users",
    needs("create:users", createSchema),
    ({ body }, reply) => {
      const connection = state.connections.find(({ name }) => name === body.connection);
      if (!connection) throw new ManagementApiError(404, "The connection does not exist.", "inexistent_connection");
      if (!isDatabase(connection)) {
        const reason = `The sandbox creates users of database connections only; those of ${connection.strategy} log in`;
        throw new ManagementApiError(400, reason, "operation_not_supported");
      }
      if (findByEmail(state, connection, body.email)) {
        throw new ManagementApiError(409, "The user already exists.", "auth0_idp_error");
      }
      // Auth0 Management API, "Create a User": `user_id` is the part after the provider's name.
      const { user_id: sub = newId(24), email, email_verified = false, name } = body;
      if (state.users.has(userIdOf(connection, sub))) {
        throw new ManagementApiError(409, "The user already exists.", "auth0_idp_error");
      }
      const user = createUser(state, connection, { sub, email, email_verified, name });
      return reply.code(201).send(changeUser(user, body));
    },
  );

  api.get<{ Params: { id: string }; Querystring: Query }>("/users/:id", needs("read:users"), ({ params, query }) =>
    selectFields(findUser(state, params.id), query),
  );

  api.patch<{ Params: { id: string }; Body: UserChange }>(
    "/users/:id",
    needs("update:users", changeSchema),
    ({ params, body }) => {
      const user = findUser(state, params.id);
      requireOwnRootAttributes(state, user, body);
      return changeUser(user, body);
    },
  );

  api.delete<{ Params: { id: string } }>("/users/:id", needs("delete:users"), ({ params }, reply) => {
    removeUsers(state, [params.id]);
    return reply.code(204).send();
  });
}

/** Docs, "View Search Results by Page": at most 1,000 users. The message is the one in auth0/node-auth0 #1246. */
function requireWithinSearch(query: Query): void {
  const { page, perPage } = pageOf(query);
  if ((page + 1) * perPage <= 1000) return;
  throw new ManagementApiError(
    400,
    "You can only page through the first 1000 records. See " +
      "https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation",
    "invalid_paging",
  );
}

/** Auth0 docs, "Configure Connection Sync with Auth0". The message is the one in rfcx/arbimon #1397. */
function requireOwnRootAttributes(state: State, user: User, change: UserChange): void {
  const connection = state.connections.find(({ name }) => name === user.identities[0]?.connection);
  const refused = rootAttributes.filter((name) => change[name] !== undefined);
  if (refused.length === 0 || !connection || ownsRootAttributes(connection)) return;
  throw new ManagementApiError(
    400,
    `The following user attributes cannot be updated: ${refused.join(", ")}. The connection (${connection.name}) ` +
      "must either be a database connection (using the Auth0 store), a passwordless connection (email or sms) or has " +
      "disabled 'Sync user profile attributes at each login'. For more information, see " +
      "https://auth0.com/docs/dashboard/guides/connections/configure-connection-sync",
    "operation_not_supported",
  );
}

export function changeUser(user: User, change: UserChange): User {
  const { email, email_verified, user_metadata, app_metadata } = change;
  for (const name of rootAttributes) {
    const value = change[name];
    if (value === null) delete user[name];
    else if (value !== undefined) user[name] = value;
  }
  if (email !== undefined) user.email = user.identities[0]?.provider === "auth0" ? email.toLowerCase() : email;
  if (email_verified !== undefined) user.email_verified = email_verified;
  if (user_metadata) user.user_metadata = mergeMetadata(user.user_metadata, user_metadata);
  if (app_metadata) user.app_metadata = mergeMetadata(user.app_metadata, app_metadata);
  return Object.assign(user, { updated_at: now() });
}

/** Merges the first level; `null` removes a key, `{}` all keys (docs, "Manage Metadata Using the Management API"). */
export function mergeMetadata(current: JsonObject | undefined, patch: JsonObject): JsonObject {
  const merged = Object.keys(patch).length === 0 ? {} : { ...current, ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** `strategy|subject`, or `strategy|connection|subject` if the subjects are unique in one directory only. */
export const userIdOf = (connection: Connection, sub: string) =>
  `${connection.strategy}|${identityIdOf(connection, sub)}`;

const identityIdOf = (connection: Connection, sub: string) =>
  qualifiesUserIds(connection) ? `${connection.name}|${sub}` : sub;

interface NewUser {
  sub: string;
  email: string;
  email_verified: boolean;
  name?: string | null | undefined;
}

/**
 * Adds a user, with the root attributes that Auth0 generates and no others. The addresses in a database are in lower
 * case (Management API, "Search Users by Email").
 */
export function createUser(
  state: State,
  connection: Connection,
  { sub, email_verified, name, ...given }: NewUser,
): User {
  const { name: connectionName, strategy: provider } = connection;
  const email = isDatabase(connection) ? given.email.toLowerCase() : given.email;
  const created_at = now();
  const user: User = {
    user_id: userIdOf(connection, sub),
    email,
    email_verified,
    ...generatedAttributes(email, name ?? email),
    identities: [
      { connection: connectionName, provider, user_id: identityIdOf(connection, sub), isSocial: isSocial(connection) },
    ],
    created_at,
    updated_at: created_at,
    logins_count: 0,
  };
  return state.users.add(user);
}

/**
 * The attributes that Auth0 generates if they are not given: the name is the e-mail address, the nickname its local
 * part, and the picture a Gravatar address that falls back to the initials (docs, "Normalized User Profile Schema"; the
 * address is in "Add Login Using the Authorization Code Flow").
 */
export function generatedAttributes(email: string, name = email) {
  const nickname = email.slice(0, email.indexOf("@"));
  const words = name.includes("@") ? [] : name.split(/\s+/).filter((word) => word !== "");
  const initials = words.length > 1 ? words.map((word) => [...word][0]).join("") : (words[0] ?? nickname);
  // By characters: half of one that is a pair of code units has no form in a URL.
  const shown = [...initials].slice(0, 2).join("").toLowerCase().toWellFormed();
  const fallback = `https://cdn.auth0.com/avatars/${shown}.png`;
  const emailHash = hash("md5", email.toLowerCase());
  const picture = `https://s.gravatar.com/avatar/${emailHash}?s=480&r=pg&d=${encodeURIComponent(fallback)}`;
  return { name, nickname, picture };
}

/** The user whose own account or linked one in this connection has the e-mail address. */
export function findByEmail({ users }: State, { name }: Connection, email: string): User | undefined {
  const wanted = email.toLowerCase();
  const found = users.all.find((user) =>
    user.identities.some(
      ({ connection, profileData = { email: user.email } }) =>
        connection === name && (profileData["email"] as string | undefined)?.toLowerCase() === wanted,
    ),
  );
  return found && users.get(found.user_id);
}

/** The user that the subject of an identity provider is, or is linked to; and which of its identities that is. */
export function findByIdentity(state: State, connection: Connection, sub: string) {
  const id = identityIdOf(connection, sub);
  const isSubject = (one: Unchanging<Identity>) => one.connection === connection.name && one.user_id === id;
  const found = state.users.all.find(({ identities }) => identities.some(isSubject));
  const user = found && state.users.get(found.user_id);
  const identity = user?.identities.find(isSubject);
  return user && identity && { user, identity };
}

export function findUser(state: State, id: string): User {
  const user = state.users.get(id);
  if (!user) throw new ManagementApiError(404, "The user does not exist.", "inexistent_user");
  return user;
}
