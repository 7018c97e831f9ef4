// A post-login Action runs on a version of Node that is maintained.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { postLoginAction } from "./action-code.ts";

interface Config {
  /** The provider's names of them. @default ["node22"] */
  readonly runtimes?: readonly string[];
}

/** Auth0 docs, "Migrate to Node.js 22": 22 is its newest; Node 18's maintenance ended in April 2025. */
const current = ["node22"];

export const actionRuntime: ResourceValidationPolicy = {
  name: "action-runtime",
  description: "A post-login Action runs on a current version of Node.",
  severity: "medium",
  configSchema: {
    properties: {
      runtimes: {
        type: "array",
        items: { type: "string" },
        minItems: 1,
        description: `What counts as current; else ${current.join(", ")}.`,
      },
    },
  },
  validateResource(args, reportViolation) {
    const action = postLoginAction(args);
    if (action === undefined) return;
    const { runtimes = current } = args.getConfig<Config>();
    if (action.runtime === undefined)
      reportViolation(
        `No runtime was given, so it is what Auth0's default was when the Action was made. Set ${runtimes.join(" or ")}.`,
      );
    else if (!runtimes.includes(action.runtime))
      reportViolation(`runtime: ${action.runtime} was given; set ${runtimes.join(" or ")}.`);
  },
};
