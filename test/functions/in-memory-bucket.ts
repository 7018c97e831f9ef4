// A bucket in memory, as the functions' object store reaches it: with versions, or without.
import type { ObjectHeaders, ObjectStore, ObjectVersion, VersionPlace } from "../../functions/services/object-store.ts";

export interface StoredVersion {
  /** Undefined: it is a delete marker. */
  readonly headers?: ObjectHeaders;
  readonly text?: string;
  readonly modified: number;
  readonly versionId: string;
}

export interface InMemoryBucket {
  readonly keepsVersions: boolean;
  /** What there is, by key. */
  readonly objects: Map<string, StoredVersion & { readonly headers: ObjectHeaders }>;
  /** By key: earlier versions, and markers, the latest last. */
  readonly earlier: Map<string, StoredVersion[]>;
  /** Milliseconds; each call takes one. */
  clock: number;
}

export const emptyBucket = (keepsVersions = true): InMemoryBucket => ({
  keepsVersions,
  objects: new Map(),
  earlier: new Map(),
  clock: Date.now(),
});

const noHeaders: ObjectHeaders = { contentType: "", cacheControl: "", cacheTag: "", tags: {} };

function push(bucket: InMemoryBucket, key: string, version: StoredVersion): void {
  bucket.earlier.set(key, [...(bucket.earlier.get(key) ?? []), version]);
}

export function write(bucket: InMemoryBucket, key: string, content: { headers?: ObjectHeaders; text?: string }) {
  const before = bucket.objects.get(key);
  if (before !== undefined && bucket.keepsVersions) push(bucket, key, before);
  const versionId = bucket.keepsVersions ? `v${String(bucket.clock)}-${String(Math.random()).slice(2)}` : "null";
  const written = { headers: noHeaders, ...content, modified: bucket.clock, versionId };
  bucket.objects.set(key, written);
  return written;
}

/** As a lifecycle rule does: a marker is the latest then. */
export function expire(bucket: InMemoryBucket, key: string): void {
  const before = bucket.objects.get(key);
  bucket.objects.delete(key);
  if (before === undefined || !bucket.keepsVersions) return;
  push(bucket, key, before);
  push(bucket, key, { modified: bucket.clock, versionId: `m${String(Math.random()).slice(2)}` });
}

/** @param from those of this key, and of later ones. @param most so many keys */
export function versionsIn(bucket: InMemoryBucket, prefix: string, from = "", most = Infinity): ObjectVersion[] {
  const keys = [...new Set([...bucket.objects.keys(), ...bucket.earlier.keys()])].filter(
    (key) => key.startsWith(prefix) && key >= from,
  );
  const first = keys.toSorted().slice(0, most);
  return first.flatMap((key) => {
    const current = bucket.objects.get(key);
    const all = [...(bucket.earlier.get(key) ?? []), ...(current === undefined ? [] : [current])].toReversed();
    return all.map(({ modified, versionId, headers }, at) => ({
      key,
      versionId,
      lastModified: new Date(modified),
      isLatest: at === 0,
      isMarker: headers === undefined,
    }));
  });
}

function deleteVersion(bucket: InMemoryBucket, key: string, versionId: string): void {
  const current = bucket.objects.get(key);
  const all = [...(bucket.earlier.get(key) ?? []), ...(current === undefined ? [] : [current])];
  const left = all.filter((version) => version.versionId !== versionId);
  bucket.objects.delete(key);
  bucket.earlier.delete(key);
  const latest = left.at(-1);
  if (latest?.headers !== undefined) bucket.objects.set(key, { ...latest, headers: latest.headers });
  const earlier = latest?.headers === undefined ? left : left.slice(0, -1);
  if (earlier.length > 0) bucket.earlier.set(key, earlier);
}

/** Makes a call: decides when it has its effect, whether it fails, and whether it is the last. */
export type Call = <Result>(effect: () => Result) => Promise<Result>;

/** @param pageSize of a list of versions. @default S3's */
export function bucketStore(bucket: InMemoryBucket, call: Call, pageSize = 1000): ObjectStore {
  const tagsOf = (key: string, versionId: string | undefined) => {
    const all = [bucket.objects.get(key) ?? [], bucket.earlier.get(key) ?? []].flat();
    const version = versionId === undefined ? bucket.objects.get(key) : all.find((one) => one.versionId === versionId);
    return version?.headers && { ...version.headers.tags };
  };
  const isAfter = (place: VersionPlace | undefined, versions: readonly ObjectVersion[]) => {
    if (place === undefined) return 0;
    const at = versions.findIndex(({ key, versionId }) => key === place.key && versionId === place.versionId);
    if (at >= 0) return at + 1;
    const next = versions.findIndex(({ key }) => key > place.key);
    return next < 0 ? versions.length : next;
  };
  return {
    putIfAbsent: (key, _bytes, headers) =>
      call(() => {
        if (bucket.objects.has(key)) return undefined;
        const { modified, versionId } = write(bucket, key, { headers });
        return { at: new Date(modified), versionId };
      }),
    rewrite: (key, headers, since) =>
      call(() => {
        const object = bucket.objects.get(key);
        if (object === undefined || (since && object.modified > since.getTime())) return undefined;
        return new Date(write(bucket, key, { headers }).modified);
      }),
    list: (prefix) =>
      call(() =>
        versionsIn(bucket, prefix)
          .filter(({ isLatest, isMarker }) => isLatest && !isMarker)
          .map(({ key, lastModified }) => ({ key, lastModified })),
      ),
    listVersions: (prefix, after) =>
      call(() => {
        const all = versionsIn(bucket, prefix, after?.key, pageSize + 2);
        const rest = all.slice(isAfter(after, all));
        const versions = rest.slice(0, pageSize);
        const last = rest.length > versions.length ? versions.at(-1) : undefined;
        return { versions, next: last && { key: last.key, versionId: last.versionId } };
      }),
    tagsOf: (key, versionId) => call(() => tagsOf(key, versionId)),
    deleteVersion: (key, versionId) => call(() => deleteVersion(bucket, key, versionId)),
    readText: (key) =>
      call(() => {
        const object = bucket.objects.get(key);
        return object && { text: object.text ?? "", versionId: object.versionId };
      }),
    writeText: (key, text) => call(() => write(bucket, key, { text }).versionId),
  };
}
