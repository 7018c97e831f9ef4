// Options that a write takes and a read does not return as they were written: writing back what was read may lose
// them. docs/shared-tenants.md has the table of them all, with sources.
import type { Connection } from "./connection.ts";

/** Those that nobody has shown to survive it: which connections have one, and what is known of it. */
const writeOnlyOptions: readonly {
  readonly isIn: (connection: Connection) => boolean;
  readonly describe: string;
}[] = [
  {
    isIn: ({ options: { configuration } }) =>
      typeof configuration === "object" && configuration !== null && Object.keys(configuration).length > 0,
    describe:
      "has encrypted values in options.configuration, and Auth0 does not promise that they survive being written back",
  },
  {
    isIn: ({ strategy }) => strategy === "pingfederate",
    describe:
      "is a pingfederate connection, whose options.signingCert Auth0 takes and never returns: nobody has shown that " +
      "its certificate survives a write without it",
  },
];

/** Why the connection's options must not be written back; undefined where they may. */
export function writeOnlyReason(connection: Connection): string | undefined {
  const option = writeOnlyOptions.find(({ isIn }) => isIn(connection));
  return (
    option &&
    `The connection "${connection.name}" ${option.describe}. ` +
      `Set "Sync user profile attributes at each login" in Auth0's dashboard instead.`
  );
}
