// Which picture a login shows: pure functions, no imports but types. This file becomes part of the deployed Action,
// where only comments marked like those of the functions below remain.
export type * from "./post-login.ts";

/**
 * What the choice reads of Auth0's `PostLoginEvent`, with nothing taken for granted: a login must not fail because of a
 * picture.
 */
export interface PictureEvent {
  readonly user?: {
    readonly picture?: unknown;
    readonly user_metadata?: { readonly picture?: unknown } | null;
    readonly identities?: (LinkedIdentity | null)[] | null;
  } | null;
  readonly transaction?: { readonly protocol?: unknown } | null;
  readonly connection?: { readonly name?: unknown } | null;
  /** Absent where the login is to no organization. */
  readonly organization?: { readonly name?: unknown } | null;
}

/**
 * One identity of a user. Only linked (secondary) identities carry `profileData` (Auth0 docs, "User Account Linking").
 */
export interface LinkedIdentity {
  readonly profileData?: { readonly picture?: unknown } | null;
}

/** Whose picture the default picture takes the place of, among users who set none themselves. */
export const DefaultPictureMode = {
  /** Users without a picture, and those whose picture Auth0 generated. Keeps e-mail hashes away from Gravatar. */
  Generated: "generated",
  /** As `generated`, but a Gravatar address stays and only its fallback becomes the default picture. */
  GravatarFallback: "gravatar-fallback",
  /** Only users without any picture. */
  Missing: "missing",
  /** Every user, over the identity provider's picture too. */
  Everyone: "everyone",
} as const;
export type DefaultPictureMode = (typeof DefaultPictureMode)[keyof typeof DefaultPictureMode];

/** The Action's settings, compiled into it. `null` and an absent key mean the same: not used. */
export interface PictureSettings {
  /**
   * Where users' own pictures (`user_metadata.picture`) may come from: `https://host/` or `https://host/path/`.
   * Users write their own metadata, so name a host that serves pictures only, never an application's.
   */
  readonly allowedUrlPrefixes: readonly string[];
  /**
   * Users' own pictures may come from any https host: any user can then make others' browsers call any host. Default:
   * false.
   */
  readonly allowAnyHost?: boolean | null;
  /** Use a linked identity's picture for users who set none themselves, before the default picture. Default: false. */
  readonly linkedIdentityPicture?: boolean | null;
  /** Which users get a default picture. Default: `generated`. */
  readonly mode?: DefaultPictureMode | null;
  /** The URLs of the default pictures. Default: none. */
  readonly defaultPictures?: DefaultPictureUrls | null;
  /** Where the picture goes besides the ID token's `picture` claim. Default: nowhere else. */
  readonly mirrors?: PictureMirrors | null;
}

/** The most special one is used: the organization's, else the connection's, else the general one. */
export interface DefaultPictureUrls {
  /** The general one: an https URL, as all of them. */
  readonly general: string;
  /** That of logins through a connection, by its name. Default: none of its own. */
  readonly byConnection?: Readonly<Record<string, string>> | null;
  /** That of logins to an organization, by its name. Default: none of its own. */
  readonly byOrganization?: Readonly<Record<string, string>> | null;
}

/**
 * Copies of the picture that the Action chose. A login in which it chose none (Auth0's own claim stands) has no copies.
 */
export interface PictureMirrors {
  /**
   * A namespaced claim of the ID token, e.g. `https://example.org/picture`, for clients that do not ask for the
   * `profile` scope.
   */
  readonly idTokenClaim?: string | null;
  /** A claim of the access token: `picture`, which Auth0 strips without the `profile` scope, or a namespaced one. */
  readonly accessTokenClaim?: string | null;
  /** An attribute of the response to SAML and WS-Federation logins, e.g. `http://schemas.auth0.com/picture`. */
  readonly samlAttribute?: string | null;
}

/** The rule that chose a picture. */
export type PictureRule = "user-metadata" | "linked-identity" | "gravatar-fallback" | "default-picture";

export interface ChosenPicture {
  readonly url: string;
  readonly rule: PictureRule;
}

/** Longest picture URL that is shown, in characters. Auth0 allows 2 kB for a SAML attribute's value. */
const maxUrlLength = 2048;

//! The two forms in which Auth0 generates a picture. Any other, also a Gravatar address with another fallback, is
//! somebody's choice.
const generatedAvatar = /^https:\/\/cdn\.auth0\.com\/avatars\/[^/?#&]+\.png$/;
const generatedGravatar =
  /^(https:\/\/s\.gravatar\.com\/avatar\/[0-9a-f]{32}\?s=480&r=pg&d=)https%3A%2F%2Fcdn\.auth0\.com%2Favatars%2F[^/?#&]+\.png$/;

//! Servers that decode a path before they look it up (nginx does) take `/pictures/..%2flogout` for `/logout`.
const encodedStepUp = /(?:\/|%2f|%5c)(?:\.|%2e){2}(?:\/|%2f|%5c|$)/i;

/**
 * Chooses the picture that a login shows; the first rule that applies wins. Throws only if reading the event does.
 *
 * @returns the picture and the rule, or undefined: Auth0's own `picture` claim stands.
 */
export function choosePicture(settings: PictureSettings, event: PictureEvent): ChosenPicture | undefined {
  const ownUrl = showableUrl(event.user?.user_metadata?.picture);
  if (ownUrl && mayUsersShow(settings, ownUrl)) return { url: ownUrl, rule: "user-metadata" };

  const linkedUrl = settings.linkedIdentityPicture ? linkedIdentityUrl(event) : undefined;
  if (linkedUrl) return { url: linkedUrl, rule: "linked-identity" };

  return settings.defaultPictures ? chooseDefault(settings.mode, settings.defaultPictures, event) : undefined;
}

/**
 * A picture's URL in normal form, if a browser may be sent there: https, no credentials, no port of its own. @preserve
 */
export function showableUrl(picture: unknown): string | undefined {
  if (typeof picture !== "string") return undefined;
  const text = picture.trim();
  if (text.length > maxUrlLength) return undefined;
  const url = URL.parse(text);
  if (url?.protocol !== "https:" || url.username || url.password || url.port) return undefined;
  if (url.href.length > maxUrlLength || encodedStepUp.test(url.pathname)) return undefined;
  return url.href;
}

//! Users can write their own metadata, so what it names counts only under an allowed prefix.
function mayUsersShow(settings: PictureSettings, url: string): boolean {
  return settings.allowAnyHost === true || settings.allowedUrlPrefixes.some((prefix) => url.startsWith(prefix));
}

//! The first linked identity's picture that its identity provider supplied; one that Auth0 generated is none.
function linkedIdentityUrl(event: PictureEvent): string | undefined {
  const identities = event.user?.identities;
  if (!Array.isArray(identities)) return undefined;
  for (const identity of identities) {
    const url = showableUrl(identity?.profileData?.picture);
    if (url && !isGenerated(url)) return url;
  }
  return undefined;
}

function chooseDefault(
  mode: PictureSettings["mode"],
  pictures: DefaultPictureUrls,
  event: PictureEvent,
): ChosenPicture | undefined {
  const url = defaultUrl(pictures, event);
  const chosen: ChosenPicture = { url, rule: "default-picture" };
  const current = event.user?.picture;
  const picture = typeof current === "string" ? current.trim() : "";
  if (picture === "") return chosen;
  switch (mode ?? DefaultPictureMode.Generated) {
    case DefaultPictureMode.Everyone:
      return chosen;
    case DefaultPictureMode.GravatarFallback: {
      const gravatar = generatedGravatar.exec(picture)?.[1];
      if (gravatar) return { url: gravatar + encodeURIComponent(url), rule: "gravatar-fallback" };
      return isGenerated(picture) ? chosen : undefined;
    }
    case DefaultPictureMode.Missing:
      return undefined;
    case DefaultPictureMode.Generated:
      return isGenerated(picture) ? chosen : undefined;
  }
}

//! An organization is whom the user logs in to, a connection only how: so the organization's picture comes first.
function defaultUrl({ general, byConnection, byOrganization }: DefaultPictureUrls, event: PictureEvent): string {
  return named(byOrganization, event.organization?.name) ?? named(byConnection, event.connection?.name) ?? general;
}

function named(urls: DefaultPictureUrls["byConnection"], name: unknown): string | undefined {
  return urls && typeof name === "string" && Object.hasOwn(urls, name) ? urls[name] : undefined;
}

/** Whether Auth0 made this picture up: the user's initials, or a Gravatar address that falls back to them. @preserve */
export function isGenerated(picture: string): boolean {
  return generatedAvatar.test(picture) || generatedGravatar.test(picture);
}
