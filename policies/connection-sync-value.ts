// A connection that the stack owns says itself when its identity provider writes users' pictures, instead of leaving it to Auth0's default.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { ownedConnection } from "./owned-connection.ts";

interface Config {
  /** The values that are good. @default on_first_login and on_each_login */
  readonly values?: readonly string[];
}

const goodValues = ["on_first_login", "on_each_login"];

/** They have no identity provider that would write anything. */
const withoutProvider = ["auth0", "email", "sms"];

export const connectionSync: ResourceValidationPolicy = {
  name: "connection-sync",
  description: "A connection that the stack owns says when its identity provider writes users' pictures.",
  severity: "medium",
  configSchema: {
    properties: {
      values: {
        type: "array",
        items: { type: "string", enum: goodValues },
        minItems: 1,
        description:
          "The values of options.setUserRootAttributes that are good; else on_first_login and on_each_login.",
      },
    },
  },
  validateResource(args, reportViolation) {
    const connection = ownedConnection(args);
    if (connection === undefined || withoutProvider.includes(connection.strategy)) return;
    const { values = goodValues } = args.getConfig<Config>();
    const given = connection.options?.setUserRootAttributes;
    if (given === undefined || !values.includes(given))
      reportViolation(`options.setUserRootAttributes: ${given ?? "nothing"} was given; set ${values.join(" or ")}.`);
  },
};
