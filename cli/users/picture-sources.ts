// Every picture that a user could have: what each is, whether a login shows it, and if not, why. The Action's own code
// decides: a reason is what has to be otherwise for a picture to be shown, found by letting that code choose again.
import { userFolder } from "../../components/picture-store/image.ts";
import { expiryOf } from "../../actions/user-picture/page-url.ts";
import { choosePicture, isGenerated, showableUrl } from "../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import { stemOf } from "../../functions/services/user-folder.ts";
import { dateOf, hiddenReason, shownPicture } from "../tenant/shown-picture.ts";
import type { PictureLogin } from "../tenant/shown-picture.ts";
import type { TenantUser } from "../tenant/users-api.ts";

export interface PictureSource {
  /** Where it stands: `user_metadata.picture`, `picture`, `identities[1].profileData.picture`, `default picture`. */
  readonly place: string;
  /** Whatever is there. */
  readonly value: unknown;
  /** What it is, in a few words. */
  readonly kind: string;
  readonly isShown: boolean;
  /** Why it is not. Undefined where it is, or where there is none. */
  readonly reason: string | undefined;
}

export interface SourcesOptions {
  /** Undefined: no Action of the stack's is live. */
  readonly settings: PictureSettings | undefined;
  readonly user: TenantUser;
  readonly login: PictureLogin;
  /** The store's. @default there is none */
  readonly pictureBaseUrl?: string | undefined;
  readonly now?: number;
}

/** A choice that is made once more, with something changed. */
interface Case {
  readonly settings: PictureSettings;
  readonly user: TenantUser;
}

interface Step {
  readonly reason: string;
  readonly change: (before: Case) => Case;
}

export function pictureSources(options: SourcesOptions): PictureSource[] {
  const { user } = options;
  const linked = (user.identities ?? []).slice(1).map((_, index) => linkedSource(options, index + 1));
  return [metadataSource(options), rootSource(options), ...linked, defaultSource(options)];
}

const noAction = "no login runs this stack's Action, and Auth0 itself looks at the root picture only";

function metadataSource({ settings, user, login, ...options }: SourcesOptions): PictureSource {
  const value = user.user_metadata?.["picture"];
  const isShown = shownPicture(settings, user, login).origin === "user-metadata";
  return source("user_metadata.picture", value, isShown, hiddenReason(settings, user, options.now), {
    user,
    ...options,
  });
}

function rootSource({ settings, user, login, ...options }: SourcesOptions): PictureSource {
  const isRoot = (one: Case) => shownPicture(one.settings, one.user, login).origin === "root";
  const isShown = shownPicture(settings, user, login).origin === "root";
  const reason =
    settings && (reasonFor({ settings, user }, rootSteps(settings), isRoot) ?? unfit(user.picture, options));
  return source("picture", user.picture, isShown, reason, { user, ...options });
}

const rootSteps = ({ mode }: PictureSettings): Step[] => [
  { reason: "the default picture is for everybody who set none (mode everyone)", change: set({ mode: "generated" }) },
  { reason: "user_metadata.picture comes first", change: withoutMetadata },
  {
    reason: "a linked identity's picture comes first (linkedIdentityPicture)",
    change: set({ linkedIdentityPicture: false }),
  },
  guard,
  {
    reason: `Auth0 made it up, and the default picture takes its place (mode ${modeOf(mode)})`,
    change: set({ mode: "missing" }),
  },
];

function linkedSource({ settings, user, login, ...options }: SourcesOptions, index: number): PictureSource {
  const value = user.identities?.[index]?.profileData?.["picture"];
  const isLinked = (one: Case) => {
    const { origin, url } = shownPicture(one.settings, one.user, login);
    return origin === "linked-identity" && url === showableUrl(value);
  };
  const steps: Step[] = [
    {
      reason: "the settings let no linked identity's picture be shown (linkedIdentityPicture)",
      change: set({ linkedIdentityPicture: true }),
    },
    { reason: "user_metadata.picture comes first", change: withoutMetadata },
    {
      reason: "the root picture comes first: it is under an allowed prefix, so the user's choice",
      change: withoutRoot,
    },
    { reason: "another linked identity's picture comes first", change: onlyIdentity(index) },
    guard,
  ];
  const isMadeUp = typeof value === "string" && isGenerated(value);
  const reason =
    settings === undefined
      ? noAction
      : isMadeUp
        ? "Auth0 made it up"
        : (reasonFor({ settings, user }, steps, isLinked) ?? unfit(value, options));
  const isShown = settings !== undefined && isLinked({ settings, user });
  const { connection = "" } = user.identities?.[index] ?? {};
  return source(`identities[${index}].profileData.picture (${connection})`, value, isShown, reason, {
    user,
    ...options,
  });
}

function defaultSource({ settings, user, login, ...options }: SourcesOptions): PictureSource {
  const nobody = { user_id: user.user_id, identities: user.identities?.slice(0, 1) ?? [] };
  const value = settings?.defaultPictures ? shownPicture(settings, nobody, login).url : undefined;
  const { origin } = shownPicture(settings, user, login);
  const isShown = origin === "default-picture" || origin === "gravatar-fallback";
  const isDefault = (one: Case) =>
    /^(?:default-picture|gravatar-fallback)$/.test(shownPicture(one.settings, one.user, login).origin);
  const steps: Step[] = [
    { reason: "user_metadata.picture comes first", change: withoutMetadata },
    {
      reason: "a linked identity's picture comes first (linkedIdentityPicture)",
      change: set({ linkedIdentityPicture: false }),
    },
    { reason: `the root picture counts (mode ${modeOf(settings?.mode)})`, change: withoutRoot },
  ];
  const reason = settings === undefined ? noAction : reasonFor({ settings, user }, steps, isDefault);
  return source("default picture", value, isShown, reason, { user, ...options });
}

/**
 * The changes by which the picture would be shown, without those that it needs not; undefined where it is not shown
 * with all of them either.
 */
function reasonFor(start: Case, steps: readonly Step[], isShown: (one: Case) => boolean): string | undefined {
  const shownBy = (some: readonly Step[]) => isShown(some.reduce((one, { change }) => change(one), start));
  if (!shownBy(steps)) return undefined;
  let needed = steps;
  // The last are the most special ones.
  for (const step of steps.toReversed()) {
    const without = needed.filter((one) => one !== step);
    if (shownBy(without)) needed = without;
  }
  return needed.map(({ reason }) => reason).join("; and ") || undefined;
}

const modeOf = (mode: PictureSettings["mode"]) => mode ?? "generated";

const set =
  (changed: Partial<PictureSettings>): Step["change"] =>
  ({ settings, user }) => ({ settings: { ...settings, ...changed }, user });

const guard: Step = {
  reason: "the settings take it from no such host (rootPicture guarded): no allowed prefix, and no provider's",
  change: set({ rootPicture: "trusted" }),
};

const withoutMetadata: Step["change"] = ({ settings, user: { user_metadata: _, ...user } }) => ({ settings, user });
const withoutRoot: Step["change"] = ({ settings, user: { picture: _, ...user } }) => ({ settings, user });
const onlyIdentity =
  (index: number): Step["change"] =>
  ({ settings, user }) => ({
    settings,
    user: { ...user, identities: (user.identities ?? []).filter((_, at) => at === 0 || at === index) },
  });

/** Why no page can show it, in the words for the user's own. */
const unfit = (picture: unknown, { now }: Pick<SourcesOptions, "now">) =>
  hiddenReason({ allowedUrlPrefixes: [], allowAnyHost: true }, { user_id: "", user_metadata: { picture } }, now);

function source(
  place: string,
  value: unknown,
  isShown: boolean,
  reason: string | undefined,
  options: Omit<SourcesOptions, "settings" | "login">,
): PictureSource {
  const isThere = value !== undefined && value !== null && value !== "";
  const kind = isThere ? kindOf(value, options) : "none";
  return { place, value: isThere ? value : undefined, kind, isShown, reason: isShown || !isThere ? undefined : reason };
}

function kindOf(
  value: unknown,
  { user, pictureBaseUrl, now = Date.now() }: Omit<SourcesOptions, "settings" | "login">,
): string {
  if (typeof value !== "string") return "no address";
  const text = value.trim();
  const { hostname = "", href = "" } = URL.parse(text) ?? {};
  const isGravatar = /(?:^|\.)gravatar\.com$/.test(hostname);
  if (isGenerated(text)) return isGravatar ? "a Gravatar address that Auth0 made up" : "a placeholder of Auth0's";
  const expiry = expiryOf(href);
  const ends = Number.isNaN(expiry)
    ? ""
    : expiry < now
      ? `, expired on ${dateOf(expiry)}`
      : `, until ${dateOf(expiry)}`;
  if (isGravatar) return `a Gravatar${ends}`;
  if (pictureBaseUrl !== undefined && href.startsWith(pictureBaseUrl))
    return `${storeKind(user, href.slice(pictureBaseUrl.length))}${ends}`;
  return isProviders(text) ? `an identity provider's${ends}` : href === "" ? "no address" : `foreign${ends}`;
}

function storeKind({ user_id }: TenantUser, key: string): string {
  if (key.startsWith("d/")) return "a default picture of the store's";
  if (stemOf(key) === undefined) return "on the store's host, but no picture of a user's";
  return key.startsWith(userFolder(user_id)) ? "this user's in the store" : "another user's in the store";
}

/** Whether identity providers keep pictures there: what the Action takes where it trusts nobody else. */
const isProviders = (picture: string): boolean =>
  choosePicture(
    { allowedUrlPrefixes: [], linkedIdentityPicture: true, rootPicture: "guarded" },
    { user: { identities: [{ profileData: { picture } }] } },
  ) !== undefined;
