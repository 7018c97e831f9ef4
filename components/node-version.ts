// Node, as old as package.json allows, is refused in a line where it is older: npm only warns of it.
import { RunError } from "@pulumi/pulumi";

/** As `engines` of package.json. */
export const oldestNode = "22.18";

const numeric = new Intl.Collator("en", { numeric: true });

/** @throws RunError */
export function assertNodeVersion(version = process.versions.node): void {
  if (numeric.compare(version, oldestNode) >= 0) return;
  const message =
    `auth0-user-pictures needs Node ${oldestNode} or newer, and the first "node" on PATH, which runs this program, ` +
    `is ${version}: install a newer one, or put it first.`;
  // Without frames, which are printed of an error that ends a plugin.
  throw Object.assign(new RunError(message), { stack: message });
}

// A program imports this package before it declares anything.
assertNodeVersion();
