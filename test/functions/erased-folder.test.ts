// The erasure of a user's folder, by the sweep and by Auth0's event, with something else at each moment of it: it ends
// there, or the user is there again, or another names the picture. And what the bucket has no more, and the edge has.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { lifecycleRules } from "../../components/picture-store/lifecycle-rules.ts";
import { noteDeletedUser, readAuth0Event } from "../../functions/picture-sweep/deleted-user.ts";
import { sweepBucket } from "../../functions/picture-sweep/sweep-bucket.ts";
import type { SweepServices } from "../../functions/picture-sweep/sweep-bucket.ts";
import { noCounts, writePosition } from "../../functions/picture-sweep/sweep-position.ts";
import { uploadCacheControl } from "../../functions/services/user-folder.ts";
import { expire, versionsIn } from "./in-memory-bucket.ts";
import { baseUrl, emptyWorld, outcome, request, userId, whole } from "./in-memory-services.ts";
import type { World } from "./in-memory-services.ts";
import { emptyEdge, sweepServices, view } from "./in-memory-sweep.ts";
import type { Edge, SweepPlan } from "./in-memory-sweep.ts";

const day = 24 * 60 * 60_000;
const folder = userFolder(userId);
const ways = { "the sweep": sweepBucket, "the event": byTheEvent };

/** The next run rests, but for what the event has noted. */
async function byTheEvent(services: SweepServices): Promise<void> {
  const started = new Date(services.now()).toISOString();
  await writePosition(services.store, { started, ended: started, counts: noCounts, failed: [], clean: started });
  await noteDeletedUser(services.store, userId);
  await sleep(services.searchLag);
  await sweepBucket({ ...services, now: () => services.now() + services.searchLag });
}

const notesIn = (world: World) => [...versionsIn(world, "sweep/gone/"), ...versionsIn(world, "sweep/told/")];

/** A user with two pictures, one of which is replaced, who is deleted then; an edge has both. */
async function deletedUser(keepsVersions = true): Promise<{ world: World; edge: Edge }> {
  const world = emptyWorld(keepsVersions);
  const edge = emptyEdge();
  for (const one of ["a", "b"] as const) await request(world, { ...whole, request: one });
  for (const key of world.objects.keys()) view(world, edge, key);
  Object.assign(world, { isDeleted: true, picture: null });
  return { world, edge };
}

/** Runs it, and something else at its call of that number. @returns how many calls it made */
async function runWith(
  run: (services: ReturnType<typeof sweepServices>) => Promise<void>,
  world: World,
  edge: Edge,
  at: number,
  act: () => Promise<unknown>,
  plan: SweepPlan = {},
): Promise<number> {
  let turns = 0;
  const turn = async () => {
    // A call has two: one before it takes effect, and one after.
    if (turns++ === at * 2) await act();
  };
  await run(sweepServices(world, edge, { ...plan, turn }));
  return Math.ceil(turns / 2);
}

const nothing = async () => undefined;
const sweepLater = async (world: World, edge: Edge) => {
  for (const later of [day, 2 * day]) await sweepBucket(sweepServices(world, edge, { later }));
};

describe.each(Object.entries(ways))("an erasure by %s", (_, run) => {
  it.each([true, false])("leaves nothing, in a bucket that keeps versions: %s", async (keepsVersions) => {
    const { world, edge } = await deletedUser(keepsVersions);
    expect(edge.cached.size).toBe(6);

    await run(sweepServices(world, edge));
    expect(versionsIn(world, "u/")).toEqual([]);
    expect(notesIn(world)).toEqual([]);
    expect([...edge.cached]).toEqual([]);
    expect(edge.forgotten).toEqual([cacheTag(userId)]);
  });

  it("can end at any of its calls, and a later run does the rest", async () => {
    const first = await deletedUser();
    const calls = await runWith(run, first.world, first.edge, Infinity, nothing);
    expect(calls).toBeGreaterThan(20);

    for (const endsAfter of Array(calls).keys()) {
      const { world, edge } = await deletedUser();
      void run(sweepServices(world, edge, { endsAfter })).catch(() => undefined);
      for (let wait = 0; wait < 20; wait += 1) await new Promise(setImmediate);
      await sweepLater(world, edge);

      const where = `after ${endsAfter} calls`;
      expect(versionsIn(world, "u/"), where).toEqual([]);
      expect([...edge.cached], where).toEqual([]);
      expect(notesIn(world), where).toEqual([]);
    }
  });

  it("takes nothing from a user who is there again, and whose picture was put at any moment of it", async () => {
    const first = await deletedUser();
    const calls = await runWith(run, first.world, first.edge, Infinity, nothing);

    for (const at of Array(calls).keys()) {
      const { world, edge } = await deletedUser();
      await runWith(run, world, edge, at, async () => {
        world.isDeleted = false;
        // The same picture as before, and so under the same name.
        await request(world, { ...whole, request: "a" });
      });

      expect(world.violations, `at call ${at}`).toEqual([]);
      expect(outcome(world).named, `at call ${at}`).toEqual(["set"]);
      await sweepLater(world, edge);
      expect(world.violations, `at call ${at}`).toEqual([]);
    }
  });

  it("takes nothing that another user names, to whom the user was linked; the search may say so late", async () => {
    for (const isBehind of [false, true]) {
      const world = emptyWorld();
      const edge = emptyEdge();
      for (const one of ["a", "b"] as const) await request(world, { ...whole, request: one });
      const { picture } = world;
      Object.assign(world, { isDeleted: true, linkedPicture: picture });
      const behind = { isDeleted: true, picture: null, root: null };
      const started = performance.now();
      // The search is behind for as long as it may be.
      const indexed = () => (isBehind && performance.now() - started < 15 ? behind : world);
      await run(sweepServices(world, edge, { indexed, searchLag: 20 }));

      expect(world.violations).toEqual([]);
      expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
    }
  });

  it("lets go the pictures of a linked user that nobody names", async () => {
    const { world, edge } = await deletedUser();
    world.linkedPicture = "https://example.com/another.png";

    await run(sweepServices(world, edge));
    expect(outcome(world)).toEqual({ named: [], others: ["replaced"] });
    // Who finishes a note does not know what was done of it before.
    expect(edge.forgotten).toEqual(run === byTheEvent ? [cacheTag(userId)] : []);
  });

  it("finds by the versions that are left what the edge can still have", async () => {
    const { world, edge } = await deletedUser();
    for (const key of [...world.objects.keys()]) expire(world, key);

    await run(sweepServices(world, edge));
    expect(versionsIn(world, "u/")).toEqual([]);
    expect([...edge.cached]).toEqual([]);
  });

  it("erases what an application's own uploader has put beside the function's", async () => {
    const { world, edge } = await deletedUser();
    const [stored] = world.objects.values();
    const headers = { contentType: "", cacheControl: "", cacheTag: "", tags: {} };
    if (stored) world.objects.set(`${folder}own.png`, { ...stored, headers });

    await run(sweepServices(world, edge));
    expect(versionsIn(world, "u/")).toEqual([]);
  });
});

describe("an edge", () => {
  it("keeps no picture longer than the bucket keeps a version of it", () => {
    const [, seconds] = /max-age=(\d+)/.exec(uploadCacheControl) ?? [];
    const [, days] = /"noncurrentDays":(\d+)/.exec(JSON.stringify(lifecycleRules({}))) ?? [];

    expect(uploadCacheControl).not.toContain("s-maxage");
    expect(Number(seconds)).toBeLessThanOrEqual(Number(days) * 24 * 60 * 60);
  });
});

describe("Auth0's event", () => {
  const data = { object: { user_id: userId, deleted_at: "2026-11-27T00:00:00Z" } };
  const source = "aws.partner/auth0.com/example-1234/auth0.events";

  it.each([
    ["the whole event as the detail", { source, detail: { type: "user.deleted", data } }],
    ["its data as the detail", { source, "detail-type": "user.deleted", detail: data }],
    ["not wrapped at all", { source: "urn:auth0:example", type: "user.deleted", data }],
  ])("is read in every form: %s", (_, event) => {
    expect(readAuth0Event(event)).toEqual({ type: "user.deleted", isTest: false, userId });
  });

  it("is told from a test, from other events and from a schedule", () => {
    const detail = { type: "user.deleted", a0purpose: "test", data };

    expect(readAuth0Event({ source, detail })).toMatchObject({ isTest: true });
    expect(readAuth0Event({ source, detail: { type: "user.updated", data } })).toMatchObject({ type: "user.updated" });
    expect(readAuth0Event({ source, detail: { type: "user.deleted" } })?.userId).toBeUndefined();
    expect(readAuth0Event({ source: "aws.events", "detail-type": "Scheduled Event", detail: {} })).toBeUndefined();
    expect(readAuth0Event({})).toBeUndefined();
  });

  it("makes a note alone, and none of a user who has no pictures", async () => {
    const world = emptyWorld();
    const edge = emptyEdge();
    expect(await noteDeletedUser(sweepServices(world, edge).store, userId)).toBe(false);
    expect(notesIn(world)).toEqual([]);

    await request(world, { ...whole, request: "a" });
    world.isDeleted = true;
    expect(await noteDeletedUser(sweepServices(world, edge).store, userId)).toBe(true);
    expect(notesIn(world)).toHaveLength(1);
    expect(outcome(world).others).toEqual(["set"]);
  });

  it("changes nothing of a user who is there", async () => {
    const world = emptyWorld();
    const edge = emptyEdge();
    await request(world, { ...whole, request: "a" });

    await byTheEvent(sweepServices(world, edge));
    expect(outcome(world)).toEqual({ named: ["set"], others: [] });
    expect(world.picture).toContain(baseUrl);
    expect(notesIn(world)).toEqual([]);
  });

  it("is looked at once the search must know of a link, and not before", async () => {
    const { world, edge } = await deletedUser();
    const searchLag = 60_000;
    const { store } = sweepServices(world, edge);
    const started = new Date(world.clock).toISOString();
    await writePosition(store, { started, ended: started, counts: noCounts, failed: [], clean: started });
    await noteDeletedUser(store, userId);

    await sweepBucket(sweepServices(world, edge, { searchLag, later: searchLag - 1000 }));
    expect(versionsIn(world, "u/")).not.toEqual([]);
    await sweepBucket(sweepServices(world, edge, { searchLag, later: searchLag + 1000 }));
    expect(versionsIn(world, "u/")).toEqual([]);
  });

  it("does not hold up what is said of those who were deleted before, and does where it came before the pass", async () => {
    for (const [came, isClean] of [
      ["after", true],
      ["before", false],
    ] as const) {
      const { world, edge } = await deletedUser();
      if (came === "before") await noteDeletedUser(sweepServices(world, edge).store, userId);
      world.clock += day;
      if (came === "after") await noteDeletedUser(sweepServices(world, edge).store, userId);
      const services = sweepServices(world, edge, { searchLag: 2 * day });
      const started = new Date(world.clock).toISOString();
      const clean = new Date(world.clock - day).toISOString();
      await writePosition(services.store, { started, ended: started, counts: noCounts, failed: [], clean });

      await sweepBucket(services);
      expect(services.reports.at(-1)?.clean, came).toBe(isClean ? started : clean);
    }
  });
});
