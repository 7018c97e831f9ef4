// A post-login Action is deployed: a draft looks finished in a preview, and no login runs it.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { postLoginAction } from "./action-code.ts";

export const actionDeployed: ResourceValidationPolicy = {
  name: "action-deployed",
  description: "A post-login Action is deployed.",
  severity: "medium",
  validateResource(args, reportViolation) {
    const action = postLoginAction(args);
    if (action !== undefined && action.deploy !== true)
      reportViolation("It stays a draft, which no login runs. Set deploy: true.");
  },
};
