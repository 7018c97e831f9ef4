// The versions of a bucket's objects: what a write and a deletion add, and what is current where one is deleted (Amazon
// S3 docs, "How S3 Versioning works" and "Working with delete markers").
import { randomText } from "./edge-state.ts";
import type { Bucket, DeleteMarker, KeptVersion, Store } from "./edge-state.ts";

export const isMarker = (version: KeptVersion): version is DeleteMarker => "isDeleteMarker" in version;

/** A version that was put while the bucket kept no versions has this id. */
export const versionIdOf = ({ versionId = "null" }: KeptVersion) => versionId;

/** By what a response says that it is about a delete marker. */
export const markerHeaders = (version: KeptVersion | undefined): Record<string, string> =>
  version !== undefined && isMarker(version)
    ? { "x-amz-delete-marker": "true", "x-amz-version-id": versionIdOf(version) }
    : {};

/** The keys of all objects, including deleted ones of which a version or a marker is left, as S3 lists them. */
export const keysOf = (bucket: Readonly<Bucket>): string[] => [...sortedKeysOf(bucket)];

/**
 * Those of the keys that begin with the prefix, from `from` on. A list of one user's few objects takes no longer
 * because there are many users.
 */
export function* keysFrom(bucket: Readonly<Bucket>, prefix: string, from: string): Generator<string> {
  const keys = sortedKeysOf(bucket);
  for (let at = placeOf(keys, from > prefix ? from : prefix); keys[at]?.startsWith(prefix); at += 1)
    yield keys[at] ?? "";
}

const sortedKeys = new WeakMap<Readonly<Bucket>, string[]>();

function sortedKeysOf(bucket: Readonly<Bucket>): readonly string[] {
  const known = sortedKeys.get(bucket);
  if (known !== undefined) return known;
  const { objects, noncurrentVersions = {}, deleteMarkers = {} } = bucket;
  const all = new Set([objects, noncurrentVersions, deleteMarkers].flatMap((byKey) => Object.keys(byKey)));
  const keys = [...all].sort();
  sortedKeys.set(bucket, keys);
  return keys;
}

/** Where the key is in the sorted keys, or would be. */
function placeOf(keys: readonly string[], key: string): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] ?? "") < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Of one key, the current one last. */
export const versionsOf = (bucket: Readonly<Bucket>, key: string): KeptVersion[] => [
  ...(bucket.noncurrentVersions?.[key] ?? []),
  ...[bucket.objects[key] ?? bucket.deleteMarkers?.[key] ?? []].flat(),
];

/** The key's versions with one more. Where versioning is suspended, there is one at most that has no id. */
export function withVersion(bucket: Readonly<Bucket>, key: string, version: KeptVersion): KeptVersion[] {
  const before = versionsOf(bucket, key);
  const kept = bucket.versioning === "Enabled" ? before : before.filter(({ versionId }) => versionId !== undefined);
  return [...kept, version];
}

/** The key's versions after a deletion that names none: a marker is on top of them, whatever was there. */
export function withoutCurrent(bucket: Readonly<Bucket>, key: string, at: Date): KeptVersion[] {
  if (bucket.versioning === undefined) return [];
  const versionId = bucket.versioning === "Enabled" ? { versionId: randomText(32) } : {};
  return withVersion(bucket, key, { isDeleteMarker: true, lastModified: at.toISOString(), ...versionId });
}

/** @param versions all that the key has from now on, the current one last */
export function replaceVersions(store: Store, bucket: Bucket, key: string, versions: readonly KeptVersion[]): void {
  const before = versionsOf(bucket, key);
  setVersions(bucket, key, versions);
  store.saveObject(bucket, key, before);
}

/** The same, in the bucket alone: nothing is written. */
export function setVersions(bucket: Bucket, key: string, versions: readonly KeptVersion[]): void {
  const current = versions.at(-1);
  put(bucket.objects, key, current === undefined || isMarker(current) ? undefined : current);
  put((bucket.deleteMarkers ??= {}), key, current !== undefined && isMarker(current) ? current : undefined);
  put((bucket.noncurrentVersions ??= {}), key, versions.length > 1 ? versions.slice(0, -1) : undefined);
  const keys = sortedKeys.get(bucket);
  if (keys === undefined) return;
  const at = placeOf(keys, key);
  const isKnown = keys[at] === key;
  if (isKnown !== versions.length > 0) keys.splice(at, Number(isKnown), ...(isKnown ? [] : [key]));
}

function put<Value>(byKey: Record<string, Value>, key: string, value: Value | undefined): void {
  if (value === undefined) Reflect.deleteProperty(byKey, key);
  else byKey[key] = value;
}
