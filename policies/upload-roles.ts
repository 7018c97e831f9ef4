// What the uploads' functions may do is named: a function that decodes strangers' files must not be able to do more.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { elementOf, listOf, openTo, statementsOf } from "./bucket-policy-document.ts";
import type { Statement } from "./bucket-policy-document.ts";
import { reportEach } from "./unknown-values.ts";
import { uploadResourceSettings, validateUploadResource } from "./upload-resources.ts";

interface Role {
  readonly assumeRolePolicy: unknown;
  readonly inlinePolicies?: readonly { readonly policy?: unknown }[];
  readonly managedPolicyArns?: readonly string[];
}

export const uploadRoles: ResourceValidationPolicy = {
  name: "upload-roles",
  description: "The roles of the uploads' functions name what they may do, and on what.",
  severity: "high",
  configSchema: { properties: uploadResourceSettings },
  validateResource: [
    validateUploadResource<Role>(["aws:iam/role:Role"], (role, _, reportViolation) => {
      const checks = [
        () => trustViolations(role),
        ...(role.inlinePolicies ?? []).map((inline) => () => documentViolations(inline.policy)),
        ...(role.managedPolicyArns ?? []).map((arn) => () => managedViolations(arn)),
      ];
      reportEach(checks, (violations) => violations(), reportViolation);
    }),
    validateUploadResource<{ readonly policy: unknown }>(
      ["aws:iam/rolePolicy:RolePolicy"],
      ({ policy }, _, reportViolation) => {
        for (const violation of documentViolations(policy)) reportViolation(violation);
      },
    ),
    validateUploadResource<{ readonly policyArn: string }>(
      ["aws:iam/rolePolicyAttachment:RolePolicyAttachment"],
      ({ policyArn }, _, reportViolation) => {
        for (const violation of managedViolations(policyArn)) reportViolation(violation);
      },
    ),
  ],
};

/** A service's own principal is no account's: Lambda takes a role only for a function of the role's account. */
const trustViolations = ({ assumeRolePolicy }: Role): string[] =>
  statementsOf(assumeRolePolicy)
    .map(openTo)
    .filter((who) => who?.startsWith("everybody"))
    .map((who) => `assumeRolePolicy: ${who} may take the role. Name lambda.amazonaws.com alone.`);

const documentViolations = (document: unknown): string[] => statementsOf(document).flatMap(statementViolations);

function statementViolations(statement: Statement): string[] {
  if (elementOf(statement, "Effect") !== "Allow") return [];
  const sid = elementOf(statement, "Sid");
  const named = typeof sid === "string" ? `The statement ${sid}` : "A statement";
  const textsOf = (element: string) => listOf(elementOf(statement, element)).map(String);
  const wideActions = textsOf("Action").filter((action) => /^(?:\*|[\w-]+:\*)$/.test(action));
  const negated = ["NotAction", "NotResource"].filter((element) => textsOf(element).length > 0);
  return [
    ...(wideActions.length > 0 ? [`${named} allows ${wideActions.join(", ")}. Name each action.`] : []),
    ...(textsOf("Resource").includes("*") ? [`${named} allows it on every resource (*). Name them by ARN.`] : []),
    ...(negated.length > 0
      ? [`${named} allows all but what ${negated.join(" and ")} names. Name what it allows.`]
      : []),
  ];
}

const managedViolations = (arn: string): string[] =>
  /:policy\/(?:[\w-]+\/)*(?:AdministratorAccess|PowerUserAccess|\w*FullAccess)/.test(arn)
    ? [`${arn} is attached, which allows everything of its services. Name each action in a policy of the role.`]
    : [];
