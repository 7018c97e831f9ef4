// No stack output holds what getConnection returns: its options have the identity provider's client secret in clear.
import type { StackValidationPolicy } from "@pulumi/policy";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { resourcesOfType } from "./resources-of-type.ts";
import { validateEach } from "./unknown-values.ts";

const settings = { exceptOutputs: listSetting("Outputs that only look like a connection.") };

export const connectionOutput: StackValidationPolicy = {
  name: "connection-output",
  description: "No stack output holds a connection's options, which have secrets in clear.",
  severity: "critical",
  configSchema: { properties: settings },
  validateStack(args, reportViolation) {
    const { exceptOutputs = [] } = args.getConfig<ConfigOf<typeof settings>>();
    for (const { props: outputs, urn } of resourcesOfType(args.resources, "pulumi:pulumi:Stack"))
      validateEach(Object.keys(outputs), (name) => {
        if (!exceptOutputs.includes(name) && holdsConnection(outputs[name]))
          reportViolation(
            `The output ${name} holds what getConnection answers. ` +
              `Export what is needed of it by name, such as its id, never its options.`,
            urn,
          );
      });
  },
};

/** At any depth, and in JSON text too. */
function holdsConnection(value: unknown): boolean {
  if (typeof value === "string") return /^\s*[[{]/.test(value) && holdsConnection(jsonOf(value));
  if (typeof value !== "object" || value === null) return false;
  return (
    isConnection(value) ||
    isConnectionOptions(value) ||
    Object.keys(value).some((name) => holdsConnection((value as Record<string, unknown>)[name]))
  );
}

/** What getConnection returns, and an auth0.Connection that is exported whole. */
function isConnection(value: object): boolean {
  return "strategy" in value && "options" in value;
}

/** The provider returns every option of every strategy, also those without a value. No other object has these two. */
function isConnectionOptions(value: object): boolean {
  return "setUserRootAttributes" in value && "nonPersistentAttrs" in value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
