// The names that other languages see. Their SDKs' generators make names of these: a type's of its inputs ends with Args
// in each, and a component's arguments are its name and Args.
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema.js";

/**
 * The name of a type that TypeScript calls `PictureDomainArgs`: `PictureDomain`. Generators add `Args` themselves.
 *
 * @throws Error where a generator would make one name of two
 */
export function typeName(name: string, components: readonly string[], types: readonly string[]): string {
  const short = name.replace(/Args$/, "");
  const taken = components.find((component) => short === component || short === `${component}Args`);
  if (taken !== undefined)
    throw new Error(`The type ${name} would have the name of the component ${taken}; rename it.`);
  if (short !== name && types.includes(short))
    throw new Error(`The types ${name} and ${short} would have one name, ${short}; rename one of them.`);
  return short;
}

/**
 * The name of an enum's value. Generators take each capital for the beginning of a word, so an acronym is written as
 * one word: `TLSv12` becomes `Tlsv12`, and in Python TLSV12, not TL_SV12.
 */
export const enumValueName = (name: string): string =>
  name.replace(/[A-Z]{2,}/g, (acronym) => acronym.charAt(0) + acronym.slice(1).toLowerCase());

/** `auth0-user-pictures:index:UserPictures` → `UserPictures`. */
export const nameOfToken = (token: string): string => token.slice(token.lastIndexOf(":") + 1);

/** The names of a schema's resources or types. */
export const namesOf = (part: PackageSpec["resources"] | PackageSpec["types"]): string[] =>
  Object.keys(part).map(nameOfToken);
