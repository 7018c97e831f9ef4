// The resource types of the aws stand-in for IAM: roles and their inline policies.
import type { RoleDescription } from "../edge/roles.ts";
import { roleArn } from "../edge/roles.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated } from "./inputs.ts";
import { containsUnknown, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function roleResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return { "aws:iam/role:Role": role(), "aws:iam/rolePolicy:RolePolicy": rolePolicy() };

  function role(): ResourceImplementation {
    const describe = (inputs: Properties): RoleDescription => ({
      path: (inputs["path"] as string | undefined) ?? "/",
      ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
      maxSessionDuration: Number(inputs["maxSessionDuration"] ?? 3600),
      assumeRolePolicy: inputs["assumeRolePolicy"] as string,
      tags: allTags(inputs, settings()),
    });
    const outputsOf = (name: string, state: Properties): Properties => {
      const found = api.getRole(name);
      return {
        ...state,
        arn: found && roleArn(found),
        assumeRolePolicy: found?.assumeRolePolicy,
        createDate: found?.createDate,
        inlinePolicies: Object.entries(found?.policies ?? {}).map(([policy, text]) => ({ name: policy, policy: text })),
        managedPolicyArns: [],
        name,
        namePrefix: "",
        tagsAll: found?.tags,
        uniqueId: found?.uniqueId,
      };
    };
    return {
      // prettier-ignore
      computed: [
        "arn", "createDate", "inlinePolicies", "managedPolicyArns", "name", "namePrefix", "tagsAll", "uniqueId",
      ],
      defaults: { forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" },
      replaceOnChanges: ["name", "namePrefix", "path"],
      autoname: { property: "name", unless: ["namePrefix"] },
      check: (inputs) => notEvaluated(inputs, notEvaluatedOfRole),
      normalize: asText("assumeRolePolicy"),
      create(inputs) {
        const name = inputs["name"] as string;
        api.createRole(name, describe(inputs));
        return { id: name, outputs: outputsOf(name, inputs) };
      },
      read: (name, state) => (api.getRole(name) ? { id: name, outputs: outputsOf(name, state) } : undefined),
      update(name, _state, inputs) {
        api.updateRole(name, describe(inputs));
        return outputsOf(name, inputs);
      },
      delete(name) {
        if (api.getRole(name)) api.deleteRole(name);
      },
    };
  }

  function rolePolicy(): ResourceImplementation {
    const put = (inputs: Properties) => {
      const [roleName, name] = [inputs["role"] as string, inputs["name"] as string];
      api.putRolePolicy(roleName, name, inputs["policy"] as string);
      return { id: `${roleName}:${name}`, outputs: { ...inputs, namePrefix: "" } };
    };
    return {
      computed: ["name", "namePrefix"],
      replaceOnChanges: ["name", "namePrefix", "role"],
      autoname: { property: "name", unless: ["namePrefix"] },
      check: (inputs) => notEvaluated(inputs, ["namePrefix"]),
      normalize: asText("policy"),
      create: put,
      read(id, state) {
        const [roleName = "", name = ""] = id.split(":");
        const policy = api.getRolePolicy(roleName, name);
        return policy === undefined
          ? undefined
          : { id, outputs: { ...state, role: roleName, name, namePrefix: "", policy } };
      },
      update: (_id, _state, inputs) => put(inputs).outputs,
      delete(id) {
        const [roleName = "", name = ""] = id.split(":");
        if (api.getRole(roleName)) api.deleteRolePolicy(roleName, name);
      },
    };
  }
}

const notEvaluatedOfRole = [
  "forceDetachPolicies",
  "inlinePolicies",
  "managedPolicyArns",
  "namePrefix",
  "permissionsBoundary",
];

/** A policy that is given as an object is kept as text. It is unknown as long as a part of it is unknown. */
const asText =
  (property: string) =>
  (inputs: Properties): Properties => {
    const policy = inputs[property];
    if (containsUnknown(policy)) return { ...inputs, [property]: unknown };
    return typeof policy === "string" ? inputs : { ...inputs, [property]: JSON.stringify(policy) };
  };
