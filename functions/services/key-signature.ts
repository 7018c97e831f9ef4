// Signatures by a key in AWS KMS, which nobody can read.
import { callJson } from "./aws-call.ts";
import type { AwsAccess } from "./aws-call.ts";
import { serviceUrl } from "./signed-request.ts";

/**
 * An RS256 signature (AWS KMS API reference, "Sign").
 *
 * @param key its id or ARN: of RSA, for signatures
 * @param text of 4096 bytes at most
 * @throws AwsCallError
 */
export async function signWithKey(access: AwsAccess, key: string, text: string): Promise<Buffer> {
  const input = {
    KeyId: key,
    Message: Buffer.from(text).toString("base64"),
    MessageType: "RAW",
    SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
  };
  const call = { service: "kms", target: "TrentService.Sign", input, path: ["Signature"] };
  return Buffer.from(await callJson(access, call, serviceUrl("kms", access)), "base64");
}
