// Who is meant by what a person wrote: a user's id, or an e-mail address.
import { CommandError } from "../terminal/command-error.ts";
import type { TenantUser, UsersApi } from "./users-api.ts";

/** Nobody, or more than one, is meant by a text. It concerns one user: the next one can be right. */
export class UnknownUserError extends CommandError {}

/**
 * An id has a `|`, and so can an address: what is nobody's id is looked for as an address.
 *
 * @throws UnknownUserError naming what was given and, of two users with one address, the id of each
 */
export async function resolveUser(users: Pick<UsersApi, "getUser" | "findByEmail">, text: string): Promise<TenantUser> {
  const given = text.trim();
  if (given === "") throw new UnknownUserError('No user is given. Write a user\'s id, "auth0|…", or e-mail address.');
  const isAddress = given.includes("@");
  if (given.includes("|") || !isAddress) {
    const user = await users.getUser(given);
    if (user !== undefined) return user;
  }
  const found = isAddress ? await users.findByEmail(given) : [];
  const [user, other] = found;
  if (user === undefined) throw new UnknownUserError(describeMissing(given, isAddress));
  if (other === undefined) return user;
  const list = found.map((one) => `${shown(one.user_id)} (${connectionsOf(one)})`).join(", ");
  throw new UnknownUserError(
    `${found.length} users have the e-mail address ${shown(given)}: ${list}. Write the id of the one that is meant.`,
  );
}

function describeMissing(given: string, isAddress: boolean): string {
  const searched = given.includes("|") ? (isAddress ? "id or e-mail address" : "id") : "e-mail address";
  if (isAddress) return `The tenant has no user with the ${searched} ${shown(given)}.`;
  const hint = given.includes("|") ? "" : ' An id has a "|", such as "auth0|5f7c8ec7c33c6c004bbafe82".';
  return `The tenant has no user with the id ${shown(given)}.${hint}`;
}

const connectionsOf = ({ identities = [] }: TenantUser) =>
  identities.map(({ connection }) => connection).join(" and ") || "no connection";

const shown = (text: string) => JSON.stringify(text);
