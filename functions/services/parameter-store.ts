// Secrets in AWS Systems Manager's Parameter Store.
import { callJson } from "./aws-call.ts";
import type { AwsAccess } from "./aws-call.ts";
import { serviceUrl } from "./signed-request.ts";

/** The value of a SecureString, decrypted (AWS Systems Manager API reference, "GetParameter"). @throws AwsCallError */
export async function readParameter(access: AwsAccess, name: string): Promise<string> {
  const call = { service: "ssm", target: "AmazonSSM.GetParameter", input: { Name: name, WithDecryption: true } };
  const answer = (await callJson(access, call, serviceUrl("ssm", access))) as { Parameter: { Value: string } };
  return answer.Parameter.Value;
}
