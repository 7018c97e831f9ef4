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

/** Whether the profile's own picture, `user.picture`, counts from wherever it comes. */
export const RootPictureMode = {
  /** It counts: an identity provider wrote it, or the application did. */
  Trusted: "trusted",
  /**
   * It counts under an allowed prefix, as one that Auth0 made, and from where identity providers keep their users'
   * pictures; any other is no picture. For tenants where users can write it: Auth0's My Account API, a custom database,
   * an OpenID Connect connection. Holds for linked identities' pictures too.
   */
  Guarded: "guarded",
} as const;
export type RootPictureMode = (typeof RootPictureMode)[keyof typeof RootPictureMode];

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
  /** Whether the profile's own picture counts from wherever it comes. Default: `trusted`. */
  readonly rootPicture?: RootPictureMode | null;
  /** Where else identity providers keep their users' pictures, for `guarded`. Default: nowhere else. */
  readonly providerPicturePrefixes?: readonly string[] | null;
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

//! What Auth0 makes up: initials, or Gravatar with them as its fallback (in old profiles, a silhouette). Any other
//! Gravatar address is somebody's choice.
const placeholder =
  /^https?:\/\/(?:cdn\.auth0\.com\/avatars\/[^/?#&]+|ssl\.gstatic\.com\/s2\/profiles\/images\/silhouette80)\.png$/;
const gravatar =
  /^https?:\/\/((?:\w+\.)?gravatar\.com\/avatar\/(?:[\da-f]{32}){1,2}\?(?:[sr]=\w+&)*d=)((?:[^&#%]|%[2-7][\dA-Fa-f])+)((?:&[sr]=\w+)*)$/;

//! Where identity providers keep their users' pictures, and nothing that acts.
const providerPictures = [
  "https://lh3.googleusercontent.com/",
  "https://avatars.githubusercontent.com/",
  "https://platform-lookaside.fbsbx.com/platform/profilepic/",
  "https://media.licdn.com/dms/image/",
  "https://pbs.twimg.com/profile_images/",
  "https://avatars.slack-edge.com/",
];

//! Until when Facebook's, LinkedIn's and signed URLs can be fetched, and since when Amazon's and Google's newer ones.
const unixExpiry = /^https?:\/\/[^/]+\.(?:fbsbx\.com\/[^#]*[?&]ext|licdn\.com\/[^#]*[?&]e)=([1-9]\d{9})(?![^&#])/;
const signedUntil = /^(?=[^#]*[?&]Signature=)[^#]*[?&]Expires=([1-9]\d{9})(?![^&#])/;
const signedAt = /^[^#]*[?&]X-(?:Amz|Goog)-Date=(20\d\d)(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)(?![^&#])/;

//! A URL that parsing would not change, as most are: parsing takes most of a login's time.
const plainUrl = /^https:\/\/(?:[a-z\d]+[.-])+[a-z]+\/(?:[\w~=-]+[./])*[\w~=-]+(?:\?[\w~=&.-]*)?$/;

//! For servers that decode a path first (nginx), or first cut off its parameters (Tomcat), `..%2f` or `..;/` steps up.
const hiddenStepUp = /^[^?#]*(?:\/|%2f|%5c)(?:\.|%2e){2}(?:[/;?#]|%2f|%5c|%3b|$)/i;

/**
 * Chooses the picture that a login shows; the first rule that applies wins. Throws only if reading the event does.
 *
 * @returns the picture and the rule, or undefined: Auth0's own `picture` claim stands.
 */
export function choosePicture(settings: PictureSettings, event: PictureEvent): ChosenPicture | undefined {
  //! Users can write their metadata, so what it names counts only under an allowed prefix.
  const { allowAnyHost, allowedUrlPrefixes, mode, defaultPictures } = settings;
  const ownUrl = showableUrl(event.user?.user_metadata?.picture);
  if (ownUrl && (allowAnyHost === true || isUnder(allowedUrlPrefixes, ownUrl)))
    return { url: ownUrl, rule: "user-metadata" };

  const root = event.user?.picture;
  const generated = generatedParts(root);
  const rootUrl = generated ? undefined : pageUrl(root);
  if (rootUrl && isUsersChoice(settings, rootUrl)) return undefined;

  const linkedUrl = settings.linkedIdentityPicture ? linkedIdentityUrl(settings, event) : undefined;
  if (linkedUrl) return { url: linkedUrl, rule: "linked-identity" };

  if (!defaultPictures) return undefined;
  const hasPicture = generated ?? (rootUrl && isTrusted(settings, rootUrl));
  if (hasPicture && mode !== "everyone" && (!generated || mode === "missing")) return undefined;
  const url = defaultUrl(defaultPictures, event);
  return generated?.gravatar && mode === "gravatar-fallback"
    ? { url: generated.gravatar.join(encodeURIComponent(url)), rule: "gravatar-fallback" }
    : { url, rule: "default-picture" };
}

//! A picture's URL in normal form, if a page can show it. A claim with a `data:` URL would break cookies.
function pageUrl(picture: unknown): string | undefined {
  if (typeof picture !== "string") return undefined;
  let href = picture.trim();
  if (href.length > maxUrlLength) return undefined;
  if (!plainUrl.test(href)) {
    const url = URL.parse(href);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    href = url.href;
  }
  return href.length > maxUrlLength || hasExpired(href) ? undefined : href;
}

//! The same, if any browser may be sent there: https, no credentials, no port of its own.
export function showableUrl(picture: unknown): string | undefined {
  const url = pageUrl(picture);
  return url && /^https:\/\/[^/]*(?<!:\d+)\//.test(url) && !hiddenStepUp.test(url) ? url : undefined;
}

//! Whether the URL itself says so. What is no time, or stands in another host's URL, says nothing.
function hasExpired(href: string): boolean {
  if (!href.includes("?") || !/[?&](?:ext|e|(?:X-\w+-)?Expires)=/.test(href)) return false;
  const [, seconds] = unixExpiry.exec(href) ?? signedUntil.exec(href) ?? [];
  if (seconds) return Number(seconds) * 1000 < Date.now();
  const [, year, month, dayAndHour, minute, second] = signedAt.exec(href) ?? [];
  const lifetime = /[?&]X-(?:Amz|Goog)-Expires=(\d{1,6})(?![^&#])/.exec(href)?.[1];
  return Date.parse(`${year}-${month}-${dayAndHour}:${minute}:${second}`) + Number(lifetime) * 1000 < Date.now();
}

function isUnder(prefixes: readonly string[], url: string): boolean {
  return prefixes.some((prefix) => url.startsWith(prefix)) && !hiddenStepUp.test(url);
}

//! Some can set their root picture too: under an allowed prefix it is their choice, but in a store's `d/`.
function isUsersChoice({ allowedUrlPrefixes: all }: PictureSettings, url: string): boolean {
  if (!isUnder(all, url)) return false;
  const choices = all.filter((prefix) => !(prefix.endsWith("/d/") && all.includes(`${prefix.slice(0, -2)}u/`)));
  return isUnder(choices, url);
}

//! Guarded, a picture that users may have set themselves is none.
function isTrusted(settings: PictureSettings, url: string): boolean {
  if (settings.rootPicture !== "guarded") return true;
  const prefixes = [settings.allowedUrlPrefixes, providerPictures, settings.providerPicturePrefixes ?? []].flat();
  return isUnder(prefixes, url.replace(/^http:/, "https:"));
}

//! The first linked identity's picture that its identity provider supplied; one that Auth0 generated is none.
function linkedIdentityUrl(settings: PictureSettings, event: PictureEvent): string | undefined {
  const identities = event.user?.identities;
  if (!Array.isArray(identities)) return undefined;
  for (const identity of identities) {
    const url = showableUrl(identity?.profileData?.picture);
    if (url && !generatedParts(url) && isTrusted(settings, url)) return url;
  }
  return undefined;
}

// An organization is whom the user logs in to, a connection only how: so the organization's picture comes first.
function defaultUrl({ general, byConnection, byOrganization }: DefaultPictureUrls, event: PictureEvent): string {
  return named(byOrganization, event.organization?.name) ?? named(byConnection, event.connection?.name) ?? general;
}

function named(urls: DefaultPictureUrls["byConnection"], name: unknown): string | undefined {
  return urls && typeof name === "string" && Object.hasOwn(urls, name) ? urls[name] : undefined;
}

/** Whether Auth0 made this picture up: the user's initials, or a Gravatar address that falls back to them. */
export function isGenerated(picture: string): boolean {
  return generatedParts(picture) !== undefined;
}

/** What stands before and behind the fallback of a Gravatar address that Auth0 made. */
interface Generated {
  readonly gravatar?: readonly [string, string];
}

function generatedParts(picture: unknown): Generated | undefined {
  const text = typeof picture === "string" ? picture.trim() : "";
  if (text.length > maxUrlLength) return undefined;
  if (text.startsWith("https") && placeholder.test(text)) return {};
  const [, head = "", fallback, tail = ""] = gravatar.exec(text) ?? [];
  return fallback && placeholder.test(decodeURIComponent(fallback))
    ? { gravatar: [`https://${head}`, tail] }
    : undefined;
}
