// Which picture a login shows: pure functions. This file and what it imports become part of the deployed Action, where
// only comments marked like those of the functions below remain.
import { generatedParts } from "./generated-picture.ts";
import { isUnder, pageUrl, pictureText, showableUrl } from "./page-url.ts";

export type * from "./post-login.ts";
export { isGenerated } from "./generated-picture.ts";
export { showableUrl };

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

/** The picture that a login shows, and why. */
export interface ChosenPicture {
  /** In normal form. */
  readonly url: string;
  readonly rule: PictureRule;
}

//! Where identity providers keep their users' pictures, and nothing that acts.
const providerPictures = [
  "https://lh3.googleusercontent.com/",
  "https://avatars.githubusercontent.com/",
  "https://platform-lookaside.fbsbx.com/platform/profilepic/",
  "https://media.licdn.com/dms/image/",
  "https://pbs.twimg.com/profile_images/",
  "https://avatars.slack-edge.com/",
];

// Looked up once: in a context of node:vm, each look-up of a global takes as long as half of the choice.
const { hasOwn } = Object;

/**
 * Chooses the picture that a login shows; the first rule that applies wins. Throws only if reading the event does.
 *
 * @returns the picture and the rule, or undefined: Auth0's own `picture` claim stands.
 */
export function choosePicture(settings: PictureSettings, event: PictureEvent): ChosenPicture | undefined {
  //! Users write their metadata: what it names counts only under an allowed prefix.
  const { allowAnyHost, allowedUrlPrefixes, mode, defaultPictures } = settings;
  const ownUrl = showableUrl(event.user?.user_metadata?.picture);
  if (ownUrl && (allowAnyHost === true || allowedUrlPrefixes.some((prefix) => ownUrl.startsWith(prefix))))
    return { url: ownUrl, rule: "user-metadata" };

  const root = pictureText(event.user?.picture);
  const generated = generatedParts(root);
  const rootUrl = generated ? undefined : pageUrl(root);
  if (rootUrl && isUsersChoice(allowedUrlPrefixes, rootUrl)) return undefined;

  const linkedUrl = settings.linkedIdentityPicture && linkedIdentityUrl(settings, event);
  if (linkedUrl) return { url: linkedUrl, rule: "linked-identity" };

  const isKept = generated ? mode === "missing" : mode !== "everyone" && rootUrl && isTrusted(settings, rootUrl);
  if (!defaultPictures || isKept) return undefined;
  // An organization is whom the user logs in to, a connection only how: so the organization's picture comes first.
  const { general, byConnection, byOrganization } = defaultPictures;
  const url = named(byOrganization, event.organization?.name) ?? named(byConnection, event.connection?.name) ?? general;
  return generated?.length && mode === "gravatar-fallback"
    ? { url: generated.join(encodeURIComponent(url)), rule: "gravatar-fallback" }
    : { url, rule: "default-picture" };
}

//! Some can set their root picture too: under an allowed prefix it is their choice, but in a store's `d/`.
function isUsersChoice(all: readonly string[], url: string): boolean {
  const isStores = (prefix: string) => prefix.endsWith("/d/") && all.includes(`${prefix.slice(0, -2)}u/`);
  return isUnder(all, url) && all.some((prefix) => url.startsWith(prefix) && !isStores(prefix));
}

//! Guarded, a picture that users may have set themselves is none.
function isTrusted(settings: PictureSettings, url: string): boolean {
  if (settings.rootPicture !== "guarded") return true;
  const prefixes = [settings.allowedUrlPrefixes, providerPictures, settings.providerPicturePrefixes ?? []].flat();
  return isUnder(prefixes, url.replace(/^http:/, "https:"));
}

//! The first picture that a linked identity's provider supplied, and Auth0 did not make up.
function linkedIdentityUrl(settings: PictureSettings, event: PictureEvent): string | undefined {
  const identities = event.user?.identities;
  for (const identity of Array.isArray(identities) ? identities : []) {
    const url = showableUrl(identity?.profileData?.picture);
    if (url && !generatedParts(url) && isTrusted(settings, url)) return url;
  }
  return undefined;
}

function named(urls: DefaultPictureUrls["byConnection"], name: unknown): string | undefined {
  return urls && typeof name === "string" && hasOwn(urls, name) ? urls[name] : undefined;
}
