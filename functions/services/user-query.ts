// The tenant's search of users, as queries in Lucene's syntax (Auth0 docs, "User Search Query Syntax").

export const phrase = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** The parts of a user's id: `samlp|a-directory|ada` is `a-directory|ada` at `samlp`. */
export function identityOf(userId: string): { readonly provider: string; readonly user_id: string } {
  const at = userId.indexOf("|");
  return { provider: userId.slice(0, Math.max(at, 0)), user_id: userId.slice(at + 1) };
}

/** Finds to whom the account is linked; and who has the provider in one identity and the id in another. */
export function linkedQuery(userId: string): string {
  const { provider, user_id } = identityOf(userId);
  return `identities.user_id:${phrase(user_id)} AND identities.provider:${phrase(provider)}`;
}

/** In lists that are each short enough for one URL. @param lengthOf what an id adds to the URL, in characters */
export function listsForUrls(
  userIds: Iterable<string>,
  limits: { readonly mostIds: number; readonly mostCharacters: number },
  lengthOf: (userId: string) => number,
): string[][] {
  const lists: string[][] = [];
  let characters = 0;
  for (const id of userIds) {
    const length = lengthOf(id);
    const last = lists.at(-1);
    if (last === undefined || last.length === limits.mostIds || characters + length > limits.mostCharacters) {
      lists.push([id]);
      characters = length;
    } else {
      last.push(id);
      characters += length;
    }
  }
  return lists;
}
