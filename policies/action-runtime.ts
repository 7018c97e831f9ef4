// A post-login Action runs on a version of Node that is maintained.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { nonEmptyListSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validatePostLoginAction } from "./post-login-action.ts";

/** Auth0 docs, "Migrate to Node.js 22": 22 is its newest; Node 18's maintenance ended in April 2025. */
const current = ["node22"];

const settings = {
  /** By the provider's names, such as `node22`. */
  runtimes: nonEmptyListSetting(`What counts as current; else ${current.join(", ")}.`),
};

export const actionRuntime: ResourceValidationPolicy = {
  name: "action-runtime",
  description: "A post-login Action runs on a current version of Node.",
  severity: "medium",
  configSchema: { properties: settings },
  validateResource: validatePostLoginAction((action, args, reportViolation) => {
    const { runtimes = current } = args.getConfig<ConfigOf<typeof settings>>();
    const allowed = runtimes.join(" or ");
    if (action.runtime === undefined)
      reportViolation(
        `No runtime was given, so it is what Auth0's default was when the Action was made. Set ${allowed}.`,
      );
    else if (!runtimes.includes(action.runtime))
      reportViolation(`runtime: ${action.runtime} was given; set ${allowed}.`);
  }),
};
