// No stack output holds what getConnection answers: its options have the identity provider's client secret in clear.
import type { StackValidationPolicy } from "@pulumi/policy";
import { judgeEach } from "./unknown-values.ts";

interface Config {
  /** Outputs that only look like a connection. */
  readonly exceptOutputs?: readonly string[];
}

export const connectionOutput: StackValidationPolicy = {
  name: "connection-output",
  description: "No stack output holds a connection's options, which have secrets in clear.",
  severity: "critical",
  configSchema: {
    properties: {
      exceptOutputs: {
        type: "array",
        items: { type: "string" },
        description: "Outputs that only look like a connection.",
      },
    },
  },
  validateStack(args, reportViolation) {
    const { resources } = args;
    const { exceptOutputs = [] } = args.getConfig<Config>();
    for (const { props: outputs, urn } of resources.filter(({ type }) => type === "pulumi:pulumi:Stack"))
      judgeEach(Object.keys(outputs), (name) => {
        if (!exceptOutputs.includes(name) && holdsConnection(outputs[name]))
          reportViolation(
            `The output ${name} holds what getConnection answers. Export what is needed of it by name, such as its id, never its options.`,
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

/** What getConnection answers, and an auth0.Connection that is exported whole. */
function isConnection(value: object): boolean {
  return "strategy" in value && "options" in value;
}

/** The provider answers every option of every strategy, empty ones too; no other object has these two. */
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
