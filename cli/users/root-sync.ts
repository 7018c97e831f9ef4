// What the next login does to a user's root picture.
import { isOwnDatabase, isPasswordless, syncAttributeOf } from "../../components/connection-sync/connection.ts";
import type { CommandContext } from "../command-context.ts";
import type { TenantUser } from "../tenant/users-api.ts";

export interface RootSync {
  /** The connection of the user's own identity; undefined where the user has none. */
  readonly connection: string | undefined;
  /** Undefined: it cannot be told. */
  readonly overwrites: boolean | undefined;
  /** One sentence. */
  readonly text: string;
}

export async function readRootSync({ tenant, signal }: CommandContext, user: TenantUser): Promise<RootSync> {
  const { connection } = user.identities?.[0] ?? {};
  const answer = (overwrites: boolean | undefined, text: string): RootSync => ({ connection, overwrites, text });
  if (connection === undefined) return answer(undefined, "The user has no identity, so no login writes anything.");
  const name = JSON.stringify(connection);
  try {
    const { data } = await tenant.management.connections.list({ name: connection });
    const found = data.find((one) => one.name === connection);
    if (found === undefined) return answer(undefined, `The tenant has no connection ${name} any more.`);
    const { strategy = "", options } = found;
    const content = { id: found.id ?? "", name: connection, strategy, options: { ...options } };
    if (isPasswordless(content))
      return answer(false, `No login by ${name}, which is passwordless, writes the root picture.`);
    // Without its options a database of Auth0's own looks as one.
    if (options !== undefined && isOwnDatabase(content))
      return answer(false, `No login by ${name}, a database of Auth0's own, writes the root picture.`);
    if (options === undefined || Object.keys(options).length === 0)
      return answer(
        undefined,
        `Whether a login by ${name} writes the root picture is not known: nothing is set, or the client lacks the ` +
          "scope read:connections_options.",
      );
    const value = syncAttributeOf(content);
    return value === "on_each_login"
      ? answer(
          true,
          `The next login by ${name} writes the root picture anew, as the identity provider has it (on_each_login).`,
        )
      : answer(false, `Logins by ${name} leave the root picture as it is (${value}).`);
  } catch (error) {
    signal.throwIfAborted();
    return answer(
      undefined,
      `What a login by ${name} writes is not known: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
