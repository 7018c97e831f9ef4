// Checks the Action's settings where they are written: at preview and on the command line, never in a login.
import { sharedReason } from "./shared-hosts.ts";
import { DefaultPictureMode } from "../user-picture/picture.ts";

const modes: readonly string[] = Object.values(DefaultPictureMode);
const maxUrlLength = 2048;

/** Namespaces that custom claims may not use (Auth0 docs, "Create Namespaced Custom Claims"). */
const auth0Domains = /(^|\.)(auth0\.com|webtask\.(io|run))$/;

/** The settings cannot be used. The message has one line for each fault. */
export class PictureSettingsError extends Error {
  override readonly name = "PictureSettingsError";
}

/**
 * All that is wrong with the Action's settings, one message each: the setting, what was given, what is allowed and how to
 * mend it. Empty: the settings can be deployed.
 */
export function pictureSettingsFaults(settings: unknown): string[] {
  if (!isObject(settings)) return [`The Action's settings are ${shown(settings)}: write an object.`];
  return [
    ...unknownKeys("", settings, allKeys.settings),
    ...prefixListFaults(settings["allowedUrlPrefixes"]),
    ...booleanFaults("allowAnyHost", settings["allowAnyHost"]),
    ...booleanFaults("linkedIdentityPicture", settings["linkedIdentityPicture"]),
    ...defaultPictureFaults(settings["defaultPicture"]),
    ...mirrorFaults(settings["mirrors"]),
  ];
}

const allKeys = {
  settings: ["allowedUrlPrefixes", "allowAnyHost", "linkedIdentityPicture", "defaultPicture", "mirrors"],
  defaultPicture: ["url", "mode", "byConnection", "byOrganization"],
  mirrors: ["idTokenClaim", "accessTokenClaim", "samlAttribute"],
};

function prefixListFaults(prefixes: unknown): string[] {
  if (Array.isArray(prefixes)) {
    return prefixes.flatMap((prefix, index) => prefixFaults(`allowedUrlPrefixes[${index}]`, prefix));
  }
  return [
    `allowedUrlPrefixes: ${shown(prefixes)} is no list. Write ["https://pictures.example.org/"], or [] to allow none.`,
  ];
}

function prefixFaults(name: string, prefix: unknown): string[] {
  const reasons = prefixReasons(prefix);
  if (reasons.length === 0) return [];
  const url = typeof prefix === "string" ? URL.parse(prefix) : null;
  const mended = url ? `https://${url.hostname}${url.pathname.replace(/\/?$/, "/")}` : undefined;
  const mend = mended !== undefined && prefixReasons(mended).length === 0 ? ` Write ${shown(mended)}.` : "";
  const allowed = "A prefix is one exact host, https://host/ or https://host/path/.";
  return [`${name}: ${shown(prefix)} cannot be an allowed prefix: ${reasons.join("; ")}. ${allowed}${mend}`];
}

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

function defaultPictureFaults(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) {
    return [`defaultPicture: ${shown(value)} is no object. Write { "url": "https://…", "mode": "generated" }.`];
  }
  const { url, mode, byConnection, byOrganization } = value;
  const faults = [
    ...unknownKeys("defaultPicture.", value, allKeys.defaultPicture),
    ...defaultPictureUrlFaults("defaultPicture.url", url, mode),
    ...urlsByNameFaults("defaultPicture.byConnection", byConnection, mode, connectionNameFaults),
    ...urlsByNameFaults("defaultPicture.byOrganization", byOrganization, mode, organizationNameFaults),
  ];
  if (typeof mode !== "string" || !modes.includes(mode)) {
    faults.push(`defaultPicture.mode: ${shown(mode)} is no mode. Write one of ${modes.map(shown).join(", ")}.`);
  }
  return faults;
}

function urlsByNameFaults(
  setting: string,
  urls: unknown,
  mode: unknown,
  nameFaults: (setting: string, name: string) => string[],
): string[] {
  if (urls === undefined || urls === null) return [];
  if (!isObject(urls)) return [`${setting}: ${shown(urls)} is no object. Write { "name": "https://…" }.`];
  return Object.entries(urls).flatMap(([name, url]) => [
    ...nameFaults(setting, name),
    ...defaultPictureUrlFaults(`${setting}.${name}`, url, mode),
  ]);
}

/** Auth0 Management API, "Create a connection", `name`. */
export function connectionNameFaults(setting: string, name: string): string[] {
  if (/^(?=.{1,128}$)[a-z0-9](-?[a-z0-9])*$/i.test(name)) return [];
  return [
    `${setting}: ${shown(name)} is no connection's name: it has letters, digits and single hyphens between them, at most 128 characters.`,
  ];
}

/** Auth0 docs, "Create Organizations", `name`. The one name that JavaScript gives a meaning of its own cannot be compiled in. */
export function organizationNameFaults(setting: string, name: string): string[] {
  if (/^(?!__proto__$)[a-z0-9_-]{1,50}$/.test(name)) return [];
  return [
    `${setting}: ${shown(name)} is no organization's name: it has lower-case letters, digits, "-" and "_", at most 50 characters. ` +
      `Write its name, not its display name or its id.`,
  ];
}

/** The faults of a default picture's URL in a setting of this name; `gravatar-fallback` takes less than the other modes. */
export function defaultPictureUrlFaults(setting: string, url: unknown, mode: unknown): string[] {
  const reasons = defaultUrlReasons(url, mode);
  if (reasons.length === 0) return [];
  return [`${setting}: ${shown(url)} cannot be the default picture: ${reasons.join("; ")}.`];
}

function defaultUrlReasons(text: unknown, mode: unknown): string[] {
  const url = typeof text === "string" ? URL.parse(text) : null;
  if (typeof text !== "string" || !url)
    return ["it is no URL; write one such as https://pictures.example.org/d/user.png"];
  const reasons = urlReasons(url);
  if (text.length > maxUrlLength) reasons.push(`it has ${text.length} characters, more than ${maxUrlLength}`);
  if (mode === DefaultPictureMode.GravatarFallback) {
    // Gravatar docs, "Images", default image: no query string, a known extension.
    if (/[?#]/.test(text)) reasons.push("Gravatar takes no fallback with a query or a fragment");
    if (!/\.(jpe?g|png|gif)$/i.test(url.pathname)) reasons.push("Gravatar takes a .jpg, .jpeg, .png or .gif only");
  }
  if (reasons.length === 0 && text !== url.href) {
    reasons.push(`it is not in the form in which browsers write it, ${shown(url.href)}`);
  }
  return reasons;
}

function mirrorFaults(mirrors: unknown): string[] {
  if (mirrors === undefined || mirrors === null) return [];
  if (!isObject(mirrors)) {
    return [`mirrors: ${shown(mirrors)} is no object. Write any of ${allKeys.mirrors.map(shown).join(", ")} in one.`];
  }
  const { idTokenClaim, accessTokenClaim, samlAttribute } = mirrors;
  return [
    ...unknownKeys("mirrors.", mirrors, allKeys.mirrors),
    ...claimFaults("mirrors.idTokenClaim", idTokenClaim, "a namespaced claim"),
    ...(accessTokenClaim === "picture"
      ? []
      : claimFaults("mirrors.accessTokenClaim", accessTokenClaim, `"picture" or a namespaced claim`)),
    ...attributeFaults("mirrors.samlAttribute", samlAttribute),
  ];
}

function claimFaults(name: string, claim: unknown, allowed: string): string[] {
  if (claim === undefined || claim === null) return [];
  const url = typeof claim === "string" ? URL.parse(claim) : null;
  const reasons =
    typeof claim !== "string" || !url
      ? ["it is no URI, so Auth0 or another claim may own the name"]
      : [
          // Only a name that nobody calls, so http is as good (Auth0 docs, "Create Custom Claims", namespaced claims).
          ...(/^https?:$/.test(url.protocol) ? [] : [`it is ${url.protocol.slice(0, -1)}, neither http nor https`]),
          ...(auth0Domains.test(url.hostname.replace(/\.$/, "")) ? ["its namespace is Auth0's own"] : []),
          ...(/\s/.test(claim) ? ["it has white space"] : []),
        ];
  if (reasons.length === 0) return [];
  return [
    `${name}: ${shown(claim)} cannot be the claim: ${reasons.join("; ")}. Write ${allowed} such as "https://example.org/picture".`,
  ];
}

function attributeFaults(name: string, attribute: unknown): string[] {
  if (attribute === undefined || attribute === null) return [];
  // Auth0 docs, "Actions Limitations": a SAML attribute's name has at most 1 kB.
  if (typeof attribute === "string" && /^\S(.*\S)?$/.test(attribute) && Buffer.byteLength(attribute) <= 1000) return [];
  return [
    `${name}: ${shown(attribute)} cannot be the attribute: write a name of at most 1,000 bytes, such as "http://schemas.auth0.com/picture".`,
  ];
}

function booleanFaults(name: string, value: unknown): string[] {
  if (value === undefined || value === null || typeof value === "boolean") return [];
  return [`${name}: ${shown(value)} is neither true nor false.`];
}

/** What is wrong with any URL that the settings name. */
function urlReasons(url: URL): string[] {
  const reasons: string[] = [];
  if (url.protocol !== "https:") reasons.push(`it is ${url.protocol.slice(0, -1)}, not https`);
  if (url.username || url.password) reasons.push("it has a user name or a password");
  if (url.port) reasons.push("it names a port");
  return reasons;
}

function unknownKeys(path: string, value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${path}${key} is no setting. There are ${known.map((name) => path + name).join(", ")}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: short, and without a password that somebody pasted as part of a URL. */
function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  const masked = text.replace(/\/\/[^/@"]*@/g, "//…@");
  return masked.length > 200 ? `${masked.slice(0, 200)}…` : masked;
}
