// A post-login Action, and its code.
import type { ActionArgs } from "@pulumi/auth0";
import type { ReportViolation, ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { parseAction } from "./action-syntax.ts";
import type { ActionCode } from "./action-syntax.ts";
import { validateType } from "./resources-of-type.ts";
import type { ValidateProps } from "./resources-of-type.ts";

type Action = Unwrap<ActionArgs>;

/** Validates each post-login Action; Actions of other triggers pass. */
export function validatePostLoginAction(validate: ValidateProps<Action>): ResourceValidation {
  return validateType<Action>(["auth0:index/action:Action"], (action, args, reportViolation) => {
    if (action.supportedTriggers.id === "post-login") return validate(action, args, reportViolation);
  });
}

type ValidateCode = (
  code: ActionCode,
  args: ResourceValidationArgs,
  reportViolation: ReportViolation,
) => void | Promise<void>;

/** Validates the code of each post-login Action. Code that is not JavaScript cannot be read, which is a violation. */
export function validatePostLoginCode(validate: ValidateCode): ResourceValidation {
  return validatePostLoginAction((action, args, reportViolation) => {
    const code = parseAction(action.code);
    if (typeof code !== "string") return validate(code, args, reportViolation);
    reportViolation(`Its code cannot be read: ${code}.`);
  });
}
