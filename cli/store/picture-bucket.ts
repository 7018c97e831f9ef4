// The store's bucket and its edge, by the AWS SDK.
import type { ObjectStore } from "../../functions/services/object-store.ts";

export interface PictureBucket {
  /** The bucket, as uploads see it. */
  readonly objects: ObjectStore;
  /** `https://…/u/…/….webp` for an object's key. */
  urlOf(key: string): string;
  /**
   * Makes every edge forget what has one of these tags (`cacheTag`). Does nothing where the stack names no distribution.
   */
  forget(tags: readonly string[]): Promise<void>;
}
