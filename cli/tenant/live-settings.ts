// With which settings the tenant's live Action chooses pictures: read out of its deployed code, none of which is run.
// `choosePicture` of this package is that Action's own source, and decides with them.
import type { ManagementClient } from "auth0";
import { validatePictureSettings } from "../../actions/bundle/picture-settings.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import { asCommandError, statusOf } from "./tenant-error.ts";

export type LiveSettings = KnownSettings | UnknownSettings;

export interface KnownSettings {
  readonly settings: PictureSettings;
  /** Of the version that is live. */
  readonly versionId: string;
  /** Whether the login flow runs it. If not, Auth0's own picture claim stands in every login. */
  readonly isBound: boolean;
  /** Whether the Action's draft is the live version: else somebody has changed it and not deployed. */
  readonly isDraftLive: boolean;
}

export interface UnknownSettings {
  readonly settings: undefined;
  readonly cause: "no such action" | "no live version" | "not ours" | "own action" | "unreadable";
  /** Why nobody can say what a login shows. One sentence. */
  readonly reason: string;
  /** Undefined where no version is live. */
  readonly versionId: string | undefined;
}

/** The lines of the bundler (actions/bundle/bundle.ts) by which its texts are known. */
const madeByUs = "Made by auth0-user-pictures:";
const ownPurpose = "where a rule of choosePicture applies";
/** JSON over several lines, of which no other begins with a bracket. */
const settingsText = /^const PICTURE_SETTINGS = (\{\n[^]*?\n\});$/m;

export async function readLiveSettings(management: ManagementClient, actionId: string): Promise<LiveSettings> {
  const action = await management.actions.get(actionId).catch((error: unknown) => {
    if (statusOf(error) === 404 || statusOf(error) === 400) return undefined;
    throw asCommandError(error);
  });
  if (action === undefined) {
    return unknown("no such action", `The tenant has no Action with the id ${JSON.stringify(actionId)}.`);
  }
  const { deployed_version: live, name = actionId } = action;
  const [title, versionId, code] = [`The Action ${JSON.stringify(name)}`, live?.id, live?.code];
  if (versionId === undefined || code === undefined) {
    return unknown("no live version", `${title} has no live version: no login runs it.`);
  }
  // A comment of another Action can have these words too, but not at its beginning.
  const head = code.slice(0, Math.max(0, code.indexOf("*/")));
  if (!code.startsWith("/*") || !head.includes(madeByUs)) {
    return unknown("not ours", `${title} was not made by auth0-user-pictures: what it does is not known.`, versionId);
  }
  if (!head.includes(ownPurpose)) {
    return unknown("own action", `${title} is an Action of your own: which picture it shows is not known.`, versionId);
  }
  const settings = settingsIn(code);
  if (settings === undefined) {
    return unknown("unreadable", `${title} has settings that cannot be read: another version made it.`, versionId);
  }
  return {
    ...{ settings, versionId },
    isBound: await isBound(management, actionId),
    isDraftLive: action.all_changes_deployed ?? false,
  };
}

const unknown = (cause: UnknownSettings["cause"], reason: string, versionId?: string): UnknownSettings => ({
  ...{ settings: undefined, cause, reason, versionId },
});

function settingsIn(code: string): PictureSettings | undefined {
  try {
    const settings: unknown = JSON.parse(settingsText.exec(code)?.[1] ?? "");
    return validatePictureSettings(settings).length === 0 ? (settings as PictureSettings) : undefined;
  } catch {
    return undefined;
  }
}

async function isBound(management: ManagementClient, actionId: string): Promise<boolean> {
  try {
    for await (const { action } of await management.actions.triggers.bindings.list("post-login", { per_page: 50 }))
      if (action?.id === actionId) return true;
    return false;
  } catch (error) {
    throw asCommandError(error);
  }
}
