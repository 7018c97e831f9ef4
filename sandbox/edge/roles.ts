// IAM's roles and their inline policies: what PutRolePolicy refuses, and who may assume a role.
import { isAllowed, parseIdentityPolicy, parseTrustPolicy } from "./bucket-policy.ts";
import type { Caller } from "./bucket-policy.ts";
import { fail } from "./aws-error.ts";
import { randomText } from "./edge-state.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { FunctionState, Role } from "./function-state.ts";

export type RoleDescription = Omit<Role, "name" | "uniqueId" | "createDate" | "policies">;

/** The operations are named as in the IAM API reference, and throw the `AwsError`s that are named there. */
export function roleOperations(store: Store) {
  const { state } = store;
  const roleNamed = (name: string): Role =>
    state.roles[name] ?? fail("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);
  const put = (role: Role): Role => {
    state.roles[role.name] = role;
    store.save();
    return role;
  };
  return {
    createRole(name: string, description: RoleDescription): Role {
      checkIamName("roleName", name, 64);
      checkRole(description);
      if (state.roles[name]) fail("EntityAlreadyExists", `Role with name ${name} already exists.`, 409);
      const uniqueId = `AROA${randomText(17).toUpperCase()}`;
      const createDate = `${new Date().toISOString().slice(0, 19)}Z`;
      return put({ ...description, name, uniqueId, createDate, policies: {} });
    },
    getRole: (name: string): Role | undefined => state.roles[name],
    roleWithArn: (arn: string): Role | undefined => Object.values(state.roles).find((role) => roleArn(role) === arn),
    updateRole(name: string, description: RoleDescription): Role {
      checkRole(description);
      return put({ ...roleNamed(name), ...description });
    },
    deleteRole(name: string): void {
      const { policies } = roleNamed(name);
      if (Object.keys(policies).length > 0)
        fail("DeleteConflict", "Cannot delete entity, must delete policies first.", 409);
      Reflect.deleteProperty(state.roles, name);
      store.save();
    },
    putRolePolicy(roleName: string, name: string, text: string): void {
      const role = roleNamed(roleName);
      checkIamName("policyName", name, 128);
      parseIdentityPolicy(text);
      const policies = { ...role.policies, [name]: text };
      // White space does not count (IAM docs, "IAM and AWS STS quotas").
      if (Object.values(policies).join("").replace(/\s/g, "").length > 10_240)
        fail("LimitExceeded", `Maximum policy size of 10240 bytes exceeded for role ${roleName}`, 409);
      put({ ...role, policies });
    },
    getRolePolicy: (roleName: string, name: string): string | undefined => state.roles[roleName]?.policies[name],
    deleteRolePolicy(roleName: string, name: string): void {
      const { [name]: _, ...policies } = roleNamed(roleName).policies;
      put({ ...roleNamed(roleName), policies });
    },
    /** Whoever signs with a role's keys; undefined if the role is gone. */
    callerOfRole(name: string): Caller | undefined {
      const role = state.roles[name];
      if (role === undefined) return undefined;
      const statements = Object.values(role.policies).flatMap((text) => parseIdentityPolicy(text).Statement);
      return { arn: roleArn(role), statements };
    },
  };
}

/**
 * The name of a role that a service may assume, such as `lambda.amazonaws.com`; undefined where it may not, or there is
 * none.
 */
export function assumableRole({ roles }: Pick<FunctionState, "roles">, arn: string, service: string) {
  const role = Object.values(roles).find((one) => roleArn(one) === arn);
  if (role === undefined) return undefined;
  // The role itself is what a trust policy is for, so its statements name no resource.
  const Statement = parseTrustPolicy(role.assumeRolePolicy).Statement.map((one) => ({ ...one, Resource: "*" }));
  const request = { service, action: "sts:AssumeRole", resource: arn, context: {} };
  return isAllowed({ Statement }, request) ? role.name : undefined;
}

export const roleArn = ({ name, path }: Pick<Role, "name" | "path">) => `arn:aws:iam::${accountId}:role${path}${name}`;

function checkRole({ assumeRolePolicy, maxSessionDuration, path, description = "" }: RoleDescription): void {
  parseTrustPolicy(assumeRolePolicy);
  if (assumeRolePolicy.replace(/\s/g, "").length > 2048)
    fail("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409);
  if (maxSessionDuration < 3600 || maxSessionDuration > 43_200)
    fail("ValidationError", "The requested MaxSessionDuration is not between 3600 and 43200 seconds.");
  if (!/^\/(?:[\x21-\x7e]+\/)?$/.test(path))
    fail("ValidationError", "The specified value for path is invalid. It must begin and end with /");
  if (description.length > 1000) fail("ValidationError", "The description has more than 1000 characters.");
}

/** IAM docs, "IAM and AWS STS quotas": which characters a name has, and how many. */
function checkIamName(member: string, name: string, most: number): void {
  if (name.length > most)
    fail(
      "ValidationError",
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${most}`,
    );
  if (!/^[\w+=,.@-]+$/.test(name))
    fail(
      "ValidationError",
      `The specified value for ${member} is invalid. ` +
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    );
}
