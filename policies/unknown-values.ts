// What a preview does not know yet. Where a policy reads such a value, @pulumi/policy throws, and shows an advisory
// line ("can't run policy … during preview"). The update knows every value and checks it then.

/** Validates every item. Where one reads a value that is not known yet, the others are validated before this throws. */
export function validateEach<T>(items: Iterable<T>, validate: (item: T) => void): void {
  let unknown: Error | undefined;
  for (const item of items) {
    try {
      validate(item);
    } catch (error) {
      if (!isUnknownValueError(error)) throw error;
      unknown ??= error;
    }
  }
  if (unknown !== undefined) throw unknown;
}

/** Reports every item's violations. An item that reads a value that is not known yet does not hide the others'. */
export function reportEach<T>(
  items: Iterable<T>,
  violationsOf: (item: T) => readonly string[],
  report: (violation: string) => void,
): void {
  validateEach(items, (item) => {
    for (const violation of violationsOf(item)) report(violation);
  });
}

/** A property's value; undefined also where it is not known yet. */
export function ifKnown(props: object, property: string): unknown {
  return isKnown(props, property) ? (props as Readonly<Record<string, unknown>>)[property] : undefined;
}

export function isKnown(props: object, property: string): boolean {
  try {
    void (props as Readonly<Record<string, unknown>>)[property];
    return true;
  } catch (error) {
    if (isUnknownValueError(error)) return false;
    throw error;
  }
}

/** The error's class is not in the types of @pulumi/policy, so a property that no other error has identifies it. */
function isUnknownValueError(error: unknown): error is Error {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
