// A connection that the stack owns whole, as an auth0.Connection.
import type { ConnectionArgs } from "@pulumi/auth0";
import type { ResourceValidation } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { validateType } from "./resources-of-type.ts";
import type { ValidateProps } from "./resources-of-type.ts";

export function validateConnection(validate: ValidateProps<Unwrap<ConnectionArgs>>): ResourceValidation {
  return validateType(["auth0:index/connection:Connection"], validate);
}
