// The component that lets an identity provider write a user's attributes at profile creation only, on a connection
// that exists.
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { matching, shape } from "../../actions/bundle/schema.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import type { OutputsOf } from "../component-outputs.ts";
import { TenantResource } from "../custom-resource.ts";
import { claimedInput } from "../one-owner.ts";
import type { Claim } from "../one-owner.ts";
import { connectionThing, refuseOwnConnection, watchProgram } from "../program-resources.ts";
import { settingsProvider } from "../settings-provider.ts";
import { assertNoRefusals, checkedWhenKnown, input, shapeRefusals, validOrThrow } from "../validation.ts";
import type { Validation } from "../validation.ts";
import type { SetUserRootAttributes } from "./sync-values.ts";
import { oneOwnerAdvice, syncValueSchema, validateTarget } from "./rules.ts";

/** One connection, named by `connectionName` or by `connectionId`: exactly one of them. */
export interface ConnectionSyncArgs {
  /** The connection's name, for example `google-oauth2`. Case-sensitive. */
  connectionName?: pulumi.Input<string>;
  /** The connection's id, for example `con_0000000000000001`. */
  connectionId?: pulumi.Input<string>;
  /**
   * When the identity provider writes picture, name, given name, family name and nickname:
   * `on_first_login` keeps what was changed since; `on_each_login` is Auth0's default.
   */
  setUserRootAttributes: pulumi.Input<SetUserRootAttributes>;
}

const argsSchema = shape<ConnectionSyncArgs>(
  {
    connectionName: v.optional(input(matching(/./, "a connection's name, such as google-oauth2"))),
    connectionId: v.optional(input(matching(/./, "a connection's id, such as con_0000000000000001"))),
    setUserRootAttributes: input(syncValueSchema),
  },
  validateTarget,
);

/** What shows without asking the tenant. What is valid are the arguments themselves. */
export function validateConnectionSync(subject: string, args: ConnectionSyncArgs): Validation<ConnectionSyncArgs> {
  return {
    refusals: shapeRefusals(argsSchema, args),
    valid: () => checkedWhenKnown(subject, argsSchema, args),
  };
}

/**
 * The attribute is set by the stack's own settings, which may lead to another tenant than a provider that was given
 * explicitly.
 *
 * @param path the setting that asked for it
 */
export function validateConnectionTenant(component: pulumi.ComponentResource, path: Refusal["path"]): Refusal[] {
  const instead = "set options.setUserRootAttributes on an auth0.Connection that the program creates.";
  if (component.getProvider("auth0:index/connection:Connection") !== undefined) {
    const message =
      "an auth0 provider of its own was given, and the flag is set in the tenant of the stack's auth0 settings. " +
      `Leave the provider out, or ${instead}`;
    return [{ path, message }];
  }
  const disabled = new pulumi.Config("pulumi").getObject<readonly unknown[]>("disable-default-providers") ?? [];
  if (!disabled.includes("auth0") && !disabled.includes("*")) return [];
  const message =
    "pulumi:disable-default-providers forbids the stack's auth0 settings, in whose tenant the flag is set. " +
    `Take auth0 out of it, or ${instead}`;
  return [{ path, message }];
}

/**
 * Sets `set_user_root_attributes` of a connection that exists, and changes nothing else of it: it reads the
 * connection's options, merges the attribute, writes, reads again and compares. The previous value is restored on
 * delete.
 *
 * A preview refuses, by name, a connection that does not exist, is passwordless or is a plain Auth0 database, a write
 * that may lose an option which Auth0 does not return (docs/shared-tenants.md), and a missing scope (needed:
 * `read:connections`, `read:connections_options`, `update:connections`, `update:connections_options`). The tenant is
 * that of the stack's own auth0 settings (`auth0:domain`, …, or `AUTH0_*`): an auth0 provider given explicitly is
 * refused. `pulumi refresh` and `pulumi destroy` use the settings that the last `pulumi up` saved, unless told
 * `--run-program`. A program that creates the connection itself sets it there instead, among the `options` of the auth0
 * provider's `Connection`: two owners of one connection undo each other. (Auth0 docs, "Configure Identity Provider
 * Connection for User Profile Updates".)
 *
 * @example
 * new ConnectionSync("google", {
 *   connectionName: "google-oauth2",
 *   setUserRootAttributes: SetUserRootAttributes.OnFirstLogin,
 * });
 */
export class ConnectionSync extends pulumi.ComponentResource {
  /** The connection's id. */
  declare readonly connectionId: pulumi.Output<string>;
  /** The attribute's value, as written. */
  declare readonly setUserRootAttributes: pulumi.Output<SetUserRootAttributes>;

  /**
   * @throws pulumi.RunError with every bad argument, before anything is registered; for an auth0 provider, before
   * anything but the component
   */
  constructor(name: string, args: ConnectionSyncArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `ConnectionSync "${name}"`;
    const valid = validOrThrow(subject, args, validateConnectionSync);
    super("auth0-user-pictures:index:ConnectionSync", name, args, opts);
    const setting = valid.connectionId === undefined ? "connectionName" : "connectionId";
    assertNoRefusals(`${subject} cannot be created:`, validateConnectionTenant(this, [setting]));

    watchProgram();
    const common = { owner: this, subject, tenant: undefined, path: [setting], advice: oneOwnerAdvice };
    const claimOf = (thing: string): Claim => ({ ...common, thing });
    const byName = (known: string) => claimOf(connectionThing(known));
    const byId = (known: string) => claimOf(`connection with the id ${known}`);
    const { connectionName, connectionId } = valid;
    const target = {
      ...(connectionName !== undefined && { connectionName: claimedInput(connectionName, byName) }),
      ...(connectionId !== undefined && { connectionId: claimedInput(connectionId, byId) }),
    };
    void refuseOwnConnection(connectionId, common);

    const provider = settingsProvider(this, name);
    // One that is asked for (`pulumi up --replace`) is of the same connection, which the deletion restores.
    const child = { parent: this, deleteBeforeReplace: true, ...(provider && { provider }) };
    const attribute = new ConnectionSyncFlag(`${name}-flag`, { ...valid, ...target }, child);
    const outputs: OutputsOf<ConnectionSync> = {
      // One may have been named by its name, the other by its id.
      connectionId: claimedInput(attribute.connectionId, byId),
      setUserRootAttributes: attribute.setUserRootAttributes,
    };
    Object.assign(this, outputs);
    this.registerOutputs(outputs);
  }
}

/** The class and the logical name keep the older word `flag`, because states have them. */
class ConnectionSyncFlag extends TenantResource {
  declare readonly connectionId: pulumi.Output<string>;
  declare readonly setUserRootAttributes: pulumi.Output<SetUserRootAttributes>;

  constructor(name: string, args: ConnectionSyncArgs, opts: pulumi.CustomResourceOptions) {
    const implementation = { module: "auth0-user-pictures/sync-provider", factory: "connectionSyncProvider" } as const;
    super("ConnectionSyncFlag", implementation, name, { connectionId: undefined, ...args }, opts);
  }
}
