// Who logs in: a connection's user is found or, with an identity provider, created and synced from its profile. There
// are no passwords.
import { isDatabase, syncMode } from "./connections.ts";
import { OAuthError } from "./errors.ts";
import { now, profilesOf, rootAttributes } from "./tenant-state.ts";
import type { Connection, Profile, State, User } from "./tenant-state.ts";
import { createUser, findByEmail, findByIdentity, generatedAttributes } from "./users.ts";

export interface Authentication {
  readonly user: User;
  readonly connection: Connection;
  /** When the user gave their credentials, as an ISO time: before this login, if a session stands for them. */
  readonly at: string;
}

/**
 * Authenticates a user, as a login with credentials does, which counts.
 *
 * @param loginHint the user: the e-mail address or, with an identity provider, the subject
 * @throws OAuthError if there is no such connection, or if the user is not found or may not be created
 */
export function authenticate(state: State, connectionName: string, loginHint: string): Authentication {
  const connection = state.connections.find(({ name }) => name === connectionName);
  if (!connection) throw new OAuthError("invalid_request", "the connection was not found");
  const user = isDatabase(connection)
    ? findByEmail(state, connection, loginHint)
    : syncUser(state, connection, findProfile(state, connection, loginHint));
  if (!user) throw new OAuthError("access_denied", "Wrong email or password.");
  const at = now();
  user.logins_count += 1;
  user.last_login = at;
  return { user, connection, at };
}

function findProfile(state: State, { name }: Connection, hint: string): Profile {
  const profile = profilesOf(state, name).find(({ sub, email }) => sub === hint || email === hint);
  if (!profile) throw new OAuthError("access_denied", `The identity provider of ${name} does not know ${hint}`);
  return profile;
}

/** Auth0 docs, "Configure Connection Sync with Auth0", and the Management API's description of the three values. */
function syncUser(state: State, connection: Connection, profile: Profile): User {
  const { sub, email } = profile;
  const mode = syncMode(connection);
  const found = findByIdentity(state, connection, sub);
  const known = found?.user;
  if (known && mode !== "on_each_login") return known;
  // Auth0 docs, "User Account Linking": root attributes are the primary account's; a linked one has its own.
  if (found?.identity.profileData) {
    const { sub: _, ...attributes } = profile;
    found.identity.profileData = { ...found.identity.profileData, ...attributes };
    return found.user;
  }
  if (mode === "never_on_login") throw new OAuthError("access_denied", "The connection does not create users at login");
  const user = known ?? createUser(state, connection, { sub, email, email_verified: true });
  const attributes = { ...generatedAttributes(email, profile.name), ...profile };
  for (const name of rootAttributes) {
    const value = attributes[name];
    if (value === undefined) delete user[name];
    else user[name] = value;
  }
  if (known) user.updated_at = now();
  return user;
}
