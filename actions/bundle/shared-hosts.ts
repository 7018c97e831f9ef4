// Hosts that are not one customer's own: a prefix on one would allow pictures that anybody can upload.
import { createRequire } from "node:module";
import { isIP } from "node:net";

const require = createRequire(import.meta.url);

/**
 * Domains under which anybody can have a host, and which the Public Suffix List (https://publicsuffix.org) lacks: it
 * has a domain only if the owner asked. A host below one is somebody's own.
 */
export const sharedSuffixes: ReadonlySet<string> = new Set(
  [
    "amazonaws.com b-cdn.net backblazeb2.com fastly.net googleusercontent.com imgix.net loca.lt",
    "r2.cloudflarestorage.com ucarecd.net ufs.sh wasabisys.com wordpress.com",
  ].flatMap((line) => line.split(" ")),
);

/** A host that all customers of a service share. */
export interface SharedHost {
  readonly host: RegExp;
  /** The paths that are one customer's own, `<…>` for any name. Empty: all share one flat space, so no path is. */
  readonly ownPaths: readonly string[];
}

/** Not complete: the services that pictures are often uploaded to. */
export const sharedHosts: readonly SharedHost[] = [
  { host: /^s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$/, ownPaths: ["/<bucket>/"] },
  { host: /^storage\.(googleapis|cloud\.google)\.com$/, ownPaths: ["/<bucket>/"] },
  { host: /^firebasestorage\.googleapis\.com$/, ownPaths: ["/v0/b/<bucket>/"] },
  { host: /^f\d+\.backblazeb2\.com$/, ownPaths: ["/file/<bucket>/"] },
  { host: /^s3\.([a-z0-9-]+\.)?(backblazeb2|wasabisys)\.com$/, ownPaths: ["/<bucket>/"] },
  { host: /^[a-z]+\d\.digitaloceanspaces\.com$/, ownPaths: ["/<bucket>/"] },
  { host: /^[a-z]+\d\.cdn\.digitaloceanspaces\.com$/, ownPaths: [] },
  { host: /^s3\.[a-z-]+\.scw\.cloud$/, ownPaths: ["/<bucket>/"] },
  { host: /^storage\.yandexcloud\.net$/, ownPaths: ["/<bucket>/"] },
  { host: /^res\.cloudinary\.com$/, ownPaths: ["/<cloud name>/"] },
  { host: /^ik\.imagekit\.io$/, ownPaths: ["/<ImageKit id>/"] },
  { host: /^imagedelivery\.net$/, ownPaths: ["/<account hash>/"] },
  { host: /^images\.ctfassets\.net$/, ownPaths: ["/<space id>/"] },
  { host: /^cdn\.sanity\.io$/, ownPaths: ["/images/<project id>/"] },
  { host: /^utfs\.io$/, ownPaths: ["/a/<app id>/"] },
  { host: /^raw\.githubusercontent\.com$/, ownPaths: ["/<owner>/"] },
  { host: /^cdn\.jsdelivr\.net$/, ownPaths: ["/gh/<owner>/", "/npm/<package>/"] },
  { host: /^unpkg\.com$/, ownPaths: ["/<package>/"] },
  { host: /^ucarecdn\.com$/, ownPaths: [] },
  { host: /^lh\d\.googleusercontent\.com$/, ownPaths: [] },
  { host: /^(avatars\d*|user-images)\.githubusercontent\.com$/, ownPaths: [] },
  { host: /^(i\.)?imgur\.com$/, ownPaths: [] },
  { host: /^i\.ibb\.co$/, ownPaths: [] },
  { host: /^(cdn|media)\.discordapp\.(com|net)$/, ownPaths: [] },
];

/** Why this host is not one customer's own at this path (both of a parsed URL); undefined if it may be. */
export function sharedReason(host: string, path: string): string | undefined {
  // Before the suffixes: the list has some of these hosts too, because a bucket can be named in front of them.
  const shared = sharedHosts.find((row) => row.host.test(host));
  if (shared) return shared.ownPaths.some((own) => isBelow(path, own)) ? undefined : pathReason(host, shared);
  // A private address is another machine in each viewer's network, and a public one does not show whose it is.
  if (isIP(host.replace(/^\[(.*)\]$/, "$1"))) return `"${host}" is an IP address, not a host of your own`;
  if (!host.includes(".") || sharedSuffixes.has(host) || isPublicSuffix(host)) {
    return `"${host}" is a suffix that others share, not a host of your own`;
  }
  return undefined;
}

function pathReason(host: string, { ownPaths }: SharedHost): string {
  if (ownPaths.length === 0) return `"${host}" serves others too, and no path there is yours alone`;
  const ways = ownPaths.map((own) => `https://${host}${own}`).join(" or ");
  return `"${host}" serves others too: add the path that is yours, ${ways}`;
}

function isPublicSuffix(host: string): boolean {
  // Loaded when the first host is checked: that takes about 15 ms, which a program that checks none should not spend.
  const { getPublicSuffix } = require("tldts") as typeof import("tldts");
  return getPublicSuffix(host, { allowPrivateDomains: true, extractHostname: false }) === host;
}

function isBelow(path: string, own: string): boolean {
  const given = path.split("/");
  return own
    .split("/")
    .slice(0, -1)
    .every((part, index) => (part.startsWith("<") ? Boolean(given[index]) : given[index] === part));
}
