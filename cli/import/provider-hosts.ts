// Where identity providers keep their users' pictures, and what their URLs say: how large, and until when.
import { isGenerated } from "../../actions/user-picture/picture.ts";
import { expiryOf } from "../../actions/user-picture/page-url.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { printable } from "../terminal/printable.ts";

/** `*.` stands for one name or more. */
const knownHosts = [
  // google-oauth2
  ...["lh3", "lh4", "lh5", "lh6"].map((name) => `${name}.googleusercontent.com`),
  // github
  "avatars.githubusercontent.com",
  // facebook
  ...["platform-lookaside.fbsbx.com", "*.fbcdn.net"],
  // linkedin
  "media.licdn.com",
  // twitter
  "pbs.twimg.com",
];

export type IsProviderHost = (host: string) => boolean;

/**
 * @param more as an operator writes them: hosts of enterprise and custom connections, whose pictures' places nobody
 * else knows
 */
export function providerHosts(more: readonly string[] = []): IsProviderHost {
  const given = more.map((host) => {
    const name = host.trim().toLowerCase();
    if (/^(?:\*\.)?(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z](?:[a-z\d-]*[a-z\d])?$/.test(name)) return name;
    throw new UsageError(
      `--host is ${JSON.stringify(printable(host))}; it must be a host's name, such as pictures.example.com or ` +
        `*.example.com, without https:// and without a path.`,
      "See user-pictures import --help.",
    );
  });
  const all = [...knownHosts, ...given];
  return (host) => all.some((one) => (one.startsWith("*.") ? host.endsWith(one.slice(1)) : host === one));
}

export type ProviderPicture =
  | { readonly url: string; readonly original?: string }
  /** Why it is not copied. */
  | { readonly skipped: string };

/**
 * What a picture that a connection gave is copied from; undefined where no identity provider has it: none, one that
 * Auth0 made up, or one of the application's own.
 *
 * @param now milliseconds since the epoch
 */
export function providerPicture(
  picture: unknown,
  isProviderHost: IsProviderHost,
  now: number,
): ProviderPicture | undefined {
  if (typeof picture !== "string" || isGenerated(picture)) return undefined;
  const url = URL.parse(picture.trim().replace(/^http:/i, "https:"));
  if (url?.protocol !== "https:" || !isProviderHost(url.hostname)) return undefined;
  if (expiryOf(url.href) <= now)
    return { skipped: "the provider's URL has expired, and the next login brings another" };
  const larger = largerOf(url);
  return larger === url.href ? { url: larger } : { url: larger, original: url.href };
}

/** Providers give a small one, and have it in 512 × 512 or nearly. URLs that are signed stay as they are. */
function largerOf({ hostname, href }: URL): string {
  if (hostname.endsWith(".googleusercontent.com")) return href.replace(/=s\d+(-c)?$/, "=s512-c");
  if (hostname === "pbs.twimg.com") return href.replace(/_normal(\.\w+)$/, "_400x400$1");
  return href;
}
