// Node, as old as package.json allows, is refused in a line where it is older: npm only warns of it.
import { RunError } from "@pulumi/pulumi";
import { isOlder } from "./version-order.ts";

/** As `engines` of package.json. */
export const oldestNode = "22.18";

/** @throws RunError */
export function assertNodeVersion(version = process.versions.node): void {
  if (!isOlder(version, oldestNode)) return;
  const message =
    `auth0-user-pictures needs Node ${oldestNode} or newer, and the first "node" on PATH, which runs this program, ` +
    `is ${version}: install a newer one, or put it first.`;
  // Without frames, which are printed of an error that ends a plugin.
  throw Object.assign(new RunError(message), { stack: message });
}

// A program imports this package before it declares anything.
assertNodeVersion();
