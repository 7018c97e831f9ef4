// The tenant's connections whose identity provider can write users' root attributes, and when it does.
import { isOwnDatabase, isPasswordless, syncAttributeOf } from "../../components/connection-sync/connection.ts";
import type { Connection } from "../../components/connection-sync/connection.ts";
import { SetUserRootAttributes } from "../../components/connection-sync/sync-values.ts";
import { writeOnlyReason } from "../../components/connection-sync/write-only.ts";
import type { TenantApi } from "../tenant/users-api.ts";

export interface SyncedConnection {
  readonly name: string;
  readonly strategy: string;
  /** When root attributes are written; undefined where the tenant does not show the options. */
  readonly setUserRootAttributes: string | undefined;
  /** Whether pictures are overwritten at each login. Undefined: it cannot be told. */
  readonly overwritesPictures: boolean | undefined;
  /** How that ends, in a sentence; undefined where nothing is to be done. */
  readonly mend: string | undefined;
}

/** By name. Those without the setting, passwordless ones and databases of Auth0's own, are left out. */
export async function readSyncedConnections(
  management: TenantApi["management"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SyncedConnection>> {
  const listed = [];
  for await (const connection of await management.connections.list({ take: 100 })) {
    signal.throwIfAborted();
    const { id = "", name = id, strategy = "", options } = connection;
    listed.push({ id, name, strategy, options: { ...options }, areOptionsLeftOut: options === undefined });
  }
  // Without the scope read:connections_options Auth0 leaves out, or empties, what would tell.
  const areVisible = listed.some(({ options }) => Object.keys(options).length > 0);
  return new Map(
    listed
      .filter((connection) => !isPasswordless(connection) && (!areVisible || !isOwnDatabase(connection)))
      .map((connection) => [
        connection.name,
        areVisible && !connection.areOptionsLeftOut ? synced(connection) : unseen(connection),
      ]),
  );
}

function synced(connection: Connection): SyncedConnection {
  const { name, strategy } = connection;
  const value = syncAttributeOf(connection);
  const overwritesPictures = value === SetUserRootAttributes.OnEachLogin;
  const mend = overwritesPictures ? (writeOnlyReason(connection) ?? declaration(name)) : undefined;
  return { name, strategy, setUserRootAttributes: value, overwritesPictures, mend };
}

const unseen = ({ name, strategy }: Connection): SyncedConnection => ({
  ...{ name, strategy, setUserRootAttributes: undefined, overwritesPictures: undefined },
  mend: "Grant the scope read:connections_options to the client: its setting cannot be seen.",
});

const declaration = (name: string) =>
  `Declare connections: { ${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)}: on_first_login } in the stack's ` +
  'settings, and run "pulumi up".';
