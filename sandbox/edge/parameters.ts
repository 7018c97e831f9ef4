// Systems Manager's Parameter Store: texts by name, of which some are secret.
import { fail } from "./aws-error.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { Parameter } from "./message-state.ts";

export type ParameterDescription = Omit<Parameter, "version" | "lastModified">;

/** The operations are named as in the Systems Manager API reference, and throw the `AwsError`s that are named there. */
export function parameterOperations(store: Store) {
  const { parameters } = store.state;
  return {
    putParameter(description: ParameterDescription, { overwrite }: { overwrite: boolean }): Parameter {
      const { name, value } = description;
      const before = parameters[name];
      if (before && !overwrite)
        fail("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."); // prettier-ignore
      if (!/^[\w./-]{1,1011}$/.test(name) || /^\/?(aws|ssm)/i.test(name))
        fail(
          "ValidationException",
          `Parameter name: can't be prefixed with "aws" or "ssm", and has only a-zA-Z0-9_.-/`,
        );
      if (value === "") fail("ValidationException", "Value '' at 'value' failed to satisfy constraint: at least 1");
      // Systems Manager docs, "Managing parameter tiers": the standard one's limit.
      if (Buffer.byteLength(value) > 4096)
        fail("ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters.");
      if (before && before.type !== description.type)
        fail("HierarchyTypeMismatch", "Parameter type cannot be changed while overwriting.");
      const lastModified = new Date().toISOString();
      const parameter = { ...description, version: (before?.version ?? 0) + 1, lastModified };
      parameters[name] = parameter;
      store.save();
      return parameter;
    },
    getParameter: (name: string): Parameter | undefined => parameters[name],
    deleteParameter(name: string): void {
      Reflect.deleteProperty(parameters, name);
      store.save();
    },
  };
}

/** A name that begins with a slash is not parted from `parameter` by another. */
export const parameterArn = (name: string, region: string) =>
  `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
