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

/** Auth0 docs, "Log Users Out of Auth0": the query and the fragment do not count. */
export function isLogoutUrl(url: string, allowed: readonly string[]): boolean {
  const [bare] = url.split(/[?#]/, 1);
  return allowed.includes(url) || (bare !== undefined && allowed.includes(bare));
}

/**
 * Whether a page of this origin may call the tenant by fetch: Auth0 docs, "Application Settings", lets those of the
 * allowed origins, and of the callbacks without being told.
 */
export const mayCall = (origin: string, application: Application): boolean =>
  [...urlsOf(application, "web_origins"), ...urlsOf(application, "allowed_origins")].includes(origin) ||
  urlsOf(application, "callbacks").some((callback) => originOf(callback) === origin);
