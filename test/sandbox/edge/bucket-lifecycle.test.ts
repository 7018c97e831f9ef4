// What S3's daily run does to versions and markers, by rules of each kind; and what the sandbox does not evaluate.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lifecycleRules } from "../../../components/picture-store/lifecycle-rules.ts";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import type { ControlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore } from "../../../sandbox/edge/edge-store.ts";
import type { LifecycleRule, StoredObject } from "../../../sandbox/edge/edge-state.ts";

let folder: string;
let api: ControlPlane;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "edge-"));
  api = controlPlane(openStore(folder));
  api.createBucket("pictures", "us-east-1");
  api.putBucketVersioning("pictures", "Enabled");
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (key: string, tags: Record<string, string> = {}) =>
  api.putObject("pictures", key, Buffer.from(key), { tags });
/** So many days and hours after an object was put. */
const later = ({ lastModified }: Pick<StoredObject, "lastModified">, days: number) =>
  new Date(Date.parse(lastModified) + days * 24 * 60 * 60_000);
const run = (now: Date, ...rules: object[]) => {
  const named = rules.map((rule, at) => ({ id: String(at), status: "Enabled", ...rule }));
  api.putBucketLifecycle("pictures", named);
  api.applyLifecycle("pictures", now);
};
const keys = () => Object.keys(api.getBucket("pictures")?.objects ?? {});
const expires = (days: number, filter?: object) => ({ expiration: { days }, ...(filter && { filter }) });

describe("an object", () => {
  it("expires at the midnight after its days, and not before", () => {
    const object = put("u/a");
    const midnight = new Date(new Date(later(object, 4)).setUTCHours(0, 0, 0, 0));
    run(new Date(midnight.getTime() - 1), expires(3));
    expect(keys()).toEqual(["u/a"]);
    run(midnight, expires(3));

    expect(keys()).toEqual([]);
    expect(api.getBucket("pictures")?.deleteMarkers).toMatchObject({ "u/a": { lastModified: midnight.toISOString() } });
    expect(api.getBucket("pictures")?.noncurrentVersions).toEqual({ "u/a": [object] });
    run(later(object, 6), expires(30));
    expect(api.deleteObjectVersion("pictures", "u/a", object.versionId ?? "")).toEqual(object);
  });

  it.each([
    [{ prefix: "u/" }, ["d/a", "d/b"]],
    [{ tag: { key: "state", value: "old" } }, ["d/a", "u/a"]],
    [{ and: { prefix: "u/", tags: { state: "old", of: "ada" } } }, ["d/a", "u/a", "d/b", "u/b"]],
    [{ and: { prefix: "u/", tags: { state: "old" } } }, ["d/a", "u/a", "d/b"]],
    [{ prefix: "", objectSizeGreaterThan: 0, __defaults: [] }, []],
    [undefined, []],
  ])("expires only where the filter says so: %j", (filter, left) => {
    for (const key of ["d/a", "u/a"]) put(key);
    for (const key of ["d/b", "u/b"]) put(key, { state: "old" });
    run(later(put("u/last", { state: "old", of: "ada" }), 2), expires(1, filter));

    expect(keys()).toEqual(left);
  });

  it("stays where the rule is disabled, and goes for good from a bucket without versions", () => {
    const object = put("u/a");
    run(later(object, 2), { ...expires(1), status: "Disabled" });
    expect(keys()).toEqual(["u/a"]);
    api.createBucket("plain", "us-east-1");
    api.putObject("plain", "u/b", Buffer.from("b"), {});
    api.putBucketLifecycle("plain", [{ id: "a", status: "Enabled", expiration: { days: 1 } }] as LifecycleRule[]);
    api.applyLifecycle("plain", later(object, 3));
    expect(api.listObjectVersions("plain")).toEqual([]);
    expect(readdirSync(join(folder, "objects"))).toHaveLength(1);
  });
});

describe("what is not current", () => {
  it("goes so many days after the next one came, a marker too", () => {
    const first = put("u/a");
    api.deleteObject("pictures", "u/a");
    put("u/a");
    const rule = { noncurrentVersionExpiration: { noncurrentDays: 7 } };
    run(later(first, 6), rule);
    expect(api.getBucket("pictures")?.noncurrentVersions?.["u/a"]).toHaveLength(2);
    run(later(first, 9), rule);

    expect(api.getBucket("pictures")).toMatchObject({ noncurrentVersions: {}, deleteMarkers: {} });
    expect(keys()).toEqual(["u/a"]);
  });

  it("leaves a marker that only a rule for markers takes away, or one with days when it is old enough", () => {
    const first = put("u/a");
    api.deleteObject("pictures", "u/a");
    const versions = { noncurrentVersionExpiration: { noncurrentDays: 1 } };
    run(later(first, 3), versions);
    expect(api.getBucket("pictures")).toMatchObject({ objects: {}, noncurrentVersions: {} });
    run(later(first, 3), { expiration: { expiredObjectDeleteMarker: true }, filter: { prefix: "d/" } });
    run(later(first, 3), expires(5));
    // A marker has no tags.
    run(later(first, 9), expires(5, { tag: { key: "state", value: "old" } }));
    expect(api.listObjectVersions("pictures")).toEqual(["u/a"]);
    run(later(first, 9), expires(5));
    expect(api.listObjectVersions("pictures")).toEqual([]);
  });

  it("is what a store without uploads lets go: of what is deleted nothing is left, and the rest stays", () => {
    for (const key of ["d/default", "u/deleted"]) put(key, { state: "replaced" });
    api.deleteObject("pictures", "u/deleted");
    const rules = lifecycleRules({});
    const object = put("d/default");
    run(later(object, 7), ...rules);
    expect(api.listObjectVersions("pictures")).toEqual(["d/default", "u/deleted"]);
    run(later(object, 1000), ...rules);

    expect(api.listObjectVersions("pictures")).toEqual(["d/default"]);
    expect(api.getBucket("pictures")).toMatchObject({ objects: { "d/default": object }, noncurrentVersions: {} });
  });
});

it.each([
  [{ expiration: { date: "2027-01-01T00:00:00Z" } }, "expiration.date"],
  [{ noncurrentVersionExpiration: { noncurrentDays: 1, newerNoncurrentVersions: 2 } }, "newerNoncurrentVersions"],
  [expires(1, { objectSizeGreaterThan: 5 }), "filter.objectSizeGreaterThan"],
  [expires(1, { and: { prefix: "", objectSizeLessThan: 5 } }), "filter.and.objectSizeLessThan"],
])("the rule %j is not evaluated, and then nothing is done", (rule, setting) => {
  const object = put("u/a");

  expect(() => run(later(object, 9), expires(1), rule)).toThrow(setting);
  expect(keys()).toEqual(["u/a"]);
  expect(() => run(later(object, 9), expires(1), { ...rule, status: "Disabled" })).not.toThrow();
});
