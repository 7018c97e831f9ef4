// Every rule of the choice as a table: the tests run it on the source and on the bundle.
import { DefaultPictureMode, RootPictureMode } from "../../../actions/user-picture/picture.ts";
import type { PictureRule, PictureSettings } from "../../../actions/user-picture/picture.ts";
import { chosenForms, expired, generatedForms, providerForms, showable, unexpired, unshowable } from "./forms.ts";

export interface Case {
  readonly name: string;
  readonly settings: PictureSettings;
  readonly user: object;
  /** What the event has besides the user. */
  readonly login?: { readonly connection?: unknown; readonly organization?: unknown };
  /** What the login shows; absent: Auth0's own claim stands. */
  readonly picture?: string;
  readonly rule?: PictureRule;
}

const prefix = "https://pictures.example.org/u/";
const own: PictureSettings = { allowedUrlPrefixes: [prefix, "https://cdn.example.net/"] };
const anyHost: PictureSettings = { allowedUrlPrefixes: [], allowAnyHost: true };

export const defaultUrl = "https://pictures.example.org/d/user.png";
const withDefault = (mode: DefaultPictureMode): PictureSettings => ({
  ...own,
  mode,
  defaultPictures: { general: defaultUrl },
});

const md5 = "0bc83cb571cd1c50ba6f3e8a78ef1346";
const gravatarHead = `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`;
export const generatedGravatar = `${gravatarHead}https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fan.png`;
const generatedAvatar = "https://cdn.auth0.com/avatars/an.png";
const rewrittenGravatar = `${gravatarHead}https%3A%2F%2Fpictures.example.org%2Fd%2Fuser.png`;
const google = "https://lh3.googleusercontent.com/a/ana=s96-c";

const mine = (picture: unknown): object => ({ picture: google, user_metadata: { picture } });
const shown = (name: string, picture: string, expected: string, settings = own): Case => ({
  name: `metadata shown: ${name}`,
  settings,
  user: mine(picture),
  picture: expected,
  rule: "user-metadata",
});
const hidden = (name: string, picture: unknown, settings = own): Case => ({
  name: `metadata not shown: ${name}`,
  settings,
  user: mine(picture),
});

const metadata: Case[] = [
  shown("under a prefix with a path", `${prefix}a.png`, `${prefix}a.png`),
  shown(
    "under the second prefix, a host",
    "https://cdn.example.net/x/y.webp?v=2#f",
    "https://cdn.example.net/x/y.webp?v=2#f",
  ),
  shown("white space around it", ` \n\t${prefix}a.png \u00a0`, `${prefix}a.png`),
  shown(
    "normalised: case, default port, dot segments",
    "HTTPS://Pictures.Example.ORG:443/x/../u/./a.png",
    `${prefix}a.png`,
  ),
  shown("normalised: backslashes", "https:\\\\pictures.example.org\\u\\a.png", `${prefix}a.png`),
  shown("normalised: line breaks and tabs inside", "https://pictures.exa\nmple.org/u/\ta.png", `${prefix}a.png`),
  shown("normalised: characters that are no ASCII", `${prefix}é ".png`, `${prefix}%C3%A9%20%22.png`),
  shown("an encoded slash", `${prefix}images%2Fa.png`, `${prefix}images%2Fa.png`),
  ...[
    "a..b%2Fc.png",
    "a%2F..photo.png",
    "photo..%2Fa.png",
    "a%2F...%2Fb.png",
    "a%2F.%2Fb.png",
    "a%2Fb..",
    "a.png?from=..%2Fb",
    "a.png?from=%2F..%2F",
    "a.png#%2F..",
    "a..;v=1/b.png",
    "..a;v=1/b.png",
    "a;v=../b.png",
    "a.png?from=/..;/",
  ].map((path) => shown(`dots that are no step up: ${path}`, prefix + path, prefix + path)),
  shown("2,048 characters", prefix.padEnd(2048, "a"), prefix.padEnd(2048, "a")),
  shown("2,048 characters after trimming", `${" ".repeat(5000)}${prefix.padEnd(2048, "a")}`, prefix.padEnd(2048, "a")),
  shown("any host, where that is said", "https://anywhere.example/a.png", "https://anywhere.example/a.png", anyHost),
  hidden("another host", "https://evil.example/u/a.png"),
  hidden("the prefix's host with another path", "https://pictures.example.org/logout"),
  hidden("a path out of the prefix", `${prefix}../logout`),
  hidden("an encoded path out of the prefix", `${prefix}%2e%2e/logout`),
  hidden("a path out of it for servers that decode first", `${prefix}..%2Flogout`),
  hidden("the same, all of it encoded", `${prefix}%2e.%2flogout`),
  hidden("the same with a backslash", `${prefix}a%5c..%5c..%5clogout`),
  hidden("the same with one backslash after the dots", `${prefix}..%5Clogout`),
  hidden("the same with one backslash before the dots", `${prefix}a%5c..`),
  hidden("the same with the dots last", `${prefix}a%2f%2E%2E`),
  hidden("the same with the dots last and a query", `${prefix}a%2f..?x`),
  hidden("the same with a slash after the dots", `${prefix}a%2f../logout`),
  hidden("a path out of it for servers that cut parameters off", `${prefix}..;/logout`),
  hidden("the same with a parameter, encoded", `${prefix}%2e%2e;x=1/logout`),
  hidden("the same with the parameter last", `${prefix}a/..;x`),
  hidden("the same with an encoded semicolon", `${prefix}..%3B/logout`),
  hidden("a host that starts as an allowed one", "https://cdn.example.net.evil.example/a.png"),
  hidden("a subdomain of an allowed host", "https://x.cdn.example.net/a.png"),
  hidden("a homograph", "https://cdn.ехample.net/a.png"),
  hidden("an allowed host as the user name", "https://cdn.example.net@evil.example/a.png"),
  hidden("a user name", "https://ana@cdn.example.net/a.png"),
  hidden("a password alone", "https://:secret@cdn.example.net/a.png"),
  hidden("a port", "https://cdn.example.net:8443/a.png"),
  hidden("http", "http://cdn.example.net/a.png"),
  hidden("no scheme", "//cdn.example.net/a.png"),
  hidden("javascript", "javascript:alert(1)//https://cdn.example.net/"),
  hidden("data", "data:image/png;base64,iVBORw0KGgo="),
  hidden("blob", "blob:https://cdn.example.net/0f8fad5b-d9cb-469f-a165-70867728950e"),
  hidden("2,049 characters", prefix.padEnd(2049, "a")),
  hidden("2,049 characters once they are encoded", `${prefix.padEnd(2044, "a")}é`),
  hidden("2,050 characters that shrink to fewer", `${prefix}${"a/../".repeat(403)}abc.png`),
  hidden("an allowed prefix inside another address", `https://evil.example/?${prefix}a.png`),
  hidden("an empty string", ""),
  hidden("a number", 42),
  hidden("null", null),
  hidden("an object with a toString", { toString: () => `${prefix}a.png` }),
  hidden("a list with an address", [`${prefix}a.png`]),
  hidden("http on any host", "http://anywhere.example/a.png", anyHost),
  hidden("a user name on any host", "https://ana@anywhere.example/a.png", anyHost),
  hidden("a password on any host", "https://:secret@anywhere.example/a.png", anyHost),
  hidden("a port on any host", "https://anywhere.example:444/a.png", anyHost),
  hidden("javascript on any host", "javascript:alert(1)", anyHost),
  hidden("allowAnyHost false", "https://anywhere.example/a.png", { ...own, allowAnyHost: false }),
  { name: "no metadata", settings: own, user: { picture: google } },
  { name: "metadata that is null", settings: own, user: { user_metadata: null } },
  { name: "metadata that is a string", settings: own, user: { user_metadata: "https://cdn.example.net/a.png" } },
];

const linkedSettings: PictureSettings = { ...withDefault(DefaultPictureMode.Everyone), linkedIdentityPicture: true };
const linkedPictures = (...pictures: unknown[]): object => ({
  picture: generatedGravatar,
  identities: [{ provider: "auth0" }, ...pictures.map((picture) => ({ profileData: { picture } }))],
});
const linkedWins = (name: string, user: object, picture: string): Case => ({
  name: `linked identity: ${name}`,
  settings: linkedSettings,
  user,
  picture,
  rule: "linked-identity",
});
const linkedLoses = (name: string, user: object, settings = linkedSettings): Case => ({
  name: `linked identity not used: ${name}`,
  settings,
  user,
  picture: defaultUrl,
  rule: "default-picture",
});

const linked: Case[] = [
  linkedWins("its picture, from any host", linkedPictures(google), google),
  linkedWins("the first that has one", linkedPictures(undefined, google, "https://b.example/b.png"), google),
  linkedWins("the first that may be shown", linkedPictures("http://a.example/a.png", google), google),
  linkedWins(
    "the first that Auth0 did not generate",
    linkedPictures(generatedGravatar, generatedAvatar, google),
    google,
  ),
  linkedWins("normalised", linkedPictures(" HTTPS://B.example:443/b.png "), "https://b.example/b.png"),
  linkedWins("next to an identity that is null", { identities: [null, { profileData: { picture: google } }] }, google),
  linkedWins(
    "over metadata that may not be shown",
    { ...linkedPictures(google), user_metadata: { picture: "http://x" } },
    google,
  ),
  linkedLoses("not switched on", linkedPictures(google), withDefault(DefaultPictureMode.Everyone)),
  linkedLoses("credentials", linkedPictures("https://u:p@b.example/b.png")),
  linkedLoses("a port", linkedPictures("https://b.example:81/b.png")),
  linkedLoses("javascript", linkedPictures("javascript:alert(1)")),
  linkedLoses("too long", linkedPictures("https://b.example/".padEnd(2049, "b"))),
  linkedLoses("generated by Auth0", linkedPictures(generatedGravatar)),
  linkedLoses("identities that are a string", { identities: "https://b.example/b.png" }),
  linkedLoses("identities that are an object", { identities: { length: 1, 0: { profileData: { picture: google } } } }),
  {
    name: "linked identity not used: the user's own comes first",
    settings: linkedSettings,
    user: { ...linkedPictures(google), user_metadata: { picture: `${prefix}a.png` } },
    picture: `${prefix}a.png`,
    rule: "user-metadata",
  },
];

/** Addresses that Auth0 did not generate, however much they look like it. */
const chosen = {
  "Google's": google,
  "GitHub's": "https://avatars.githubusercontent.com/u/42?v=4",
  "a Gravatar address with its own fallback": `https://www.gravatar.com/avatar/${md5}?s=480&r=pg&d=identicon`,
  "a Gravatar address with another site's fallback": `${gravatarHead}https%3A%2F%2Fexample.org%2Favatars%2Fan.png`,
  "a Gravatar address without a fallback": `https://s.gravatar.com/avatar/${md5}`,
  "a fallback that only ends like Auth0's": `${gravatarHead}https%3A%2F%2Fexample.org%2Fcdn.auth0.com%2Favatars%2Fan.png`,
  "a second fallback": `${generatedGravatar}&d=https%3A%2F%2Fexample.org%2Fa.png`,
  "another host with Auth0's fallback": generatedGravatar.replace("s.gravatar.com", "gravatar.example"),
  "a host that Auth0's form is a part of": generatedGravatar.replace("https://", "https://example.org/https://"),
  "a hash that is none": generatedGravatar.replace(md5, "ana"),
  "another file at cdn.auth0.com": "https://cdn.auth0.com/website/logo.png",
  "a folder below the avatars": "https://cdn.auth0.com/avatars/a/n.png",
  "an avatar with a query": `${generatedAvatar}?x`,
  "an avatar on another host": generatedAvatar.replace("cdn.auth0.com", "cdn-auth0.com"),
  "an avatar's address inside another": `https://example.org/?${generatedAvatar}`,
  "an avatar without encryption": generatedAvatar.replace("https", "http"),
};

const modeCase = (
  mode: DefaultPictureMode,
  name: string,
  picture: unknown,
  outcome?: "default" | "rewritten",
): Case => ({
  name: `${mode}: ${name}`,
  settings: withDefault(mode),
  user: picture === undefined ? {} : { picture },
  ...(outcome === "default" && { picture: defaultUrl, rule: "default-picture" }),
  ...(outcome === "rewritten" && { picture: rewrittenGravatar, rule: "gravatar-fallback" }),
});

const { Generated, GravatarFallback, Missing, Everyone } = DefaultPictureMode;
const modes: Case[] = [
  ...[Generated, GravatarFallback, Missing, Everyone].flatMap((mode) => [
    modeCase(mode, "no picture", undefined, "default"),
    modeCase(mode, "a picture that is null", null, "default"),
    modeCase(mode, "a picture that is empty", "  ", "default"),
    modeCase(mode, "a picture that is no string", { url: google }, "default"),
  ]),
  modeCase(Generated, "Auth0's Gravatar address", generatedGravatar, "default"),
  modeCase(GravatarFallback, "Auth0's Gravatar address", generatedGravatar, "rewritten"),
  modeCase(Missing, "Auth0's Gravatar address", generatedGravatar),
  modeCase(Everyone, "Auth0's Gravatar address", generatedGravatar, "default"),
  modeCase(Generated, "Auth0's avatar", generatedAvatar, "default"),
  modeCase(GravatarFallback, "Auth0's avatar", generatedAvatar, "default"),
  modeCase(Missing, "Auth0's avatar", generatedAvatar),
  modeCase(Everyone, "Auth0's avatar", generatedAvatar, "default"),
  modeCase(
    Generated,
    "an avatar of letters that are no ASCII",
    "https://cdn.auth0.com/avatars/%C3%A9%C3%A8.png",
    "default",
  ),
  ...Object.entries(chosen).flatMap(([name, picture]) => [
    modeCase(Generated, name, picture),
    modeCase(GravatarFallback, name, picture),
    modeCase(Missing, name, picture),
    modeCase(Everyone, name, picture, "default"),
  ]),
  {
    name: "a default picture gives way to metadata that may be shown",
    settings: withDefault(Everyone),
    user: { picture: generatedGravatar, user_metadata: { picture: `${prefix}a.png` } },
    picture: `${prefix}a.png`,
    rule: "user-metadata",
  },
  {
    name: "metadata that may not be shown counts as not set",
    settings: withDefault(Generated),
    user: { picture: generatedGravatar, user_metadata: { picture: "https://evil.example/a.png" } },
    picture: defaultUrl,
    rule: "default-picture",
  },
  { name: "no default picture, no picture", settings: own, user: {} },
  ...[undefined, null].flatMap((mode): Case[] => {
    const settings = { ...own, ...(mode === null && { mode }), defaultPictures: { general: defaultUrl } };
    const chosen = { picture: defaultUrl, rule: "default-picture" } as const;
    return [
      { name: `no mode (${mode}): generated`, settings, user: { picture: generatedAvatar }, ...chosen },
      { name: `no mode (${mode}): somebody's choice stands`, settings, user: { picture: google } },
    ];
  }),
];

/** Default pictures of their own for two connections and two organizations. */
export const named = {
  byConnection: {
    "acme-saml": "https://pictures.example.org/d/saml.png",
    github: "https://pictures.example.org/d/gh.png",
  },
  byOrganization: { acme: "https://pictures.example.org/d/acme.png", globex_: "https://pictures.example.org/d/c.png" },
};
const withNamed = (mode: DefaultPictureMode): PictureSettings => ({
  ...own,
  mode,
  defaultPictures: { general: defaultUrl, ...named },
});
const namedCase = (name: string, login: Case["login"], picture: string, user: object = {}): Case => ({
  name: `default picture by name: ${name}`,
  settings: withNamed(Generated),
  user,
  ...(login && { login }),
  picture,
  rule: "default-picture",
});
const saml = { name: "acme-saml" };
const acme = { id: "org_1", name: "acme", display_name: "Acme" };

const byName: Case[] = [
  namedCase("neither a connection nor an organization", undefined, defaultUrl),
  namedCase("the connection's", { connection: saml }, named.byConnection["acme-saml"]),
  namedCase("the connection's, in place of Auth0's", { connection: saml }, named.byConnection["acme-saml"], {
    picture: generatedGravatar,
  }),
  namedCase("the organization's", { organization: acme }, named.byOrganization.acme),
  namedCase("the organization's before the connection's", { connection: saml, organization: acme }, named.byOrganization.acme), // prettier-ignore
  namedCase("the connection's in an organization without one", { connection: saml, organization: { name: "globex" } }, named.byConnection["acme-saml"]), // prettier-ignore
  namedCase("an organization of a connection's name", { organization: saml }, defaultUrl),
  namedCase("the organization's id", { organization: { name: "org_1" } }, defaultUrl),
  namedCase("another case", { connection: { name: "ACME-SAML" }, organization: { name: "Acme" } }, defaultUrl),
  ...["constructor", "__proto__", "toString", "hasOwnProperty"].map((name) =>
    namedCase(`what every object has: ${name}`, { connection: { name }, organization: { name } }, defaultUrl),
  ),
  ...[undefined, null, 7, ["acme"], { toString: () => "acme" }].map((name) =>
    namedCase(
      `a name that is none: ${JSON.stringify(name)}`,
      { connection: { name }, organization: { name } },
      defaultUrl,
    ),
  ),
  namedCase("a connection and an organization that are null", { connection: null, organization: null }, defaultUrl),
  {
    name: "default picture by name: as Gravatar's fallback",
    settings: withNamed(GravatarFallback),
    user: { picture: generatedGravatar },
    login: { organization: acme },
    picture: `${gravatarHead}https%3A%2F%2Fpictures.example.org%2Fd%2Facme.png`,
    rule: "gravatar-fallback",
  },
  {
    name: "default picture by name: only where the mode covers the user",
    settings: withNamed(Missing),
    user: { picture: google },
    login: { organization: acme },
  },
];

const allModes = [Generated, GravatarFallback, Missing, Everyone];
const showsDefault = { picture: defaultUrl, rule: "default-picture" } as const;

const whoWroteIt: Case[] = [
  ...generatedForms.flatMap(({ picture, around, source }): Case[] => [
    modeCase(Generated, `Auth0's own form: ${picture} (${source})`, picture, "default"),
    modeCase(Missing, `Auth0's own form: ${picture}`, picture),
    modeCase(Everyone, `Auth0's own form: ${picture}`, picture, "default"),
    {
      ...modeCase(GravatarFallback, `Auth0's own form: ${picture}`, picture, "default"),
      ...(around && { picture: around.join(encodeURIComponent(defaultUrl)), rule: "gravatar-fallback" }),
    },
    linkedLoses(`Auth0's own form: ${picture}`, { picture: generatedAvatar, ...linkedPictures(picture) }),
  ]),
  ...chosenForms.flatMap((picture) =>
    [Generated, GravatarFallback, Missing].map((mode) => modeCase(mode, `somebody's choice: ${picture}`, picture)),
  ),
  ...Object.entries({ ...unshowable, ...expired }).flatMap(([name, picture]) => [
    ...allModes.map((mode) => modeCase(mode, `no picture: ${name}`, picture, "default")),
    { name: `no picture, and no default: ${name}`, settings: own, user: { picture } },
    linkedLoses(`no picture: ${name}`, { picture: generatedAvatar, ...linkedPictures(picture) }),
    hidden(`no picture: ${name}`, picture, anyHost),
  ]),
  ...Object.entries({ ...showable, ...unexpired }).flatMap(([name, picture]) =>
    [Generated, GravatarFallback, Missing].map((mode) => modeCase(mode, `a picture: ${name}`, picture)),
  ),
];

const stored: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/", "https://pictures.example.org/d/", "https://cdn.example/d/"],
  defaultPictures: { general: defaultUrl },
};
const guarded = { ...stored, rootPicture: RootPictureMode.Guarded };
const elsewhere = "https://tracker.example/ana.png";
const rootCase = (name: string, settings: PictureSettings, user: object, outcome: Partial<Case> = {}): Case => ({
  name: `root picture: ${name}`,
  settings,
  user,
  ...outcome,
});

const rootPictures: Case[] = [
  ...allModes.flatMap((mode) => [
    rootCase(`a user's own choice, ${mode}`, { ...stored, mode }, { picture: `${prefix}ana/1.png` }),
    rootCase(`the same, guarded, ${mode}`, { ...guarded, mode }, { picture: `${prefix}ana/1.png` }),
    rootCase(`from anywhere, guarded, ${mode}`, { ...guarded, mode }, { picture: elsewhere }, showsDefault),
    rootCase(`none, guarded, ${mode}`, { ...guarded, mode }, {}, showsDefault),
  ]),
  rootCase(
    "a user's own choice goes before a linked identity's",
    { ...stored, linkedIdentityPicture: true },
    { ...linkedPictures(google), picture: `${prefix}ana/1.png` },
  ),
  rootCase(
    "metadata goes before it",
    { ...stored, mode: Everyone },
    { picture: `${prefix}ana/1.png`, user_metadata: { picture: `${prefix}ana/2.png` } },
    { picture: `${prefix}ana/2.png`, rule: "user-metadata" },
  ),
  rootCase(
    "a prefix of one's own that ends in d/",
    { ...stored, mode: Everyone },
    { picture: "https://cdn.example/d/1" },
  ),
  ...[
    "https://pictures.example.org/d/old.png",
    "https://pictures.example.org/x.png",
    `${prefix}..;/logout`,
    `${prefix}..%2flogout`,
    "http://pictures.example.org/u/a.png",
    "https://pictures.example.org:8443/u/a.png",
    elsewhere,
  ].map((picture) => rootCase(`nobody's choice: ${picture}`, { ...stored, mode: Everyone }, { picture }, showsDefault)),
  rootCase(
    "allowAnyHost makes no choice",
    { ...stored, allowAnyHost: true, mode: Everyone },
    { picture: elsewhere },
    showsDefault,
  ),
  rootCase("from anywhere, where nothing is said", stored, { picture: elsewhere }),
  rootCase("from anywhere, trusted", { ...stored, rootPicture: RootPictureMode.Trusted }, { picture: elsewhere }),
  rootCase("guarded without a default", { ...own, rootPicture: RootPictureMode.Guarded }, { picture: elsewhere }),
  rootCase("allowAnyHost, guarded", { ...guarded, allowAnyHost: true }, { picture: elsewhere }, showsDefault),
  rootCase("a default picture, guarded", guarded, { picture: "https://pictures.example.org/d/old.png" }),
  rootCase("hidden step up, guarded", guarded, { picture: `${prefix}..;/logout` }, showsDefault),
  ...[Generated, Missing].flatMap((mode) => [
    ...providerForms.map(([picture, source]) =>
      rootCase(`an identity provider's, guarded, ${mode}: ${picture} (${source})`, { ...guarded, mode }, { picture }),
    ),
    ...providerForms.map(([picture]) =>
      rootCase(
        `its host as a part of another, guarded, ${mode}: ${picture}`,
        { ...guarded, mode },
        { picture: picture.replace(/:\/\/([^/]+)/, "://$1.example") },
        showsDefault,
      ),
    ),
  ]),
  rootCase(
    "Facebook's other pictures, guarded",
    guarded,
    { picture: "https://platform-lookaside.fbsbx.com/lookaside/x.png" },
    showsDefault,
  ),
  rootCase(
    "an identity provider's that was added, guarded",
    { ...guarded, providerPicturePrefixes: ["https://tracker.example/"] },
    { picture: elsewhere },
  ),
  rootCase("Auth0's own, guarded, missing", { ...guarded, mode: Missing }, { picture: generatedGravatar }),
  rootCase("Auth0's own, guarded", { ...guarded, mode: Generated }, { picture: generatedGravatar }, showsDefault),
  rootCase(
    "a linked identity's from anywhere, guarded",
    { ...guarded, linkedIdentityPicture: true },
    linkedPictures(elsewhere),
    showsDefault,
  ),
  rootCase(
    "a linked identity's from its provider, guarded",
    { ...guarded, linkedIdentityPicture: true },
    linkedPictures(elsewhere, google),
    { picture: google, rule: "linked-identity" },
  ),
];

export const cases: readonly Case[] = [...metadata, ...linked, ...modes, ...byName, ...whoWroteIt, ...rootPictures];
