// The store's bucket and its edge, by the AWS SDK.
import type { ListedObject, ObjectStore } from "../../functions/services/object-store.ts";

/** Its calls throw a `CommandError` for what each further call meets too, else a `StoreUnavailableError`. */
export interface PictureBucket {
  /** The bucket, as uploads see it. */
  readonly objects: ObjectStore;
  /** By key, page by page. */
  everyObject(prefix: string): AsyncIterable<SizedObject>;
  /** `https://…/u/…/….webp` for an object's key. */
  urlOf(key: string): string;
  /** Makes every edge forget what has one of these tags (`cacheTag`). Nothing where the stack has no distribution. */
  forget(tags: readonly string[]): Promise<void>;
}

export interface SizedObject extends ListedObject {
  /** In bytes. */
  readonly size: number;
}

/** AWS did not answer, or could not do it just now, however often the SDK has tried. It can succeed later. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}
