// The edge's state in a folder: as JSON and as the objects' bytes. It is written at each change, so that it survives a
// restart and a kill. An account can have many objects, so of one of them only what it has become is written, as a line
// beside the JSON; the JSON is written anew when the lines are as long as it.
import { hash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readIfPresent, writePrivateFile } from "../private-file.ts";
import type { Bucket, EdgeState, KeptVersion, Store } from "./edge-state.ts";
import { noFunctions } from "./function-state.ts";
import { noMessages } from "./message-state.ts";
import { isMarker, keysOf, setVersions, versionsOf } from "./object-versions.ts";

/** A line of the second file: a bucket, a key, and all of its versions, the current one last. */
type Line = readonly [bucket: string, key: string, versions: readonly KeptVersion[]];

const fewBytes = 1024 * 1024;

export function openStore(folder: string): Store {
  const objects = join(folder, "objects");
  mkdirSync(objects, { recursive: true, mode: 0o700 });
  const { file, linesFile } = filesOf(folder);
  const state = readEdgeState(folder);
  const uses = usesOf(state);
  let lineBytes = 0;
  let stateBytes = 0;

  function save(): void {
    const text = JSON.stringify(state, undefined, 2);
    writePrivateFile(file, text);
    // After a kill between the two, each line says again what the JSON says already, or what came before it.
    if (lineBytes > 0) rmSync(linesFile, { force: true });
    [lineBytes, stateBytes] = [0, text.length];
  }
  // Also of what a kill has left of a line.
  if (existsSync(linesFile)) {
    lineBytes = 1;
    save();
  }

  function count(versions: readonly KeptVersion[], by: 1 | -1): void {
    for (const version of versions)
      if (!isMarker(version)) uses.set(version.sha256, (uses.get(version.sha256) ?? 0) + by);
  }

  function dropBytes(sha256: string): void {
    if ((uses.get(sha256) ?? 0) > 0) return;
    uses.delete(sha256);
    const isInCode = Object.values(state.functions).some(({ code }) => Object.values(code).includes(sha256));
    if (!isInCode) rmSync(join(objects, sha256), { force: true });
  }

  return {
    state,
    save,
    saveObject(bucket, key, before) {
      const versions = versionsOf(bucket, key);
      const [name = ""] = Object.entries(state.buckets).find(([, one]) => one === bucket) ?? [];
      const line = `${JSON.stringify([name, key, versions] satisfies Line)}\n`;
      if (lineBytes + line.length > Math.max(fewBytes, stateBytes)) save();
      else {
        appendFileSync(linesFile, line, { mode: 0o600 });
        lineBytes += line.length;
      }
      count(versions, 1);
      count(before, -1);
      for (const version of before) if (!isMarker(version)) dropBytes(version.sha256);
    },
    putBytes(bytes) {
      const sha256 = hash("sha256", bytes);
      const path = join(objects, sha256);
      if (!existsSync(path)) writePrivateFile(path, bytes);
      return sha256;
    },
    bytes: (sha256) => readFileSync(join(objects, sha256)),
    dropBytes,
  };
}

const filesOf = (folder: string) => ({
  file: join(folder, "edge.json"),
  linesFile: join(folder, "edge-objects.jsonl"),
});

/** What is kept in a folder. Writes nothing, so an edge may be running there. */
export function readEdgeState(folder: string): EdgeState {
  const { file, linesFile } = filesOf(folder);
  const empty: EdgeState = {
    buckets: {},
    originAccessControls: {},
    responseHeadersPolicies: {},
    kmsKeys: {},
    certificates: {},
    hostedZones: {},
    dnsRecords: {},
    logDeliverySources: {},
    logDeliveryDestinations: {},
    logDeliveries: {},
    ...noFunctions(),
    ...noMessages(),
    distributions: {},
  };
  try {
    // A file that an older sandbox wrote lacks the newer resource types.
    const state = { ...empty, ...(JSON.parse(readIfPresent(file) ?? "{}") as Partial<EdgeState>) };
    for (const bucket of Object.values(state.buckets)) markDeleted(bucket);
    // What comes after the last line's end is a line that a kill has cut off.
    for (const text of (readIfPresent(linesFile) ?? "").split("\n").slice(0, -1)) {
      const [name, key, versions] = JSON.parse(text) as Line;
      const bucket = state.buckets[name];
      if (bucket !== undefined) setVersions(bucket, key, versions);
    }
    return state;
  } catch (error) {
    throw new Error(
      `The edge's state ${file} cannot be read; remove it, and ${linesFile}, to start with an empty edge`,
      { cause: error },
    );
  }
}

/** An older sandbox left no delete markers: of a deleted object there are earlier versions only. */
function markDeleted(bucket: Bucket): void {
  for (const [key, versions] of Object.entries(bucket.noncurrentVersions ?? {})) {
    const latest = versions.at(-1);
    if (bucket.objects[key] || bucket.deleteMarkers?.[key] || latest === undefined) continue;
    // When it was deleted, nothing says. The same id each time that the file is read.
    const marker = { isDeleteMarker: true, lastModified: latest.lastModified, versionId: hash("md5", key) } as const;
    (bucket.deleteMarkers ??= {})[key] = marker;
  }
}

/** How many versions have the same bytes, by their SHA-256. */
function usesOf({ buckets }: EdgeState): Map<string, number> {
  const uses = new Map<string, number>();
  for (const bucket of Object.values(buckets))
    for (const key of keysOf(bucket))
      for (const version of versionsOf(bucket, key))
        if (!isMarker(version)) uses.set(version.sha256, (uses.get(version.sha256) ?? 0) + 1);
  return uses;
}
