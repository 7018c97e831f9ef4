// `user-pictures show USER`
import { userFolder } from "../../components/picture-store/image.ts";
import { readTags, stemOf } from "../../functions/services/user-folder.ts";
import type { SeenObject } from "../../functions/services/user-folder.ts";
import type { CommandContext } from "../command-context.ts";
import { resolveUser } from "../tenant/resolve-user.ts";
import { shownPicture } from "../tenant/shown-picture.ts";
import type { PictureLogin } from "../tenant/shown-picture.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { counted, jsonOf, titleOf } from "./described-user.ts";
import { originNames, readLoginSettings } from "./login-settings.ts";
import type { LoginSettings } from "./login-settings.ts";
import { pictureSources } from "./picture-sources.ts";
import type { PictureSource } from "./picture-sources.ts";
import { readRootSync } from "./root-sync.ts";

export interface ShowPicturesArgs {
  /** An id, or an e-mail address. */
  readonly user: string;
  /** By its name. @default that of each identity of the user's */
  readonly connection?: string;
  /** By its name. @default none */
  readonly organization?: string;
}

/** How somebody logs in, and what that shows. */
interface LoginView {
  readonly logins: readonly PictureLogin[];
  readonly sources: readonly PictureSource[];
}

export async function showPictures(
  context: CommandContext,
  { user: text, ...login }: ShowPicturesArgs,
): Promise<CommandOutcome> {
  const { tenant, target } = context;
  const user = await resolveUser(tenant.users, text);
  const [settings, sync, folder] = [
    await readLoginSettings(context),
    await readRootSync(context, user),
    target.store && (await readFolder(context, user)),
  ];
  const notes = [settings.note, strangerNote(user, login.connection)].filter((note) => note !== undefined);
  const views = settings.isKnown ? viewsOf(context, settings, user, login) : [];
  const known = settings.isKnown ? settings.settings : undefined;
  const unknown = settings.isKnown ? [] : undecided(context, user);
  return {
    json: {
      user: jsonOf(user),
      ...(notes.length > 0 && { note: notes.join(" ") }),
      logins: views.flatMap(({ logins, sources }) =>
        logins.map((one) => ({
          ...{ connection: one.connection ?? null, organization: one.organization ?? null },
          shown: { ...shownJson(known, user, one) },
          sources: sources.map(sourceJson),
        })),
      ),
      ...(!settings.isKnown && { sources: unknown.map(sourceJson) }),
      nextLogin: { connection: sync.connection ?? null, overwritesRootPicture: sync.overwrites ?? null },
      ...(folder && { store: folder }),
    },
    text: [
      paint.strong(titleOf(user)),
      ...notes.map((note) => paint.doubtful(note)),
      ...views.flatMap(({ logins, sources }) => [
        "",
        ...(views.length > 1 || login.connection !== undefined || login.organization !== undefined
          ? [`Login ${logins.map(titleOfLogin).join(" or ")}:`]
          : []),
        ...describeShown(known, user, logins[0] ?? {}),
        ...sources.flatMap(describeSource),
      ]),
      ...(settings.isKnown ? [] : ["", "What a login shows is not known.", ...unknown.flatMap(describeSource)]),
      "",
      sync.text,
      ...(folder
        ? [
            `The store has ${counted(folder.pictures, "picture")} of this user: ${folder.named} named, ` +
              `${folder.replaced} replaced, which expire, ${folder.new} just uploaded.`,
            ...folder.missing.map((url) => paint.bad(`  ${printable(url, 500)} is named, and not there.`)),
          ]
        : []),
    ].join("\n"),
  };
}

/** A slip in a connection's name would else look like an answer. */
function strangerNote({ identities = [] }: TenantUser, connection: string | undefined): string | undefined {
  if (connection === undefined || identities.some((one) => one.connection === connection)) return undefined;
  const own = [...new Set(identities.map((one) => printable(one.connection)))].join(", ");
  return `This user has no login by ${printable(connection)}; theirs: ${own || "none"}.`;
}

/** One for all logins that show the same. */
function viewsOf(
  { target }: CommandContext,
  { settings }: Extract<LoginSettings, { readonly isKnown: true }>,
  user: TenantUser,
  { connection, organization }: PictureLogin,
): LoginView[] {
  const connections = connection === undefined ? user.identities?.map((one) => one.connection) : [connection];
  const logins = [...new Set(connections)].map((name) => ({
    connection: name,
    ...(organization !== undefined && { organization }),
  }));
  const views = new Map<string, { logins: PictureLogin[]; sources: readonly PictureSource[] }>();
  for (const login of logins.length > 0 ? logins : [{ ...(organization !== undefined && { organization }) }]) {
    const sources = pictureSources({ settings, user, login, pictureBaseUrl: target.store?.pictureBaseUrl });
    const key = JSON.stringify([shownPicture(settings, user, login), sources]);
    const view = views.get(key);
    if (view === undefined) views.set(key, { logins: [login], sources });
    else view.logins.push(login);
  }
  return [...views.values()];
}

/** What there is, where nobody knows what a login makes of it. */
const undecided = ({ target }: CommandContext, user: TenantUser): PictureSource[] =>
  pictureSources({ settings: undefined, user, login: {}, pictureBaseUrl: target.store?.pictureBaseUrl })
    .filter(({ place }) => place !== "default picture")
    .map((source) => ({ ...source, isShown: false, reason: undefined }));

async function readFolder(context: CommandContext, user: TenantUser) {
  const { objects } = context.bucket();
  const seen = await readTags(objects, await objects.list(userFolder(user.user_id)));
  const pictures = Map.groupBy(seen, ({ stem }) => stem);
  const count = (state: SeenObject["state"]) =>
    [...pictures.values()].filter((all) => all.some((one) => one.state === state)).length;
  const keys = new Set(seen.map(({ key }) => key));
  return {
    ...{ pictures: pictures.size, named: count("set"), replaced: count("replaced"), new: count("new") },
    missing: namedUrls(context, user).filter((url) => !keys.has(keyOf(context, url))),
  };
}

/** Those of this user's folder. */
const namedUrls = (context: CommandContext, { user_id, user_metadata, picture }: TenantUser): string[] =>
  [user_metadata?.["picture"], picture].filter(
    (url): url is string => typeof url === "string" && keyOf(context, url).startsWith(userFolder(user_id)),
  );

const keyOf = ({ target }: CommandContext, url: string): string => {
  const base = target.store?.pictureBaseUrl ?? "";
  const key = url.startsWith(base) ? url.slice(base.length) : "";
  return stemOf(key) === undefined ? "" : key;
};

function shownJson(settings: Parameters<typeof shownPicture>[0], user: TenantUser, login: PictureLogin) {
  const { origin, url } = shownPicture(settings, user, login);
  return { origin, url: url ?? null };
}

const sourceJson = ({ place, value, kind, isShown, reason }: PictureSource) => ({
  ...{ place, value: value ?? null, kind, shown: isShown, reason: reason ?? null },
});

const titleOfLogin = ({ connection, organization }: PictureLogin) =>
  [
    connection === undefined ? "" : `by ${printable(connection)}`,
    organization === undefined ? "" : `to ${printable(organization)}`,
  ]
    .filter((part) => part !== "")
    .join(" ");

function describeShown(settings: Parameters<typeof shownPicture>[0], user: TenantUser, login: PictureLogin): string[] {
  const { origin, url } = shownPicture(settings, user, login);
  if (url === undefined) return ["A login shows no picture."];
  return [`A login shows ${originNames[origin]}:`, `  ${paint.good(printable(url, 500))}`];
}

function describeSource({ place, value, kind, isShown, reason }: PictureSource): string[] {
  if (value === undefined) return [paint.faint(`- ${printable(place)}: none`)];
  const mark = isShown ? paint.good("✓") : "-";
  return [
    `${mark} ${printable(place)}: ${kind}`,
    `    ${printable(value, 500)}`,
    ...(isShown || reason === undefined ? [] : [`    not shown: ${reason}`]),
  ];
}
