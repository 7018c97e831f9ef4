// Uploads of one user at once, in every order of their steps, cut off and failing at any of them: what the user's
// metadata names is there and stays, and what it does not name goes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyWorld, outcome, request, sweep, whole } from "./in-memory-services.ts";
import type { Plan } from "./in-memory-services.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 500);

const requests = fc.constantFrom<Plan["request"]>("a", "b", "c", "DELETE");
const histories = fc.array(requests, { maxLength: 3 });
const failures = fc
  .array(fc.tuple(fc.nat(20), fc.constantFrom<"before" | "after">("before", "after")), { maxLength: 2 })
  .map((entries) => new Map(entries));
const wholePlans = requests.map((one) => ({ ...whole, request: one }));
const anyPlans = fc.record({
  request: requests,
  writesBack: fc.constant(true),
  endsAfter: fc.oneof(fc.nat(25), fc.constant(Infinity)),
  failures,
});

async function runAtOnce(scheduler: fc.Scheduler, history: readonly Plan["request"][], plans: readonly Plan[]) {
  const world = emptyWorld();
  for (const one of history) await request(world, { ...whole, request: one });
  const answers: number[] = [];
  for (const plan of plans)
    void request(world, plan, () => scheduler.schedule(Promise.resolve())).then(({ statusCode }) =>
      answers.push(statusCode),
    );
  await scheduler.waitIdle();
  return { world, answers };
}

describe("uploads of one user at once", () => {
  it("leave one picture that stays, and let all others go", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        histories,
        fc.array(wholePlans, { minLength: 2, maxLength: 3 }),
        async (scheduler, history, plans) => {
          const { world, answers } = await runAtOnce(scheduler, history, plans);

          expect(world.violations).toEqual([]);
          expect(answers).toEqual(plans.map(() => 200));
          expect(outcome(world).named).toEqual(world.picture === null ? [] : ["set"]);
          expect(["", "replaced"]).toContain(outcome(world).others.join());
        },
      ),
      { numRuns: runs },
    );
  });

  it("never let go what is named, wherever they end or fail, and a sweep lets go the others", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        histories,
        fc.array(anyPlans, { minLength: 1, maxLength: 3 }),
        async (scheduler, history, plans) => {
          const { world } = await runAtOnce(scheduler, history, plans);

          expect(world.violations).toEqual([]);
          expect(outcome(world).named).not.toContain("replaced");
          await sweep(world);
          expect(outcome(world).named).toEqual(world.picture === null ? [] : ["set"]);
          expect(["", "replaced"]).toContain(outcome(world).others.join());
        },
      ),
      { numRuns: 2 * runs },
    );
  });
});
