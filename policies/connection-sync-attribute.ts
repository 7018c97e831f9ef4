// A connection that the stack owns says when its identity provider writes users' pictures, and does not leave that to
// Auth0's default.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { nonEmptyListSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validateConnection } from "./owned-connection.ts";

const goodValues = ["on_first_login", "on_each_login"];

/** The strategies that have no identity provider, so nothing writes to a user at login. */
const withoutProvider = ["auth0", "email", "sms"];

const settings = {
  values: nonEmptyListSetting(
    "The values of options.setUserRootAttributes that are good; else on_first_login and on_each_login.",
    goodValues,
  ),
};

export const connectionSync: ResourceValidationPolicy = {
  name: "connection-sync",
  description: "A connection that the stack owns says when its identity provider writes users' pictures.",
  severity: "medium",
  configSchema: { properties: settings },
  validateResource: validateConnection((connection, args, reportViolation) => {
    if (withoutProvider.includes(connection.strategy)) return;
    const { values = goodValues } = args.getConfig<ConfigOf<typeof settings>>();
    const given = connection.options?.setUserRootAttributes;
    if (given === undefined || !values.includes(given))
      reportViolation(`options.setUserRootAttributes: ${given ?? "nothing"} was given; set ${values.join(" or ")}.`);
  }),
};
