// How it is said that an Action cannot be bundled.
import { relative } from "node:path";

/** The Action cannot be bundled. The message has one line for each fault: file:line, the reason, the way out. */
export class ActionBundleError extends Error {
  override readonly name = "ActionBundleError";
}

/** As a person at the command line would write it. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path) || path;
}
