// The uploads' functions find their secrets where only they may read them: whoever may look at a function sees its
// environment.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { secretInText } from "./secret-words.ts";
import { reportEach } from "./unknown-values.ts";
import { uploadResourceSettings, validateUploadResource } from "./upload-resources.ts";

interface LambdaFunction {
  readonly environment?: { readonly variables?: Readonly<Record<string, string>> };
}

interface Parameter {
  readonly type?: string;
  readonly insecureValue?: string;
}

export const uploadSecrets: ResourceValidationPolicy = {
  name: "upload-secrets",
  description: "The uploads' secrets are encrypted parameters, and in no function's environment.",
  severity: "critical",
  configSchema: { properties: uploadResourceSettings },
  validateResource: [
    validateUploadResource<LambdaFunction>(["aws:lambda/function:Function"], ({ environment }, _, reportViolation) => {
      const variables = environment?.variables ?? {};
      reportEach(Object.keys(variables), (name) => variableViolations(name, variables[name]), reportViolation);
    }),
    validateUploadResource<Parameter>(
      ["aws:ssm/parameter:Parameter"],
      ({ type, insecureValue }, _, reportViolation) => {
        if (type !== "SecureString")
          reportViolation(`type: ${type ?? "nothing"} was given, which is kept in clear. Set SecureString.`);
        if (insecureValue !== undefined)
          reportViolation("insecureValue shows its value in every preview and in the state. Set value.");
      },
    ),
  ],
};

/** What names a key or a parameter, and is none, is an ARN. */
function variableViolations(name: string, value = ""): string[] {
  const kind = value.startsWith("arn:") ? undefined : secretInText({ text: value, names: [name], isPublic: false });
  return kind === undefined
    ? []
    : [
        `environment.variables.${name}: "${value.slice(0, 4)}…" looks like ${kind}. ` +
          "Put it into a SecureString parameter, and give the function its name.",
      ];
}
