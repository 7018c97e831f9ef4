// What a preview does not know yet. @pulumi/policy throws where a policy reads such a value, and shows it as an advisory line ("can't run policy
// … during preview"); the update, which knows every value, judges it.

/** Judges every item; if a value of some was not known yet, throws that after all the others were judged. */
export function judgeEach<T>(items: Iterable<T>, judge: (item: T) => void): void {
  let unknown: Error | undefined;
  for (const item of items) {
    try {
      judge(item);
    } catch (error) {
      if (!isUnknownValueError(error)) throw error;
      unknown ??= error;
    }
  }
  if (unknown !== undefined) throw unknown;
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

/** @pulumi/policy's error has no type, and its class no name of its own. */
function isUnknownValueError(error: unknown): error is Error {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
