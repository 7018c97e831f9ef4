// The rules in words, for somebody who has never heard of them.
import type { LoginView } from "../console-types.ts";

export interface RuleWords {
  readonly title: string;
  /** For a list. */
  readonly short: string;
  readonly why: string;
}

const notTaken =
  "user_metadata.picture is set, but its address is not in the picture store, so it may not be shown: a user can " +
  "write anything there. It counts as not set.";

/** By the rule, which names the setting `mode`. */
const defaultWhy: Readonly<Record<string, string>> = {
  "default (generated)":
    "All that Auth0 has is an address that it made up: a Gravatar for the e-mail address, or initials. The Action " +
    "puts your default picture there instead.",
  "default (gravatar-fallback)":
    "The claim names the Gravatar for the e-mail address, and your default picture for whoever has none there.",
  "default (missing)": "Auth0 has none either, and the Action puts your default picture there.",
  "default (everyone)": "The settings say that everybody gets your default picture, whatever Auth0 has.",
};

export function ruleWords({ rule, error, metadataPicture }: LoginView): RuleWords {
  if (error !== null)
    return { title: "No picture", short: "login failed", why: "The login failed, so there is no ID token." };
  if (rule === "metadata")
    return {
      title: "The user's own picture",
      short: "own picture",
      why:
        "It was chosen in an application, its address stands in user_metadata.picture, and it lies in the picture " +
        "store. A user's own picture comes before every other.",
    };
  if (rule.startsWith("default"))
    return {
      title: "The default picture",
      short: "default picture",
      why:
        metadataPicture === null
          ? `Nobody has chosen one. ${defaultWhy[rule] ?? "The settings say that the default picture is shown then."}`
          : `${notTaken} The default picture is shown instead.`,
    };
  if (rule === "Auth0's own")
    return {
      title: "Auth0's own picture",
      short: "Auth0's picture",
      why:
        `${metadataPicture === null ? "Nobody chose one in an application." : notTaken} Auth0 keeps one for this ` +
        "user: what the identity provider sent, or what was set by the Management API. The Action leaves it in the " +
        "token.",
    };
  if (rule === "none") return { title: "No picture", short: "no picture", why: "The ID token has no picture claim." };
  return {
    title: "Another picture",
    short: "another picture",
    why: "Something else has set the claim: an Action of another team, for example.",
  };
}
