// Secrets in AWS Systems Manager's Parameter Store.
import { callJson } from "./aws-call.ts";
import type { AwsAccess } from "./aws-call.ts";
import { serviceUrl } from "./signed-request.ts";

/** The value of a SecureString, decrypted (AWS Systems Manager API reference, "GetParameter"). @throws AwsCallError */
export async function readParameter(access: AwsAccess, name: string): Promise<string> {
  const input = { Name: name, WithDecryption: true };
  const call = { service: "ssm", target: "AmazonSSM.GetParameter", input, path: ["Parameter", "Value"] };
  return callJson(access, call, serviceUrl("ssm", access));
}
