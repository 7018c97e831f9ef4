// The cache behaviours of a distribution, each with the name that a violation gives it.

export interface NamedCacheBehavior<T> {
  /** Such as `orderedCacheBehaviors[0]`. */
  readonly name: string;
  readonly property: string;
  readonly props: T;
}

/** @param others by their property: a MultitenantDistribution calls them `cacheBehaviors` */
export function namedCacheBehaviors<T>(
  defaultCacheBehavior: T,
  others: Readonly<Record<string, readonly T[] | undefined>>,
): NamedCacheBehavior<T>[] {
  return [
    { name: "defaultCacheBehavior", property: "defaultCacheBehavior", props: defaultCacheBehavior },
    ...Object.entries(others).flatMap(([property, behaviors = []]) =>
      behaviors.map((props, index) => ({ name: `${property}[${index}]`, property, props })),
    ),
  ];
}
