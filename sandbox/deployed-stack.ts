// The dev stack as users meet it: its settings, and the outputs of its last deployment.
import { plainSettings } from "../settings/stack-file.ts";
import type { PlainSettings } from "../settings/stack-file.ts";

export interface DeployedStack {
  readonly settings: PlainSettings;
  /** `https://dXXXX.cloudfront.net/` */
  readonly pictureBaseUrl: string;
  readonly defaultPictureUrl: string;
  readonly bucketName: string;
  /** All that an application's uploader may do, as an IAM policy. */
  readonly uploaderPolicyJson: string;
  readonly actionId: string;
  /** Absent where the stack declares no uploads. */
  readonly uploads?: UploadsOutputs;
}

/** How a page reaches the service that takes users' pictures. */
export interface UploadsOutputs {
  /** `https://….execute-api.<region>.amazonaws.com/picture` */
  readonly endpoint: string;
  /** What its access tokens are for. */
  readonly audience: string;
  readonly scope: string;
}

/**
 * @param config replaces settings of Pulumi.dev.yaml
 * @throws Error if an output is missing
 */
export function deployedStack(
  outputs: Readonly<Record<string, unknown>>,
  projectFolder: string,
  config: Readonly<Record<string, unknown>> = {},
): DeployedStack {
  const text = (name: string) => {
    const value = outputs[name];
    if (typeof value !== "string") throw new Error(`the stack has no output ${name}`);
    return value;
  };
  return {
    settings: plainSettings(projectFolder, "dev", config),
    pictureBaseUrl: text("pictureBaseUrl"),
    defaultPictureUrl: text("defaultPictureUrl"),
    bucketName: text("bucketName"),
    uploaderPolicyJson: text("uploaderPolicyJson"),
    actionId: text("actionId"),
    ...(outputs["uploadsEndpoint"] !== undefined && {
      uploads: { endpoint: text("uploadsEndpoint"), audience: text("uploadsAudience"), scope: text("uploadsScope") },
    }),
  };
}
