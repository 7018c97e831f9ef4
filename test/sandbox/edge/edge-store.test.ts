// What an edge keeps of many objects: each change at once, in a file that does not grow with all of them.
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { controlPlane } from "../../../sandbox/edge/control-plane.ts";
import type { ControlPlane } from "../../../sandbox/edge/control-plane.ts";
import { openStore, readEdgeState } from "../../../sandbox/edge/edge-store.ts";

const bucket = "pictures";
let folder: string;
let api: ControlPlane;
const opened = () => controlPlane(openStore(folder));
const put = (key: string, text = key) => api.putObject(bucket, key, Buffer.from(text), {});
const linesFile = () => join(folder, "edge-objects.jsonl");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "edge-"));
  api = opened();
  api.createBucket(bucket, "us-east-1");
  api.putBucketVersioning(bucket, "Enabled");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("each change of an object is kept, whenever the edge is killed", () => {
  for (const key of ["u/2", "u/1", "u/3"]) put(key);
  const replaced = put("u/1", "another");
  api.deleteObject(bucket, "u/2");
  api.deleteObjectVersions(bucket, "u/3");
  const before = api.getBucket(bucket);
  const written = statSync(join(folder, "edge.json")).mtimeMs;

  // Nothing has been closed.
  expect(readEdgeState(folder).buckets[bucket]).toEqual(before);
  expect(statSync(join(folder, "edge.json")).mtimeMs).toBe(written);
  const again = opened();
  expect(again.getBucket(bucket)).toEqual(before);
  expect(again.headObject(bucket, "u/1")).toEqual(replaced);
  expect(again.listObjectVersions(bucket)).toEqual(["u/1", "u/2"]);
});

test("half a line, which a kill has left, is no change", () => {
  const { etag } = put("u/1");
  appendFileSync(linesFile(), readFileSync(linesFile(), "utf8").replaceAll("u/1", "u/2").slice(0, 40));

  api = opened();
  expect(api.listObjectVersions(bucket)).toEqual(["u/1"]);
  put("u/3");
  expect(opened().listObjectVersions(bucket)).toEqual(["u/1", "u/3"]);
  expect(opened().headObject(bucket, "u/1")).toMatchObject({ etag });
});

test("lines of a bucket that is gone are left out, and those of its namesake are its own", () => {
  put("u/1");
  const lines = readFileSync(linesFile(), "utf8");
  api.deleteObjectVersions(bucket, "u/1");
  api.deleteBucket(bucket);
  expect(existsSync(linesFile())).toBe(false);
  // As after a kill between the two files.
  appendFileSync(linesFile(), lines);
  expect(opened().getBucket(bucket)).toBeUndefined();
});

test("the lines are taken into the state when they are as long as it, and the bytes of what is gone are removed", () => {
  const metadata = { text: "x".repeat(300_000) };
  const longest = [1, 2, 3, 4, 5, 6].map((n) => {
    api.putObject(bucket, "u/1", Buffer.from(`text ${n}`), { metadata: { ...metadata, n: String(n) } });
    api.deleteObjectVersion(bucket, "u/1", api.getBucket(bucket)?.noncurrentVersions?.["u/1"]?.[0]?.versionId ?? "");
    return existsSync(linesFile()) ? statSync(linesFile()).size : 0;
  });

  expect(longest).toContain(0);
  expect(Math.max(...longest)).toBeLessThan(1024 * 1024);
  expect(opened().getBucket(bucket)).toEqual(api.getBucket(bucket));
  expect(readdirSync(join(folder, "objects"))).toEqual([api.headObject(bucket, "u/1")?.sha256]);
});

test("bytes that two objects have stay until neither has them, also after a restart", () => {
  put("u/1", "same");
  put("u/2", "same");
  api = opened();
  api.deleteObjectVersions(bucket, "u/1");
  expect(api.getObject(bucket, "u/2").toString()).toBe("same");
  api.deleteObjectVersions(bucket, "u/2");
  expect(readdirSync(join(folder, "objects"))).toEqual([]);
});
