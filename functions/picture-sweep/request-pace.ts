// The sweep's share of the tenant's rate limit, which logins' pages and deployments use too.
import { pause } from "../services/deadline.ts";
import type { Deadline } from "../services/deadline.ts";
import type { Pace } from "../services/tenant-calls.ts";

/** In milliseconds: whatever Auth0 says. */
const longestWait = 10_000;

/**
 * At most so many calls a second; and none while less than half is left of what the tenant can take at once, until
 * Auth0 says that there is more: then others call, and they come first.
 */
export function requestPace(perSecond: number, deadline: Deadline, now: () => number = Date.now): Pace {
  let next = 0;
  return {
    async turn() {
      const at = Math.max(next, now());
      next = at + 1000 / perSecond;
      if (at > now()) await pause(deadline, at - now());
    },
    heed({ headers }) {
      const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) =>
        Number(headers.get(`x-ratelimit-${name}`) ?? NaN),
      ) as [number, number, number];
      if (remaining < limit / 2) next = Math.max(next, Math.min(reset * 1000, now() + longestWait));
    },
  };
}
