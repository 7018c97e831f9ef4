// Which users' objects the store has, by one list of its bucket.
import { pictureLimits } from "../../components/picture-store/image.ts";
import { taggedState, taggedUser } from "../../components/picture-store/picture-tags.ts";
import type { UploadState } from "../../components/picture-store/picture-tags.ts";
import type { PictureBucket } from "../store/picture-bucket.ts";

export interface StoreObjects {
  /** `https://…/`, with which the address of every object begins. */
  readonly baseUrl: string;
  /** The key of the object that an address in normal form names; undefined where it is none of a user's. */
  keyOf(href: string): string | undefined;
  has(key: string): boolean;
  /** The bytes of what has more than a picture should have; undefined of every other. */
  largeSize(key: string): number | undefined;
  /** Undefined where there is no such object any more. */
  readTags(key: string): Promise<ObjectTags | undefined>;
}

export interface ObjectTags {
  readonly state: UploadState | undefined;
  readonly user: string | undefined;
}

/** About 150 bytes of memory for each object: a user's picture has three. */
export async function listStoreObjects(
  bucket: PictureBucket,
  baseUrl: string,
  signal: AbortSignal,
): Promise<StoreObjects> {
  const keys = new Set<string>();
  const large = new Map<string, number>();
  for await (const { key, size } of bucket.everyObject("u/")) {
    signal.throwIfAborted();
    // A copy of its own: a part of a page's text would keep the page.
    const own = Buffer.from(key).toString();
    keys.add(own);
    if (size > pictureLimits.maxBytes) large.set(own, size);
  }
  return {
    baseUrl,
    keyOf(href) {
      if (!href.startsWith(`${baseUrl}u/`)) return undefined;
      const [path = ""] = href.slice(baseUrl.length).split(/[?#]/, 1);
      try {
        return decodeURIComponent(path);
      } catch {
        return path; // As the edge reads it: it names no object.
      }
    },
    has: (key) => keys.has(key),
    largeSize: (key) => large.get(key),
    async readTags(key) {
      const tags = await bucket.objects.tagsOf(key);
      return tags && { state: taggedState(tags), user: taggedUser(tags) };
    },
  };
}
