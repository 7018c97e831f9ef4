// How far the sweep has come in the bucket, from one run to the next: one small object, outside of what an edge serves.
// A parameter of the deployment's would be a difference at each of its refreshes.
import type { ObjectStore } from "../services/object-store.ts";

export interface SweepCounts {
  /** That were looked at, by what came of it. */
  readonly folders: number;
  /** Nothing was to be done, by the tenant's search. */
  readonly settled: number;
  /** The user was asked for alone, and is there. */
  readonly asked: number;
  /** The user is another's identity. */
  readonly linked: number;
  /** The user is gone. */
  readonly gone: number;
  /** No tag says whose it is. */
  readonly unowned: number;
}

export interface SweepPosition {
  /** When the pass that is under way, or the last one, began. ISO 8601. */
  readonly started: string;
  /** When it had come to the bucket's end; undefined while it is under way. */
  readonly ended?: string;
  /** The folder that was the last. */
  readonly after?: string;
  readonly counts: SweepCounts;
  /** What could not be done and has to be tried again. */
  readonly failed: readonly string[];
  /**
   * The beginning of the last pass after which nothing was left to try again: every user who was deleted before has no
   * picture. Before there is one, the beginning of the first pass.
   */
  readonly clean: string;
}

const key = "sweep/position.json";

export const noCounts: SweepCounts = { folders: 0, settled: 0, asked: 0, linked: 0, gone: 0, unowned: 0 };

/** @returns undefined before the first run, and where somebody has put something else there */
export async function readPosition(store: ObjectStore): Promise<SweepPosition | undefined> {
  const object = await store.readText(key);
  if (object === undefined) return undefined;
  try {
    const { started, ended, after, counts, failed, clean } = JSON.parse(object.text) as Partial<SweepPosition>;
    if (![started, clean].every((time) => Number.isFinite(Date.parse(time ?? "")))) return undefined;
    return {
      started: started ?? "",
      ...(typeof ended === "string" && { ended }),
      ...(typeof after === "string" && { after }),
      counts: { ...noCounts, ...counts },
      failed: Array.isArray(failed) ? failed : [],
      clean: clean ?? "",
    };
  } catch {
    return undefined;
  }
}

/** The earlier versions say nothing any more. */
export async function writePosition(store: ObjectStore, position: SweepPosition): Promise<void> {
  const versionId = await store.writeText(key, JSON.stringify(position));
  const { versions } = await store.listVersions(key);
  const earlier = versions.filter((version) => !version.isLatest && version.versionId !== versionId);
  for (const version of earlier) await store.deleteVersion(key, version.versionId);
}
