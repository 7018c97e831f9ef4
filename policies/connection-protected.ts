// A connection that the stack owns is protected: with it go all of its users.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { ownedConnection } from "./owned-connection.ts";

interface Config {
  /** Strategies of connections that need no protection. @default none */
  readonly exceptStrategies?: readonly string[];
}

export const connectionProtected: ResourceValidationPolicy = {
  name: "connection-protected",
  description: "A connection that the stack owns is protected against deletion.",
  severity: "high",
  configSchema: {
    properties: {
      exceptStrategies: {
        type: "array",
        items: { type: "string" },
        description: "Strategies of connections that need no protection.",
      },
    },
  },
  validateResource(args, reportViolation) {
    const connection = ownedConnection(args);
    if (connection === undefined || args.opts.protect) return;
    const { exceptStrategies = [] } = args.getConfig<Config>();
    if (exceptStrategies.length > 0 && exceptStrategies.includes(connection.strategy)) return;
    reportViolation("Auth0 deletes a connection's users with it. Set protect: true.");
  },
};
