// With which settings a login chooses a picture; where nobody can say it, why not. A command that has done its work
// does not fail because of that.
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import type { CommandContext } from "../command-context.ts";
import { readLiveSettings } from "../tenant/live-settings.ts";
import { shownPicture } from "../tenant/shown-picture.ts";
import type { PictureLogin } from "../tenant/shown-picture.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";

export type LoginSettings =
  | { readonly isKnown: true; readonly settings: PictureSettings; readonly note?: string }
  /** No login runs an Action of the stack's: Auth0's own claim stands. */
  | { readonly isKnown: true; readonly settings: undefined; readonly note: string }
  | { readonly isKnown: false; readonly note: string };

export async function readLoginSettings({ tenant, target, signal }: CommandContext): Promise<LoginSettings> {
  if (target.action === undefined)
    return unknown("No Action is named (the stack's output actionId, or PICTURE_ACTION_ID).");
  try {
    const live = await readLiveSettings(tenant.management, target.action.actionId);
    if (live.settings === undefined)
      return live.cause === "no such action" || live.cause === "no live version"
        ? { isKnown: true, settings: undefined, note: live.reason }
        : unknown(live.reason);
    const { settings, isBound, isDraftLive } = live;
    if (!isBound)
      return { isKnown: true, settings: undefined, note: "The login flow does not run the Action: it is not bound." };
    return isDraftLive
      ? { isKnown: true, settings }
      : { isKnown: true, settings, note: "The Action's draft is another than the live version, which decides." };
  } catch (error) {
    signal.throwIfAborted();
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

const unknown = (note: string): LoginSettings => ({ isKnown: false, note });

/** What a login shows, in one line; and as `--json` has it. */
export function describeLogin(login: LoginSettings, user: TenantUser, by: PictureLogin = {}) {
  if (!login.isKnown) return { text: `What a login shows is not known. ${login.note}`, json: null };
  const { origin, url } = shownPicture(login.settings, user, by);
  const shown = url === undefined ? "no picture" : `${printable(url, 500)} (${originNames[origin]})`;
  const note = login.note === undefined ? "" : ` ${login.note}`;
  return { text: `A login shows ${shown}.${note}`, json: { origin, url: url ?? null } };
}

export const originNames = {
  "user-metadata": "user_metadata.picture",
  "linked-identity": "a linked identity's",
  "gravatar-fallback": "Gravatar, with the default picture behind it",
  "default-picture": "the default picture",
  root: "the root picture",
  none: "none",
} as const;
