// Work that may not overlap.

export interface SerialQueue {
  /** Begins the work when the work before it has ended, whether that succeeded or failed. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** The methods, whose calls all go through one queue. */
export function serialized<Methods extends object>(queue: SerialQueue, methods: Methods): Methods {
  const queued = ([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) =>
    [name, (...args: unknown[]) => queue.run(() => method(...args))] as const;
  return Object.fromEntries(Object.entries(methods).map(queued)) as Methods;
}
