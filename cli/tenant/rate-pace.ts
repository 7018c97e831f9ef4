// The tenant's rate limit, which all calls of one process keep together. Auth0 counts with a bucket of tokens that
// refills, and each answer says how many are left (Auth0 docs, "Rate Limit Policy"). So many calls are sent at once; at
// none everybody waits until the second that the answer names, and then one call finds out how many there are.
//
// Some plans have a bucket for all calls, others one for each group of endpoints, such as "Write Users" (docs, "Rate
// Limit Configurations"). Which group an endpoint is of, answers do not say; but they say how large its bucket is, and
// endpoints whose buckets are of one size are taken to share one.
import { createTenantClock } from "./tenant-clock.ts";
import type { TenantClock } from "./tenant-clock.ts";

export interface RatePace {
  /**
   * Sends a call when its turn has come: who asked first is first.
   *
   * @throws the signal's reason, if it is aborted before
   */
  send(call: () => Promise<Response>, options: CallOptions): Promise<Response>;
}

export interface CallOptions {
  /** The endpoint, such as `PATCH users`. */
  readonly endpoint: string;
  /** Whether it is sent even after the abort, because something else has been done for it. @default false */
  readonly isPromised?: boolean;
}

export interface RatePaceOptions {
  /** Ends every wait at once. What has been sent goes on. */
  readonly signal: AbortSignal;
  /** Is told why calls wait when they begin to, and undefined when none waits any more. */
  readonly onWait?: ((reason: string | undefined) => void) | undefined;
}

/** In milliseconds. No limit is longer. */
const longestHold = 60_000;
/** In milliseconds: after a 429, and after the last call that the limit allows, where neither says until when. */
const blindHold = { refused: 5000, spent: 1000 };
const shortestHold = 100;

/** Calls at once, where no answer says how many may be sent: one more for each answer, half as many for a 429. */
const mostBlind = 32;

/** In milliseconds: how much later than it seems a refused call shows the tenant's second to begin; and in all. */
const later = { step: 50, most: 300 };

/**
 * A hold ends with a whole second, and a small bucket can be full before. After a hold that found it full the next one
 * is shorter, by this share and by so much at most; after a call that came too early it is longer again.
 */
const hasten = { step: 0.1, most: 0.5 };

interface Waiter {
  readonly go: (number: number) => void;
  readonly fail: (reason: unknown) => void;
  readonly isPromised: boolean;
}

export function createRatePace({ signal, onWait }: RatePaceOptions): RatePace {
  const clock = createTenantClock();
  const buckets = new Map<number, Bucket>();
  const bucketOf = new Map<string, Bucket>();
  const held = new Set<Bucket>();
  /** An endpoint's first call: most plans have one bucket. */
  const first = open();

  function open(): Bucket {
    const bucket = createBucket({
      ...{ signal, clock },
      tell(isWaiting) {
        const wasHeld = held.size > 0;
        if (isWaiting) held.add(bucket);
        else held.delete(bucket);
        if (wasHeld !== held.size > 0) onWait?.(isWaiting ? "Auth0's rate limit" : undefined);
      },
    });
    return bucket;
  }

  /** Whether the answer is of the bucket's own size, or else tells another one. */
  function isOf(bucket: Bucket, endpoint: string, answer: Response): boolean {
    const size = numberIn(answer.headers, "x-ratelimit-limit");
    if (size === undefined) return true;
    if (buckets.size === 0) buckets.set(size, first);
    const own = buckets.get(size) ?? open();
    buckets.set(size, own);
    bucketOf.set(endpoint, own);
    if (own !== bucket) own.learn(answer);
    return own === bucket;
  }

  return {
    send(call, { endpoint, isPromised = false }) {
      const bucket = bucketOf.get(endpoint) ?? first;
      return bucket.send(call, isPromised, (answer) => isOf(bucket, endpoint, answer));
    },
  };
}

interface Bucket {
  /** @param isOwn whether an answer says anything of this bucket */
  send(call: () => Promise<Response>, isPromised: boolean, isOwn: (answer: Response) => boolean): Promise<Response>;
  /** From the answer to a call that was sent for another bucket. */
  learn(answer: Response): void;
}

interface BucketOptions {
  readonly signal: AbortSignal;
  readonly clock: TenantClock;
  /** Is told whether its calls wait. */
  readonly tell: (isWaiting: boolean) => void;
}

function createBucket({ signal, clock, tell }: BucketOptions): Bucket {
  let waiting: Waiter[] = [];
  /** The calls under way, by the order in which they were sent. */
  const underWay = new Set<number>();
  let sent = 0;
  /** The latest call whose answer said how many are left; and how many. Undefined: answers do not say. */
  let heard = 0;
  let left: number | undefined = 1;
  /** The calls up to this one were sent before the last hold ended: what is left is without them. */
  let before = 0;
  let blind = 1;
  let heldUntil = 0;
  let lateness = 10;
  let haste = 0;
  /** The calls that were granted since the last hold ended. */
  let granted = 0;
  let timer: NodeJS.Timeout | undefined;

  signal.addEventListener("abort", () => {
    for (const { fail, isPromised } of waiting) if (!isPromised) fail(signal.reason);
    waiting = waiting.filter(({ isPromised }) => isPromised);
    goOn();
  });

  return {
    async send(call, isPromised, isOwn) {
      if (!isPromised) signal.throwIfAborted();
      const number = await new Promise<number>((go, fail) => {
        waiting.push({ go, fail, isPromised });
        goOn();
      });
      const sentAt = Date.now();
      try {
        const response = await call();
        clock.note(response.headers, sentAt);
        if (isOwn(response)) heed(number, response);
        return response;
      } finally {
        underWay.delete(number);
        goOn();
      }
    },
    learn(answer) {
      // Of a bucket whose calls have been answered already it says something only if there is none left.
      if (sent === 0) heed((sent = 1), answer);
      else if (answer.status === 429) heed(0, answer);
    },
  };

  /** Sends what may be sent, or looks again when more may be. */
  function goOn(): void {
    clearTimeout(timer);
    const rest = heldUntil - performance.now();
    if (rest > 0) {
      if (waiting.length > 0) timer = setTimeout(goOn, rest);
      tell(waiting.length > 0);
      return;
    }
    if (left === 0) {
      left = 1;
      before = sent;
      granted = 0;
    }
    while (waiting.length > 0 && callsUnderWay() < (left ?? blind)) {
      sent += 1;
      underWay.add(sent);
      waiting.shift()?.go(sent);
    }
    if (waiting.length === 0) tell(false);
  }

  function heed(number: number, { status, headers }: Response): void {
    const told = numberIn(headers, "x-ratelimit-remaining");
    const reset = numberIn(headers, "x-ratelimit-reset");
    const wait = reset === undefined ? undefined : clock.until(reset) + lateness;
    // A 429 that leaves calls is of something else: Auth0 runs so many jobs at once.
    if (status === 429 && (told ?? 0) === 0) {
      // It was the first after a hold, and came too early.
      if (number === before + 1) {
        if (haste > 0) haste = Math.max(0, haste - hasten.step);
        else lateness = Math.min(later.most, lateness + later.step);
      }
      blind = Math.max(1, Math.floor(blind / 2));
      left = 0;
      hold(Math.max(shortestHold, wait ?? blindHold.refused));
      return;
    }
    if (number <= before) return;
    if (told === undefined) {
      blind = Math.min(mostBlind, blind + 1);
      left = undefined;
      return;
    }
    // Answers overtake each other: what an earlier call was told can be out of date, but not by being too little.
    left = number > heard || left === undefined ? told : Math.min(left, told);
    heard = Math.max(heard, number);
    granted += 1;
    if (left > 0) return;
    const size = numberIn(headers, "x-ratelimit-limit");
    if (before > 0 && size !== undefined && granted >= size) haste = Math.min(hasten.most, haste + hasten.step);
    hold((wait ?? blindHold.spent) * (1 - haste));
  }

  function callsUnderWay(): number {
    let calls = 0;
    for (const number of underWay) if (number > before) calls += 1;
    return calls;
  }

  function hold(milliseconds: number): void {
    heldUntil = Math.max(heldUntil, performance.now() + Math.min(longestHold, milliseconds));
  }
}

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  const number = Number(text);
  return text === null || text === "" || !Number.isFinite(number) || number < 0 ? undefined : number;
}
