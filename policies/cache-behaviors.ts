// The cache behaviours of a distribution, each with the name that a violation gives it.

export interface NamedCacheBehavior<T> {
  /** Such as `orderedCacheBehaviors[0]`. */
  readonly name: string;
  readonly property: "defaultCacheBehavior" | "orderedCacheBehaviors";
  readonly props: T;
}

export function namedCacheBehaviors<T>(defaultBehavior: T, ordered: readonly T[] = []): NamedCacheBehavior<T>[] {
  return [
    { name: "defaultCacheBehavior", property: "defaultCacheBehavior", props: defaultBehavior },
    ...ordered.map((props, index) => ({
      name: `orderedCacheBehaviors[${index}]`,
      property: "orderedCacheBehaviors" as const,
      props,
    })),
  ];
}
