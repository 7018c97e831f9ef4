// A sweep, or several at once, beside uploads of the same user, a deletion, a link and viewers, in every order of their
// calls, failing and ended at any of them: what is named is there; and once the world is quiet, the next sweeps leave
// nothing of a user who is gone, neither in the bucket nor at an edge, and let go what nobody names.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { userFolder } from "../../components/picture-store/image.ts";
import { noteDeletedUser } from "../../functions/picture-sweep/deleted-user.ts";
import { sweepBucket } from "../../functions/picture-sweep/sweep-bucket.ts";
import { isRare } from "../rare.ts";
import { expire, versionsIn } from "./in-memory-bucket.ts";
import { baseUrl, emptyWorld, outcome, request, userId, whole } from "./in-memory-services.ts";
import type { Failure, Plan, Turn, World } from "./in-memory-services.ts";
import { emptyEdge, sweepServices, view } from "./in-memory-sweep.ts";
import type { Edge } from "./in-memory-sweep.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? (isRare ? 10_000 : 200));
const day = 24 * 60 * 60_000;

const failures = fc
  .array(fc.tuple(fc.nat(30), fc.constantFrom<Failure>("before", "after")), { maxLength: 2 })
  .map((entries) => new Map(entries));
const ends = fc.oneof({ arbitrary: fc.nat(40), weight: 1 }, { arbitrary: fc.constant(Infinity), weight: 2 });
const requests = fc.constantFrom<Plan["request"]>("a", "b", "c", "DELETE");

const actors = fc.oneof(
  fc.record({
    act: fc.constant("upload" as const),
    request: requests,
    endsAfter: ends,
    failures: fc
      .array(fc.tuple(fc.nat(20), fc.constantFrom<Failure>("before", "after", "late")), { maxLength: 2 })
      .map((entries) => new Map(entries)),
  }),
  fc.record({ act: fc.constantFrom("sweep" as const, "event" as const), endsAfter: ends, failures }),
  fc.record({ act: fc.constantFrom("delete" as const, "create" as const, "link" as const, "view" as const) }),
  fc.record({ act: fc.constant("expire" as const), stem: fc.nat(8) }),
);
type Actor = typeof actors extends fc.Arbitrary<infer Value> ? Value : never;

/** Everything that an actor does, each step in its turn. */
async function act(world: World, edge: Edge, actor: Actor, turn: Turn): Promise<void> {
  switch (actor.act) {
    case "upload":
      return void (await request(world, { ...whole, ...actor }, turn));
    case "sweep":
      return sweepBucket(sweepServices(world, edge, { ...actor, turn }));
    case "event":
      return void (await noteDeletedUser(sweepServices(world, edge, { ...actor, turn }).store, userId));
    case "delete":
    case "create":
    case "link":
    case "view":
    case "expire":
      await turn();
      return change(world, edge, actor);
  }
}

function change(world: World, edge: Edge, actor: Exclude<Actor, { readonly failures: unknown }>): void {
  switch (actor.act) {
    case "delete":
      Object.assign(world, { isDeleted: true, picture: null, root: null });
      delete world.linkedPicture;
      return;
    case "create":
      // By an import, which brings no picture that was erased before.
      Object.assign(world, { isDeleted: false, picture: null, root: null });
      delete world.linkedPicture;
      return;
    case "link":
      // An application takes the picture over to the account that is left.
      if (world.isDeleted) return;
      Object.assign(world, { isDeleted: true, linkedPicture: world.picture, picture: null });
      return;
    case "view":
      for (const key of world.objects.keys()) view(world, edge, key);
      return;
    case "expire": {
      // A lifecycle rule lets go what is replaced.
      const replaced = [...world.objects].filter(([, { headers }]) => headers.tags["state"] === "replaced");
      const [key] = replaced[actor.stem] ?? [];
      if (key !== undefined) expire(world, key);
    }
  }
}

/** The runs of the days that follow, with nothing else at work. */
async function sweepForDays(world: World, edge: Edge): Promise<void> {
  for (const later of [day, 2 * day]) await sweepBucket(sweepServices(world, edge, { later }));
}

async function runAtOnce(scheduler: fc.Scheduler, history: readonly Plan["request"][], all: readonly Actor[]) {
  const world = emptyWorld();
  const edge = emptyEdge();
  for (const one of history) await request(world, { ...whole, request: one });
  for (const key of world.objects.keys()) view(world, edge, key);
  const turn = () => scheduler.schedule(Promise.resolve());
  // What fails, fails by what the test has drawn, or is seen at the end.
  for (const actor of all) void act(world, edge, actor, turn).catch(() => undefined);
  await scheduler.waitIdle();
  return { world, edge };
}

describe("a sweep beside uploads", () => {
  it("never erases what is named, and leaves nothing of a user who is gone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(requests, { maxLength: 3 }),
        fc.array(actors, { minLength: 2, maxLength: 5 }),
        async (scheduler, history, all) => {
          const { world, edge } = await runAtOnce(scheduler, history, all);

          await sweepForDays(world, edge);
          expect(world.violations).toEqual([]);
          if (world.isDeleted && world.linkedPicture === undefined) {
            expect(versionsIn(world, userFolder(userId))).toEqual([]);
            expect([...edge.cached]).toEqual([]);
          } else {
            const { named, others } = outcome(world);
            expect(named).toEqual((world.linkedPicture ?? world.picture)?.startsWith(baseUrl) ? ["set"] : []);
            expect(["", "replaced"]).toContain(others.join());
          }
          expect(versionsIn(world, "sweep/gone/")).toEqual([]);
        },
      ),
      { numRuns: runs },
    );
  });
});
