// Assignments to one user beside uploads, logins, sweeps, a deletion and a link, in every order of their calls, failing
// and ended at any of them: what the user names, by metadata or root, is there and stays.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignPicture, objectsOf, writeAttribute } from "../../../cli/store/assign-picture.ts";
import type { PictureAttribute } from "../../../cli/store/assign-picture.ts";
import type { PictureBucket } from "../../../cli/store/picture-bucket.ts";
import type { TenantUser, UsersApi } from "../../../cli/tenant/users-api.ts";
import { sweepBucket } from "../../../functions/picture-sweep/sweep-bucket.ts";
import { longestUpload } from "../../../functions/services/user-folder.ts";
import { bucketStore, expire } from "../../functions/in-memory-bucket.ts";
import { baseUrl, callsOf, emptyWorld, outcome, request, userId, whole } from "../../functions/in-memory-services.ts";
import type { Failure, Plan, Turn, World } from "../../functions/in-memory-services.ts";
import { emptyEdge, sweepServices } from "../../functions/in-memory-sweep.ts";
import { isRare } from "../../rare.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? (isRare ? 10_000 : 200));
const day = 24 * 60 * 60_000;

const failures = fc
  .array(fc.tuple(fc.nat(20), fc.constantFrom<Failure>("before", "after")), { maxLength: 2 })
  .map((entries) => new Map(entries));
const endsAfter = fc.oneof({ arbitrary: fc.nat(20), weight: 1 }, { arbitrary: fc.constant(Infinity), weight: 2 });
const letters = fc.constantFrom("a" as const, "b" as const, "c" as const);
const attributes = fc.constantFrom<PictureAttribute>("metadata", "root");

const actors = fc.oneof(
  {
    arbitrary: fc.record({
      act: fc.constant("assign" as const),
      letter: letters,
      attribute: attributes,
      isKnown: fc.boolean(),
      endsAfter,
      failures,
    }),
    weight: 4,
  },
  fc.record({ act: fc.constant("unset" as const), attribute: attributes, endsAfter, failures }),
  {
    arbitrary: fc.record({
      act: fc.constant("upload" as const),
      request: fc.oneof(letters, fc.constant("DELETE" as const)),
      endsAfter,
      failures,
    }),
    weight: 3,
  },
  fc.record({ act: fc.constant("sweep" as const), endsAfter, failures }),
  fc.record({ act: fc.constantFrom("login" as const, "expire" as const, "link" as const, "delete" as const) }),
);
type Actor = typeof actors extends fc.Arbitrary<infer Value> ? Value : never;

const asUser = ({ picture, root }: World): TenantUser => ({
  user_id: userId,
  ...(root !== null && { picture: root }),
  user_metadata: picture === null ? {} : { picture },
});

/** The services as one run of a command reaches them. */
function commandServices(world: World, plan: Pick<Plan, "endsAfter" | "failures">, turn: Turn) {
  const call = callsOf(world, plan, turn);
  const users: Pick<UsersApi, "getUser" | "updateUser"> = {
    getUser: () => call(() => (world.isDeleted ? undefined : asUser(world))),
    updateUser: (_, change) =>
      call(() => {
        if (world.isDeleted) return undefined;
        if ("picture" in change) world.root = change.picture;
        else world.picture = change.user_metadata.picture;
        return asUser(world);
      }),
  };
  const bucket = { objects: bucketStore(world, call), urlOf: (key: string) => `${baseUrl}${key}` } as PictureBucket;
  return { bucket, users, now: () => world.clock };
}

const pictureOf = (letter: string) => {
  const bytes = Buffer.from(letter);
  return { webp: bytes, smallWebp: bytes, jpeg: bytes };
};

async function act(world: World, actor: Actor, turn: Turn): Promise<void> {
  switch (actor.act) {
    case "assign": {
      const user = actor.isKnown ? { user: asUser(world) } : {};
      const { letter, attribute } = actor;
      const assignment = { userId, picture: pictureOf(letter), attribute, ...user };
      return void (await assignPicture(commandServices(world, actor, turn), assignment));
    }
    case "unset":
      return void (await writeAttribute(commandServices(world, actor, turn), userId, actor.attribute, null));
    case "upload":
      return void (await request(world, { ...whole, ...actor }, turn));
    case "sweep":
      return sweepBucket(sweepServices(world, emptyEdge(), { ...actor, turn }));
    case "login":
      await turn();
      world.root = "https://provider.example/ada.png";
      return;
    case "delete":
      await turn();
      Object.assign(world, { isDeleted: true, picture: null, root: null });
      delete world.linkedPicture;
      return;
    case "link":
      await turn();
      if (!world.isDeleted) Object.assign(world, { isDeleted: true, linkedPicture: world.picture, picture: null });
      return;
    case "expire":
      await turn();
      for (const [key, { headers }] of world.objects) if (headers.tags["state"] === "replaced") expire(world, key);
  }
}

async function runAtOnce(scheduler: fc.Scheduler, history: readonly Actor[], all: readonly Actor[]) {
  const world = emptyWorld();
  for (const actor of history) await act(world, { ...actor, ...wholly }, async () => undefined).catch(() => undefined);
  for (const actor of all) void act(world, actor, () => scheduler.schedule(Promise.resolve())).catch(() => undefined);
  await scheduler.waitIdle();
  return world;
}

const wholly = { endsAfter: Infinity, failures: new Map<number, Failure>() };

describe("assignments beside everything else", () => {
  it("never let go what is named, and a sweep lets go the others", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(actors, { maxLength: 3 }),
        fc.array(actors, { minLength: 2, maxLength: 5 }),
        async (scheduler, history, all) => {
          const world = await runAtOnce(scheduler, history, all);

          expect(world.violations).toEqual([]);
          expect(outcome(world).named).not.toContain("replaced");
          for (const later of [day, 2 * day]) await sweepBucket(sweepServices(world, emptyEdge(), { later }));
          expect(world.violations).toEqual([]);
          expect(outcome(world).named).toEqual(outcome(world).named.length > 0 ? ["set"] : []);
          expect(["", "replaced"]).toContain(outcome(world).others.join());
        },
      ),
      { numRuns: runs },
    );
  });
});

describe("an assignment", () => {
  const assign = (world: World, letter: string, more: object = {}) =>
    assignPicture(
      commandServices(world, wholly, async () => undefined),
      { userId, picture: pictureOf(letter), ...more },
    );

  it("puts what is replaced on its way, but not what the other attribute names", async () => {
    const world = emptyWorld();
    await assign(world, "a", { attribute: "root" });
    const { url, uploaded, wasNamed } = await assign(world, "b", { format: "jpeg" });

    expect({ uploaded: uploaded.length, wasNamed, url }).toEqual({ uploaded: 3, wasNamed: false, url: world.picture });
    expect(url).toMatch(/\/[0-9a-f]{64}\.jpg$/);
    expect(outcome(world)).toEqual({ named: ["set"], others: [] });
    await assign(world, "c", { attribute: "root" });
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
    expect(world.objects.size).toBe(9);
  });

  it("sends no object again, wherever it was cut off, and nothing at all where all is done", async () => {
    const sent = (world: World) => [...world.objects.values(), ...[...world.earlier.values()].flat()];
    for (let ends = 0; ends < 20; ends += 1) {
      const world = emptyWorld();
      const cutOff = assignPicture(
        commandServices(world, { ...wholly, endsAfter: ends }, async () => undefined),
        {
          userId,
          picture: pictureOf("a"),
        },
      );
      await Promise.race([cutOff, new Promise((resolve) => setImmediate(resolve))]);
      const before = new Set(world.objects.keys());
      const { uploaded } = await assign(world, "a");

      expect(uploaded.filter((key) => before.has(key))).toEqual([]);
      expect(outcome(world)).toEqual({ named: ["set"], others: [] });
      const versions = sent(world).length;
      expect(await assign(world, "a", { user: asUser(world) })).toMatchObject({ uploaded: [], wasNamed: true });
      expect(sent(world)).toHaveLength(versions);
    }
  });

  it("stores what is not there, though the user names it", async () => {
    const world = emptyWorld();
    await assign(world, "a");
    const [key = ""] = world.objects.keys();
    world.objects.delete(key);

    expect(await assign(world, "a", { user: asUser(world) })).toMatchObject({ uploaded: [key], wasNamed: true });
    expect(world.objects.size).toBe(3);
  });

  it("does everything where the user is not known to have it wholly", async () => {
    const world = emptyWorld();
    await assign(world, "a");
    const user = asUser(world);
    await assign(world, "b");
    await assign(world, "a", { user });

    expect(world.picture).toBe(user.user_metadata?.["picture"]);
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
  });

  it("writes nothing of the user that an earlier run has written", async () => {
    const world = emptyWorld();
    const picture = pictureOf("a");
    world.picture = `${baseUrl}${objectsOf({ userId, picture }).named}`;
    const { users, ...services } = commandServices(world, wholly, async () => undefined);
    const refusing = { ...users, updateUser: () => expect.fail("It is written already.") };
    const assignment = { userId, picture, user: asUser(world) };

    const assigned = await assignPicture({ ...services, users: refusing }, assignment);
    expect(assigned).toMatchObject({ url: world.picture, wasNamed: true });
    expect(outcome(world)).toEqual({ named: ["set"], others: [] });
  });

  it("leaves nothing of a user who is deleted, but what was there before", async () => {
    const world = emptyWorld();
    await assign(world, "a");
    Object.assign(world, { isDeleted: true, picture: null });
    world.clock += longestUpload + 1;
    const before = [...world.objects.keys()];
    await expect(assign(world, "b")).rejects.toMatchObject({ name: "NoSuchUserError" });

    expect([...world.objects.keys()]).toEqual(before);
  });
});
