// CloudFront's cache: how long it keeps a response of the origin, and what an invalidation removes from it.
import { matchesWildcard } from "./bucket-policy.ts";
import type { EdgeResponse } from "./s3.ts";
import type { Distribution } from "./edge-state.ts";

/** Milliseconds, as `Date.now`. */
export type Clock = () => number;

interface Entry {
  readonly distributionId: string;
  readonly path: string;
  readonly response: EdgeResponse;
  /** Cache tags, in lower case. */
  readonly tags: readonly string[];
  readonly until: number;
}

export interface Cache {
  find(distribution: Distribution, path: string): EdgeResponse | undefined;
  keep(distribution: Distribution, path: string, response: EdgeResponse): void;
  /**
   * Removes what an item of an invalidation names: `/d/a.png`, `/u/*` or `#tag`. A tag has no wildcard, and upper and
   * lower case are the same (CloudFront docs, "Invalidating content by cache tags").
   */
  forget(distributionId: string, item: string): void;
}

/** Seconds, by the managed policy CachingOptimized. The default is for a response without caching headers. */
const ttl = { min: 1, default: 24 * 60 * 60, max: 365 * 24 * 60 * 60 };
const defaultErrorTtl = 10;

/** A cache in memory: it is empty after each start. */
export function newCache(now: Clock): Cache {
  let entries: Entry[] = [];
  const isOf = (entry: Entry, { id }: Distribution, path: string) => entry.distributionId === id && entry.path === path;
  return {
    find: (distribution, path) =>
      entries.find((entry) => isOf(entry, distribution, path) && entry.until > now())?.response,
    keep(distribution, path, response) {
      const until = now() + secondsToLive(distribution, response) * 1000;
      const tags = tagsOf(distribution, response);
      const others = entries.filter((entry) => !isOf(entry, distribution, path));
      entries = [...others, { distributionId: distribution.id, path, response, tags, until }];
    },
    forget(distributionId, item) {
      const isMeant = ({ path, tags }: Entry) =>
        item.startsWith("#") ? tags.includes(item.slice(1).toLowerCase()) : matchesWildcard(item, path);
      entries = entries.filter((entry) => entry.distributionId !== distributionId || !isMeant(entry));
    },
  };
}

/** CloudFront docs, "Manage how long content stays in the cache" and "Control how long CloudFront caches errors". */
function secondsToLive({ config }: Distribution, { status, headers }: EdgeResponse): number {
  if (status >= 400) {
    const rule = config.customErrorResponses?.find(({ errorCode }) => errorCode === status);
    return rule?.errorCachingMinTtl ?? defaultErrorTtl;
  }
  const cacheControl = headers["cache-control"] ?? "";
  const [, seconds] = /s-maxage=(\d+)/.exec(cacheControl) ?? /max-age=(\d+)/.exec(cacheControl) ?? [];
  return Math.min(Math.max(Number(seconds ?? ttl.default), ttl.min), ttl.max);
}

const tagsOf = ({ config }: Distribution, { headers }: EdgeResponse): string[] =>
  (headers[config.cacheTagConfig?.headerName.toLowerCase() ?? ""] ?? "")
    .split(",")
    .slice(0, 50)
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== "");
