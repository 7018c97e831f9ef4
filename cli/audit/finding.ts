// What can be found of a user's picture, and how it is mended.
import { showableUrl } from "../../actions/user-picture/picture.ts";
import { dateOf } from "../tenant/shown-picture.ts";

export interface FindingWords {
  readonly title: string;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** Whether somebody sees it, or will: then the command's exit code is 1. What is only worth knowing is none. */
  readonly isWrong: boolean;
}

/** By what is worst. */
export const findingWords = {
  dead: {
    title: "Dead",
    meaning: "The picture's address leads to no picture any more: a page shows a broken image, or none.",
    isWrong: true,
  },
  expired: {
    title: "Expired",
    meaning: "The address says itself that it was good until a day that is over.",
    isWrong: true,
  },
  "no-address": {
    title: "No address",
    meaning: "What stands there is no address that a page could show.",
    isWrong: true,
  },
  "data-url": {
    title: "Data URL",
    meaning: "The picture itself stands in the profile: tokens become too large for cookies.",
    isWrong: true,
  },
  insecure: {
    title: "Not https",
    meaning: "Pages that are https load it late or not at all, and everybody on the way sees who looks at whom.",
    isWrong: true,
  },
  "over-sized": {
    title: "Over-sized",
    meaning: "The picture is larger than a page that shows many should load or decode.",
    isWrong: true,
  },
  hidden: {
    title: "Not shown",
    meaning: "user_metadata.picture is set, and no login shows it.",
    isWrong: true,
  },
  "at-risk": {
    title: "At risk",
    meaning: "The picture is in the store in a way in which it will be deleted although it is shown.",
    isWrong: true,
  },
  overwritten: {
    title: "Overwritten",
    meaning: "The application set the root picture, and the connection overwrites it at the next login.",
    isWrong: true,
  },
  expiring: {
    title: "Expiring",
    meaning: "The address says itself that it ends soon.",
    isWrong: false,
  },
  foreign: {
    title: "Foreign",
    meaning: "The picture is on a host of somebody else, who sees who looks at whom, and can take it away.",
    isWrong: false,
  },
  placeholder: {
    title: "Placeholder",
    meaning: "Auth0 made the picture up: the e-mail's Gravatar, or initials.",
    isWrong: false,
  },
  missing: {
    title: "None",
    meaning: "A login shows no picture at all.",
    isWrong: false,
  },
  unknown: {
    title: "Unknown",
    meaning: "It could not be told whether the picture is there: that is no sign that it is.",
    isWrong: false,
  },
} as const satisfies Readonly<Record<string, FindingWords>>;

export type FindingKind = keyof typeof findingWords;

export const findingKinds = Object.keys(findingWords) as readonly FindingKind[];

export interface Finding {
  readonly kind: FindingKind;
  /** What of the kind it is, in a sentence without its end. */
  readonly reason: string;
}

/** Where the picture comes from that a login shows, or the one that it does not. */
export type PictureOrigin =
  | "user-metadata"
  | "linked-identity"
  | "gravatar-fallback"
  | "default-picture"
  /** The root picture, which Auth0 made up. */
  | "generated"
  /** The root picture, which the application set: it is in the store, or under another prefix that is allowed. */
  | "application"
  /** The root picture, which the connection gave. */
  | "provider"
  | "none";

export const originWords: Readonly<Record<PictureOrigin, string>> = {
  "user-metadata": "the user's own (user_metadata)",
  application: "set by the application (root)",
  provider: "the identity provider's",
  "linked-identity": "a linked identity's",
  "default-picture": "the default picture",
  "gravatar-fallback": "Gravatar, or the default picture",
  generated: "made up by Auth0",
  none: "none",
};

/** What a picture's address says of its end; undefined where that is far, or nothing is said. */
export function expiryFinding(expiry: number, now: number, withinDays: number): Finding | undefined {
  if (expiry < now) return { kind: "expired", reason: `it expired on ${dateOf(expiry)}` };
  if (expiry < now + withinDays * 24 * 60 * 60_000)
    return { kind: "expiring", reason: `it expires on ${dateOf(expiry)}` };
  return undefined;
}

/** What a command has to know of the user. */
export interface Mended {
  readonly userId: string;
  /** What a login shows. */
  readonly url: string | undefined;
  /** What it does not show. */
  readonly hiddenUrl: string | undefined;
  readonly origin: PictureOrigin;
}

/**
 * The command that mends it for this one user; undefined where there is none. `FILE` stands for a picture that somebody
 * has to choose.
 */
export function mendOf({ kind }: Finding, { userId, url, hiddenUrl, origin }: Mended): string | undefined {
  const user = shellWord(userId);
  const copyOf = (from: string | undefined, otherwise: string) =>
    from !== undefined && isFetchable(from) ? `user-pictures set ${user} ${shellWord(from)}` : otherwise;
  switch (kind) {
    case "dead":
    case "expired":
    case "no-address":
    case "data-url":
      return origin === "user-metadata" ? `user-pictures unset ${user}` : `user-pictures set ${user} FILE`;
    case "insecure":
    case "placeholder":
    case "missing":
      return `user-pictures set ${user} FILE`;
    case "hidden":
      return copyOf(hiddenUrl, `user-pictures unset ${user}`);
    case "over-sized":
    case "at-risk":
    case "overwritten":
    case "expiring":
    case "foreign":
      return copyOf(url, `user-pictures set ${user} FILE`);
    case "unknown":
      return undefined;
  }
}

/** Whether `set` could fetch it at all. */
const isFetchable = (address: string) => showableUrl(address) !== undefined;

/** One word of a shell: of sh where it is plain text, else as bash and zsh read escapes. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text)) return text;
  // What cannot be seen is not what is pasted.
  if (/^[ -~]+$/.test(text)) return `${text.startsWith("-") ? "-- " : ""}'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replace(/[^ -~]|['\\]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) return `\\${character}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `$'${escaped}'`;
}
