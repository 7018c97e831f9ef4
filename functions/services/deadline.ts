// How long a call may take: until the function's own end, less what an answer needs.
import { setTimeout as sleep } from "node:timers/promises";

export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** Of one invocation. */
export interface Deadline {
  /** In milliseconds; 0 or less if nothing more can be begun. */
  remaining(): number;
}

/** @param reserve milliseconds that are kept for the answer */
export function deadlineOf(remainingTimeInMillis: () => number, reserve = 500): Deadline {
  return { remaining: () => remainingTimeInMillis() - reserve };
}

/** For a call: it ends by itself after at most so many milliseconds. @throws DeadlineError if there is no time left */
export function signalWithin(deadline: Deadline, most: number): AbortSignal {
  const remaining = deadline.remaining();
  if (remaining <= 0) throw new DeadlineError("No time is left.");
  return AbortSignal.timeout(Math.max(1, Math.min(most, remaining)));
}

/** @throws DeadlineError at once, if the time left is shorter */
export async function pause(deadline: Deadline, milliseconds: number): Promise<void> {
  if (milliseconds >= deadline.remaining()) throw new DeadlineError("To wait would take longer than is left.");
  await sleep(milliseconds);
}
