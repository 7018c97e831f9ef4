// Who may call the uploads' functions: the API whose authorizer has seen a token, and the stack's own rules. A function
// that anybody may call takes anybody for the user that the call names.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { refersTo } from "./picture-resources.ts";
import { resourcesOfType } from "./resources-of-type.ts";
import { reportEach, validateEach } from "./unknown-values.ts";
import { isUploadResource, uploadResourceSettings } from "./upload-resources.ts";
import type { UploadResourceConfig } from "./upload-resources.ts";

export const uploadInvokers: StackValidationPolicy = {
  name: "upload-invokers",
  description: "Only named callers invoke the uploads' functions.",
  severity: "critical",
  configSchema: { properties: uploadResourceSettings },
  validateStack: (args, reportViolation) => {
    const { resources } = args;
    const config = args.getConfig<UploadResourceConfig>();
    const functions = resourcesOfType(resources, "aws:lambda/function:Function").filter((it) =>
      isUploadResource(it, config),
    );
    const isOfThese = (resource: PolicyResource, property: string) =>
      functions.some((it) => refersTo(resource, property, it, ["name", "id", "arn"]));
    const checks = [
      ["aws:lambda/permission:Permission", "function", permissionViolations],
      ["aws:lambda/functionUrl:FunctionUrl", "functionName", urlViolations],
    ] as const;
    validateEach(checks, ([type, property, violationsOf]) => {
      validateEach(resourcesOfType(resources, type), (resource) => {
        if (isOfThese(resource, property))
          reportEach([resource], violationsOf, (violation) => reportViolation(violation, resource.urn));
      });
    });
  },
};

function permissionViolations({ props }: PolicyResource): string[] {
  const principal = String(props["principal"]);
  if (principal.includes("*"))
    return [`principal: ${principal} was given, so that anybody may call the function. Name who does.`];
  // A service calls for whoever tells it to, in any account.
  const isService = /\.amazonaws\.com(?:\.cn)?$/.test(principal);
  const source = props["sourceArn"] as string | undefined;
  return isService && (source === undefined || /^(?:\*|arn:[^:]*:[^:]*:\*)/.test(source))
    ? [
        `${principal} may call the function on behalf of any AWS account. ` +
          "Set sourceArn to the API or the rule that does.",
      ]
    : [];
}

const urlViolations = ({ props }: PolicyResource): string[] =>
  props["authorizationType"] === "AWS_IAM"
    ? []
    : ["The function has a URL that needs no token. Take it out: the API's authorizer stands before the function."];
