// What an import reads, from a table or from a folder: whose picture it is, and where the picture is.

export interface ImportRow {
  /** Where it stands, for people: `line 12`, or a file's name. */
  readonly place: string;
  /** A user's id or e-mail address, as it is written. */
  readonly user: string;
  /** As it is written: a path from the source's folder, with slashes, or a URL. */
  readonly picture: string;
  /** Undefined where there is a refusal. */
  readonly source: PictureLocation | undefined;
  /** Why it cannot be imported. The rows after it can. */
  readonly refusal: string | undefined;
}

export type PictureLocation =
  /** Where there is nothing at the URL, there may be at the original one. */
  | { readonly url: string; readonly original?: string }
  /** An absolute path, and the folder out of which no link may lead. */
  | { readonly file: string; readonly within: string };

export interface ImportSource {
  /** Of what it has: another after a change. */
  readonly fingerprint: string;
  /** How many rows, those with a refusal too. */
  readonly total: number;
  /** From which the pictures' paths are; absolute. */
  readonly folder: string;
  /** In their order. It can be called again, and reads again. */
  rows(): AsyncIterable<ImportRow>;
}

/** What a user's name is: an id has a connection before a bar. */
export type UserName = { readonly id: string } | { readonly email: string };

/** Undefined for what is neither. */
export function userName(text: string): UserName | undefined {
  if (/\p{Cc}/u.test(text)) return undefined;
  if (/^[^|]+\|./.test(text)) return { id: text };
  return /^[^\s@]+@[^\s@]+$/.test(text) ? { email: text } : undefined;
}

/** The same for the same user, as far as it can be told without asking: case matters in ids alone. */
export function userKey(text: string): string {
  return text.includes("|") ? text : text.toLowerCase();
}

/** What refuses a row by the user that it names; undefined for a name that can be one. */
export function userRefusal(user: string, what: string): string | undefined {
  if (userName(user) !== undefined) return undefined;
  return `${what} names no user: a user_id (such as auth0|65f…) or an e-mail address is needed.`;
}

/** Users who are there more than once, with all of their places. */
export class RepeatedUsers {
  readonly #first = new Map<string, string>();
  readonly #places = new Map<string, string[]>();

  add({ user, place }: Pick<ImportRow, "user" | "place">): void {
    const key = userKey(user);
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, place);
    else this.#places.set(key, [...(this.#places.get(key) ?? [first]), place]);
  }

  /** All have been added: what only finds a second one is let go. */
  close(): this {
    this.#first.clear();
    return this;
  }

  /** Which of them is meant nobody can know, so all are refused. */
  refusalOf(user: string): string | undefined {
    const places = this.#places.get(userKey(user));
    if (places === undefined) return undefined;
    const shown = places.length > 5 ? [...places.slice(0, 5), "…"] : places;
    return `The user has more than one picture here (${shown.join(", ")}). Leave one of them.`;
  }
}
