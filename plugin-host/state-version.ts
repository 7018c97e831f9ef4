// A state that a newer release of the plugin has written, or a program that has a newer SDK of it. The newest plugin
// takes every older one.

export interface NewerState {
  readonly message: string;
  /** Whether what the state holds may mean something else there: see docs/versioning.md. */
  readonly isIncompatible: boolean;
}

/**
 * @param written the version of the plugin that has written the state; anything else than a release's is left alone
 * @param own that of this plugin
 */
export function newerState(written: unknown, own: string): NewerState | undefined {
  const [theirs, ours] = [partsOf(written), partsOf(own)];
  if (theirs === undefined || ours === undefined) return undefined;
  const different = theirs.findIndex((part, index) => part !== ours[index]);
  if (different === -1 || (theirs[different] ?? 0) < (ours[different] ?? 0)) return undefined;
  const version = theirs.join(".");
  // Before 1.0.0, the second number is what the first one is later.
  const isIncompatible = different <= (theirs[0] === 0 ? 1 : 0);
  return {
    isIncompatible,
    message:
      `This stack, or the SDK of its program, is of auth0-user-pictures ${version}, and the plugin that runs is ` +
      `${own}${isIncompatible ? ", which may take its state for something else" : ""}. Install ${version} or newer, ` +
      `as you installed this one: "pulumi package add" with @v${version}, or "pulumi plugin install".`,
  };
}

function partsOf(version: unknown): readonly number[] | undefined {
  const [, ...parts] = /^(\d+)\.(\d+)\.(\d+)$/.exec(String(version)) ?? [];
  return parts.length === 3 ? parts.map(Number) : undefined;
}
