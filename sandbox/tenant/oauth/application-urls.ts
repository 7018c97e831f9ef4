// The lists of an application in which its own URLs are: those that a login or a logout may return to, and the origins
// whose pages may call the tenant.
import type { Application, JsonObject } from "../tenant-state.ts";

type List = "callbacks" | "allowed_logout_urls" | "web_origins" | "allowed_origins";

export const urlsOf = (application: Application, list: List): string[] => {
  const urls = (application as JsonObject)[list];
  return Array.isArray(urls) ? urls.filter((url) => typeof url === "string") : [];
};

export const originOf = (url: string): string | undefined => {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
};

/**
 * Whether the URL is one of the list. An asterisk there stands for one label of a host, or for a part of one: the
 * first, of at least three (Auth0 docs, "Subdomain URL Placeholders").
 */
export const isListed = (url: string, list: readonly string[]): boolean =>
  list.some((listed) => {
    const [before, after, ...more] = listed.split("*");
    if (before === undefined || after === undefined || more.length > 0) return listed === url;
    const label = url.slice(before.length, url.length - after.length);
    return url === before + label + after && /^[a-z0-9-]+$/i.test(label) && isFirstLabel(before, after);
  });

const isFirstLabel = (before: string, after: string) =>
  /^https?:\/\/[a-z0-9-]*$/i.test(before) && /^[a-z0-9-]*(?:\.[a-z0-9-]+){2,}(?![^:/?#])/i.test(after);

/**
 * Whether a page of this origin may call the tenant by fetch: Auth0 docs, "Application Settings", lets those of the
 * allowed origins, and of the callbacks without being told.
 */
export const mayCall = (origin: string, application: Application): boolean =>
  isListed(origin, [...urlsOf(application, "web_origins"), ...urlsOf(application, "allowed_origins")]) ||
  urlsOf(application, "callbacks").some((callback) => originOf(callback) === origin);
