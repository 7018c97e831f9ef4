// Many calls, some of them at once.

/** @param atOnce how many. The first error is thrown when all that had begun have ended; no other begins after it */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    for (let at; (at = next++) < items.length;)
      try {
        results[at] = await act(items[at] as Item);
      } catch (error) {
        next = items.length;
        throw error;
      }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, work));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return results;
}
