// How fast something goes, by the last while alone: a pause, such as a rate limit's, is seen in it and then forgotten.

/** Milliseconds. */
const window = 30_000;
const step = 1000;

export interface ProgressPace {
  /** What has been done by now. */
  count(done: number): void;
  /** A second; undefined where too little has been seen. */
  rate(done: number): number | undefined;
}

/** @param now milliseconds, by a clock that never goes back */
export function startPace(done: number, now: () => number = () => performance.now()): ProgressPace {
  /** One a second at most, the oldest first. */
  const seen = [{ time: now(), done }];
  /** What is older than the window is forgotten, also while nothing happens. */
  const see = (current: number) => {
    const time = now();
    if (time - (seen.at(-1)?.time ?? 0) < step) return;
    seen.push({ time, done: current });
    while (time - (seen[1]?.time ?? time) >= window) seen.shift();
  };
  return {
    count: see,
    rate(current) {
      see(current);
      const [oldest] = seen;
      const elapsed = now() - (oldest?.time ?? 0);
      return oldest === undefined || elapsed < step ? undefined : ((current - oldest.done) * 1000) / elapsed;
    },
  };
}
