// Hosts that are not one customer's own, as data: prefixes on them would allow pictures that anybody can upload.

/**
 * Domains under which anybody can have a host: no prefix at all. A host below one is somebody's own. Not complete: the names that a
 * settings file is likely to hold by mistake, from the Public Suffix List, which has many more.
 */
export const sharedSuffixes: ReadonlySet<string> = new Set(
  [
    // Content delivery and storage
    "cloudfront.net amazonaws.com azureedge.net azurefd.net blob.core.windows.net web.core.windows.net googleusercontent.com",
    "r2.dev r2.cloudflarestorage.com digitaloceanspaces.com backblazeb2.com wasabisys.com b-cdn.net fastly.net akamaized.net",
    "supabase.co imgix.net ucarecd.net ufs.sh",
    // Applications and pages
    "appspot.com run.app web.app firebaseapp.com github.io githubusercontent.com gitlab.io netlify.app vercel.app pages.dev",
    "workers.dev herokuapp.com onrender.com fly.dev deno.dev azurewebsites.net azurestaticapps.net amplifyapp.com",
    "elasticbeanstalk.com surge.sh replit.app hf.space webflow.io wixsite.com myshopify.com blogspot.com wordpress.com",
    // Tunnels
    "ngrok.io ngrok.app ngrok.dev ngrok-free.app trycloudflare.com loca.lt",
    // Countries
    "co.uk org.uk me.uk ac.uk gov.uk com.au net.au org.au co.nz co.za co.in co.jp ne.jp or.jp co.kr or.kr co.il co.id co.th",
    "com.ar com.br com.cn com.co com.hk com.mx com.my com.ph com.pl com.sa com.sg com.tr com.tw com.ua com.vn",
  ].flatMap((line) => line.split(" ")),
);

/** A host that all customers of a service share. */
export interface SharedHost {
  readonly host: RegExp;
  /** The paths that are one customer's own, `<…>` for any name; none: all share one flat space, so no prefix is somebody's own. */
  readonly ownPaths: readonly string[];
}

/** Not complete either: the services that pictures are often uploaded to. */
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

/** Why this host is not one customer's own at this path (that of a parsed URL); undefined if it may be. */
export function sharedReason(host: string, path: string): string | undefined {
  if (sharedSuffixes.has(host) || !host.includes(".")) {
    return `"${host}" is a suffix that others share, not a host of your own`;
  }
  const shared = sharedHosts.find((row) => row.host.test(host));
  if (!shared || shared.ownPaths.some((own) => isBelow(path, own))) return undefined;
  const ways = shared.ownPaths.map((own) => `https://${host}${own}`).join(" or ");
  return ways === ""
    ? `"${host}" serves others too, and no path there is yours alone`
    : `"${host}" serves others too: add the path that is yours, ${ways}`;
}

function isBelow(path: string, own: string): boolean {
  const given = path.split("/");
  return own
    .split("/")
    .slice(0, -1)
    .every((part, index) => (part.startsWith("<") ? Boolean(given[index]) : given[index] === part));
}
