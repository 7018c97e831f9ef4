// The tags of an uploaded picture's objects. They are seen by who has the bucket alone: an object's metadata would be
// sent to everybody by an edge that is not the store's.

/**
 * How far an upload has come with an object; the tag `state`.
 *
 * - `new`: it was put, and nothing says yet whether the user's metadata names it
 * - `set`: the user's metadata has named it
 * - `replaced`: the user's metadata names it no more. A lifecycle rule looks for it; its days count from then on,
 *   because an object is copied to be tagged so
 */
export const UploadState = { New: "new", Set: "set", Replaced: "replaced" } as const;
export type UploadState = (typeof UploadState)[keyof typeof UploadState];

/** S3's limit of a tag's value, in characters. */
const maxValue = 256;

/**
 * The tags of a user's object. The user's id is there in base64url, because a tag takes few characters; what one tag
 * does not hold is in `user-2` and so on.
 *
 * @throws RangeError for an id of more than 1536 bytes
 */
export function uploadTags(userId: string, state: UploadState): Record<string, string> {
  const parts =
    Buffer.from(userId)
      .toString("base64url")
      .match(new RegExp(`.{1,${maxValue}}`, "g")) ?? [];
  // An object has at most ten tags.
  if (parts.length > 8) throw new RangeError("The user's id is too long for an object's tags.");
  const users = parts.map((part, index) => [userTag(index), part] as const);
  return { ...Object.fromEntries(users), state };
}

/** The user whose tags these are; undefined where they say none. */
export function taggedUser(tags: Readonly<Record<string, string>>): string | undefined {
  const parts: string[] = [];
  for (let part; (part = tags[userTag(parts.length)]) !== undefined;) parts.push(part);
  return parts.length === 0 ? undefined : Buffer.from(parts.join(""), "base64url").toString();
}

/** The state that the tags say; undefined for what no upload has tagged. */
export function taggedState({ state }: Readonly<Record<string, string>>): UploadState | undefined {
  return Object.values(UploadState).find((known) => known === state);
}

const userTag = (index: number) => (index === 0 ? "user" : `user-${index + 1}`);
