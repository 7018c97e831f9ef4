// A job of the tenant, such as an export: Auth0 does it some time, and is asked until it has.
import { setTimeout as sleep } from "node:timers/promises";
import type { ManagementClient } from "auth0";
import { CommandError } from "../terminal/command-error.ts";

export type FinishedJob = Awaited<ReturnType<ManagementClient["jobs"]["get"]>>;

/** In milliseconds: Auth0 gives up jobs after two hours (docs, "Bulk User Imports"), and one can wait for others. */
const longestJob = 4 * 60 * 60_000;

/** In milliseconds, between two questions: each is one of the calls that the rate limit allows. */
const pause = { first: 200, longest: 5000, factor: 1.5 };

/**
 * The job as it is when nothing more becomes of it: `completed`, `failed` or `expired`.
 *
 * @param get asks for the job
 * @throws CommandError if it does not end; the signal's reason
 */
export async function finishedJob(get: () => Promise<FinishedJob>, signal: AbortSignal): Promise<FinishedJob> {
  const until = performance.now() + longestJob;
  for (let delay = pause.first; ; delay = Math.min(pause.longest, delay * pause.factor)) {
    const job = await get();
    if (["completed", "failed", "expired"].includes(job.status)) return job;
    if (performance.now() > until) {
      throw new CommandError(
        `Auth0's job ${job.id} is still ${job.status} after hours. Look for it in the tenant's logs.`,
      );
    }
    await sleep(delay, undefined, { signal });
  }
}
