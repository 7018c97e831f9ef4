// A post-login Action is deployed: a draft looks finished in a preview, but no login runs it.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { validatePostLoginAction } from "./post-login-action.ts";

export const actionDeployed: ResourceValidationPolicy = {
  name: "action-deployed",
  description: "A post-login Action is deployed.",
  severity: "medium",
  validateResource: validatePostLoginAction((action, _args, reportViolation) => {
    if (action.deploy !== true) reportViolation("It stays a draft, which no login runs. Set deploy: true.");
  }),
};
