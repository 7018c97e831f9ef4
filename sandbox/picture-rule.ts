// By which rule a login has its picture. It is concluded from the picture: the Action does not tell it.

export type Rule = "metadata" | `default (${string})` | "Auth0's own" | "none" | "unknown";

/** A user's pictures at the time of the login. */
export interface UserPictureSources {
  /** `user_metadata.picture`, as it is written there. */
  readonly metadataPicture: string | null;
  /** The root attribute `picture`. */
  readonly rootPicture: string | null;
}

/**
 * What is asked of a deployed stack. It has not that one's type, because the page's code names the rules too: with it
 * the compiler would read all of Auth0's and Pulumi's types once more.
 */
export interface DefaultPictureOfStack {
  readonly defaultPictureUrl: string;
  readonly settings: { readonly mode?: string | undefined };
}

/** @param picture the claim, or the attribute of SAML; null if there is none */
export function ruleOf(
  picture: string | null,
  { metadataPicture, rootPicture }: UserPictureSources,
  { defaultPictureUrl, settings }: DefaultPictureOfStack,
): Rule {
  if (picture === null) return "none";
  // The claim has the URL's normal form.
  if (metadataPicture !== null && [metadataPicture, URL.parse(metadataPicture)?.href].includes(picture))
    return "metadata";
  const isFallback =
    picture.startsWith("https://s.gravatar.com/") && picture.endsWith(encodeURIComponent(defaultPictureUrl));
  if (picture === defaultPictureUrl || isFallback) return `default (${settings.mode ?? "generated"})`;
  return picture === rootPicture ? "Auth0's own" : "unknown";
}

export const metadataPictureOf = ({ user_metadata }: { user_metadata?: Record<string, unknown> | undefined }) =>
  textOf(user_metadata?.["picture"]);

/** Null for what is no text. */
export const textOf = (value: unknown) => (typeof value === "string" ? value : null);
