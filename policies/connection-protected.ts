// A connection that the stack owns is protected: deleting it deletes all of its users.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validateConnection } from "./owned-connection.ts";

const settings = { exceptStrategies: listSetting("Strategies of connections that need no protection.") };

export const connectionProtected: ResourceValidationPolicy = {
  name: "connection-protected",
  description: "A connection that the stack owns is protected against deletion.",
  severity: "high",
  configSchema: { properties: settings },
  validateResource: validateConnection((connection, args, reportViolation) => {
    if (args.opts.protect) return;
    const { exceptStrategies = [] } = args.getConfig<ConfigOf<typeof settings>>();
    // The strategy may not be known yet, so it is read only where it matters.
    if (exceptStrategies.length > 0 && exceptStrategies.includes(connection.strategy)) return;
    reportViolation("Auth0 deletes a connection's users with it. Set protect: true.");
  }),
};
