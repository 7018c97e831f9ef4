// The order of versions.

const numeric = new Intl.Collator("en", { numeric: true });

/** Whether version `a` comes before version `b`. Both are numbers joined by dots. */
export function isOlder(a: string, b: string): boolean {
  return numeric.compare(a, b) < 0;
}
