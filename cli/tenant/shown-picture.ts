// Which picture a login would show, and why it does not show the user's own. The Action's own code decides, with the
// settings that the live version has; nothing here decides it a second time.
import { expiryOf } from "../../actions/user-picture/page-url.ts";
import { choosePicture, showableUrl } from "../../actions/user-picture/picture.ts";
import type { PictureEvent, PictureRule, PictureSettings } from "../../actions/user-picture/picture.ts";
import { printable } from "../terminal/printable.ts";
import type { TenantUser } from "./users-api.ts";

/** How somebody logs in, as far as the picture depends on it. */
export interface PictureLogin {
  /** By its name. @default that of the user's own identity */
  readonly connection?: string;
  /** By its name. @default none */
  readonly organization?: string;
}

export interface ShownPicture {
  /** The rule of the Action; `root` where Auth0's own claim stands, `none` where there is none either. */
  readonly origin: PictureRule | "root" | "none";
  /** As the claim has it: of `root`, whatever the profile has. Undefined for `none`. */
  readonly url: string | undefined;
}

/** @param settings undefined: no Action of the stack's is live */
export function shownPicture(
  settings: PictureSettings | undefined,
  user: TenantUser,
  login: PictureLogin = {},
): ShownPicture {
  const chosen = settings && choosePicture(settings, pictureEvent(user, login));
  if (chosen) return { origin: chosen.rule, url: chosen.url };
  const { picture } = user;
  return typeof picture === "string" && picture.trim() !== ""
    ? { origin: "root", url: picture }
    : { origin: "none", url: undefined };
}

/**
 * Why a login does not show `user_metadata.picture`, as the end of "… is not shown: "; undefined where it does, and
 * where there is none.
 */
export function hiddenReason(
  settings: PictureSettings | undefined,
  user: TenantUser,
  now: number = Date.now(),
): string | undefined {
  const picture = user.user_metadata?.["picture"];
  if (picture === undefined || picture === null || picture === "") return undefined;
  if (settings === undefined) return "no login runs this stack's Action, and without it none looks there";
  if (shownPicture(settings, user).origin === "user-metadata") return undefined;
  return typeof picture === "string"
    ? addressReason(settings, picture.trim(), now)
    : `it is ${typeNames[typeof picture]}`;
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: "true or false, and no address",
  number: "a number, and no address",
  object: "an object or a list, and no address",
};

function addressReason({ allowedUrlPrefixes }: PictureSettings, text: string, now: number): string {
  if (/^data:/i.test(text)) return "it is a data: URL, which has the picture itself in it and would break cookies";
  if (text === "") return "it is nothing but spaces";
  const url = URL.parse(text);
  if (url === null) return "it is no address; one begins with https://";
  if (url.protocol === "http:") return "it is http, not https";
  if (url.protocol !== "https:") return `it begins with ${printable(url.protocol, 40)}, not https:`;
  if (url.username || url.password) return "it has a user name or a password in it";
  if (url.port) return `it names a port, ${url.port}`;
  const expiry = expiryOf(url.href);
  if (expiry < now) return `it expired on ${dateOf(expiry)}`;
  const longest = Math.max(text.length, url.href.length);
  if (showableUrl(text) === undefined)
    return longest > 2000
      ? `it has ${longest} characters, more than the Action takes`
      : "a part of its path steps up a folder in a form that only some servers read";
  const from = allowedUrlPrefixes.length === 0 ? "none is allowed" : `those that are: ${allowedUrlPrefixes.join(", ")}`;
  return `it is on ${printable(url.host, 80)}, under no prefix that is allowed (${from})`;
}

/** A day as everybody reads it. */
export const dateOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** What the Action would be given. */
function pictureEvent(user: TenantUser, { connection, organization }: PictureLogin): PictureEvent {
  const identities = user.identities ?? [];
  return {
    user: {
      picture: user.picture,
      user_metadata: user.user_metadata ?? null,
      identities: identities.map(({ profileData }) => ({ profileData: profileData ?? null })),
    },
    connection: { name: connection ?? identities[0]?.connection },
    ...(organization !== undefined && { organization: { name: organization } }),
  };
}
