// What the Action's settings may be: checked where they are written, at preview and on the command line, never in a
// login.
import * as v from "valibot";
import type { PictureMirrors, PictureSettings } from "../user-picture/picture.ts";
import { DefaultPictureMode, RootPictureMode } from "../user-picture/picture.ts";
import { byName, list, oneOf, passing, refusalsOf, shape, shown, trueOrFalse } from "./schema.ts";
import type { Refusal, Schema } from "./schema.ts";
import { sharedReason } from "./shared-hosts.ts";

const maxUrlLength = 2048;

/** Namespaces that custom claims may not use (Auth0 docs, "Create Namespaced Custom Claims"). */
const auth0Domains = /(^|\.)(auth0\.com|webtask\.(io|run))$/;

/** The settings cannot be used. The message has one line for each refusal. */
export class PictureSettingsError extends Error {
  override readonly name = "PictureSettingsError";
}

/** Every refusal of settings that are compiled in; an empty list: they can be deployed. */
export function validatePictureSettings(settings: unknown): Refusal[] {
  return refusalsOf(pictureSettings, settings);
}

/** Where users' own pictures may come from: one exact host, or a folder of it. */
export const urlPrefix: Schema = passing(
  (prefix) => prefixReasons(prefix).length === 0,
  (prefix) => {
    const url = typeof prefix === "string" ? URL.parse(prefix) : null;
    const mended = url ? `https://${url.hostname}${url.pathname.replace(/\/?$/, "/")}` : undefined;
    const mend = mended !== undefined && prefixReasons(mended).length === 0 ? ` Write ${shown(mended)}.` : "";
    const allowed = "A prefix is one exact host, https://host/ or https://host/path/.";
    return `${shown(prefix)} cannot be an allowed prefix: ${prefixReasons(prefix).join("; ")}. ${allowed}${mend}`;
  },
);

function prefixReasons(prefix: unknown): string[] {
  const url = typeof prefix === "string" ? URL.parse(prefix) : null;
  if (typeof prefix !== "string" || !url) return ["it is no URL"];
  const reasons = urlReasons(url);
  const host = url.hostname.replace(/\.$/, "");
  if (/[?#]/.test(prefix)) reasons.push("it has a query or a fragment");
  if (prefix.includes("*")) reasons.push("it has a wildcard");
  if (!prefix.endsWith("/")) reasons.push(`it does not end in "/", so that longer names would match too`);
  const shared = sharedReason(host, url.pathname);
  if (shared !== undefined) reasons.push(shared);
  if (reasons.length === 0 && prefix !== url.href) reasons.push("it is not in the form in which browsers write it");
  return reasons;
}

/** @param each what one of them may be besides: arguments may be Outputs */
export const urlPrefixes = (each: (schema: Schema) => Schema = (schema) => schema): Schema =>
  list(each(urlPrefix), 'a list, ["https://pictures.example.org/"], or [] to allow none');

/** A default picture that is served elsewhere. */
export const defaultPictureUrl: Schema = passing(
  (url) => defaultUrlReasons(url).length === 0,
  (url) => `${shown(url)} cannot be a default picture: ${defaultUrlReasons(url).join("; ")}.`,
);

function defaultUrlReasons(text: unknown): string[] {
  const url = typeof text === "string" ? URL.parse(text) : null;
  if (typeof text !== "string" || !url)
    return ["it is no URL; write one such as https://pictures.example.org/d/user.png"];
  const reasons = urlReasons(url);
  if (text.length > maxUrlLength) reasons.push(`it has ${text.length} characters, more than ${maxUrlLength}`);
  if (reasons.length === 0 && text !== url.href)
    reasons.push(`it is not in the form in which browsers write it, ${shown(url.href)}`);
  return reasons;
}

/** What is wrong with any URL that the settings name. */
function urlReasons(url: URL): string[] {
  const reasons: string[] = [];
  if (url.protocol !== "https:") reasons.push(`it is ${url.protocol.slice(0, -1)}, not https`);
  if (url.username || url.password) reasons.push("it has a user name or a password");
  if (url.port) reasons.push("it names a port");
  return reasons;
}

/**
 * Why Gravatar does not take a URL as its fallback (Gravatar docs, "Images", default image): the mode
 * `gravatar-fallback` needs that.
 */
export function validateGravatarFallback(path: Refusal["path"], url: unknown): Refusal[] {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (typeof url !== "string" || !parsed) return [];
  const reasons: string[] = [];
  if (/[?#]/.test(url)) reasons.push("Gravatar takes no fallback with a query or a fragment");
  if (!/\.(jpe?g|png|gif)$/i.test(parsed.pathname)) reasons.push("Gravatar takes a .jpg, .jpeg, .png or .gif only");
  if (reasons.length === 0) return [];
  return [{ path, message: `${shown(url)} cannot be a default picture: ${reasons.join("; ")}.` }];
}

/** Auth0 Management API, "Create a connection", `name`. */
export const connectionName: Schema = passing(
  (name) => typeof name === "string" && /^(?=.{1,128}$)[a-z0-9](-?[a-z0-9])*$/i.test(name),
  () => "this is no connection's name: it has letters, digits and single hyphens between them, at most 128 characters.",
);

/**
 * Auth0 docs, "Create Organizations", `name`. The one name that JavaScript gives a meaning of its own cannot be
 * compiled in.
 */
export const organizationName: Schema = passing(
  (name) => typeof name === "string" && /^(?!__proto__$)[a-z0-9_-]{1,50}$/.test(name),
  () =>
    'this is no organization\'s name: it has lower-case letters, digits, "-" and "_", at most 50 characters. ' +
    "Write its name, not its display name or its id.",
);

const urlByName = "an object of URLs by name";

/** What copies of the picture may be called. */
export const mirrorNames = {
  idTokenClaim: claim("a namespaced claim", () => false),
  accessTokenClaim: claim('"picture" or a namespaced claim', (name) => name === "picture"),
  // Auth0 docs, "Actions Limitations": a SAML attribute's name has at most 1 kB.
  samlAttribute: passing(
    (name) => typeof name === "string" && /^\S(.*\S)?$/.test(name) && Buffer.byteLength(name) <= 1000,
    (name) =>
      `${shown(name)} cannot be the attribute: write a name of at most 1,000 bytes, ` +
      `such as "http://schemas.auth0.com/picture".`,
  ),
} satisfies { readonly [Name in keyof PictureMirrors]: Schema };

function claim(allowed: string, isAllowed: (name: unknown) => boolean): Schema {
  return passing(
    (name) => isAllowed(name) || claimReasons(name).length === 0,
    (name) =>
      `${shown(name)} cannot be the claim: ${claimReasons(name).join("; ")}. ` +
      `Write ${allowed} such as "https://example.org/picture".`,
  );
}

function claimReasons(name: unknown): string[] {
  const url = typeof name === "string" ? URL.parse(name) : null;
  if (typeof name !== "string" || !url) return ["it is no URI, so Auth0 or another claim may own the name"];
  return [
    // Only a name, which no browser calls, so http is as good (Auth0 docs, "Create Custom Claims", namespaced claims).
    ...(/^https?:$/.test(url.protocol) ? [] : [`it is ${url.protocol.slice(0, -1)}, neither http nor https`]),
    ...(auth0Domains.test(url.hostname.replace(/\.$/, "")) ? ["its namespace is Auth0's own"] : []),
    ...(/\s/.test(name) ? ["it has white space"] : []),
  ];
}

const { idTokenClaim, accessTokenClaim, samlAttribute } = mirrorNames;

type DefaultPictureUrls = NonNullable<PictureSettings["defaultPictures"]>;

/** The settings of an Action: JSON. */
const pictureSettings = shape<PictureSettings>(
  {
    allowedUrlPrefixes: urlPrefixes(),
    allowAnyHost: v.nullish(trueOrFalse),
    linkedIdentityPicture: v.nullish(trueOrFalse),
    rootPicture: v.nullish(oneOf(RootPictureMode)),
    providerPicturePrefixes: v.nullish(urlPrefixes()),
    mode: v.nullish(oneOf(DefaultPictureMode)),
    defaultPictures: v.nullish(
      shape<DefaultPictureUrls>({
        general: defaultPictureUrl,
        byConnection: v.nullish(byName(connectionName, defaultPictureUrl, urlByName)),
        byOrganization: v.nullish(byName(organizationName, defaultPictureUrl, urlByName)),
      }),
    ),
    mirrors: v.nullish(
      shape<PictureMirrors>({
        idTokenClaim: v.nullish(idTokenClaim),
        accessTokenClaim: v.nullish(accessTokenClaim),
        samlAttribute: v.nullish(samlAttribute),
      }),
    ),
  },
  ({ mode, defaultPictures }) =>
    mode === DefaultPictureMode.GravatarFallback ? gravatarFallbackRefusals(defaultPictures ?? undefined) : [],
);

function gravatarFallbackRefusals(pictures: Partial<DefaultPictureUrls> = {}): Refusal[] {
  const named = (["byConnection", "byOrganization"] as const).flatMap((owner) =>
    Object.entries(pictures[owner] ?? {}).map(([name, url]) => [[owner, name], url] as const),
  );
  return [[["general"], pictures.general] as const, ...named].flatMap(([path, url]) =>
    validateGravatarFallback(["defaultPictures", ...path], url),
  );
}
