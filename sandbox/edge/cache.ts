// CloudFront's cache: how long an answer of the origin stays, and what an invalidation makes it forget.
import { matchesWildcard } from "./bucket-policy.ts";
import type { EdgeResponse } from "./s3.ts";
import type { Distribution } from "./edge-state.ts";

/** Milliseconds, as `Date.now`. */
export type Clock = () => number;

interface Entry {
  readonly distributionId: string;
  readonly path: string;
  readonly response: EdgeResponse;
  /** In lower case. */
  readonly tags: readonly string[];
  readonly until: number;
}

export interface Cache {
  find(distribution: Distribution, path: string): EdgeResponse | undefined;
  keep(distribution: Distribution, path: string, response: EdgeResponse): void;
  /** `/d/a.png`, `/u/*` or `#tag` (CloudFront docs, "Invalidating content by cache tags"): a tag is whole, in any case. */
  forget(distributionId: string, item: string): void;
}

/** The managed policy CachingOptimized: an answer that says nothing of itself stays a day, none longer than a year. */
const ttl = { least: 1, byDefault: 24 * 60 * 60, most: 365 * 24 * 60 * 60 };
const errorTtlByDefault = 10;

/** In memory: it begins anew with each start. */
export function newCache(now: Clock): Cache {
  let entries: Entry[] = [];
  const isOf = (entry: Entry, { id }: Distribution, path: string) => entry.distributionId === id && entry.path === path;
  return {
    find: (distribution, path) =>
      entries.find((entry) => isOf(entry, distribution, path) && entry.until > now())?.response,
    keep(distribution, path, response) {
      const until = now() + secondsToLive(distribution, response) * 1000;
      const others = entries.filter((entry) => !isOf(entry, distribution, path));
      entries = [...others, { distributionId: distribution.id, path, response, tags: tagsOf(distribution, response), until }]; // prettier-ignore
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
    return rule?.errorCachingMinTtl ?? errorTtlByDefault;
  }
  const cacheControl = headers["cache-control"] ?? "";
  const [, seconds] = /s-maxage=(\d+)/.exec(cacheControl) ?? /max-age=(\d+)/.exec(cacheControl) ?? [];
  return Math.min(Math.max(Number(seconds ?? ttl.byDefault), ttl.least), ttl.most);
}

const tagsOf = ({ config }: Distribution, { headers }: EdgeResponse): string[] =>
  (headers[config.cacheTagConfig?.headerName.toLowerCase() ?? ""] ?? "")
    .split(",")
    .slice(0, 50)
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== "");
