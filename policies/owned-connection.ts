// A connection that the stack owns whole, as an auth0.Connection.
import type { ConnectionArgs } from "@pulumi/auth0";
import type { ResourceValidationArgs } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";

export function ownedConnection({ type, props }: ResourceValidationArgs): Unwrap<ConnectionArgs> | undefined {
  return type === "auth0:index/connection:Connection" ? (props as Unwrap<ConnectionArgs>) : undefined;
}
