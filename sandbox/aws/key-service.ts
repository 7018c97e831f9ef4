// What functions ask of KMS: a signature.
import { fail } from "../edge/aws-error.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { keyArn } from "../edge/key-pairs.ts";
import { jsonService, need } from "./service-api.ts";
import type { AwsService } from "./service-api.ts";

export const keyService = (controlPlane: ControlPlane): AwsService =>
  jsonService({
    ...{ name: "kms", endpointName: "KMS", target: "TrentService" },
    operations: {
      Sign({ KeyId, Message, MessageType = "RAW", SigningAlgorithm }, { caller, region }) {
        if (typeof KeyId !== "string" || typeof Message !== "string" || typeof SigningAlgorithm !== "string")
          fail("ValidationException", "KeyId, Message and SigningAlgorithm are needed");
        if (MessageType !== "RAW") fail("NotEvaluated", "The sandbox signs messages, and no digests of them", 501);
        const key = controlPlane.describeKeyPair(KeyId);
        // KMS docs, "Default key policy": where a program gives a key none, it is for the account's policies to say.
        const arn = key ? keyArn(key) : KeyId;
        need(caller, { action: "kms:Sign", resource: arn });
        if (key?.region !== region) fail("NotFoundException", `Key '${arn}' does not exist`);
        const signature = controlPlane.signWithKeyPair(KeyId, Buffer.from(Message, "base64"), SigningAlgorithm);
        return { KeyId: arn, Signature: signature.toString("base64"), SigningAlgorithm };
      },
    },
  });
