// The component that lets an identity provider write a user's attributes at profile creation only, on a connection that exists.
import * as pulumi from "@pulumi/pulumi";
import { isNotKnownYet, raiseFaults } from "../validation.ts";
import { SetUserRootAttributes, syncFaults } from "./connection.ts";
import { ThinResource } from "../dynamic-resource.ts";

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

/** Every fault of the arguments that shows without asking the tenant. A value that is not known yet is not looked at. */
export function connectionSyncFaults(args: ConnectionSyncArgs): string[] {
  const later = isNotKnownYet(args.setUserRootAttributes);
  return syncFaults(later ? { ...args, setUserRootAttributes: SetUserRootAttributes.OnFirstLogin } : args);
}

/**
 * Sets `set_user_root_attributes` of a connection that exists, and changes nothing else of it: it reads the connection's options,
 * merges the flag, writes, reads again and compares. The previous value is restored on delete.
 *
 * A preview refuses, by name, a connection that does not exist, is passwordless or is a plain Auth0 database, and a missing scope
 * (needed: `read:connections`, `read:connections_options`, `update:connections`, `update:connections_options`).
 * The tenant is that of the stack's own auth0 settings (`auth0:domain`, …, or `AUTH0_*`): an auth0 provider given explicitly is refused.
 * `pulumi refresh` and `pulumi destroy` use the settings that the last `pulumi up` saved, unless told `--run-program`. A program that creates the
 * connection itself sets `options.setUserRootAttributes` on its own `auth0.Connection` instead: two owners of one connection undo each other. (Auth0 docs, "Configure Identity Provider Connection for User Profile Updates".)
 */
export class ConnectionSync extends pulumi.ComponentResource {
  readonly connectionId: pulumi.Output<string>;
  /** The flag's value, as written. */
  readonly setUserRootAttributes: pulumi.Output<SetUserRootAttributes>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered; an auth0 provider's, before anything but the component. */
  constructor(name: string, args: ConnectionSyncArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:ConnectionSync",
      name,
      raiseFaults(`ConnectionSync "${name}"`, args, connectionSyncFaults),
      opts,
    );
    raiseFaults(`ConnectionSync "${name}"`, args, ({ connectionId }) =>
      connectionTenantFaults(this, connectionId === undefined ? "connectionName" : "connectionId"),
    );
    const flag = new ConnectionSyncFlag(`${name}-flag`, args, { parent: this });
    this.connectionId = flag.connectionId;
    this.setUserRootAttributes = flag.setUserRootAttributes;
    this.registerOutputs({ connectionId: this.connectionId, setUserRootAttributes: this.setUserRootAttributes });
  }
}

/** The flag is set by the stack's own settings, which may lead to another tenant than a provider that was given explicitly. */
export function connectionTenantFaults(component: pulumi.ComponentResource, setting: string): string[] {
  if (component.getProvider("auth0:index/connection:Connection") === undefined) return [];
  return [
    `${setting}: an auth0 provider of its own was given, and the flag is set in the tenant of the stack's auth0 settings. Leave the ` +
      `provider out, or set options.setUserRootAttributes on an auth0.Connection that the program creates.`,
  ];
}

class ConnectionSyncFlag extends ThinResource {
  declare readonly connectionId: pulumi.Output<string>;
  declare readonly setUserRootAttributes: pulumi.Output<SetUserRootAttributes>;

  constructor(name: string, args: ConnectionSyncArgs, opts: pulumi.CustomResourceOptions) {
    const implementation = { module: "auth0-user-pictures/sync-provider", factory: "connectionSyncProvider" } as const;
    super("ConnectionSyncFlag", implementation, name, { connectionId: undefined, ...args }, opts);
  }
}
