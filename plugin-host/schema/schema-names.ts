// The names that other languages see. Their SDKs' generators make more names of them: the type of a type's inputs, and
// a component's arguments, get the suffix Args.
import type { Analysis } from "./analyze-components.ts";

/**
 * The types' tokens, by the Analyzer's: what TypeScript calls `PictureDomainArgs` is `PictureDomain`.
 *
 * @throws Error where a generator would make one name of two
 */
export function typeTokens({ resources, types }: Analysis): ReadonlyMap<string, string> {
  const taken = new Map(
    Object.keys(resources).flatMap((token) => [
      [token, token],
      [`${token}Args`, token],
    ]),
  );
  return new Map(
    Object.keys(types).map((original) => {
      const token = original.replace(/Args$/, "");
      const other = taken.get(token);
      if (other !== undefined)
        throw new Error(
          `Other languages would have one name for ${nameOf(original)} and ${nameOf(other)}: rename the first.`,
        );
      taken.set(token, original);
      return [original, token];
    }),
  );
}

/** `auth0-user-pictures:index:UserPictures` → `UserPictures`. */
export const nameOf = (token: string): string => token.slice(token.lastIndexOf(":") + 1);

/**
 * The name of an enum's value. Generators take each capital for the beginning of a word, so an acronym is written as
 * one: `TLSv12` becomes `Tlsv12`, and in Python TLSV12, not TL_SV12.
 */
export const enumValueName = (name: string): string =>
  name.replace(/[A-Z]{2,}/g, (acronym) => acronym.charAt(0) + acronym.slice(1).toLowerCase());
